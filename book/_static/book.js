// What style sheets cannot know: whether a table goes on beyond its box, what an icon opens, and how
// the page was opened.
"use strict";

addEventListener("DOMContentLoaded", () => {
  const boxes = [...document.querySelectorAll(".bd-article .pst-scrollable-table-container")];
  const mark = (box) => {
    const left = box.scrollWidth - box.clientWidth - box.scrollLeft;
    box.classList.toggle("goes-on", left > 2);
  };
  boxes.forEach((box) => box.addEventListener("scroll", () => mark(box), { passive: true }));
  const watcher = new ResizeObserver((entries) => entries.forEach((entry) => mark(entry.target)));
  boxes.forEach((box) => watcher.observe(box));

  // The theme gives the toggle of pages below a page an icon alone.
  for (const icon of document.querySelectorAll("summary > .toctree-toggle")) {
    const above = icon.closest("li").querySelector("a").textContent.trim();
    icon.parentElement.setAttribute("aria-label", `Pages below ${above}`);
  }

  // A browser saves no file out of a folder: it shows the text of a notebook in place of it.
  if (location.protocol !== "file:") return;
  const advice = "opened from a folder: save it with Ctrl+S, or “save link as”";
  for (const link of document.querySelectorAll('a[href$=".ipynb"]')) {
    link.title = advice;
    const label = link.querySelector(".btn__text-container") ?? link;
    if (!link.closest(".dropdown-launch-buttons")) label.append(` (${advice})`);
  }
});
