// The player: which epoch is shown, what is near the pointer, and what keys do.

const PLAY = "M4 2.5v11l9-5.5z", PAUSE = "M4 3h3v10H4zM9 3h3v10H9z";

const AROUND = 70;   // Pixels that the buttons above and the words below the picture take.

class Player {
  constructor(root) {
    const find = (name) => root.querySelector(name);
    this.canvas = find(".picture");
    this.context = this.canvas.getContext("2d");
    this.slider = find(".slider");
    this.words = find(".words");
    this.caption = find(".caption");
    this.close = find(".close");
    this.spoken = find(".spoken");
    this.play = find(".play");
    this.back = find(".back");
    this.next = find(".next");
    this.speed = find(".speed");
    this.fork = find(".fork");
    this.run = null;
    this.index = 0;
    this.picture = 0;
    this.follows = true;
    this.chosen = null;
    this.flat = false;
    this.timer = 0;
    this.setter = new Setter(root, this);
    this.play.onclick = () => (this.timer ? this.pause() : this.start());
    this.back.onclick = () => this.step(-1);
    this.next.onclick = () => this.step(1);
    this.fork.onclick = () => { this.pause(); this.send({ run: this.run.run, epoch: this.epoch }); };
    this.slider.oninput = () => { this.pause(); this.follows = false; this.show(Number(this.slider.value)); };
    find(".network").onkeydown = (event) => this.press(event);
    this.canvas.onpointermove = (event) => this.setter.open || this.point(event);
    this.canvas.onpointerdown = (event) => {
      this.setter.close();
      this.point(event);
      // Else the press itself takes the focus from the field that it opens.
      if (this.enter()) event.preventDefault();
    };
    this.canvas.onpointerleave = () => this.setter.open || this.choose(null);
    this.canvas.onblur = () => this.setter.open || this.choose(null);
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(this.canvas);
    // A canvas asks for a font when it first writes in it, and is not redrawn when it comes.
    this.redraw = () => this.place && this.draw();
    document.fonts.addEventListener("loadingdone", this.redraw);
  }

  /** Takes a run, or more of the one it has. */
  take(run) {
    const before = this.run;
    const same = before && before.run === run.run;
    // What was seen of a training stays true of one that goes on from it.
    const kept = before ? [...before.looks].filter(([n]) => n <= shared(before, run)) : [];
    const looks = new Map([...kept, ...run.looks]);
    run.looks = new Map([...looks].filter(([n]) => n <= run.epochs).sort((a, b) => a[0] - b[0]));
    run.shownEpochs = [...run.looks.keys()];
    const epoch = before && this.epoch;
    this.scene = SCENES[run.kind];
    this.scene.prepare(run);
    this.run = run;
    run.flat = this.flat;
    this.colours = palette(run);
    if (!same) { this.pause(); this.setter.form.hidden = true; this.follows = true; }
    if (!kept.length) { this.chosen = null; this.picture = 0; }
    this.fork.hidden = !run.forks;
    const stride = run.shownEpochs[2] - run.shownEpochs[1];
    this.caption.textContent = (stride > 1 ? `One in ${stride} epochs is kept. ` : "") + this.scene.caption(run);
    this.slider.max = run.shownEpochs.length - 1;
    this.larger = run.larger || 1;
    this.canvas.closest(".network").style.zoom = this.larger;
    if (run.height) this.canvas.parentElement.style.height = `${run.height / this.larger - AROUND}px`;
    else if (this.scene.height) this.canvas.parentElement.style.height = `${this.scene.height(run)}px`;
    else this.canvas.parentElement.style.removeProperty("height");
    const place = run.shownEpochs.indexOf(epoch);
    this.resize(same && !this.follows && place >= 0 ? place : run.shownEpochs.length - 1);
  }

  get epoch() { return this.run.shownEpochs[this.index]; }
  get look() { return this.run.looks.get(this.epoch); }
  get last() { return this.run.shownEpochs.length - 1; }

  resize(index = this.index) {
    if (!this.run) return;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return;
    const scale = (window.devicePixelRatio || 1) * this.larger;
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(height * scale);
    this.context.setTransform(scale, 0, 0, scale, 0, 0);
    this.context.family = getComputedStyle(this.canvas).fontFamily;
    this.place = this.scene.layOut(this.run, width, height, this.picture);
    this.show(index);
  }

  show(index) {
    const { run } = this;
    this.index = Math.max(0, Math.min(index, this.last));
    this.slider.value = this.index;
    if (this.epoch !== this.setter.epoch) this.setter.form.hidden = true;
    this.draw();
    const [said, rows] = [run.validation, run.training].map((line) => line[this.epoch - 1]);
    const shown = !this.epoch ? "before training" : said === undefined ? `training ${run.metric} ${figure(rows)}`
      : `validation ${run.metric} ${figure(said)}`;
    this.words.textContent = `epoch ${this.epoch} of ${run.epochs} · ${shown}`;
    this.slider.setAttribute("aria-valuetext", this.words.textContent);
    // The picture, for those who do not see it.
    this.canvas.setAttribute("aria-label", `${this.scene.words(this.look, run)}, after epoch ${this.epoch} of ${run.epochs}: ` +
      (this.epoch ? `${run.metric} ${figure(said)} on validation, ${figure(rows)} on training rows. ` : "not trained yet. ") +
      (run.changes.length ? `Something was changed after epoch ${run.changes.join(", ")}. ` : "") +
      "Up and down go from map to map, left and right through the epochs, space plays, d draws the answers without shades" +
      (run.forks && this.scene.settable ? ", Enter sets a weight." : "."));
    this.back.disabled = this.index === 0;
    this.next.disabled = this.index === this.last;
    this.play.disabled = this.last < 1;
    this.fork.disabled = !this.epoch;
  }

