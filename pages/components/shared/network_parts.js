// What all pictures of a run share: how it is read, its colours, words, maps and curve.

const LABEL = 13;          // Pixels: the smallest text.
const WEAKEST = 0.25;      // A map is never drawn stronger than if the strongest beside it were 4 x it.
const SCENES = {};         // A way to draw for each kind of network.

/** The document and arrays that `network_bytes` in network.py packed. */
function readRun(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  const run = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  let at = 4 + length;
  const take = (size) => bytes.slice(at, (at += size)).buffer;
  run.points = take(run.points);
  run.looks = new Map(run.frames.map((epoch, n) => [epoch, SCENES[run.kind].read(take(run.sizes[n]), run)]));
  return run;
}

/** Takes arrays out of what was seen after one epoch, in turn. */
function reader(buffer) {
  let at = 0;
  return {
    floats: (count) => new Float32Array(buffer, (at += 4 * count) - 4 * count, count),
    bytes: (count) => new Uint8Array(buffer, (at += count) - count, count),
  };
}

const channels = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));

/** 256 colours, evenly along some of them. */
function ramp(colours) {
  const stops = colours.map(channels);
  return Array.from({ length: 256 }, (_, n) => {
    const place = (n / 255) * (stops.length - 1);
    const left = Math.min(Math.floor(place), stops.length - 2);
    return stops[left].map((c, i) => Math.round(c + (stops[left + 1][i] - c) * (place - left)));
  });
}

const mixed = (a, b, share) => {
  const [x, y] = [channels(a), channels(b)];
  return `#${x.map((c, i) => Math.round(c + (y[i] - c) * share).toString(16).padStart(2, "0")).join("")}`;
};

/** The colours that a run is drawn in; what is below zero or class 0 has the first. */
function palette(run) {
  const { series, ground, ramp: shades } = run.colours;
  const soft = series.map((colour) => mixed(ground, colour, 0.62));
  return { ...run.colours, low: series[0], high: series[1], sign: ramp([series[0], ground, series[1]]),
    odds: ramp([soft[0], ground, soft[1]]), values: ramp(shades), soft };
}

/** A map as a small canvas; `colourOf(value, n)` gives [red, green, blue]. Of a plane the lowest y is at the foot. */
function painted(map, colourOf) {
  const { width, height, levels, low, high, flips } = map;
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const n = (flips ? height - 1 - row : row) * width + column;
      const colour = colourOf(low + (levels[n] * (high - low)) / 255, n);
      const at = 4 * (row * width + column);
      image.data[at] = colour[0]; image.data[at + 1] = colour[1]; image.data[at + 2] = colour[2];
      image.data[at + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

const strength = (map) => Math.max(Math.abs(map.low), Math.abs(map.high));

/** A map with a sign: pale at zero, its strongest value full, unless those beside it are much stronger. */
function paintSigned(map, beside, colours) {
  const most = Math.max(strength(map), WEAKEST * Math.max(...beside.map(strength))) || 1;
  return painted(map, (value) => colours.sign[Math.round(127.5 + (127.5 * value) / most)]);
}

function write(context, words, x, y, colour, align = "left", halo = "", weight = 400) {
  context.font = `${weight} ${LABEL}px ${context.family}`;
  context.textAlign = align;
  context.textBaseline = "middle";
  if (halo) {
    context.strokeStyle = halo; context.lineWidth = 4;
    context.strokeText(words, x, y);
  }
  context.fillStyle = colour;
  context.fillText(words, x, y);
}

/** Words that are no wider than that. */
function cut(context, words, most) {
  context.font = `400 ${LABEL}px ${context.family}`;
  let shown = words;
  while (shown.length > 1 && context.measureText(shown).width > most) shown = `${shown.slice(0, -2)}…`;
  return shown;
}

/** The colours of numbers from the lowest to the highest, up to `right`; gives where it begins. */
function drawRamp(context, right, y, [low, high], colours) {
  const [least, most] = [figure(low), figure(high)];
  context.font = `400 ${LABEL}px ${context.family}`;
  const end = right - context.measureText(most).width - 5;
  const left = end - 44;
  colours.values.forEach((colour, n) => {
    context.fillStyle = `rgb(${colour.join()})`;
    context.fillRect(left + (44 * n) / 256, y - 5, 1, 10);
  });
  write(context, most, right, y, colours.muted, "right");
  write(context, least, left - 5, y, colours.muted, "right");
  return left - 5 - context.measureText(least).width;
}

/** At most four digits. */
function figure(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "none";
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 100000)) return value.toExponential(1).replace("-", "−");
  return String(Number(value.toPrecision(3))).replace("-", "−");
}

