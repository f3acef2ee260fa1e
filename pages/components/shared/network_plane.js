// The network of a plane: a map in each unit, lines for weights, and the answers beside it.

/** What the network sees of a point, each with its ends. */
const inputsOf = (run) => (run.inputs.length ? run.inputs : run.axes.map((axis, n) => [axis, ...[run.x, run.y][n]]));

/** Weights, biases and maps after one epoch, in the order of `PlaneSight.look`. */
function readPlane(buffer, run) {
  const widths = run.shown.map((units) => units.length);
  const { floats, bytes } = reader(buffer);
  let before = inputsOf(run).length;
  const layers = [...widths, run.answers === "classes" ? run.classes : 1].map((width) => {
    const layer = { weights: floats(before * width), biases: floats(width), before, width };
    before = width;
    return layer;
  });
  const units = widths.reduce((sum, width) => sum + width, 0);
  const maps = units + (run.answers === "classes" ? 2 : 1);
  const ends = floats(2 * maps);
  let n = 0;
  const map = (side) => ({ width: side, height: side, levels: bytes(side * side), flips: true,
    low: ends[2 * n], high: ends[2 * n++ + 1] });
  const unitMaps = widths.map((width) => Array.from({ length: width }, () => map(run.unit_side)));
  const answerMaps = Array.from({ length: maps - units }, () => map(run.output_side));
  return { layers, unitMaps, answerMaps };
}

/** What is the same for all epochs: the rows, the ends of their targets, and each layer's largest weight. */
function preparePlane(run) {
  run.rows = new Float32Array(run.points);
  const levels = Uint8Array.from(atob(run.input_maps), (letter) => letter.charCodeAt(0));
  const side = run.unit_side;
  run.inputMaps = inputsOf(run).map((_, n) => ({ levels: levels.subarray(n * side * side),
    width: side, height: side, low: 0, high: 255, flips: true }));
  const truths = run.rows.filter((_, n) => n % 4 === 2);
  run.ends = [Math.min(...truths), Math.max(...truths)];
  run.largest = [...run.shown, 0].map((_, n) => Math.max(1e-9,
    ...[...run.looks.values()].map((look) => Math.max(...look.layers[n].weights.map(Math.abs)))));
}

const paintInput = (run, n, colours) =>
  painted(run.inputMaps[n], (value) => colours.sign[Math.round(value)]);

function paintAnswers(look, run, colours) {
  const [map, sure] = look.answerMaps;
  // Without shades: the likelier class alone, or a value in five steps.
  const step = (share, steps) => (run.flat ? Math.min(steps - 1, Math.floor(share * steps)) / (steps - 1) : share);
  if (run.answers === "probability") {
    return painted(map, (value) => colours.odds[Math.round(255 * step(value, 2))]);
  }
  if (run.answers === "value") {
    const [low, high] = run.ends;
    const share = (value) => Math.max(0, Math.min(1, (value - low) / (high - low || 1)));
    return painted(map, (value) => colours.values[Math.round(255 * step(share(value), 5))]);
  }
  const least = 1 / run.classes;
  const grounds = colours.soft.map((colour) => ramp([colours.ground, colour]));
  return painted(map, (value, n) => {
    const known = run.flat ? 1 : Math.max(0, (sure.levels[n] / 255 - least) / (1 - least));
    return grounds[Math.round(value) % grounds.length][Math.round(255 * known)];
  });
}

