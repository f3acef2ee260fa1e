// A weight or a bias that is set by hand: a number beside the line or unit that is chosen.

class Setter {
  constructor(root, player) {
    this.player = player;
    this.form = root.querySelector(".set");
    this.which = root.querySelector(".which");
    this.number = root.querySelector(".number");
    this.form.onsubmit = (event) => { event.preventDefault(); this.set(); };
    this.form.addEventListener("focusout", ({ relatedTarget }) => { if (!this.form.contains(relatedTarget)) this.close(); });
    this.which.onchange = () => this.show(Number(this.which.value));
  }

  get open() { return !this.form.hidden; }

  /** The numbers that can be set of what is chosen, at an epoch from which a training goes on. */
  found() {
    const { scene, look, run, chosen, epoch } = this.player;
    return run.forks && chosen && scene.settable && epoch ? scene.settable(look, run, chosen) : [];
  }

  /** Opens the field for what is chosen: the weight of a line, the bias of a unit. */
  begin() {
    const found = this.found();
    if (!found.length) return;
    const { player } = this;
    player.pause();
    player.follows = false;
    this.epoch = player.epoch;
    this.which.replaceChildren(...found.map(({ words }, n) => {
      const option = document.createElement("option");
      option.value = n;
      option.textContent = words;
      return option;
    }));
    this.form.hidden = false;
    this.show(Math.max(0, found.findIndex(({ input }) => input === player.chosen.input)));
    player.enlarge();
    // On a phone the keyboard would hide the picture: it comes with a touch of the field.
    if (matchMedia("(pointer: coarse)").matches) return;
    this.number.focus();
    this.number.select();
  }

  show(n) {
    this.which.value = n;
    this.number.value = this.shown = Number(this.found()[n].value.toPrecision(4));
  }

  set() {
    const { player } = this;
    const value = this.number.valueAsNumber;
    // What stands there is rounded: left as it is, it is meant to stay what it is.
    if (Number.isFinite(value) && value !== this.shown) {
      player.send({ run: player.run.run, epoch: player.epoch, weight: { ...this.found()[this.which.value].place, value } });
    }
    this.leave();
  }

  /** Back to the picture. */
  leave() {
    this.close();
    this.player.canvas.focus();
  }

  close() {
    if (!this.open) return;
    this.form.hidden = true;
    this.player.enlarge();
  }

  /** Whether a key is the field's own. */
  takes(event) {
    if (!this.form.contains(event.target)) return false;
    if (event.key === "Escape") this.leave();
    return true;
  }
}

