// The first layer of a network: bars for the columns of a table, maps for the pixels of pictures.

const ROW = 24, MOST_ROWS = 12, THUMB = 52, GAP = 4, GROUP = 92;

/** Room for what is drawn on the left, and for the curve at the right where there is some. */
function sides(width, height) {
  const narrow = width < 560;
  const curve = { x: Math.round(0.72 * width), y: 30, width: Math.round(0.28 * width) - 44, height: Math.min(130, height - 60) };
  return { width, height, narrow, left: narrow ? width - 4 : curve.x - 30, curve: narrow ? { height: 0 } : curve };
}

const COLUMNS = {
  caption: () => "",

  read: (buffer) => ({ sizes: new Float32Array(buffer) }),

  prepare(run) {
    const last = [...run.looks.values()].pop().sizes;
    const order = [...last.keys()].sort((a, b) => last[b] - last[a]);
    run.ranked = order.slice(0, MOST_ROWS);
    run.largest = Math.max(1e-9, ...[...run.looks.values()].map((look) => Math.max(...look.sizes)));
    // Some columns are worth less than nothing, by chance.
    run.lost = (run.importance && run.importance.lost) || [];
    run.most = Math.max(1e-9, ...run.lost);
  },

  height: (run) => 40 + ROW * Math.max(run.ranked.length, 6),

  layOut(run, width, height) {
    const place = sides(width, height);
    place.names = Math.min(180, 0.36 * place.left);
    const bars = place.left - place.names;
    place.long = (run.importance ? 0.5 * bars : bars) - 60;
    place.worth = place.names + 0.5 * bars + 8;
    place.boxes = run.ranked.map((_, n) => ({ x: 0, y: 28 + n * ROW, width: place.left, height: ROW }));
    return place;
  },

  draw(context, place, look, run, colours, chosen) {
    const count = run.columns.length > run.ranked.length ? `${run.ranked.length} of ${run.columns.length} columns` : "";
    write(context, cut(context, count, place.names - 10), place.names - 8, 12, colours.muted, "right");
    const full = run.importance ? "mean absolute weight" : "mean absolute weight into the first layer";
    write(context, cut(context, full, place.long + 56), place.names, 12, colours.muted);
    if (run.importance) write(context, cut(context, lostWords(run, place.long < 130), place.long + 52), place.worth, 12, colours.muted);
    run.ranked.forEach((column, n) => {
      const { y } = place.boxes[n];
      const long = (look.sizes[column] / run.largest) * place.long;
      const own = chosen && chosen.row === n;
      write(context, cut(context, run.columns[column], place.names - 10), place.names - 8, y + ROW / 2, own ? colours.text : colours.muted, "right");
      context.fillStyle = own ? colours.high : colours.low;
      context.fillRect(place.names, y + 4, Math.max(1, long), ROW - 8);
      write(context, figure(look.sizes[column]), place.names + long + 6, y + ROW / 2, colours.muted);
      if (!run.lost.length) return;
      const worth = Math.max(0, run.lost[column] / run.most) * place.long;
      context.fillStyle = own ? colours.high : colours.muted;
      context.fillRect(place.worth, y + 4, Math.max(1, worth), ROW - 8);
      write(context, lostFigure(run, column), place.worth + worth + 6, y + ROW / 2, colours.muted);
    });
  },

  pick(place, run, x, y) {
    const row = place.boxes.findIndex((b) => x < b.width && y >= b.y && y < b.y + b.height);
    return row < 0 ? null : { row };
  },

  items: (place) => place.boxes.map((_, row) => ({ row })),
  box: (place, { row }) => ({ x: place.names, y: place.boxes[row].y, size: ROW }),
  map: () => null,

  facts(look, run, { row }) {
    const column = run.ranked[row];
    const said = [run.columns[column], `mean absolute weight ${figure(look.sizes[column])}`];
    if (!run.lost.length) return said;
    const { rows, repeats } = run.importance;
    return [...said, `${lostWords(run)}: ${lostFigure(run, column)}`,
      `after the last epoch, ${rows} validation rows, ${repeats === 1 ? "once" : `${repeats} times`}`];
  },

  words(look, run) {
    const first = run.ranked.slice(0, 3).map((n) => `${run.columns[n]} ${figure(look.sizes[n])}`).join(", ");
    const worth = [...run.lost.keys()].sort((a, b) => run.lost[b] - run.lost[a]).slice(0, 3)
      .map((n) => `${run.columns[n]} ${lostFigure(run, n)}`).join(", ");
    return `Mean absolute weights of the columns into the first layer, the largest ${first}` +
      (worth ? `; ${lostWords(run)}, the most ${worth}` : "");
  },
};
SCENES.columns = COLUMNS;

/** What shuffling a column does, and how much. */
const lostWords = (run, short) => (!run.lost.length ? "when shuffled: at the end"
  : `${short ? "" : run.importance.measure === "mae" ? "error " : "accuracy "}${run.importance.measure === "mae" ? "added" : "lost"} when shuffled`);
const lostFigure = (run, column) => (run.importance.measure === "mae" ? figure(run.lost[column])
  : `${(100 * run.lost[column]).toFixed(1).replace("-", "−")} %`);

