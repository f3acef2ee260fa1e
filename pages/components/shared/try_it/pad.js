// A pad to draw on: with a pointer, or with the keys that its label names. What is drawn goes to the
// server as strokes, flat lists of x, y from 0 to 1000, each time that the pen is lifted.

const SIDE = 1000; // units of a point
const PEN = 75; // thickness of a line on the pad; how thick the model sees it, the server decides
const NEAR = 6; // a point nearer to the one before tells nothing
const STEP = 40; // of the keys
const MOST_STROKES = 200;
const MOST_POINTS = 3900;

// What was drawn where, so that it is still there when the pad is taken away and comes back.
const kept = new Map();

export default function ({ data, parentElement, setStateValue }) {
  const canvas = parentElement.querySelector("canvas");
  const context = canvas.getContext("2d");
  const pad = kept.get(data.id) ?? { strokes: [], open: null, cursor: [500, 500], keys: false };
  kept.set(data.id, pad);
  canvas.setAttribute("aria-label", data.label);

  const draw = () => {
    const wide = Math.round(canvas.clientWidth * (window.devicePixelRatio || 1));
    if (canvas.width !== wide) canvas.width = canvas.height = wide;
    const scale = canvas.width / SIDE;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.fillStyle = "#000";
    context.fillRect(0, 0, SIDE, SIDE);
    context.strokeStyle = context.fillStyle = "#fff";
    context.lineWidth = PEN;
    context.lineCap = context.lineJoin = "round";
    for (const stroke of [...pad.strokes, pad.open ?? []]) {
      if (!stroke.length) continue;
      context.beginPath();
      context.moveTo(stroke[0], stroke[1]);
      // A line to where it begins makes a dot of a single point.
      for (let i = 0; i < stroke.length; i += 2) context.lineTo(stroke[i], stroke[i + 1]);
      context.stroke();
    }
    if (!pad.keys) return;
    context.lineWidth = 8;
    context.strokeStyle = pad.open ? "#ff9d5c" : "#3cb8ac";
    context.beginPath();
    context.arc(...pad.cursor, 45, 0, 2 * Math.PI);
    context.stroke();
  };

  const send = () => setStateValue("drawing", pad.strokes);
  const points = () => pad.strokes.reduce((sum, stroke) => sum + stroke.length / 2, 0);
  const add = (x, y) => {
    const near = ([x, y]) => [x, y].map((v) => Math.min(SIDE, Math.max(0, Math.round(v))));
    const [here, there] = near([x, y]);
    const last = pad.open.slice(-2);
    if (last.length && Math.hypot(here - last[0], there - last[1]) < NEAR) return;
    if (points() + pad.open.length / 2 < MOST_POINTS) pad.open.push(here, there);
  };
  const lift = () => {
    if (!pad.open) return;
    if (pad.open.length && pad.strokes.length < MOST_STROKES) pad.strokes.push(pad.open);
    pad.open = null;
    draw();
    send();
  };
  const undo = () => {
    if (pad.open) pad.open = null;
    else pad.strokes.pop();
    draw();
    send();
  };
  const clear = () => {
    pad.open = null;
    pad.strokes = [];
    draw();
    send();
  };

  // This script is read anew, as when colours change, and what it began before is not ended by that.
  canvas.listening?.abort();
  const listening = (canvas.listening = new AbortController());
  const on = (element, event, act) =>
    element.addEventListener(event, act, { signal: listening.signal });
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    const unit = SIDE / box.width;
    return [(event.clientX - box.left) * unit, (event.clientY - box.top) * unit];
  };
  on(canvas, "pointerdown", (event) => {
    if (event.button) return;
    canvas.setPointerCapture(event.pointerId);
    lift();
    pad.keys = false;
    pad.open = [];
    add(...place(event));
    draw();
  });
  on(canvas, "pointermove", (event) => {
    if (!pad.open || pad.keys) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) add(...place(each));
    draw();
  });
  for (const event of ["pointerup", "pointercancel"]) on(canvas, event, lift);

  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  on(canvas, "keydown", (event) => {
    const move = moves[event.key];
    if (move) {
      pad.cursor = pad.cursor.map((v, i) => Math.min(SIDE, Math.max(0, v + STEP * move[i])));
      if (pad.open) add(...pad.cursor);
    } else if (event.key === " ") {
      if (pad.open) lift();
      else {
        pad.open = [];
        add(...pad.cursor);
      }
    } else if (event.key === "Backspace") undo();
    else if (event.key === "Delete") clear();
    else return;
    event.preventDefault();
    pad.keys = true;
    draw();
  });
  on(canvas, "blur", () => {
    if (pad.keys) lift();
    pad.keys = false;
    draw();
  });
  on(parentElement.querySelector(".undo"), "click", undo);
  on(parentElement.querySelector(".clear"), "click", clear);
  const sized = new ResizeObserver(draw);
  sized.observe(canvas);
  listening.signal.addEventListener("abort", () => sized.disconnect());
  draw();
  return () => listening.abort();
}
