// The lines of a network's weights: drawn, and found under the pointer.

const NEAR = 5;       // Pixels from a line within which it is meant.
const BEND = 0.45;    // Where the handles of a curve are, in shares of its width.

/** The boxes from which and to which the lines of a layer go. */
const stages = (place, column) => [place.columns[column - 1], place.columns[column] || place.ends];

/** The line that is nearest to a point, if one is near. */
function lineAt(place, x, y) {
  let best = null, least = NEAR;
  for (let column = 1; column <= place.columns.length; column++) {
    const [from, to] = stages(place, column);
    const [left, right] = [from[0].x + from[0].size, to[0].x];
    if (x < left || x > right) continue;
    const t = along((x - left) / (right - left));
    const rise = 6 * t * (1 - t);
    const run = (right - left) * (3 * BEND * ((1 - t) ** 2 + t ** 2) + 6 * (1 - 2 * BEND) * t * (1 - t));
    for (const [input, a] of from.entries()) {
      for (const [unit, b] of to.entries()) {
        const [y1, y2] = [a.y + a.size / 2, b.y + b.size / 2];
        const off = Math.abs(y - y1 - (y2 - y1) * t * t * (3 - 2 * t));
        const far = off / Math.hypot(1, ((y2 - y1) * rise) / run);
        if (far < least) [best, least] = [{ column, unit, input }, far];
      }
    }
  }
  return best;
}

/** Where on a curve, from 0 to 1, a share of its width is reached. */
function along(share) {
  let [low, high] = [0, 1];
  for (let n = 0; n < 20; n++) {
    const t = (low + high) / 2;
    const across = 3 * BEND * (1 - t) ** 2 * t + 3 * (1 - BEND) * (1 - t) * t ** 2 + t ** 3;
    if (across < share) low = t; else high = t;
  }
  return low;
}

/** Draws the lines of all weights, thick and full as they are large. */
function drawWeights(context, place, look, run, colours, chosen) {
  look.layers.forEach((layer, number) => {
    const [from, to] = stages(place, number + 1);
    for (let a = 0; a < layer.before; a++) {
      for (let b = 0; b < layer.width; b++) {
        const weight = layer.weights[a * layer.width + b];
        const share = Math.min(1, Math.abs(weight) / run.largest[number]);
        const into = chosen && chosen.column === number + 1 && chosen.unit === b;
        const line = chosen && chosen.input >= 0;
        const own = !chosen || chosen.column < 0 || (line ? into && chosen.input === a
          : into || (chosen.column === number && chosen.unit === a));
        context.globalAlpha = line && own ? 1 : (0.1 + 0.75 * share) * (own ? 1 : line ? 0.4 : 0.12);
        context.lineWidth = line && own ? 2 + 4 * share : 0.5 + 4.5 * share;
        context.strokeStyle = several(run, number) ? colours.series[b % colours.series.length]
          : weight < 0 ? colours.low : colours.high;
        const [x1, y1] = [from[a].x + from[a].size, from[a].y + from[a].size / 2];
        const [x2, y2] = [to[b].x, to[b].y + to[b].size / 2];
        const bend = (x2 - x1) * BEND;
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
