// The player: which epoch is shown, what is near the pointer, and what keys do.

const players = new WeakMap();

class Player {
  constructor(root, family) {
    const find = (name) => root.querySelector(name);
    this.root = root;
    this.canvas = find(".picture");
    this.context = this.canvas.getContext("2d");
    this.slider = find(".slider");
    this.words = find(".words");
    this.close = find(".close");
    this.spoken = find(".spoken");
    this.play = find(".play");
    this.speed = find(".speed");
    this.run = null;
    this.index = 0;
    this.follows = true;
    this.chosen = null;
    this.timer = 0;
    this.play.onclick = () => (this.timer ? this.pause() : this.start());
    find(".back").onclick = () => this.step(-1);
    find(".next").onclick = () => this.step(1);
    this.slider.oninput = () => { this.pause(); this.show(Number(this.slider.value)); };
    find(".network").onkeydown = (event) => this.press(event);
    this.canvas.onpointermove = (event) => this.point(event);
    this.canvas.onpointerleave = () => this.choose(null);
    this.canvas.onblur = () => this.choose(null);
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(this.canvas);
    // A canvas asks for a font when it first writes in it, and is not redrawn when it comes.
    this.redraw = () => this.place && this.draw();
    document.fonts.addEventListener("loadingdone", this.redraw);
  }

  /** Takes a run, or more of the one it has. */
  take(run) {
    const same = this.run && this.run.run === run.run;
    const looks = same ? new Map([...this.run.looks, ...run.looks]) : run.looks;
    run.looks = new Map([...looks].sort((a, b) => a[0] - b[0]));
    run.shownEpochs = [...run.looks.keys()];
    const truths = run.points.filter((_, n) => n % 4 === 2);
    run.ends = [Math.min(...truths), Math.max(...truths)];
    run.largest = [...run.shown, 0].map((_, n) => Math.max(1e-9,
      ...[...run.looks.values()].map((look) => Math.max(...look.layers[n].weights.map(Math.abs)))));
    const epoch = this.run && this.epoch;
    this.run = run;
    this.colours = palette(run);
    if (!same) { this.pause(); this.follows = true; this.chosen = null; }
    this.slider.max = run.shownEpochs.length - 1;
    const kept = run.shownEpochs.indexOf(epoch);
    this.resize(same && !this.follows && kept >= 0 ? kept : run.shownEpochs.length - 1);
  }

  get epoch() { return this.run.shownEpochs[this.index]; }
  get look() { return this.run.looks.get(this.epoch); }

  resize(index = this.index) {
    if (!this.run) return;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return;
    const scale = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(height * scale);
    this.context.setTransform(scale, 0, 0, scale, 0, 0);
    this.context.family = getComputedStyle(this.canvas).fontFamily;
    this.place = layOut(this.run, width, height);
    this.show(index);
  }

  show(index) {
    const { run } = this;
    this.index = Math.max(0, Math.min(index, run.shownEpochs.length - 1));
    this.slider.value = this.index;
    this.draw();
    const [said, rows] = [run.validation, run.training].map((line) => line[this.epoch - 1]);
    const shown = said === undefined ? `training ${run.metric} ${figure(rows)}` : `validation ${run.metric} ${figure(said)}`;
    this.words.textContent = `epoch ${this.epoch} of ${run.epochs} · ${shown}`;
    this.slider.setAttribute("aria-valuetext", this.words.textContent);
    this.canvas.setAttribute("aria-label", this.inWords());
    this.root.querySelector(".back").disabled = this.index === 0;
    this.root.querySelector(".next").disabled = this.index === run.shownEpochs.length - 1;
    this.play.disabled = run.shownEpochs.length < 2;
  }

  draw() {
    drawNetwork(this.context, this.place, this.look, this.run, this.epoch, this.colours, this.chosen);
    this.enlarge();
  }

  step(by) {
    this.pause();
    this.follows = false;
    this.show(this.index + by);
    this.spoken.textContent = this.words.textContent;
  }

