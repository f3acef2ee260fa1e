// Notes in `studyFrames`, at every frame after a change of the page, what a Study page shows:
// [milliseconds, open tab, whether all its charts are drawn, trial and epoch of the last point].
// Vega's SVG marks carry their data as `__data__`, so this is what has been drawn, not what came.
window.studyFrames = [];
window.studyPresses = [];

const CHARTS = {
  "Overview": 2,
  "Learning curves": 1,
  "Parallel coordinates": 2,
  "Hyperparameters": 1,
  "Search behaviour": 1,
  "Best model": 0,
};

function lastPoint(panel) {
  let last = [0, 0];
  for (const mark of panel.querySelectorAll("svg.marks path")) {
    const datum = mark.__data__?.datum;
    if (datum?.part === undefined || datum.epoch === undefined) continue;
    if (datum.trial > last[0] || (datum.trial === last[0] && datum.epoch > last[1]))
      last = [datum.trial, datum.epoch];
  }
  return last;
}

function note() {
  const tab = document.querySelector('[role="tab"][aria-selected="true"]')?.textContent ?? "";
  const panel = document.querySelector('[role="tabpanel"]:not([inert])');
  if (!panel) return;
  const drawn = [...panel.querySelectorAll("svg.marks")].filter(
    (svg) => svg.getBoundingClientRect().height > 0
  ).length;
  const whole = drawn >= CHARTS[tab] && panel.getBoundingClientRect().height > 50;
  const frame = [tab, whole, ...lastPoint(panel)];
  const before = studyFrames.at(-1);
  if (!before || frame.some((value, index) => value !== before[index + 1]))
    studyFrames.push([Date.now(), ...frame]);
}

addEventListener(
  "pointerdown",
  (event) => {
    const tab = event.target.closest?.('[role="tab"]');
    if (tab) studyPresses.push([Date.now(), tab.textContent]);
  },
  true
);