/** With its sign. */
const signed = (value) => (value > 0 ? "+" : "") + figure(value);

const MARKS = [
  (c, x, y, r) => c.arc(x, y, r, 0, 2 * Math.PI),
  (c, x, y, r) => { c.moveTo(x, y - 1.25 * r); c.lineTo(x + 1.15 * r, y + 0.85 * r); c.lineTo(x - 1.15 * r, y + 0.85 * r); },
  (c, x, y, r) => c.rect(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r),
  (c, x, y, r) => { c.moveTo(x, y - 1.3 * r); c.lineTo(x + 1.3 * r, y); c.lineTo(x, y + 1.3 * r); c.lineTo(x - 1.3 * r, y); },
];

function drawMark(context, x, y, kind, colour, ground, hollow) {
  context.beginPath();
  MARKS[kind % MARKS.length](context, x, y, hollow ? 2.4 : 3);
  context.closePath();
  context.lineWidth = hollow ? 3 : 1.6;
  context.strokeStyle = ground;
  context.stroke();
  context.fillStyle = hollow ? ground : colour;
  context.fill();
  if (hollow) { context.lineWidth = 1.3; context.strokeStyle = colour; context.stroke(); }
}

/** The curve of the run, and where on it the shown epoch is. */
function drawCurve(context, place, run, epoch, colours) {
  const { x, y, width, height } = place.curve;
  const lines = [[run.training, [4, 3]], [run.validation, []]];
  const values = lines.flatMap(([line]) => line).filter(Number.isFinite);
  if (height < 30 || !values.length) return;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const last = Math.max(run.training.length, 1);
  const across = (n) => x + (n / last) * width;
  const up = (value) => y + height - ((value - low) / (high - low || 1)) * height;
  context.font = `400 ${LABEL}px ${context.family}`;
  const words = [`${run.metric}: validation —, training - -`, `${run.metric}: val. —, tr. - -`, run.metric];
  write(context, words.find((w) => x + context.measureText(w).width <= place.width) || run.metric, x, y - 14, colours.muted);
  context.strokeStyle = colours.grid;
  context.lineWidth = 1;
  context.strokeRect(x, y, width, height);
  context.strokeStyle = colours.muted;
  run.changes.forEach((n) => context.strokeRect(across(n), y, 0, height));
  lines.forEach(([line, dash]) => {
    context.beginPath();
    line.forEach((value, n) => { if (Number.isFinite(value)) context.lineTo(across(n + 1), up(value)); });
    context.setLineDash(dash);
    context.strokeStyle = colours.low;
    context.lineWidth = dash.length ? 1.3 : 2;
    context.stroke();
    // One epoch is a point.
    if (line.length === 1 && Number.isFinite(line[0])) drawMark(context, across(1), up(line[0]), 0, colours.low, colours.ground, dash.length > 0);
  });
  context.setLineDash([]);
  context.strokeStyle = colours.text;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(across(epoch), y);
  context.lineTo(across(epoch), y + height);
  context.stroke();
  write(context, "epoch 0", x, y + height + 11, colours.muted);
  write(context, String(last), x + width, y + height + 11, colours.muted, "right");
  if (place.narrow) return;
  write(context, figure(high), x + width + 5, y + 6, colours.muted);
  write(context, figure(low), x + width + 5, y + height - 6, colours.muted);
}

/** What the network answers at a place, in shares of the map's sides. */
function answerAt(look, run, across, up) {
  const value = (map) => {
    const [column, row] = [across, up].map((share) => Math.round(share * (map.width - 1)));
    return map.low + (map.levels[row * map.width + column] * (map.high - map.low)) / 255;
  };
  const at = [run.x, run.y].map(([low, high], n) => `${run.axes[n]} ${figure(low + [across, up][n] * (high - low))}`);
  const said = value(look.answerMaps[0]);
  at.push(run.flat ? "click for shades" : "click for steps without shades");
  if (run.answers === "value") return [`${run.target} ${figure(said)}`, ...at];
  const [label, sure] = run.answers === "probability" ? [run.labels[1], said]
    : [run.labels[Math.round(said)] ?? Math.round(said), value(look.answerMaps[1])];
  return [`class ${label}: ${Math.round(100 * sure)} %`, ...at];
}
