// Notes in `whatIfFrames`, at every frame after a change of the page, what What-if shows:
// [milliseconds, number of the present run, epoch of the dot at the end of its validation line],
// and in `whatIfPresses` when a key that moves a slider went down.
// Vega's SVG marks carry their data as `__data__`, so this is what has been drawn, not what came.
window.whatIfFrames = [];
window.whatIfPresses = [];

function note() {
  let run = 0;
  let last = 0;
  for (const mark of document.querySelectorAll('[class*="-what-if-curve"] svg.marks path')) {
    const datum = mark.__data__?.datum;
    if (!datum?.strong || datum.part !== undefined || datum.epoch === undefined) continue;
    run = Number(datum.name.split(" ")[1]);
    last = Math.max(last, datum.epoch);
  }
  const before = whatIfFrames.at(-1);
  if (!before || before[1] !== run || before[2] !== last)
    whatIfFrames.push([Date.now(), run, last]);
}

addEventListener(
  "keydown",
  (event) => {
    if (event.key.startsWith("Arrow")) whatIfPresses.push(Date.now());
  },
  true
);