  draw() {
    const { context, place, run } = this;
    context.clearRect(0, 0, place.width, place.height);
    context.imageSmoothingEnabled = true;
    context.lineJoin = "round";
    this.scene.draw(context, place, this.look, run, this.colours, this.chosen, this.picture);
    drawCurve(context, place, run, this.epoch, this.colours);
    this.enlarge();
  }

  step(by) {
    this.pause();
    this.follows = false;
    this.show(this.index + by);
    this.spoken.textContent = this.words.textContent;
  }

  start() {
    if (this.last < 1) return;
    this.follows = false;
    if (this.index === this.last) this.show(0);
    this.mark("Pause", PAUSE);
    let due = performance.now() + 1000 / this.speed.value;
    const tick = (now) => {
      if (!this.canvas.isConnected) return;
      this.timer = requestAnimationFrame(tick);
      if (now < due) return;
      due = Math.max(due + 1000 / this.speed.value, now);
      this.show(this.index + 1);
      if (this.index === this.last) this.pause();
    };
    this.timer = requestAnimationFrame(tick);
  }

  pause() {
    cancelAnimationFrame(this.timer);
    this.timer = 0;
    this.mark("Play", PLAY);
  }

  mark(name, path) {
    this.play.setAttribute("aria-label", name);
    this.play.querySelector("path").setAttribute("d", path);
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target === this.speed || this.setter.takes(event)) return;
    const onButton = event.target.tagName === "BUTTON";
    const acts = {
      " ": onButton ? null : () => this.play.click(),
      Enter: onButton ? null : () => this.enter(),
      ArrowLeft: () => this.step(-1),
      ArrowRight: () => this.step(1),
      Home: () => this.step(-this.index),
      End: () => this.step(this.last),
      ArrowUp: () => this.walk(-1),
      ArrowDown: () => this.walk(1),
      d: () => this.flatten(),
      Escape: () => this.choose(null),
    };
    const act = this.run && acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  /** Chooses the map before or after the chosen one. */
  walk(by) {
    const items = this.scene.items(this.place, this.run);
    if (!items.length) return;
    const now = items.findIndex((item) => key(item) === key(this.chosen));
    this.choose(items[((now < 0 && by < 0 ? 0 : now) + by + items.length) % items.length]);
    this.spoken.textContent = this.scene.facts(this.look, this.run, this.chosen).join(", ");
  }

  point(event) {
    if (!this.run || !this.place) return;
    // In shares of what is seen: what an event calls its offset differs where the page is zoomed.
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const [across, down] = [(event.clientX - left) / width, (event.clientY - top) / height];
    this.choose(this.scene.pick(this.place, this.run, across * this.place.width, down * this.place.height));
  }

  /** Draws the answers in steps, without shades, or with them again. */
  flatten() {
    this.flat = this.run.flat = !this.flat;
    this.draw();
  }

  /** Shows the maps of the picture that is chosen, or what can be set of the unit; whether a field opened. */
  enter() {
    if (this.chosen && this.chosen.column === -1) this.flatten();
    this.setter.begin();
    if (this.chosen && this.chosen.picture >= 0) {
      this.picture = this.chosen.picture;
      this.resize();
    }
    return this.setter.open;
  }

  choose(chosen) {
    if (key(chosen) === key(this.chosen)) return;
    this.chosen = chosen;
    if (this.place) this.draw();
  }

  /** The chosen map, large, and what is known of it. */
  enlarge() {
    const { chosen, close, look, place, run, scene } = this;
    close.hidden = !chosen;
    if (close.hidden) return;
    const large = close.querySelector("canvas");
    const map = scene.map(look, run, this.colours, chosen);
    large.hidden = !map;
    if (map) {
      const context = large.getContext("2d");
      context.imageSmoothingEnabled = run.kind === "plane";
      context.drawImage(map, 0, 0, large.width, large.height);
    }
    close.querySelector(".facts").replaceChildren(...scene.facts(look, run, chosen).map((words, n) => {
      const line = document.createElement(n ? "div" : "b");
      line.textContent = words;
      return line;
    }));
    if (!this.setter.open && this.setter.found().length) {
      const hint = document.createElement("div");
      hint.className = "hint";
      hint.textContent = "click to set by hand";
      close.querySelector(".facts").append(hint);
    }
    const box = scene.box(place, chosen);
    const right = box.x + box.size + 12;
    const fits = right + close.offsetWidth <= place.width;
    close.style.left = `${Math.max(0, fits ? right : box.x - close.offsetWidth - 12)}px`;
    close.style.top = `${Math.max(0, Math.min(box.y, place.height - close.offsetHeight))}px`;
  }

  end() {
    this.pause();
    this.sizes.disconnect();
    document.fonts.removeEventListener("loadingdone", this.redraw);
  }
}

/** The epochs that two runs have in common: up to the end of their last segment with one key. */
const shared = (one, other) => Math.max(-1, ...one.stem.flatMap(([key, last]) =>
  other.stem.filter(([same]) => same === key).map(([, end]) => Math.min(last, end))));

const key = (chosen) => JSON.stringify(chosen);

export default function (component) {
  const { data, parentElement: root, setTriggerValue } = component;
  // Kept on the element: this script may be read anew for new data.
  const element = root.querySelector(".network");
  element.player ??= new Player(root);
  element.player.send = (fork) => setTriggerValue("fork", fork);
  const run = readRun(new Uint8Array(data));
  // What was sent first may arrive last.
  if (!element.player.run || run.made >= element.player.run.made) element.player.take(run);
  // Streamlit may end a reading that another has overtaken: the player is by then the other's.
  const reading = (element.reading = {});
  return () => {
    if (element.reading !== reading) return;
    element.player.end();
    delete element.player;
  };
}
