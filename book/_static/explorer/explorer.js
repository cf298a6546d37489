// The live explorer: choose a search, slide its settings, watch d_95(m_N) move.
"use strict";

(() => {
  const root = document.querySelector("[data-widget=explorer]");
  const tables = window.nudpTables;
  const solver = window.nudpSolver;
  const live = window.nudpLive;
  const { make, shown } = live;

  const METHODS = {
    chi2: "chi2 (paper)",
    asimov: "asimov (profiled)",
    cls: "cls (profiled)",
    poisson: "poisson (exact)",
  };
  const RADIATED = { lost: "left out (paper)", tag: "as the tag of N" };
  const FLAVOURS = { e: "electron", mu: "muon", tau: "tau" };
  const START = {
    experiment: "belle2_low_mass",
    model: "PUBLISHED",
    method: "chi2",
    radiated: "lost",
    flavour: "e",
    mass: 1,
  };
  // Numbers that slide: their name in the address, the ends of the slider, what may be typed.
  const NUMBERS = {
    luminosity: {
      short: "L",
      label: "Integrated luminosity",
      unit: "fb⁻¹",
      lowest: 0.1,
      highest: 1e6,
      logarithmic: true,
      typed: [1e-3, 1e7],
    },
    detector_length: {
      short: "length",
      label: "Detector length",
      unit: "m",
      lowest: 0.01,
      highest: 100,
      logarithmic: true,
      typed: [1e-3, 1e4],
    },
    photon_efficiency: {
      short: "efficiency",
      label: "Photon efficiency",
      unit: "",
      lowest: 0.01,
      highest: 1,
      typed: [1e-3, 1],
    },
    reducible_background: {
      short: "gBG",
      label: "Reducible background (gBG)",
      unit: "fb",
      lowest: 0.01,
      highest: 1e4,
      logarithmic: true,
      zero: true,
      typed: [0, 1e5],
    },
    background_uncertainty: {
      short: "uncertainty",
      label: "Uncertainty of the gBG",
      unit: "",
      lowest: 0,
      highest: 1,
      typed: [0, 10],
    },
    polarisation: {
      short: "P",
      label: "Polarisation of the electrons",
      unit: "",
      lowest: -1,
      highest: 1,
      typed: [-1, 1],
    },
    confidence_level: {
      short: "CL",
      label: "Confidence level",
      unit: "",
      lowest: 0.6,
      highest: 0.995,
      digits: 4,
      typed: [0.501, 0.99999],
    },
  };
  // Where the name of a bound stands, at the mass and the coupling of its left end: inside its
  // shade, and across no edge of another that runs along the letters.
  const PLACES = {
    lep_photon_only: [0.2, 1.3e-3],
    lep_with_z: [0.4, 1e-4],
    donut: [0.013, 1.1e-4],
    lsnd: [0.0115, 6e-6],
    charm2: [0.0115, 1.3e-6],
    miniboone: [0.15, 5e-7],
    nomad: [0.9, 2e-6],
    sn1987a: [0.0115, 2.6e-8],
    xenon1t: [0.0101, 5e-4],
  };

  const UPRIGHT = new Set(["xenon1t"]);

  let state = {};
  let curve = [];
  const search = () => tables.searches[state.experiment];
  const own = () => solver.defaults(search());
  const paper = () => ({ ...own(), model: "PUBLISHED", method: "chi2", radiated: "lost" });

  /** The settings as the solver wants them: no uncertainty where the method has no room. */
  function settings() {
    const room = solver.takesUncertainty(state.method);
    return { ...state, background_uncertainty: room ? state.background_uncertainty : 0 };
  }

  /** Index of the mass of the table nearest to one. */
  function nearest(mass) {
    const far = search().m_N.map((m) => Math.abs(Math.log(m / mass)));
    return far.indexOf(Math.min(...far));
  }

  // ---- the address ----------------------------------------------------------

  function entries() {
    const result = {};
    for (const name of Object.keys(START)) result[name] = String(state[name]);
    for (const [name, { short }] of Object.entries(NUMBERS)) {
      if (state[name] !== own()[name]) result[short] = String(state[name]);
    }
    return result;
  }

  function restore(query) {
    const known = {
      experiment: tables.searches,
      model: tables.models,
      method: METHODS,
      radiated: RADIATED,
      flavour: FLAVOURS,
    };
    const given = { ...START };
    for (const [name, choices] of Object.entries(known)) {
      if (Object.hasOwn(choices, query.get(name) ?? "")) given[name] = query.get(name);
    }
    const mass = Number(query.get("mass"));
    if (mass > 0 && Number.isFinite(mass)) given.mass = mass;
    state = given; // names the search whose own numbers come next
    state = { ...own(), ...given };
    state.mass = search().m_N[nearest(given.mass)];
    for (const [name, { short, typed }] of Object.entries(NUMBERS)) {
      const value = Number(query.get(short) ?? NaN);
      if (value >= typed[0] && value <= typed[1]) state[name] = value;
    }
    show();
  }

  // ---- controls -------------------------------------------------------------

  function set(changes, by) {
    state = { ...state, ...changes };
    show(by);
    address.write(entries());
  }

  const texts = (named) => Object.entries(named).map(([key, { name }]) => [key, name ?? key]);
  const choices = {
    experiment: live.choice({
      id: "live-experiment",
      label: "Experiment",
      options: texts(tables.searches),
      changed(experiment) {
        // another experiment comes with its own numbers; the confidence level stays
        state = { ...state, experiment };
        const { confidence_level } = state;
        set({ ...own(), confidence_level, mass: search().m_N[nearest(state.mass)] });
      },
    }),
    model: live.choice({
      id: "live-model",
      label: "Signal model",
      options: texts(tables.models),
      changed: (model) => set({ model }),
    }),
    method: live.choice({
      id: "live-method",
      label: "Statistical method",
      options: Object.entries(METHODS),
      changed: (method) => set({ method }),
    }),
    radiated: live.choice({
      id: "live-radiated",
      label: "Radiated photons",
      options: Object.entries(RADIATED),
      changed: (radiated) => set({ radiated }),
    }),
    flavour: live.choice({
      id: "live-flavour",
      label: "Bounds on flavour",
      options: Object.entries(FLAVOURS),
      changed: (flavour) => set({ flavour }),
    }),
  };
  const numbers = {};
  for (const [name, range] of Object.entries(NUMBERS)) {
    numbers[name] = live.pair({
      id: `live-${name.replace("_", "-")}`,
      ...range,
      changed: (value, by) => set({ [name]: value }, by),
    });
  }
  const mass = live.pair({
    id: "live-mass",
    label: "Read the curve at the mass",
    unit: "GeV",
    lowest: 0.01,
    highest: 10.6,
    logarithmic: true,
    digits: 4,
    typed: [0.01, 10.6],
    changed(value, by) {
      // a step of the slider may be smaller than one of the table
      let column = nearest(value);
      const now = nearest(state.mass);
      if (!by && column === now && value !== state.mass) column += value > state.mass ? 1 : -1;
      set({ mass: search().m_N[Math.min(Math.max(column, 0), search().m_N.length - 1)] }, by);
    },
  });

  // ---- what the page says ---------------------------------------------------

  const readout = {};
  const speaker = live.speaker();

  function row(key, ...label) {
    readout[key] = make("dd", { id: `live-${key}` });
    return make("div", {}, make("dt", {}, ...label), readout[key]);
  }

  function sub(symbol, index) {
    return make("i", {}, symbol, make("sub", {}, index));
  }

  function describe() {
    const column = nearest(state.mass);
    const d = curve[column];
    const reference = solver.solve(tables, search(), paper())[column];
    const good = Number.isFinite(d);
    readout.limit.textContent = good ? `${shown(d)} GeV⁻¹` : "no limit: N is not seen here";
    const factor = d / reference;
    readout.paper.textContent = !good
      ? "none"
      : Math.abs(factor - 1) < 5e-4
        ? `the same, ${shown(reference)} GeV⁻¹`
        : `${shown(factor > 1 ? factor : 1 / factor)} times ${factor > 1 ? "weaker" : "stronger"} ` +
          `than ${shown(reference)} GeV⁻¹`;
    const events = solver.expected(tables, search(), settings(), column, good ? d : 0);
    readout.events.textContent = good
      ? `${shown(events.signal)} signal on ${shown(events.background)} background`
      : "none";
    readout.rule.textContent =
      state.method === "poisson"
        ? `exact, for ${shown(solver.poissonMedian(events.background), 6)} events seen`
        : shown(solver.threshold(tables, state.method, state.confidence_level), 4);
    const by = inForce()
      .filter((bound) => good && solver.excludes(bound, state.mass, d))
      .map((bound) => bound.name);
    readout.bounds.textContent = !good
      ? "none"
      : by.length
        ? `excluded already by ${by.join(", ")}`
        : "new ground: no bound drawn here reaches it";
    speaker.say(
      good
        ? `At ${state.mass} GeV the limit is ${d.toExponential(2)} per GeV, ${readout.paper.textContent}.`
        : `At ${state.mass} GeV there is no limit.`
    );
  }

  // ---- the plot -------------------------------------------------------------

  const canvas = make("div", { class: "live-plot", id: "live-plot", role: "img" });
  const inForce = () => tables.bounds.filter((bound) => bound.flavours.includes(state.flavour));
  const finite = (d) => d.map((value) => (Number.isFinite(value) ? value : null));

  function shade(bound, top, alpha) {
    const { m_N, d } = bound;
    const corners = bound.closed ? [] : [m_N.at(-1), m_N[0]];
    const channels = [1, 3, 5].map((i) => parseInt(bound.color.slice(i, i + 2), 16));
    return {
      x: [...m_N, ...corners],
      y: [...d, ...corners.map(() => top)],
      mode: "lines",
      fill: "toself",
      fillcolor: `rgba(${channels.join(",")},${bound.alpha * alpha})`,
      line: { color: bound.color, width: 1 },
      hoverinfo: "skip",
      name: bound.name,
    };
  }

  function draw() {
    const { text, muted, background, dark } = live.colours();
    const width = canvas.clientWidth;
    const lowest = Math.min(...curve.filter((d) => d > 0));
    const bottom = Math.min(1e-7, 10 ** Math.floor(Math.log10(lowest / 1.3)));
    const top = Math.max(3e-3, 10 ** Math.ceil(Math.log10(lowest * 3)));
    const colour = live.readable(search().color, dark);
    const hover = "%{x:.4g} GeV: %{y:.3e} GeV⁻¹";
    const column = nearest(state.mass);
    const reference = solver.solve(tables, search(), paper());
    const at = Math.floor(search().m_N.length * 0.62);
    const traces = [
      ...inForce().map((bound) => shade(bound, top * 10, dark ? 0.75 : 1)),
      {
        x: search().m_N,
        y: finite(reference),
        name: "paper",
        mode: "lines",
        line: { color: muted, width: 1.5, dash: "dash" },
        hovertemplate: `paper’s settings, ${hover}<extra></extra>`,
      },
      {
        x: search().m_N,
        y: finite(curve),
        name: "d95",
        mode: "lines",
        line: { color: colour, width: 3.5 },
        hovertemplate: `<b>yours, ${hover}</b><extra></extra>`,
      },
      {
        x: [state.mass],
        y: finite([curve[column]]),
        name: "mass",
        mode: "markers",
        marker: { color: background, size: 11, line: { color: colour, width: 3 } },
        hoverinfo: "skip",
      },
    ];
    const label = (string, x, y, changes) => ({
      text: string,
      x: Math.log10(x),
      y: Math.log10(y),
      xanchor: "left",
      showarrow: false,
      font: { color: text, size: width < 500 ? 10 : 12 },
      ...changes,
    });
    const names = inForce()
      .filter((bound) => PLACES[bound.key] && PLACES[bound.key][1] > bottom)
      .map((bound) =>
        label(bound.name, ...PLACES[bound.key], {
          textangle: UPRIGHT.has(bound.key) ? -90 : 0, // its shade is a strip
        })
      );
    const apart = Math.abs(Math.log(curve[at] / reference[at])) > 0.25;
    const above = curve[at] > reference[at];
    const beside = (string, d, up, changes) =>
      label(string, search().m_N[at], d, {
        xanchor: "center",
        xshift: width < 320 ? -25 : 0,
        yanchor: up ? "bottom" : "top",
        bgcolor: background,
        borderpad: 1,
        yshift: up ? 5 : -5,
        ...changes,
      });
    if (Number.isFinite(curve[at])) {
      names.push(
        beside(`<b>${search().name}</b>`, curve[at], apart && above, {
          font: { color: colour, size: width < 320 ? 11 : undefined },
        })
      );
      if (apart) {
        names.push(
          beside("paper’s settings", reference[at], !above, {
            font: { color: muted, size: width < 500 ? 11 : 13 },
          })
        );
      }
    }
    const layout = live.layout(width, {
      // the picture and the reading below it leave room for the hand that slides
      height: Math.round(Math.min(width < 500 ? 260 : 430, Math.max(200, 0.36 * innerHeight))),
      hovermode: "x",
      annotations: names,
      shapes: [
        {
          type: "line",
          x0: state.mass,
          x1: state.mass,
          y0: 0,
          y1: 1,
          yref: "paper",
          line: { color: colour, width: 1, dash: "dot" },
        },
      ],
      xaxis: {
        type: "log",
        range: [-2, Math.log10(12)],
        title: { text: "mass <i>m<sub>N</sub></i> [GeV]", standoff: 8 },
        tickvals: [0.01, 0.1, 1, 10],
      },
      yaxis: {
        type: "log",
        range: [Math.log10(bottom), Math.log10(top)],
        title: { text: "coupling <i>d</i> [GeV⁻¹]", standoff: 4 },
        exponentformat: "power",
        dtick: 1,
      },
    });
    Plotly.react(canvas, traces, layout, live.CONFIG);
    canvas.setAttribute(
      "aria-label",
      `Limit on the coupling d against the mass of N: ${search().name} over the existing bounds ` +
        `on the coupling to the ${FLAVOURS[state.flavour]} neutrino. The values are below.`
    );
  }

  // a click or a tap reads the curve there
  canvas.addEventListener("click", ({ clientX }) => {
    const { margin, width, xaxis } = canvas.layout;
    const across = clientX - canvas.getBoundingClientRect().left - margin.l;
    const share = across / (width - margin.l - margin.r);
    if (share < 0 || share > 1) return;
    const [low, high] = xaxis.range;
    set({ mass: search().m_N[nearest(10 ** (low + share * (high - low)))] });
  });

  const drawSoon = live.calm(draw);

  // ---- files and links ------------------------------------------------------

  function csv() {
    const now = settings();
    const reference = solver.solve(tables, search(), paper());
    const lines = [
      `# Upper limit on the transition magnetic moment d, nudp ${tables.version}`,
      `# ${search().name}; signal model ${now.model}; method ${now.method}`,
      `# photons that the beams radiate: ${RADIATED[now.radiated]}`,
      ...Object.entries(NUMBERS).map(([name, { unit }]) =>
        `# ${name} = ${now[name]} ${unit.replace("⁻¹", "^-1")}`.trim()
      ),
      "m_N [GeV],d_95 [GeV^-1],d_95 with the paper's settings [GeV^-1]",
    ];
    const written = (d) => (Number.isFinite(d) ? d.toPrecision(10) : "inf");
    search().m_N.forEach((m, i) => lines.push([m, ...[curve[i], reference[i]].map(written)].join()));
    return `${lines.join("\n")}\n`;
  }

  const button = (id, text, pressed) => {
    const element = make("button", { type: "button", id, class: "live-button" }, text);
    element.addEventListener("click", pressed);
    return element;
  };
  const told = make("span", { class: "live-told", role: "status" });
  const buttons = make(
    "div",
    { class: "live-buttons" },
    button("live-reset", "Back to the paper’s settings", () => {
      set(paper());
      told.textContent = "";
    }),
    button("live-csv", "Take the curve away (CSV)", () =>
      live.save(`d95-${state.experiment}-${state.model}-${state.method}.csv`, csv())
    ),
    button("live-link", "Copy the link to this state", async () => {
      const link = address.link(entries());
      try {
        await navigator.clipboard.writeText(link);
        told.textContent = "Copied.";
      } catch {
        told.textContent = "Your browser forbids it; copy it from the address bar.";
      }
    }),
    told
  );

  // ---- all together ---------------------------------------------------------

  function show(by) {
    curve = solver.solve(tables, search(), settings());
    for (const [name, control] of Object.entries(choices)) control.show(state[name]);
    const room = solver.takesUncertainty(state.method);
    for (const [name, control] of Object.entries(numbers)) {
      const look = { by };
      if (name === "background_uncertainty") {
        look.disabled = !room;
        if (!room) {
          look.note = `The method ${state.method} has no room for an uncertainty of the background: choose asimov or cls.`;
        } else if (state.reducible_background === 0) {
          look.note = "Without gBG there is nothing to be uncertain about.";
        }
      }
      if (name === "luminosity" && search().luminosity.length > 1) {
        look.note = `Of all ${search().luminosity.length} runs together; they keep their shares.`;
      }
      const level = state.confidence_level === own().confidence_level;
      if (name === "confidence_level" && state.method === "chi2" && level) {
        look.note = `With the paper’s threshold of ${tables.threshold}.`;
      }
      control.show(state[name], look);
    }
    mass.show(state.mass, { by });
    describe();
    drawSoon();
  }

  const stage = make(
    "div",
    { class: "live-stage" },
    canvas,
    make(
      "dl",
      { class: "live-reading" },
      row("limit", "Limit ", sub("d", "95")),
      row("paper", "Against the paper’s settings"),
      row("events", "Events at the limit")
    )
  );
  const only = root.dataset.controls.split(" ");
  const wanted = (controls) =>
    Object.keys(controls)
      .filter((name) => !only[0] || only.includes(name))
      .map((name) => controls[name].element);
  root.replaceChildren(
    make("div", { class: "live-choices" }, ...wanted(choices)),
    stage,
    make(
      "div",
      { class: "live-panel" },
      mass.element,
      make(
        "dl",
        {},
        row("bounds", "Existing bounds"),
        row("rule", "Test statistic at the limit")
      )
    ),
    make("div", { class: "live-pairs" }, ...wanted(numbers)),
    buttons,
    speaker.element
  );
  const address = live.address(root, restore);
  restore(address.read());
  live.redraw(drawSoon, canvas);
  // what is reached by the keyboard stops below the picture, however high that is
  new ResizeObserver(() => {
    root.style.setProperty("--live-stage", `${stage.offsetHeight}px`);
  }).observe(stage);
  // for the tests of the page, and for the curious in the console
  window.nudpExplorer = { csv, curve: () => curve, search, settings, state: () => state };
})();
