// A canvas to paint points on: of classes, or with values, by pointer or by the keys of its label.
// Points go to the server as one text each time that the brush is lifted: three bytes each (x, y,
// class or value) in base64url.

const WIDE = 255;   // units along a side, as a byte has them
const APART = 9;    // between points of one stroke
const SCATTER = 5;  // how far a point falls from the brush, about
const REACH = 12;   // of the eraser
const STEP = 8;     // of the keys
const MOST_STEPS = 60; // that can be taken back

const packed = (points) =>
  btoa(String.fromCharCode(...points.flat())).replaceAll("+", "-").replaceAll("/", "_");

function unpacked(text) {
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  return Array.from({ length: Math.floor(bytes.length / 3) }, (_, n) => [...bytes.subarray(3 * n, 3 * n + 3)]);
}

/** A number around 0 that is seldom beyond 2 (a sum of uniform ones). */
const scattered = () => 2 * (Math.random() + Math.random() + Math.random() - 1.5);

/** What is on the canvas: kept on it, for this script may be read anew for new data. */
function paintingOf(canvas, data) {
  const known = canvas.painting;
  if (known && known.id === data.id && known.version === data.version) return known;
  const label = known && known.values === data.values ? known.label : data.values ? 255 : 0;
  const made = { id: data.id, version: data.version, values: data.values, points: unpacked(data.points), before: [],
    label, erases: false, cursor: [128, 128], keys: false,
    down: false, brush: null, waiting: 0, send: null };
  return (canvas.painting = made);
}

