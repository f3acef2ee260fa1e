// What the server sent of a run, and the colours it is drawn in.

/** The document and arrays that `network_bytes` in network.py packed. */
function readRun(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  const run = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  let at = 4 + length;
  const take = (size) => bytes.slice(at, (at += size)).buffer;
  run.points = new Float32Array(take(run.points));
  run.looks = new Map(run.frames.map((epoch, n) => [epoch, readLook(take(run.sizes[n]), run)]));
  return run;
}

/** Weights, biases and maps after one epoch; `Inside.look` says in which order they stand. */
function readLook(buffer, run) {
  const widths = run.shown.map((units) => units.length);
  const answers = run.answers === "classes" ? run.classes : 1;
  let at = 0;
  const floats = (count) => new Float32Array(buffer, (at += 4 * count) - 4 * count, count);
  let before = 2;
  const layers = [...widths, answers].map((width) => {
    const weights = floats(before * width);
    const layer = { weights, biases: floats(width), before, width };
    before = width;
    return layer;
  });
  const units = widths.reduce((sum, width) => sum + width, 0);
  const maps = units + (run.answers === "classes" ? 2 : 1);
  const ends = floats(2 * maps);
  const map = (n, side) => {
    const levels = new Uint8Array(buffer, at, side * side);
    at += side * side;
    return { levels, side, low: ends[2 * n], high: ends[2 * n + 1] };
  };
  let n = 0;
  const unitMaps = widths.map((width) => Array.from({ length: width }, () => map(n++, run.unit_side)));
  const answerMaps = Array.from({ length: maps - units }, () => map(n++, run.output_side));
  return { layers, unitMaps, answerMaps };
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

/** At most four digits. */
function figure(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "none";
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 100000)) return value.toExponential(1).replace("-", "−");
  return String(Number(value.toPrecision(3))).replace("-", "−");
}