/** Where everything stands on a canvas of this size. */
function layOutPlane(run, width, height) {
  const narrow = width < 560;
  const side = Math.round(Math.min((narrow ? 0.4 : 0.36) * width, height - (narrow ? 150 : 185), 300));
  const output = { x: width - side - (narrow ? 4 : 40), y: 24, side };
  const curve = { x: output.x, y: output.y + side + (narrow ? 58 : 72), width: side, height: 0 };
  curve.height = Math.min(160, height - curve.y - 22);
  const counts = [inputsOf(run).length, ...run.shown.map((units) => units.length)];
  const top = 24;
  const room = { x: 2, width: output.x - (narrow ? 24 : 48), height: height - top - 4 };
  const most = Math.max(...counts);
  const apart = Math.min(14, Math.max(3, (0.22 * room.height) / most));
  const step = counts.length > 1 ? room.width / (counts.length - 0.5) : room.width;
  const size = Math.max(8, Math.floor(Math.min(46, (room.height - apart * (most - 1)) / most, 0.62 * step)));
  const columns = counts.map((count, column) => {
    // There are few inputs: they have room for their names.
    const own = column ? size : Math.max(size, Math.min(34, 0.7 * step, room.height / count - apart));
    const high = count * own + (count - 1) * apart;
    const x = room.x + column * step;
    return Array.from({ length: count }, (_, n) => ({
      x, y: top + (room.height - high) / 2 + n * (own + apart), size: own }));
  });
  const answers = run.answers === "classes" ? run.classes : 1;
  const ends = Array.from({ length: answers }, (_, n) => ({
    x: output.x - 3, y: output.y + ((n + 0.5) * side) / answers, size: 0 }));
  return { width, height, narrow, output, curve, columns, ends, top };
}

function drawUnits(context, place, look, run, colours, chosen) {
  place.columns.forEach((column, number) => {
    const layer = look.unitMaps[number - 1];
    column.forEach((box, unit) => {
      const picture = number ? paintSigned(layer[unit], layer, colours) : paintInput(run, unit, colours);
      context.drawImage(picture, box.x, box.y, box.size, box.size);
      const own = chosen && chosen.column === number && chosen.unit === unit;
      context.strokeStyle = own ? colours.text : colours.muted;
      context.lineWidth = own ? 2 : 0.8;
      context.strokeRect(box.x, box.y, box.size, box.size);
      if (number) drawBias(context, box, look.layers[number - 1], unit, colours);
    });
    const count = run.units[number - 1];
    const words = !number ? "" : count > column.length ? `${column.length} of ${count} units`
      : place.narrow ? `${count}` : count === 1 ? "1 unit" : `${count} units`;
    if (number) write(context, words, column[0].x + column[0].size / 2, 12, colours.muted, "center");
    else inputsOf(run).forEach(([name], n) => {
      const [x, y] = [column[n].x + column[n].size / 2, column[n].y + column[n].size / 2];
      const short = name.length > 9 ? `${name.slice(0, 8)}…` : name;
      if (short.length < 4 || column.length > 2) write(context, short, x, y, colours.text, "center", colours.ground, 600);
      else write(context, short, column[n].x, column[n].y + column[n].size + 9, colours.text, "left");
    });
  });
}

/** A bar at the foot of a unit: to the right where its bias is positive, to the left where negative. */
function drawBias(context, box, layer, unit, colours) {
  const most = Math.max(...layer.biases.map(Math.abs), 1e-9);
  const bias = layer.biases[unit];
  const long = (Math.abs(bias) / most) * (box.size / 2 - 2);
  const [x, y] = [box.x + box.size / 2, box.y + box.size - 4];
  context.fillStyle = colours.ground;
  context.fillRect(box.x + 1, y - 1, box.size - 2, 4);
  context.fillStyle = bias < 0 ? colours.low : colours.high;
  context.fillRect(bias < 0 ? x - long : x, y, Math.max(long, 1), 3);
}