export default function ({ data, parentElement: root, setStateValue }) {
  const canvas = root.querySelector("canvas");
  const context = canvas.getContext("2d");
  const found = (name) => root.querySelector(`.${name}`);
  const painting = paintingOf(canvas, data);
  const values = ramp(data.colours.ramp);

  const colourOf = (label) => data.values ? `rgb(${values[label].join()})` : data.colours.series[label];

  const draw = () => {
    const wide = Math.round(canvas.clientWidth * (window.devicePixelRatio || 1));
    if (canvas.width !== wide) canvas.width = canvas.height = wide;
    const scale = canvas.clientWidth / WIDE;
    const ratio = canvas.width / canvas.clientWidth;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = data.colours.ground;
    context.fillRect(0, 0, canvas.clientWidth, canvas.clientWidth);
    context.strokeStyle = data.colours.grid;
    context.lineWidth = 1;
    for (let n = 1; n < 6; n++) {
      const at = Math.round((n * canvas.clientWidth) / 6) + 0.5;
      context.globalAlpha = n === 3 ? 1 : 0.45;
      context.beginPath();
      context.moveTo(at, 0); context.lineTo(at, canvas.clientWidth);
      context.moveTo(0, at); context.lineTo(canvas.clientWidth, at);
      context.stroke();
    }
    context.globalAlpha = 1;
    for (const [x, y, label] of painting.points) {
      drawMark(context, x * scale, (WIDE - y) * scale, data.values ? 0 : label, colourOf(label),
        data.colours.ground, false);
    }
    if (painting.keys) {
      const [x, y] = painting.cursor;
      context.strokeStyle = data.colours.text;
      context.lineWidth = 2;
      context.beginPath();
      context.arc(x * scale, (WIDE - y) * scale, painting.erases ? REACH * scale : 6, 0, 2 * Math.PI);
      context.stroke();
    }
    describe();
  };

  const describe = () => {
    const { points } = painting;
    const each = data.values ? []
      : [0, 1, 2].map((label) => [label, points.filter((point) => point[2] === label).length]);
    found("count").textContent = points.length >= data.most ? `${data.most} points: no more fit`
      : `${points.length} of at most ${data.most} points`;
    canvas.setAttribute("aria-label", `${data.label} ${points.length} points`
      + each.filter(([, count]) => count).map(([label, count]) => `, ${count} of class ${label}`).join(""));
    for (const button of root.querySelectorAll(".brush")) {
      const own = button.dataset.label === "erase" ? painting.erases
        : !painting.erases && Number(button.dataset.label) === painting.label;
      button.setAttribute("aria-pressed", own);
    }
    found("undo").disabled = !painting.before.length;
    found("clear").disabled = !points.length;
    found("value").value = painting.label;
    const said = (2 * painting.label) / 255 - 1;
    found("said").textContent = said.toFixed(2).replace("-", "\u2212");
    found("swatch").style.background = colourOf(painting.label);
  };

  // The page may run anew, and with it this function, while the brush is down or keys are pressed:
  // what is under way is the painting's, and the newest function sends it.
  painting.send = () => setStateValue("points", packed(painting.points));
  const send = () => {
    clearTimeout(painting.waiting);
    painting.send();
  };
  const remember = () => {
    painting.before.push(painting.points.map((point) => [...point]));
    if (painting.before.length > MOST_STEPS) painting.before.shift();
  };
  const inside = (value) => Math.min(WIDE, Math.max(0, Math.round(value)));

  /** Paints, or erases, where the brush is; by the pointer points scatter a little. */
  const touch = (x, y, spread) => {
    if (painting.erases) {
      painting.points = painting.points.filter((point) => Math.hypot(point[0] - x, point[1] - y) > REACH);
      return;
    }
    const { brush } = painting;
    if (brush && Math.hypot(x - brush[0], y - brush[1]) < APART) return;
    const off = brush ? spread : 0;
    painting.brush = [x, y];
    if (painting.points.length >= data.most) return;
    painting.points.push([inside(x + off * scattered()), inside(y + off * scattered()), painting.label]);
  };
  const choose = (label) => {
    painting.erases = label === "erase";
    if (!painting.erases) painting.label = Number(label);
    draw();
  };
  const undo = () => {
    if (!painting.before.length) return;
    painting.points = painting.before.pop();
    draw();
    send();
  };
  const clear = () => {
    if (!painting.points.length) return;
    remember();
    painting.points = [];
    draw();
    send();
  };

  canvas.listening?.abort();
  const listening = (canvas.listening = new AbortController());
  const on = (element, event, act) => element.addEventListener(event, act, { signal: listening.signal });
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    const unit = WIDE / box.width;
    return [(event.clientX - box.left) * unit, WIDE - (event.clientY - box.top) * unit];
  };
  on(canvas, "pointerdown", (event) => {
    if (event.button) return;
    canvas.setPointerCapture(event.pointerId);
    painting.keys = false;
    painting.down = true;
    painting.brush = null;
    remember();
    touch(...place(event), SCATTER);
    draw();
  });
  on(canvas, "pointermove", (event) => {
    if (!painting.down) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) touch(...place(each), SCATTER);
    draw();
  });
  for (const event of ["pointerup", "pointercancel"]) on(canvas, event, () => {
    if (!painting.down) return;
    painting.down = false;
    send();
  });

  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  on(canvas, "keydown", (event) => {
    const move = moves[event.key];
    const quick = event.shiftKey ? 3 : 1;
    if (move) painting.cursor = painting.cursor.map((v, n) => inside(v + quick * STEP * move[n]));
    else if (event.key === " " || event.key === "Enter") {
      remember();
      painting.brush = null;
      touch(...painting.cursor, 0);
      clearTimeout(painting.waiting);
      painting.waiting = setTimeout(() => painting.send(), 500);
    } else if (event.key === "Backspace" || (event.key === "z" && (event.ctrlKey || event.metaKey))) undo();
    else if (event.key === "Delete") clear();
    else if (event.key === "e") choose(painting.erases ? painting.label : "erase");
    else if (!data.values && "012".includes(event.key)) choose(event.key);
    else if (data.values && "+-".includes(event.key)) {
      choose(inside(painting.label + (event.key === "+" ? 32 : -32)));
    } else return;
    event.preventDefault();
    painting.keys = true;
    draw();
  });
  on(canvas, "blur", () => {
    painting.keys = false;
    draw();
  });
  for (const button of root.querySelectorAll(".brush")) {
    const own = button.dataset.label;
    button.hidden = data.values && own !== "erase";
    if (own !== "erase" && !data.values) button.style.setProperty("--own", data.colours.series[own]);
    on(button, "click", () => choose(own === "erase" && painting.erases ? painting.label : own));
  }
  found("level").hidden = !data.values;
  on(found("value"), "input", () => choose(found("value").value));
  on(found("undo"), "click", undo);
  on(found("clear"), "click", clear);
  const sized = new ResizeObserver(draw);
  sized.observe(canvas);
  listening.signal.addEventListener("abort", () => sized.disconnect());
  draw();
  return () => listening.abort();
}
