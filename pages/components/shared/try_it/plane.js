// The plane of two columns: what a model says over it, training rows, and the point that is asked
// about. A click or the arrow keys choose another, which goes to the server as [x, y].

const STEP = 1 / 30; // of the plane's sides, for a key
const RADIUS = 3;

export default function ({ data, parentElement, setStateValue }) {
  const canvas = parentElement.querySelector("canvas");
  const context = canvas.getContext("2d");
  const picture = new Image();
  // This script is read anew for each answer: what was chosen since is kept on the canvas until the
  // server has heard of it.
  const plane = (canvas.plane ??= { at: [], sent: null });
  canvas.setAttribute("aria-label", data.label);

  const share = (value, [low, high]) => (value - low) / (high - low);
  const place = ([x, y], side) => [share(x, data.x) * side, (1 - share(y, data.y)) * side];

  const near = (value, other, ends) => Math.abs(share(value, ends) - share(other, ends)) < 1e-3;
  const { sent } = plane;
  if (!sent || (near(sent[0], data.asked[0], data.x) && near(sent[1], data.asked[1], data.y)))
    Object.assign(plane, { at: data.at, sent: null });

  const draw = () => {
    const wide = Math.round(canvas.clientWidth * (window.devicePixelRatio || 1));
    if (canvas.width !== wide) canvas.width = canvas.height = wide;
    const unit = window.devicePixelRatio || 1;
    context.fillStyle = data.ground;
    context.fillRect(0, 0, wide, wide);
    if (picture.complete && picture.naturalWidth) context.drawImage(picture, 0, 0, wide, wide);
    const dot = (point, radius, inside, outside, thick) => {
      context.beginPath();
      context.arc(...place(point, wide), radius * unit, 0, 2 * Math.PI);
      context.fillStyle = inside;
      context.fill();
      context.lineWidth = thick * unit;
      context.strokeStyle = outside;
      context.stroke();
    };
    for (const [x, y, colour] of data.points) dot([x, y], RADIUS, colour, data.ground, 1);
    if (plane.at.every(Number.isFinite)) dot(plane.at, 7, "#ffffff", "#16211f", 3);
  };

  const choose = (x, y) => {
    const within = (value, [low, high]) => Math.min(high, Math.max(low, value));
    plane.at = plane.sent = [within(x, data.x), within(y, data.y)];
    draw();
    setStateValue("point", plane.at);
  };

  canvas.listening?.abort();
  const listening = (canvas.listening = new AbortController());
  const on = (event, act) => canvas.addEventListener(event, act, { signal: listening.signal });
  on("click", (event) => {
    const box = canvas.getBoundingClientRect();
    const across = (event.clientX - box.left) / box.width;
    const up = 1 - (event.clientY - box.top) / box.height;
    const of = (part, [low, high]) => low + part * (high - low);
    choose(of(across, data.x), of(up, data.y));
  });
  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  on("keydown", (event) => {
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    const from = (value, [low, high]) => (Number.isFinite(value) ? value : (low + high) / 2);
    const by = (step, [low, high]) => step * STEP * (high - low);
    const [x, y] = plane.at;
    choose(from(x, data.x) + by(move[0], data.x), from(y, data.y) + by(move[1], data.y));
  });
  picture.onload = draw;
  picture.src = data.picture;
  const sized = new ResizeObserver(draw);
  sized.observe(canvas);
  listening.signal.addEventListener("abort", () => sized.disconnect());
  draw();
  return () => listening.abort();
}