function drawOutput(context, place, look, run, colours) {
  const { x, y, side } = place.output;
  context.save();
  context.beginPath();
  context.rect(x, y, side, side);
  context.clip();
  context.drawImage(paintAnswers(look, run, colours), x, y, side, side);
  drawPoints(context, place.output, run, colours);
  context.restore();
  context.strokeStyle = colours.muted;
  context.lineWidth = 0.8;
  context.strokeRect(x, y, side, side);
  if (run.answers === "classes") {
    place.ends.forEach((end, n) => {
      context.fillStyle = colours.series[n % colours.series.length];
      context.fillRect(end.x - 3, end.y - 8, 6, 16);
    });
  }
  drawKey(context, place, run, colours);
  write(context, figure(run.x[0]), x, y + side + 12, colours.muted);
  write(context, run.axes[0], x + side / 2, y + side + 12, colours.text, "center");
  write(context, figure(run.x[1]), x + side, y + side + 12, colours.muted, "right");
  if (place.narrow) return;
  write(context, figure(run.y[1]), x + side + 5, y + 7, colours.muted);
  write(context, run.axes[1].slice(0, 5), x + side + 5, y + side / 2, colours.text);
  write(context, figure(run.y[0]), x + side + 5, y + side - 7, colours.muted);
}

/** What the colours over the map mean; below it which rows were trained on. */
function drawKey(context, place, run, colours) {
  const { x, y, side } = place.output;
  if (run.answers === "value") {
    const left = drawRamp(context, x + side, 12, run.ends, colours);
    write(context, cut(context, place.narrow ? run.target : `predicted ${run.target}`, left - x - 8), x, 12, colours.muted);
  } else {
    let at = x + 5;
    context.font = `400 ${LABEL}px ${context.family}`;
    const full = run.labels.map((label) => (/^\d+$/.test(label) ? `class ${label}` : label));
    const fits = full.reduce((sum, words) => sum + 24 + context.measureText(words).width, 0) <= side + 10;
    for (const [n, words] of (fits ? full : run.labels).entries()) {
      if (at + 10 + context.measureText(words).width > x + side) break;
      drawMark(context, at, 12, n, colours.series[n % colours.series.length], colours.ground, false);
      write(context, words, at + 9, 12, colours.muted);
      at += 24 + context.measureText(words).width;
    }
  }
  if (place.narrow) return;
  const plain = run.answers === "value" ? colours.muted : colours.low;
  drawMark(context, x + 5, y + side + 31, 0, plain, colours.ground, false);
  write(context, "training rows", x + 14, y + side + 31, colours.muted);
  drawMark(context, x + 117, y + side + 31, 0, plain, colours.ground, true);
  write(context, "validation rows", x + 126, y + side + 31, colours.muted);
}

/** Training rows filled, validation rows as rings; a shape for each class. */
function drawPoints(context, output, run, colours) {
  const [left, right] = run.x;
  const [low, high] = run.y;
  const [least, most] = run.ends;
  for (let n = 0; n < run.rows.length; n += 4) {
    const [px, py, truth, validates] = run.rows.subarray(n, n + 4);
    const x = output.x + ((px - left) / (right - left)) * output.side;
    const y = output.y + (1 - (py - low) / (high - low)) * output.side;
    const colour = run.answers === "value"
      ? `rgb(${colours.values[Math.round((255 * (truth - least)) / (most - least || 1))].join()})`
      : colours.series[truth % colours.series.length];
    drawMark(context, x, y, run.answers === "value" ? 0 : truth, colour, colours.ground, validates === 1);
  }
}

/** What an input, a unit or an answer is called. */
function nameOf(run, column, n) {
  if (column === 0) return inputsOf(run)[n][0];
  if (column <= run.shown.length) return `unit ${run.shown[column - 1][n] + 1}`;
  return run.answers === "classes" ? `class ${run.labels[n]}` : "the answer";
}

