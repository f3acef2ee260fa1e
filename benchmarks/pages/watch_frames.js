// Calls note(), of the script before it, once a frame after the page has changed.
let changed = false;
new MutationObserver(() => {
  if (changed) return;
  changed = true;
  requestAnimationFrame(() => {
    changed = false;
    note();
  });
}).observe(document, { attributes: true, childList: true, subtree: true });