  start() {
    if (this.run.shownEpochs.length < 2) return;
    this.follows = false;
    if (this.index === this.run.shownEpochs.length - 1) this.show(0);
    this.mark("Pause", "M4 3h3v10H4zM9 3h3v10H9z");
    let due = performance.now() + 1000 / this.speed.value;
    const tick = (now) => {
      if (!this.canvas.isConnected) return;
      this.timer = requestAnimationFrame(tick);
      if (now < due) return;
      due = Math.max(due + 1000 / this.speed.value, now);
      this.show(this.index + 1);
      if (this.index === this.run.shownEpochs.length - 1) this.pause();
    };
    this.timer = requestAnimationFrame(tick);
  }

  pause() {
    cancelAnimationFrame(this.timer);
    this.timer = 0;
    this.mark("Play", "M4 2.5v11l9-5.5z");
  }

  mark(name, path) {
    this.play.setAttribute("aria-label", name);
    this.play.querySelector("path").setAttribute("d", path);
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target === this.speed) return;
    const onButton = event.target.tagName === "BUTTON";
    const acts = {
      " ": onButton ? null : () => this.play.click(),
      ArrowLeft: () => this.step(-1),
      ArrowRight: () => this.step(1),
      Home: () => this.step(-this.index),
      End: () => this.step(this.run.shownEpochs.length),
      ArrowUp: () => this.walk(-1),
      ArrowDown: () => this.walk(1),
      Escape: () => this.choose(null),
    };
    const act = this.run && acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  /** The unit before or after the chosen one, layer by layer. */
  walk(by) {
    const units = this.place.columns.slice(1).flatMap((column, n) =>
      column.map((_, unit) => ({ column: n + 1, unit })));
    if (!units.length) return;
    const now = units.findIndex((u) => this.chosen && u.column === this.chosen.column && u.unit === this.chosen.unit);
    const start = now < 0 && by < 0 ? 0 : now;
    this.choose(units[(start + by + units.length) % units.length]);
    this.spoken.textContent = this.facts().join(", ");
  }

  point(event) {
    if (!this.run || !this.place) return;
    const [x, y] = [event.offsetX, event.offsetY];
    const { output } = this.place;
    const within = (b, w = b.size, h = b.size) => x >= b.x && x <= b.x + w && y >= b.y && y <= b.y + h;
    if (within(output, output.side, output.side)) {
      return this.choose({ column: -1, unit: -1, at: [(x - output.x) / output.side, 1 - (y - output.y) / output.side] });
    }
    for (const [column, boxes] of this.place.columns.entries()) {
      const unit = boxes.findIndex((box) => within(box));
      if (unit >= 0) return this.choose({ column, unit });
    }
    this.choose(null);
  }

  choose(chosen) {
    const key = (c) => c && `${c.column} ${c.unit} ${c.at || ""}`;
    if (key(chosen) === key(this.chosen)) return;
    this.chosen = chosen;
    if (this.run) this.draw();
  }

  /** The chosen map, large, and what is known of it. */
  enlarge() {
    const { chosen, place, run, close } = this;
    close.hidden = !chosen || !place.columns;
    if (close.hidden) return;
    const large = close.querySelector("canvas");
    const layer = this.look.unitMaps[chosen.column - 1];
    large.hidden = chosen.column < 0;
    if (!large.hidden) {
      const picture = chosen.column ? paintUnit(layer[chosen.unit], layer, this.colours) : paintInput(chosen.unit, this.colours);
      large.getContext("2d").drawImage(picture, 0, 0, large.width, large.height);
    }
    const facts = close.querySelector(".facts");
    facts.replaceChildren(...this.facts().map((words, n) => {
      const line = document.createElement(n ? "div" : "b");
      line.textContent = words;
      return line;
    }));
    const box = chosen.column < 0
      ? { x: place.output.x + chosen.at[0] * place.output.side, y: place.output.y + (1 - chosen.at[1]) * place.output.side, size: 4 }
      : place.columns[chosen.column][chosen.unit];
    const right = box.x + box.size + 12;
    const fits = right + close.offsetWidth <= place.width;
    close.style.left = `${Math.max(0, fits ? right : box.x - close.offsetWidth - 12)}px`;
    close.style.top = `${Math.max(0, Math.min(box.y, place.height - close.offsetHeight))}px`;
  }

