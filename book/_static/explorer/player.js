// The photon-spectrum player: m_N slides; decay, spectrum and cuts follow. The formulas are
// those of nudp/signal.py; what is accepted comes from the tables of nudp.explorer.
"use strict";

(() => {
  const root = document.querySelector("[data-widget=player]");
  const tables = window.nudpTables;
  const solver = window.nudpSolver;
  const live = window.nudpLive;
  const { make, shown } = live;

  const DOTS = 800;
  const SECONDS = 14; // from the lightest to the heaviest N
  const LIGHTEST = 0.01;
  const START = { search: "belle2_low_mass", model: "PUBLISHED", share: 0.2 };
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  let state = {};
  const photons = () => tables.photons[state.search];
  const heaviest = () => photons().m_N.at(-1);

  // ---- formulas -------------------------------------------------------------

  /** Slope h of 1 + h cos(theta*) about the flight of N. */
  function slope(model, r) {
    const { decay } = tables.models[model];
    return decay === "exact" ? -(1 - 2 * r) / (1 + 2 * r) : decay;
  }

  /** f0 and f2 of (f0 + f2 P2(z)) / 2, the density in u = (x - r)/(1 - r) and z. */
  function harmonics(u, r, model) {
    const v = 1 - u;
    const x = u + r * v;
    const cosAlpha = (u - r * v) / x; // angle between photon and N
    const legendre = 1.5 * cosAlpha * cosAlpha - 0.5;
    if (tables.models[model].decay === "exact") {
      const norm = 2 / (1 + 2 * r);
      const interference = (6 * r * u * v * cosAlpha) / x;
      return [norm * (v + 2 * r * u), norm * ((r * u - v) * legendre + interference)];
    }
    const energy = 1 + slope(model, r) * (u - v);
    return [energy, (-(1 - r) / (1 + 2 * r)) * legendre * energy];
  }

  /** The u below which a share q of the photons lies. */
  function energyQuantile(q, h) {
    return (2 * q) / (1 - h + Math.sqrt((1 - h) ** 2 + 4 * h * q));
  }

  /** The z below which a share q of f0 + f2 P2(z) lies. */
  function angleQuantile(q, f0, f2) {
    if (!(f0 > 0)) return 2 * q - 1;
    let [low, high] = [-1, 1];
    for (let n = 0; n < 30; n++) {
      const z = (low + high) / 2;
      if (f0 * (z + 1) + (f2 * (z * z * z - z)) / 2 < 2 * f0 * q) low = z;
      else high = z;
    }
    return (low + high) / 2;
  }

  /** Accepted intervals in cos(theta) at a photon energy, from the table. */
  function windows(energy) {
    const { E_gamma, lower, upper } = photons();
    let [low, high] = [0, E_gamma.length - 1];
    if (energy <= E_gamma[0] || energy > E_gamma[high] * (1 + 1e-12)) return [];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (E_gamma[middle] <= energy) low = middle;
      else high = middle;
    }
    const t = Math.min((energy - E_gamma[low]) / (E_gamma[high] - E_gamma[low]), 1);
    const between = (row) => row[low] * (1 - t) + row[high] * t;
    return lower.map((_, j) => [between(lower[j]), between(upper[j])]).filter(([a, b]) => b > a);
  }

  /** Value of a row over masses, straight between its points. */
  function between(m_N, row, mass) {
    let i = m_N.findIndex((m) => m > mass);
    if (i < 0) i = m_N.length - 1;
    i = Math.max(i, 1);
    const t = (mass - m_N[i - 1]) / (m_N[i] - m_N[i - 1]);
    return row[i - 1] * (1 - t) + row[i] * t;
  }

  /** Photon spectrum and its accepted part, densities in the CM energy [1/GeV]. */
  function spectrum(mass) {
    const { sqrt_s } = photons();
    const r = (mass / sqrt_s) ** 2;
    const E = [];
    const all = [];
    const accepted = [];
    const points = 160;
    for (let i = 0; i <= points; i++) {
      const u = i / points;
      const energy = ((u + r * (1 - u)) * sqrt_s) / 2;
      const [f0, f2] = harmonics(u, r, state.model);
      const jacobian = 2 / (sqrt_s * (1 - r));
      let passed = 0;
      for (const [a, b] of windows(energy)) {
        passed += (f0 * (b - a) + (f2 * (b ** 3 - b - a ** 3 + a)) / 2) / 2;
      }
      E.push(energy);
      all.push(jacobian * f0);
      accepted.push(jacobian * passed);
    }
    return { E, all, accepted };
  }

  // evenly spread pairs, the same at every mass: the dots move, they do not flicker
  const PLASTIC = 1.324717957244746;
  const SEEDS = Array.from({ length: DOTS }, (_, i) => [
    (0.5 + (i + 1) / PLASTIC) % 1,
    (0.5 + (i + 1) / PLASTIC ** 2) % 1,
  ]);

  /** Photons of DOTS decays, [E, cos(theta), accepted]. */
  function dots(mass) {
    const { sqrt_s } = photons();
    const r = (mass / sqrt_s) ** 2;
    const h = slope(state.model, r);
    return SEEDS.map(([q, p]) => {
      const u = energyQuantile(q, h);
      const energy = ((u + r * (1 - u)) * sqrt_s) / 2;
      const z = angleQuantile(p, ...harmonics(u, r, state.model));
      return [energy, z, windows(energy).some(([a, b]) => a < z && z < b)];
    });
  }

  /** Limit of the whole search with its own settings at a mass, and the flight it means. */
  const limits = new Map();
  function flight(mass) {
    const search = tables.searches[state.search];
    const key = `${state.search} ${state.model}`;
    if (!limits.has(key)) {
      const settings = { ...solver.defaults(search), model: state.model, method: "chi2" };
      limits.set(key, solver.solve(tables, search, settings).map(Math.log));
    }
    const d = Math.exp(between(search.m_N, limits.get(key), mass));
    const { width_factor } = tables.models[state.model];
    // Eq. (6) with p_N = sqrt_s (1 - r)/2, scaled from the nearest mass of the table
    const { sqrt_s } = photons();
    const run = search.sqrt_s.indexOf(sqrt_s);
    const far = search.m_N.map((m) => (m < sqrt_s ? Math.abs(Math.log(m / mass)) : Infinity));
    const i = far.indexOf(Math.min(...far));
    const rate = (m) => m ** 4 / (1 - (m / sqrt_s) ** 2);
    const k = (search.decay[run][i] * rate(mass)) / rate(search.m_N[i]);
    return { d, length: search.detector_length / (k * width_factor * d * d), search };
  }

  // ---- controls -------------------------------------------------------------

  function set(changes, by) {
    state = { ...state, ...changes };
    show(by);
    const { search, model, mass } = state;
    address.write({ search, model, mass: round(mass) });
  }

  const choices = {
    search: live.choice({
      id: "live-search",
      label: "Collider and cuts",
      options: Object.entries(tables.photons).map(([key, { name }]) => [key, name]),
      // the same m_N in units of the energy, where the spectrum looks the same
      changed: (search) => {
        const { sqrt_s, m_N } = tables.photons[search];
        const mass = (state.mass / photons().sqrt_s) * sqrt_s;
        set({ search, mass: round(Math.min(Math.max(mass, LIGHTEST), m_N.at(-1))) });
      },
    }),
    model: live.choice({
      id: "live-model",
      label: "Signal model",
      options: Object.keys(tables.models).map((name) => [name, name]),
      changed: (model) => set({ model }),
    }),
  };
  const round = (mass) => Number(mass.toPrecision(4));
  const fraction = live.pair({
    id: "live-mass",
    label: "Mass of N",
    unit: "GeV",
    lowest: 0,
    highest: 1,
    digits: 6,
    typed: [LIGHTEST, 20],
    changed(value, by) {
      const mass = by ? value : LIGHTEST + value * (heaviest() - LIGHTEST);
      if (mass <= heaviest()) set({ mass: round(mass) }, by);
    },
  });
  const slider = fraction.element.querySelector("input[type=range]");
  const field = fraction.element.querySelector("input[type=number]");

  let playing = 0;
  const play = make("button", { type: "button", class: "live-button", id: "live-play" }, "Play");
  play.addEventListener("click", () => (playing ? stop() : start()));

  function stop() {
    clearTimeout(playing);
    cancelAnimationFrame(playing);
    playing = 0;
    play.textContent = "Play";
  }

  function start() {
    if (state.mass >= heaviest() * 0.999) set({ mass: LIGHTEST });
    play.textContent = "Pause";
    let before = performance.now();
    const step = (now) => {
      const elapsed = Math.min((now - before) / 1000, 0.2);
      before = now;
      advance(elapsed / SECONDS);
      if (playing) playing = requestAnimationFrame(step);
    };
    // no motion for those who asked for none: a new picture a second
    const jump = () => {
      advance(1 / 10);
      if (playing) playing = setTimeout(jump, 1000);
    };
    playing = still.matches ? setTimeout(jump, 1000) : requestAnimationFrame(step);
  }

  function advance(share) {
    const mass = Math.min(state.mass + share * heaviest(), heaviest());
    set({ mass });
    if (mass >= heaviest()) stop();
  }

  // ---- the drawing ----------------------------------------------------------

  const NS = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(NS, "svg");
  for (const [name, value] of Object.entries({
    viewBox: "-45 0 400 256",
    class: "live-drawing",
    id: "live-drawing",
    role: "img",
  })) {
    drawing.setAttribute(name, value);
  }

  function shape(tag, attributes, text) {
    const element = document.createElementNS(NS, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (text) element.textContent = text;
    return element;
  }

  function arrow(x0, x1, y, colour, width) {
    const head = 7 * Math.sign(x1 - x0);
    return [
      shape("line", { x1: x0, y1: y, x2: x1 - head, y2: y, stroke: colour, "stroke-width": width }),
      shape("path", { d: `M${x1} ${y}l${-head} -4.5v9z`, fill: colour }),
    ];
  }

  function drawDecay(colour) {
    const { text, muted } = live.colours();
    const { sqrt_s } = photons();
    const r = (state.mass / sqrt_s) ** 2;
    const beta = (1 - r) / (1 + r);
    const h = slope(state.model, r);
    const [x0, y0, reach, longest] = [95, 128, 120, 124];
    const x1 = x0 + reach * beta;
    const parts = [];
    // rest-frame directions of equal weight, boosted: x = (1 + r)/2 (1 + beta cos)
    const rays = 24;
    for (let i = 0; i < rays; i++) {
      const star = -1 + (2 * i + 1) / rays;
      const cosine = (star + beta) / (1 + beta * star);
      const sine = Math.sqrt(1 - cosine * cosine);
      const length = (longest * (1 + r) * (1 + beta * star)) / 2;
      for (const side of [-1, 1]) {
        parts.push(
          shape("line", {
            x1,
            y1: y0,
            x2: x1 + length * cosine,
            y2: y0 + side * length * sine,
            stroke: colour,
            "stroke-width": 1.6,
            "stroke-opacity": (0.12 + 0.88 * (1 + h * star) / 2).toFixed(3),
          })
        );
      }
    }
    // the cone that holds half of the photons
    const star = 2 * energyQuantile(0.5, h) - 1;
    const half = Math.acos(Math.min((star + beta) / (1 + beta * star), 1));
    const arc = [-half, half].map((a) => `${x1 + 62 * Math.cos(a)} ${y0 + 62 * Math.sin(a)}`);
    parts.push(
      shape("path", {
        d: `M${arc[0]}A62 62 0 ${half > Math.PI / 2 ? 1 : 0} 1 ${arc[1]}`,
        fill: "none",
        stroke: text,
        "stroke-width": 2.5,
      }),
      ...arrow(x0, x0 - 75 * (1 - r), y0, muted, 2),
      shape("text", { x: x0 - 75 * (1 - r) - 14, y: y0 + 4, fill: muted, "font-size": 13 }, "ν̄"),
      shape("text", { x: x0 - 42, y: y0 + 34, fill: text, "font-size": 13 }, "collision")
    );
    if (beta > 0.08) {
      parts.push(...arrow(x0, x1, y0, text, 3));
      if (beta > 0.25) {
        const name = { x: (x0 + x1) / 2 - 6, y: y0 - 9, fill: text, "font-size": 15 };
        parts.push(shape("text", { ...name, "font-style": "italic" }, "N"));
      }
    }
    parts.push(shape("circle", { cx: x0, cy: y0, r: 4.5, fill: text }));
    drawing.replaceChildren(...parts);
    const degrees = (half * 180) / Math.PI;
    drawing.setAttribute(
      "aria-label",
      `N flies from the collision at ${shown(beta)} of the speed of light and decays; half of ` +
        `its photons lie within ${shown(degrees)} degrees of its flight.`
    );
    return { beta, gamma: (1 + r) / (2 * Math.sqrt(r)), degrees };
  }

  // ---- the plots ------------------------------------------------------------

  const spectrumPlot = make("div", { class: "live-plot", id: "live-spectrum", role: "img" });
  const cutPlot = make("div", { class: "live-plot", id: "live-cuts" });

  function drawSpectrum(colour) {
    const { text, muted, background } = live.colours();
    const { E, all, accepted } = spectrum(state.mass);
    const { sqrt_s } = photons();
    const peak = Math.max(...all);
    const area = (y, name, line, fill) => ({
      x: [E[0], ...E, E.at(-1)],
      y: [0, ...y, 0],
      name,
      mode: "lines",
      fill: "tozeroy",
      line: { color: line, width: 2 },
      fillcolor: fill,
      hovertemplate: `${name}: %{y:.3g} GeV⁻¹ at %{x:.3g} GeV<extra></extra>`,
    });
    const faint = live.colours().dark ? "rgba(200,200,200,0.22)" : "rgba(90,90,90,0.16)";
    const traces = [
      area(all, "all photons", muted, faint),
      area(accepted, "accepted", colour, colour),
    ];
    Plotly.react(
      spectrumPlot,
      traces,
      live.layout(spectrumPlot.clientWidth, {
        height: 290,
        hovermode: "closest",
        annotations: [
          {
            text: `<span style="color:${muted}">all photons</span>, ` +
              `<b style="color:${colour}">accepted</b>`,
            x: 0.02,
            y: 0.99,
            xref: "paper",
            yref: "paper",
            showarrow: false,
            bgcolor: background,
            font: { color: text, size: 13 },
          },
        ],
        xaxis: {
          range: [0, sqrt_s / 2 * 1.03],
          title: { text: "photon energy <i>E<sub>γ</sub></i> [GeV]", standoff: 6 },
        },
        yaxis: {
          range: [0, Math.max(5.2 / sqrt_s, peak * 1.25)],
          title: { text: "density [GeV⁻¹]", standoff: 4 },
        },
      }),
      live.CONFIG
    );
    spectrumPlot.setAttribute(
      "aria-label",
      `Photon energies from ${shown(E[0])} to ${shown(E.at(-1))} GeV, and the accepted part of them.`
    );
    return [E[0], E.at(-1)];
  }

  function region() {
    const { E_gamma, lower, upper } = photons();
    const x = [];
    const y = [];
    lower.forEach((_, j) => {
      const open = E_gamma.map((_, i) => i).filter((i) => upper[j][i] > lower[j][i]);
      if (!open.length) return;
      const back = [...open].reverse();
      x.push(...open.map((i) => E_gamma[i]), ...back.map((i) => E_gamma[i]), E_gamma[open[0]], null);
      y.push(...open.map((i) => lower[j][i]), ...back.map((i) => upper[j][i]), lower[j][open[0]], null);
    });
    return { x, y };
  }

  // Only the region is the plot's; the dots move at every step, and a canvas over the plot
  // draws hundreds of them in no time.
  const overlay = make("canvas", { class: "live-overlay" });
  const place = make("div", { class: "live-points", role: "img" }, cutPlot, overlay);
  let drawn = "";

  function drawRegion(layout) {
    const { text, dark } = live.colours();
    const now = [state.search, layout.width, dark].join();
    if (now === drawn) return;
    drawn = now;
    const trace = {
      ...region(),
      name: "cuts",
      mode: "lines",
      fill: "toself",
      fillcolor: dark ? "rgba(255,255,255,0.12)" : "rgba(0,0,0,0.08)",
      line: { color: text, width: 1.5 },
      hoverinfo: "skip",
    };
    Plotly.react(cutPlot, [trace], layout, live.CONFIG);
  }

  function drawDots(layout, shot, colour) {
    const { l, r, t, b } = layout.margin;
    const [width, height] = [layout.width - l - r, layout.height - t - b];
    const sharp = window.devicePixelRatio || 1;
    overlay.width = width * sharp;
    overlay.height = height * sharp;
    Object.assign(overlay.style, {
      left: `${l}px`,
      top: `${t}px`,
      width: `${width}px`,
      height: `${height}px`,
    });
    const pen = overlay.getContext("2d");
    pen.scale(sharp, sharp);
    pen.strokeStyle = live.colours().muted;
    pen.fillStyle = colour;
    const along = (value, [low, high]) => (value - low) / (high - low);
    for (const [energy, z, accepted] of shot) {
      pen.beginPath();
      pen.arc(
        width * along(energy, layout.xaxis.range),
        height * (1 - along(z, layout.yaxis.range)),
        accepted ? 2.6 : 1.9,
        0,
        2 * Math.PI
      );
      if (accepted) pen.fill();
      else pen.stroke();
    }
  }

  function drawCuts(colour) {
    const { sqrt_s } = photons();
    const shot = dots(state.mass);
    const layout = live.layout(cutPlot.clientWidth, {
      height: 320,
      hovermode: false,
      xaxis: {
        range: [0, (sqrt_s / 2) * 1.03],
        title: { text: "photon energy <i>E<sub>γ</sub></i> [GeV]", standoff: 6 },
      },
      yaxis: { range: [-1.03, 1.03], title: { text: "cos <i>θ<sub>γ</sub></i>", standoff: 4 } },
    });
    drawRegion(layout);
    drawDots(layout, shot, colour);
    const passed = shot.filter(([, , accepted]) => accepted).length;
    place.setAttribute(
      "aria-label",
      `Energy and angle of ${DOTS} photons over the region that the cuts accept: ${passed} lie in it.`
    );
    return passed;
  }

  // ---- all together ---------------------------------------------------------

  const readout = {};
  function row(key, label) {
    readout[key] = make("dd", { id: `live-${key}` });
    return make("div", {}, make("dt", {}, label), readout[key]);
  }
  const speaker = live.speaker();

  function draw() {
    const colour = live.readable(tables.searches[state.search].color, live.colours().dark);
    const { beta, gamma, degrees } = drawDecay(colour);
    const [low, high] = drawSpectrum(colour);
    const passed = drawCuts(colour);
    const share = between(photons().m_N, photons().acceptance[state.model], state.mass);
    const { d, length, search } = flight(state.mass);
    const percent = `${shown(100 * share)} %`;
    readout.speed.textContent = `${shown(beta, 4)} c, γ = ${shown(gamma)}`;
    readout.cone.textContent = `within ${shown(degrees)}° of the flight`;
    readout.range.textContent = `${shown(low)} to ${shown(high)} GeV`;
    readout.accepted.textContent = percent;
    readout.counted.textContent = `${passed} of ${DOTS}`;
    readout.flight.textContent = Number.isFinite(d)
      ? `${shown(length)} m at ${shown(d)} GeV⁻¹; detector ${search.detector_length} m`
      : "no limit here";
    if (!playing) {
      speaker.say(
        `At ${shown(state.mass)} GeV photons have ${readout.range.textContent}; ${percent} are accepted.`
      );
    }
  }

  const drawSoon = live.calm(draw);

  function show(by) {
    for (const [name, control] of Object.entries(choices)) control.show(state[name]);
    fraction.show((state.mass - LIGHTEST) / (heaviest() - LIGHTEST), { by });
    slider.setAttribute("aria-valuetext", `${shown(state.mass)} GeV`);
    field.max = heaviest();
    if (by !== field) field.value = round(state.mass);
    drawSoon();
  }

  function restore(query) {
    const search = query.get("search") ?? "";
    const model = query.get("model") ?? "";
    state = {
      search: Object.hasOwn(tables.photons, search) ? search : START.search,
      model: Object.hasOwn(tables.models, model) ? model : START.model,
    };
    const mass = Number(query.get("mass"));
    const good = mass >= LIGHTEST && mass <= heaviest();
    state.mass = good ? mass : round(START.share * heaviest());
    show();
  }

  root.replaceChildren(
    make("div", { class: "live-choices" }, ...Object.values(choices).map((c) => c.element)),
    make("div", { class: "live-buttons live-bar" }, play, fraction.element),
    make(
      "div",
      { class: "live-row" },
      make("div", {}, make("p", { class: "live-title" }, "The decay, seen by the collision"), drawing),
      make("div", {}, make("p", { class: "live-title" }, "Photon spectrum"), spectrumPlot)
    ),
    make("p", { class: "live-title" }, "Photons and cuts: the shaded region is kept"),
    place,
    make(
      "div",
      { class: "live-panel" },
      make(
        "dl",
        {},
        row("speed", "Speed of N"),
        row("cone", "Half of the photons"),
        row("range", "Photon energies"),
        row("accepted", "Acceptance, by nudp"),
        row("counted", "Dots in the region"),
        row("flight", "Mean flight at the limit of this search")
      )
    ),
    speaker.element
  );
  fraction.element.classList.add("live-wide");
  const address = live.address(root, restore);
  restore(address.read());
  live.redraw(drawSoon, cutPlot, spectrumPlot);
  window.nudpPlayer = { dots, spectrum, windows, flight, state: () => state, set };
})();
