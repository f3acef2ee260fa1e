// The picture of a network after one epoch: laid out and drawn on one canvas.

const LABEL = 13;          // Pixels: the smallest text.
const WEAKEST = 0.25;      // A unit is never drawn stronger than if its layer's strongest were 4 x it.

/** A map as a small canvas; `colourOf(value, n)` gives [red, green, blue]. The lowest y is at the foot. */
function painted(map, colourOf) {
  const { side, levels, low, high } = map;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  const image = context.createImageData(side, side);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const n = (side - 1 - row) * side + column;
      const colour = colourOf(low + (levels[n] * (high - low)) / 255, n);
      const at = 4 * (row * side + column);
      image.data[at] = colour[0]; image.data[at + 1] = colour[1]; image.data[at + 2] = colour[2];
      image.data[at + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

const strength = (map) => Math.max(Math.abs(map.low), Math.abs(map.high));

/** A unit's map: pale at zero, its strongest value full, unless its whole layer is stronger. */
function paintUnit(map, layer, colours) {
  const most = Math.max(strength(map), WEAKEST * Math.max(...layer.map(strength))) || 1;
  return painted(map, (value) => colours.sign[Math.round(127.5 + (127.5 * value) / most)]);
}

function paintInput(axis, colours) {
  const side = 16;
  const levels = new Uint8Array(side * side);
  for (let n = 0; n < levels.length; n++) {
    levels[n] = (255 * (axis === 0 ? n % side : Math.floor(n / side))) / (side - 1);
  }
  return painted({ levels, side, low: 0, high: 255 }, (value) => colours.sign[Math.round(value)]);
}

function paintAnswers(look, run, colours) {
  const [map, sure] = look.answerMaps;
  if (run.answers === "probability") {
    return painted(map, (value) => colours.odds[Math.round(255 * value)]);
  }
  if (run.answers === "value") {
    const [low, high] = run.ends;
    const share = (value) => Math.max(0, Math.min(1, (value - low) / (high - low || 1)));
    return painted(map, (value) => colours.values[Math.round(255 * share(value))]);
  }
  const least = 1 / run.classes;
  const grounds = colours.soft.map((colour) => ramp([colours.ground, colour]));
  return painted(map, (value, n) => {
    const known = Math.max(0, (sure.levels[n] / 255 - least) / (1 - least));
    return grounds[Math.round(value) % grounds.length][Math.round(255 * known)];
  });
}

/** Where everything stands on a canvas of this size. */
function layOut(run, width, height) {
  const narrow = width < 560;
  const side = Math.round(Math.min((narrow ? 0.4 : 0.36) * width, height - (narrow ? 150 : 185), 300));
  const output = { x: width - side - (narrow ? 4 : 40), y: 24, side };
  const curve = { x: output.x, y: output.y + side + (narrow ? 58 : 72), width: side, height: 0 };
  curve.height = height - curve.y - 22;
  const counts = [2, ...run.shown.map((units) => units.length)];
  const top = 24;
  const room = { x: 2, width: output.x - (narrow ? 24 : 48), height: height - top - 4 };
  const most = Math.max(...counts);
  const apart = Math.min(14, Math.max(3, (0.22 * room.height) / most));
  const step = counts.length > 1 ? room.width / (counts.length - 0.5) : room.width;
  const size = Math.max(8, Math.floor(Math.min(46, (room.height - apart * (most - 1)) / most, 0.62 * step)));
  const columns = counts.map((count, column) => {
    const high = count * size + (count - 1) * apart;
    const x = room.x + column * step;
    return Array.from({ length: count }, (_, n) => ({
      x, y: top + (room.height - high) / 2 + n * (size + apart), size }));
  });
  const answers = run.answers === "classes" ? run.classes : 1;
  const ends = Array.from({ length: answers }, (_, n) => ({
    x: output.x - 3, y: output.y + ((n + 0.5) * side) / answers, size: 0 }));
  return { width, height, narrow, output, curve, columns, ends, top };
}

/** Draws the lines of all weights, thick and full as they are large. */
function drawWeights(context, place, look, run, colours, chosen) {
  look.layers.forEach((layer, number) => {
    const from = place.columns[number];
    const to = place.columns[number + 1] || place.ends;
    for (let a = 0; a < layer.before; a++) {
      for (let b = 0; b < layer.width; b++) {
        const weight = layer.weights[a * layer.width + b];
        const share = Math.min(1, Math.abs(weight) / run.largest[number]);
        const own = !chosen || (chosen.column === number && chosen.unit === a) ||
          (chosen.column === number + 1 && chosen.unit === b);
        context.globalAlpha = (0.1 + 0.75 * share) * (own ? 1 : 0.12);
        context.lineWidth = 0.5 + 4.5 * share;
        context.strokeStyle = several(run, number) ? colours.series[b % colours.series.length]
          : weight < 0 ? colours.low : colours.high;
        const [x1, y1] = [from[a].x + from[a].size, from[a].y + from[a].size / 2];
        const [x2, y2] = [to[b].x, to[b].y + to[b].size / 2];
        const bend = (x2 - x1) * 0.45;
        context.beginPath();
        context.moveTo(x1, y1);
        context.bezierCurveTo(x1 + bend, y1, x2 - bend, y2, x2, y2);
        if (several(run, number) && weight < 0) context.setLineDash([4, 4]);
        context.stroke();
        context.setLineDash([]);
      }
    }
  });
  context.globalAlpha = 1;
}

/** Whether the lines of a layer go to one class each: they have its colour, and what is against it dashes. */
const several = (run, number) => run.answers === "classes" && number === run.shown.length;

function drawUnits(context, place, look, run, colours, chosen) {
  place.columns.forEach((column, number) => {
    const layer = look.unitMaps[number - 1];
    column.forEach((box, unit) => {
      const picture = number ? paintUnit(layer[unit], layer, colours) : paintInput(unit, colours);
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
    else run.axes.forEach((name, n) => {
      const [x, y] = [column[n].x + column[n].size / 2, column[n].y + column[n].size / 2];
      const short = name.length > 9 ? `${name.slice(0, 8)}…` : name;
      if (short.length < 4) write(context, short, x, y, colours.text, "center", colours.ground, 600);
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

const MARKS = [
  (c, x, y, r) => c.arc(x, y, r, 0, 2 * Math.PI),
  (c, x, y, r) => { c.moveTo(x, y - 1.25 * r); c.lineTo(x + 1.15 * r, y + 0.85 * r); c.lineTo(x - 1.15 * r, y + 0.85 * r); },
  (c, x, y, r) => c.rect(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r),
  (c, x, y, r) => { c.moveTo(x, y - 1.3 * r); c.lineTo(x + 1.3 * r, y); c.lineTo(x, y + 1.3 * r); c.lineTo(x - 1.3 * r, y); },
];

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
    write(context, place.narrow ? run.target : `predicted ${run.target}`, x, 12, colours.muted);
  } else {
    let at = x + 5;
    for (const [n, label] of run.labels.entries()) {
      const words = /^\d+$/.test(label) ? `class ${label}` : label;
      context.font = `400 ${LABEL}px ${context.family}`;
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

/** Training rows filled, validation rows as rings; a shape for each class. */
function drawPoints(context, output, run, colours) {
  const [left, right] = run.x;
  const [low, high] = run.y;
  const [least, most] = run.ends;
  for (let n = 0; n < run.points.length; n += 4) {
    const [px, py, truth, validates] = run.points.subarray(n, n + 4);
    const x = output.x + ((px - left) / (right - left)) * output.side;
    const y = output.y + (1 - (py - low) / (high - low)) * output.side;
    const colour = run.answers === "value"
      ? `rgb(${colours.values[Math.round((255 * (truth - least)) / (most - least || 1))].join()})`
      : colours.series[truth % colours.series.length];
    drawMark(context, x, y, run.answers === "value" ? 0 : truth, colour, colours.ground, validates === 1);
  }
}

function drawCurve(context, place, run, epoch, colours) {
  const { x, y, width, height } = place.curve;
  if (height < 30) return;
  const lines = [[run.training, [4, 3]], [run.validation, []]];
  const values = lines.flatMap(([line]) => line).filter(Number.isFinite);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const last = Math.max(run.training.length, 2);
  const across = (n) => x + ((n - 1) / (last - 1)) * width;
  const up = (value) => y + height - ((value - low) / (high - low || 1)) * height;
  write(context, place.narrow ? run.metric : `${run.metric}: validation —, training - -`, x, y - 14, colours.muted);
  context.strokeStyle = colours.grid;
  context.lineWidth = 1;
  context.strokeRect(x, y, width, height);
  lines.forEach(([line, dash]) => {
    context.beginPath();
    line.forEach((value, n) => { if (Number.isFinite(value)) context.lineTo(across(n + 1), up(value)); });
    context.setLineDash(dash);
    context.strokeStyle = colours.low;
    context.lineWidth = dash.length ? 1.3 : 2;
    context.stroke();
  });
  context.setLineDash([]);
  context.strokeStyle = colours.text;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(across(epoch), y);
  context.lineTo(across(epoch), y + height);
  context.stroke();
  write(context, "epoch 1", x, y + height + 11, colours.muted);
  write(context, String(last), x + width, y + height + 11, colours.muted, "right");
  if (place.narrow) return;
  write(context, figure(high), x + width + 5, y + 6, colours.muted);
  write(context, figure(low), x + width + 5, y + height - 6, colours.muted);
}

function drawNetwork(context, place, look, run, epoch, colours, chosen) {
  context.clearRect(0, 0, place.width, place.height);
  context.imageSmoothingEnabled = true;
  context.lineJoin = "round";
  drawWeights(context, place, look, run, colours, chosen);
  drawUnits(context, place, look, run, colours, chosen);
  drawOutput(context, place, look, run, colours);
  drawCurve(context, place, run, epoch, colours);
}
