// What the live pages share: numbers as text, controls in pairs, the address, light and dark.
"use strict";

window.nudpLive = (() => {
  const SUPERSCRIPTS = { "-": "⁻" };
  [..."⁰¹²³⁴⁵⁶⁷⁸⁹"].forEach((digit, i) => (SUPERSCRIPTS[i] = digit));

  /** A number as the book writes it: plain, or with a power of ten. */
  function shown(value, digits = 3) {
    if (!Number.isFinite(value)) return "none";
    const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
    const power = Number(exponent);
    if (value !== 0 && (power < -3 || power > 4)) {
      return `${mantissa}×10${[...String(power)].map((c) => SUPERSCRIPTS[c]).join("")}`;
    }
    return Number(value.toPrecision(digits)).toLocaleString("en", {
      maximumSignificantDigits: digits,
      useGrouping: false,
    });
  }

  /** An element with attributes and children. */
  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== undefined && value !== false) element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  }

  /** A labelled choice. options: [[value, text], ...]. */
  function choice({ id, label, options, changed }) {
    const select = make("select", { id });
    select.append(...options.map(([value, text]) => make("option", { value }, text)));
    select.addEventListener("change", () => changed(select.value));
    const element = make("div", { class: "live-choice" }, make("label", { for: id }, label), select);
    return { element, show: (value) => (select.value = value) };
  }

  const STEPS = 500;

  /** Scale of a slider: even, or even in the logarithm, with 0 at its left end if asked for. */
  function scale({ lowest, highest, logarithmic, zero }) {
    if (!logarithmic) {
      return {
        toPosition: (value) => (STEPS * (value - lowest)) / (highest - lowest),
        toValue: (position) => lowest + ((highest - lowest) * position) / STEPS,
      };
    }
    const span = Math.log(highest / lowest);
    return {
      toPosition: (value) =>
        zero && value <= 0 ? 0 : Math.max((STEPS * Math.log(value / lowest)) / span, zero ? 1 : 0),
      toValue: (position) =>
        zero && position <= 0 ? 0 : lowest * Math.exp((span * position) / STEPS),
    };
  }

  /** A slider and a field for one number. */
  function pair({ id, label, unit, digits = 3, typed, changed, ...range }) {
    const { toPosition, toValue } = scale(range);
    const slider = make("input", { type: "range", id, min: 0, max: STEPS, step: 1 });
    const field = make("input", {
      type: "number",
      id: `${id}-typed`,
      min: typed[0],
      max: typed[1],
      step: "any",
      inputmode: "decimal",
      "aria-label": `${label}, typed${unit ? ` [${unit}]` : ""}`,
    });
    const note = make("p", { class: "live-note", id: `${id}-note` });
    slider.setAttribute("aria-describedby", note.id);
    field.setAttribute("aria-describedby", note.id);
    slider.addEventListener("input", () =>
      changed(Number(toValue(Number(slider.value)).toPrecision(digits)))
    );
    field.addEventListener("input", () => {
      const good = field.value !== "" && field.checkValidity();
      field.setAttribute("aria-invalid", String(!good));
      if (good) changed(Number(field.value), field);
    });
    const element = make(
      "div",
      { class: "live-pair" },
      make("label", { for: id }, label),
      make("span", { class: "live-typed" }, field, make("span", { "aria-hidden": true }, unit)),
      slider,
      note
    );
    return {
      element,
      show(value, { by, note: text = "", disabled = false } = {}) {
        slider.value = Math.round(toPosition(value));
        slider.setAttribute("aria-valuetext", `${shown(value, digits)} ${unit}`.trim());
        if (by !== field) {
          field.value = Number(value.toPrecision(12));
          field.removeAttribute("aria-invalid");
        }
        slider.disabled = field.disabled = disabled;
        note.textContent = text;
      },
    };
  }

  /** Keep a state in the address of the widget's own page, and tell when somebody else changes it. */
  function address(root, restore) {
    let waiting = 0;
    const home = new URL(root.dataset.home, location.href);
    const link = (entries) => `${home.href.split("#")[0]}#${new URLSearchParams(entries)}`;
    // in a chapter the address names a heading of it
    if (home.pathname !== location.pathname) {
      return { link, read: () => new URLSearchParams(), write() {} };
    }
    // an address without = names a heading of the page, not a state
    const read = () => new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
    addEventListener("hashchange", () => {
      if (location.hash.includes("=")) restore(read());
    });
    return {
      link,
      read,
      write(entries) {
        clearTimeout(waiting); // browsers refuse hundreds of changes in a row
        // replaceState raises no hashchange
        waiting = setTimeout(() => history.replaceState(null, "", link(entries)), 150);
      },
    };
  }

  /** Say something to a screen reader once the hand rests. */
  function speaker() {
    const element = make("p", { class: "live-hidden", role: "status", "aria-live": "polite" });
    let waiting = 0;
    return {
      element,
      say(text) {
        clearTimeout(waiting);
        waiting = setTimeout(() => (element.textContent = text), 500);
      },
    };
  }

  /** Call once a frame at most. */
  function calm(draw) {
    let asked = false;
    return () => {
      if (asked) return;
      asked = true;
      requestAnimationFrame(() => {
        asked = false;
        draw();
      });
    };
  }

  /** Colours of the theme as it is now. */
  function colours() {
    const style = getComputedStyle(document.documentElement);
    const read = (name) => style.getPropertyValue(`--pst-color-${name}`).trim();
    return {
      dark: document.documentElement.dataset.theme === "dark",
      text: read("text-base"),
      muted: read("text-muted"),
      background: read("background"),
      border: read("border"),
    };
  }

  /** The same hue, light enough for a dark page. */
  function readable(hex, dark) {
    if (!dark) return hex;
    const parts = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
    return `rgb(${parts.map((part) => Math.round(part + (255 - part) * 0.4)).join(",")})`;
  }

  /** Draw anew when the page turns light or dark, or a plot's place changes its width. */
  function redraw(draw, ...places) {
    new MutationObserver(draw).observe(document.documentElement, {
      attributes: true,
      attributeFilter: ["data-theme"],
    });
    const widths = new Map(places.map((place) => [place, place.clientWidth]));
    const observer = new ResizeObserver(() => {
      const changed = places.filter((place) => widths.get(place) !== place.clientWidth);
      changed.forEach((place) => widths.set(place, place.clientWidth));
      if (changed.length) draw();
    });
    places.forEach((place) => observer.observe(place));
  }

  /** Layout that all plots share. */
  function layout(width, changes) {
    const { text, background, border } = colours();
    const small = width < 500;
    const axis = {
      color: text,
      gridcolor: border,
      linecolor: text,
      zeroline: false,
      showline: true,
      ticks: "outside",
      fixedrange: true,
    };
    const { xaxis, yaxis, ...rest } = changes;
    return {
      width,
      paper_bgcolor: background,
      plot_bgcolor: background,
      font: { color: text, size: small ? 12 : 14, family: getComputedStyle(document.body).fontFamily },
      margin: { l: small ? 66 : 76, r: 12, t: 10, b: 48 },
      dragmode: false,
      showlegend: false,
      hoverlabel: { bgcolor: background, bordercolor: text, font: { color: text } },
      xaxis: { ...axis, ...xaxis },
      yaxis: { ...axis, ...yaxis },
      ...rest,
    };
  }

  const CONFIG = { displayModeBar: false, displaylogo: false, scrollZoom: false, doubleClick: false };

  /** Hand a text to the reader as a file. */
  function save(name, text) {
    const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    const link = make("a", { href: url, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }

  return {
    CONFIG,
    address,
    calm,
    choice,
    colours,
    layout,
    make,
    pair,
    readable,
    redraw,
    save,
    shown,
    speaker,
  };
})();