const PICTURES = {
  caption: () => "Orange is above zero, teal below.",

  read(buffer, run) {
    const { floats, bytes } = reader(buffer);
    const ends = floats(2 * run.groups.reduce((sum, group) => sum + group.names.length, 0));
    let n = 0;
    return { groups: run.groups.map(({ names, height, width }) => names.map(() => (
      { width, height, levels: bytes(width * height), low: ends[2 * n], high: ends[2 * n++ + 1] }))) };
  },

  prepare(run) {
    const [height, width, channels] = run.shape;
    const levels = new Uint8Array(run.points);
    const size = height * width * channels;
    run.thumbs = run.labels.map((_, n) => painted({ width, height, levels: levels.subarray(n * size), low: 0, high: 255 },
      (_, at) => [0, 1, 2].map((c) => levels[n * size + at * channels + Math.min(c, channels - 1)])));
  },

  height: (run) => 20 + GROUP * Math.max(2.5, groupsOf(run, 0).length),

  /** The maps of the chosen picture, each as large as its group's share of the height allows. */
  layOut(run, width, height, picture) {
    const place = sides(width, height);
    const from = run.labels.length ? THUMB + 24 : 0;
    place.thumbs = run.labels.map((_, n) => ({ x: 2, y: 26 + n * (THUMB + 8), size: THUMB }));
    place.groups = groupsOf(run, picture);
    const share = (height - 4) / place.groups.length;
    place.boxes = place.groups.flatMap((group, row) => {
      const { names, width: wide, height: high } = run.groups[group];
      const room = [place.left - from, share - 30];
      const fits = [1, 2, 3, 4].map((rows) => {
        const columns = Math.ceil(names.length / rows);
        return { columns, size: Math.min((room[0] - GAP * (columns - 1)) / columns, ((room[1] - GAP * (rows - 1)) / rows) * (wide / high), 96) };
      });
      const { columns, size } = fits.reduce((best, fit) => (fit.size > best.size + 0.5 ? fit : best));
      return names.map((_, n) => ({ group, n, x: from + (n % columns) * (size + GAP), size, high: (size * high) / wide,
        y: 26 + row * share + Math.floor(n / columns) * ((size * high) / wide + GAP) }));
    });
    place.titles = place.groups.map((group, row) => ({ x: from, y: 12 + row * share, group }));
    return place;
  },

  draw(context, place, look, run, colours, chosen, picture) {
    for (const { x, y, group } of place.titles) {
      const { title, names, of } = run.groups[group];
      write(context, of > names.length ? `${title}, ${names.length} of ${of}` : title, x, y, colours.muted);
    }
    context.imageSmoothingEnabled = false;
    for (const { group, n, x, y, size, high } of place.boxes) {
      context.drawImage(paintSigned(look.groups[group][n], look.groups[group], colours), x, y, size, high);
      frame(context, x, y, size, high, chosen && chosen.group === group && chosen.n === n, colours);
    }
    place.thumbs.forEach(({ x, y, size }, n) => {
      context.drawImage(run.thumbs[n], x, y, size, size);
      frame(context, x, y, size, size, n === picture, colours);
    });
    if (place.thumbs.length) write(context, "picture", 2, 12, colours.muted);
  },

  pick(place, run, x, y) {
    const thumb = place.thumbs.findIndex((b) => x >= b.x && x <= b.x + b.size && y >= b.y && y <= b.y + b.size);
    if (thumb >= 0) return { picture: thumb };
    const found = place.boxes.find((b) => x >= b.x && x <= b.x + b.size && y >= b.y && y <= b.y + b.high);
    return found ? { group: found.group, n: found.n } : null;
  },

  items: (place) => [...place.thumbs.map((_, picture) => ({ picture })), ...place.boxes.map(({ group, n }) => ({ group, n }))],

  box(place, { picture, group, n }) {
    return picture >= 0 ? place.thumbs[picture] : place.boxes.find((b) => b.group === group && b.n === n) || { x: 0, y: 0, size: 0 };
  },

  map(look, run, colours, { picture, group, n }) {
    return picture >= 0 ? run.thumbs[picture] : paintSigned(look.groups[group][n], look.groups[group], colours);
  },

  facts(look, run, { picture, group, n }) {
    if (picture >= 0) return [`a picture of class ${run.labels[picture]}`, "click to see what its filters see"];
    const { low, high } = look.groups[group][n];
    return [run.groups[group].names[n], run.groups[group].title, `${figure(low)} to ${figure(high)}`];
  },

  words: (look, run) => [...new Set(run.groups.map(({ title, of }) => `${of} ${title}`))].join(", "),
};
SCENES.pictures = PICTURES;

/** The groups that belong to no picture or to the chosen one. */
function groupsOf(run, picture) {
  return [...run.groups.keys()].filter((n) => run.groups[n].picture < 0 || run.groups[n].picture === picture);
}

function frame(context, x, y, width, height, own, colours) {
  context.strokeStyle = own ? colours.text : colours.muted;
  context.lineWidth = own ? 2 : 0.6;
  context.strokeRect(x, y, width, height);
}
