// Draws the charts where scripts run; elsewhere, and in print, the pictures beside them stay.
"use strict";
(() => {
  const { data, charts } = JSON.parse(document.getElementById("charts").textContent);
  const rows = (columns) => {
    const names = Object.keys(columns);
    const length = names.length ? columns[names[0]].length : 0;
    return Array.from({ length }, (_, i) => {
      const row = {};
      for (const name of names) row[name] = columns[name][i];
      return row;
    });
  };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const draw = async (place) => {
    const at = document.getElementById(`chart-${place}`);
    const chart = charts[place][dark.matches ? "dark" : "light"];
    const spec = structuredClone(chart.spec);
    spec.datasets = {};
    for (const [name, key] of Object.entries(chart.data)) spec.datasets[name] = rows(data[key]);
    const figure = at.closest("figure");
    figure.classList.add("drawn");
    try {
      // `ast`: expressions are interpreted, for no text may become code here.
      await vegaEmbed(at, spec, {
        ast: true, actions: false, renderer: "svg", tooltip: { theme: dark.matches ? "dark" : "light" },
      });
      figure.dataset.drawn = "yes";
    } catch (error) {
      figure.classList.remove("drawn");
      console.error(`chart ${place}`, error);
    }
  };
  const drawAll = async () => {
    for (let place = 0; place < charts.length; place++) await draw(place);
    document.documentElement.dataset.drawn = "yes";
  };
  dark.addEventListener("change", drawAll);
  drawAll();
})();
