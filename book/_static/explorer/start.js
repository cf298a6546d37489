// Where a widget stands, load what it needs: at once, or when the fold it stands in is opened.
"use strict";

(() => {
  const folder = document.currentScript.src;
  for (const root of document.querySelectorAll(".live")) {
    const place = root.closest(".live-place");
    place.classList.add("live-on");
    place.querySelector(".live-moving").hidden = false;
    const start = () => {
      const { widget } = root.dataset;
      for (const name of ["plotly.min", "tables", "solver", "live", widget]) {
        const script = document.createElement("script");
        script.src = new URL(`${name}.js`, folder);
        script.async = false; // one after the other
        document.head.append(script);
      }
    };
    const fold = root.closest("details");
    if (fold) fold.addEventListener("toggle", start, { once: true });
    else start();
  }
})();