const PLANE = {
  read: readPlane,
  prepare: preparePlane,
  layOut: layOutPlane,
  caption: ({ answers }) => "Lines are weights: orange adds, teal takes away" + (answers === "classes" ? "; to a class dashed takes away" : "") +
    ". A map is a unit's activation over the plane, its foot the bias.",

  draw(context, place, look, run, colours, chosen) {
    drawWeights(context, place, look, run, colours, chosen);
    drawUnits(context, place, look, run, colours, chosen);
    drawOutput(context, place, look, run, colours);
  },

  pick(place, run, x, y) {
    const { output } = place;
    const [across, up] = [(x - output.x) / output.side, 1 - (y - output.y) / output.side];
    if (across >= 0 && across <= 1 && up >= 0 && up <= 1) return { column: -1, unit: -1, at: [across, up] };
    for (const [column, boxes] of place.columns.entries()) {
      const unit = boxes.findIndex((b) => x >= b.x && x <= b.x + b.size && y >= b.y && y <= b.y + b.size);
      if (unit >= 0) return { column, unit };
    }
    return lineAt(place, x, y);
  },

  items: (place) => [...place.columns.slice(1), place.ends].flatMap((boxes, n) => boxes.map((_, unit) => ({ column: n + 1, unit }))),

  box(place, { column, unit, input, at }) {
    const { x, y, side } = place.output;
    if (column < 0) return { x: x + at[0] * side, y: y + (1 - at[1]) * side, size: 4 };
    if (input === undefined) return (place.columns[column] || place.ends)[unit];
    const [from, to] = stages(place, column).map((boxes, n) => boxes[n ? unit : input]);
    return { x: (from.x + from.size + to.x) / 2, y: (from.y + from.size / 2 + to.y + to.size / 2) / 2, size: 0 };
  },

  map(look, run, colours, { column, unit, input }) {
    const layer = look.unitMaps[column - 1];
    return column < 0 || input >= 0 || column > look.unitMaps.length ? null : column ? paintSigned(layer[unit], layer, colours) : paintInput(run, unit, colours);
  },

  facts(look, run, { column, unit, input, at }) {
    if (column < 0) return answerAt(look, run, ...at);
    const inputs = inputsOf(run);
    if (column === 0) return [`input ${inputs[unit][0]}`, `from ${figure(inputs[unit][1])} to ${figure(inputs[unit][2])}`];
    const layer = look.layers[column - 1];
    const weight = (n) => layer.weights[n * layer.width + unit];
    const title = column > run.shown.length ? nameOf(run, column, unit) : `layer ${column}, ${nameOf(run, column, unit)}`;
    if (input >= 0) return [`${nameOf(run, column - 1, input)} to ${title}`, `weight ${signed(weight(input))}`];
    const strongest = Array.from({ length: layer.before }, (_, n) => [nameOf(run, column - 1, n), weight(n)]);
    strongest.sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
    const map = column > run.shown.length ? null : look.unitMaps[column - 1][unit];
    const says = !map ? [] : map.low === map.high ? [`says ${figure(map.low)} everywhere`]
      : [`activation ${figure(map.low)} to ${figure(map.high)}`];
    return [title, `bias ${signed(layer.biases[unit])}`, ...says,
      "strongest inputs", ...strongest.slice(0, 3).map(([name, value]) => `${name} ${signed(value)}`)];
  },

  /** The bias and the weights of a unit, each with its place in the whole network, counted from 1. */
  settable(look, run, { column, unit }) {
    const layer = look.layers[column - 1];
    if (!layer || (run.normalised && column <= run.shown.length)) return [];
    const number = (at, n) => ((run.shown[at - 1] || [])[n] ?? n) + 1;
    const place = { layer: column, unit: number(column, unit) };
    return [{ words: "bias", place, value: layer.biases[unit] },
      ...Array.from({ length: layer.before }, (_, n) => ({ words: `weight of ${nameOf(run, column - 1, n)}`, input: n,
        place: { ...place, input: number(column - 1, n) }, value: layer.weights[n * layer.width + unit] }))];
  },

  words(look, run) {
    const count = run.units.length;
    const layers = count ? `${count === 1 ? "one hidden layer" : `${count} hidden layers`} of ${run.units.join(" and ")} units` : "no hidden layer";
    if (run.answers !== "probability") return `Network with ${layers}`;
    const { levels } = look.answerMaps[0];
    const second = levels.reduce((sum, level) => sum + (level > 127), 0) / levels.length;
    return `Network with ${layers} that answers class ${run.labels[1]} on ${Math.round(100 * second)} % of the plane`;
  },
};
SCENES.plane = PLANE;