  /** What is known of the chosen unit, input or place, in lines. */
  facts() {
    const { chosen, look, run } = this;
    if (chosen.column < 0) return this.answerAt(...chosen.at);
    if (chosen.column === 0) return [`input ${run.axes[chosen.unit]}`, `from ${figure([run.x, run.y][chosen.unit][0])} to ${figure([run.x, run.y][chosen.unit][1])}`];
    const layer = look.layers[chosen.column - 1];
    const map = look.unitMaps[chosen.column - 1][chosen.unit];
    const inputs = Array.from({ length: layer.before }, (_, n) => [this.named(chosen.column - 1, n), layer.weights[n * layer.width + chosen.unit]]);
    inputs.sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
    const signed = (value) => (value > 0 ? "+" : "") + figure(value);
    const dead = map.low === map.high ? ["says the same everywhere"] : [];
    return [`layer ${chosen.column}, ${this.named(chosen.column, chosen.unit)}`, `bias ${signed(layer.biases[chosen.unit])}`,
      `activation ${figure(map.low)} to ${figure(map.high)}`, ...dead, "strongest inputs",
      ...inputs.slice(0, 3).map(([name, weight]) => `${name} ${signed(weight)}`)];
  }

  named(column, unit) {
    return column === 0 ? this.run.axes[unit] : `unit ${this.run.shown[column - 1][unit] + 1}`;
  }

  answerAt(across, up) {
    const { run, look } = this;
    const value = (map) => {
      const [column, row] = [across, up].map((share) => Math.min(map.side - 1, Math.max(0, Math.round(share * (map.side - 1)))));
      return map.low + (map.levels[row * map.side + column] * (map.high - map.low)) / 255;
    };
    const at = [run.x, run.y].map(([low, high], n) => `${run.axes[n]} ${figure(low + [across, up][n] * (high - low))}`);
    const said = value(look.answerMaps[0]);
    const words = run.answers === "probability" ? `class ${run.labels[1]}: ${Math.round(100 * said)} %`
      : run.answers === "value" ? `${run.target} ${figure(said)}`
      : `class ${run.labels[Math.round(said)] ?? said}: ${Math.round(100 * value(look.answerMaps[1]))} %`;
    return [words, ...at];
  }

  /** The picture, for those who do not see it. */
  inWords() {
    const { run, look } = this;
    const layers = run.units.length ? `${run.units.length === 1 ? "one hidden layer" : `${run.units.length} hidden layers`} of ${run.units.join(" and ")} units` : "no hidden layer";
    const of = (line) => figure(line[this.epoch - 1]);
    const second = look.answerMaps[0].levels.reduce((sum, level) => sum + (level > 127), 0) / look.answerMaps[0].levels.length;
    const answers = run.answers === "probability" ? ` It answers class ${run.labels[1]} on ${Math.round(100 * second)} % of the plane.` : "";
    return `Network with ${layers} after epoch ${this.epoch} of ${run.epochs}: ${run.metric} ${of(run.validation)} on validation, ${of(run.training)} on training rows.${answers} Up and down go from unit to unit, left and right through the epochs, space plays.`;
  }

  end() {
    this.pause();
    this.sizes.disconnect();
    document.fonts.removeEventListener("loadingdone", this.redraw);
  }
}

export default function (component) {
  const { data, parentElement: root } = component;
  if (!players.has(root)) players.set(root, new Player(root));
  const player = players.get(root);
  player.take(readRun(new Uint8Array(data)));
  return () => {
    player.end();
    players.delete(root);
  };
}
