// The second half of nudp.upper_limit in the browser: the tables of nudp.explorer hold the
// expected events apart from d, this file solves for d. Names and formulas follow
// nudp/statistics.py and nudp/limits.py.
"use strict";

window.nudpSolver = (() => {
  // ---- functions of statistics ---------------------------------------------

  /** x - ln(1 + x), by its series near 0, where the difference loses its digits. */
  function xMinusLog1p(x) {
    if (x <= -1) return Infinity;
    if (Math.abs(x) >= 0.02) return x - Math.log1p(x);
    let series = 0;
    for (let k = 9; k > 1; k--) series = x * series + (k % 2 ? -1 : 1) / k;
    return x * x * series;
  }

  /** ln Gamma(a) without its leading part (a - 1/2) ln a - a + ln(2 pi)/2: Stirling's series. */
  function stirlingRest(a) {
    const b = 1 / (a * a);
    return (1 / 12 - b * (1 / 360 - b * (1 / 1260 - b * (1 / 1680 - b / 1188)))) / a;
  }

  /** The gamma density x^(a-1) e^(-x) / Gamma(a), without overflow or cancellation at large a. */
  function gammaDensity(a, x) {
    // raise a to where Stirling's series is exact: f(a) = f(a + 1) a / x
    let factor = 1;
    while (a < 20) {
      factor *= a / x;
      a += 1;
    }
    const exponent = -a * xMinusLog1p((x - a) / a) - stirlingRest(a);
    return (factor * Math.exp(exponent) * Math.sqrt(a / (2 * Math.PI))) / x;
  }

  /** Regularised incomplete gamma functions [P, Q], each from the side that keeps its digits. */
  function gammaPair(a, x) {
    if (x <= 0) return [0, 1];
    const density = gammaDensity(a, x);
    if (x < a + 1) {
      let term = x / a;
      let sum = term;
      for (let n = 1; term > sum * 1e-17; n++) {
        term *= x / (a + n);
        sum += term;
      }
      return [sum * density, 1 - sum * density];
    }
    // continued fraction of Lentz
    let b = x + 1 - a;
    let c = 1e300;
    let d = 1 / b;
    let h = d;
    for (let n = 1; n < 1e6; n++) {
      const an = -n * (n - a);
      b += 2;
      d = 1 / (an * d + b);
      c = b + an / c;
      const step = c * d;
      h *= step;
      if (Math.abs(step - 1) < 1e-16) break;
    }
    return [1 - h * x * density, h * x * density];
  }

  /** The x at which P(a, x) = 1 - tail: Newton's steps on ln Q, between safe ends. */
  function gammaQuantile(a, tail) {
    let low = 0;
    let high = Infinity;
    let x = a + 1.5 * Math.sqrt(a) + 1;
    for (let n = 0; n < 200; n++) {
      const [, q] = gammaPair(a, x);
      if (q > tail) low = x;
      else high = x;
      let next = x + (q * Math.log(q / tail)) / gammaDensity(a, x);
      if (!(next > low && next < high)) next = high < Infinity ? (low + high) / 2 : 2 * x;
      if (Math.abs(next - x) <= 4e-16 * x) return next;
      x = next;
    }
    return x;
  }

  /** z^2 where a normal variable exceeds z with probability tail, z > 0. */
  const normalSquare = (tail) => 2 * gammaQuantile(0.5, 2 * tail);

  /** Smallest n with P(N <= n) >= 1/2 for a Poisson mean. */
  function poissonMedian(mean) {
    // the median lies between mean - ln 2 and mean + 1/3
    let n = Math.max(0, Math.ceil(mean - Math.LN2) - 1);
    while (mean > 0 && gammaPair(n + 1, mean)[1] < 0.5) n += 1;
    return n;
  }

  /** 2 [t - n - n ln(t/n)] for t = n + distance. */
  const poissonDeviance = (n, distance) =>
    n > 0 ? 2 * n * xMinusLog1p(distance / n) : 2 * distance;

  /** How badly S + B describes n = B, the background profiled down to its floor. */
  function deviance(S, B, sigma, floor) {
    if (!(sigma > 0)) return poissonDeviance(B, S);
    // distance = t - n at the best background solves distance^2 + half distance = n S,
    // without a difference of equals
    const half = B + sigma * sigma - S;
    const root = Math.sqrt(half * half + 4 * B * S);
    const free = half > 0 ? (2 * B * S) / (half + root) : (root - half) / 2;
    const lowest = S + floor - B;
    if (free <= lowest) {
      return poissonDeviance(B, lowest) + ((floor - B) / sigma) ** 2;
    }
    const linear = S + B - sigma * sigma;
    const other = Math.hypot(linear, 2 * sigma * Math.sqrt(B));
    const total = linear >= 0 ? (linear + other) / 2 : (2 * B * sigma * sigma) / (other - linear);
    return poissonDeviance(B, free) + ((sigma * free) / total) ** 2;
  }

  // ---- from tables and settings to events ----------------------------------

  /** Settings that a search has of its own. */
  function defaults(search) {
    return {
      polarisation: 0,
      luminosity: search.luminosity.reduce((sum, L) => sum + L, 0),
      detector_length: search.detector_length,
      photon_efficiency: search.photon_efficiency,
      reducible_background: search.reducible_background,
      background_uncertainty: search.background_uncertainty,
      confidence_level: 0.95,
    };
  }

  /** Events of each run, apart from d, after the settings have changed them. */
  function scaled(tables, search, settings) {
    const model = tables.models[settings.model];
    const own = defaults(search);
    const more = settings.luminosity / own.luminosity;
    const seen = settings.photon_efficiency / own.photon_efficiency;
    // electrons of both helicities make N alike, neutrinos not
    const weight = 1 + settings.polarisation * (tables.right_handed - 1);
    return {
      signal: search.signal[settings.model],
      tagged: search.tagged,
      rate: more * seen,
      tag: settings.radiated === "tag" ? more * seen * model.charge_modes : 0,
      decay: search.decay,
      length: (settings.detector_length / own.detector_length) * model.width_factor,
      irreducible: search.irreducible.map((b) => b * more * seen * weight),
      reducible: search.luminosity.map((L) => L * more * settings.reducible_background),
    };
  }

  /** Signal events of one run at d^2: decays within reach, and photons off the beams without. */
  const events = (s, k, t, square) => square * (t - (s - t) * Math.expm1(-k * square));

  /** ln d^2 at which ln(statistic/target) vanishes, between ends of opposite sign. */
  function findRoot(excess, low, high) {
    let below = excess(low);
    let above = excess(high);
    let side = 0;
    for (let n = 0; n < 200 && high - low > 1e-13 * Math.max(1, Math.abs(low)); n++) {
      // false position, the weight of an end that stays halved; bisection if that crawls
      let x = n % 12 === 11 ? (low + high) / 2 : (low * above - high * below) / (above - below);
      if (!(x > low && x < high)) x = (low + high) / 2;
      const y = excess(x);
      if (Math.abs(y) < 1e-13) return x;
      if (y < 0) {
        low = x;
        below = y;
        if (side === -1) above /= 2;
        side = -1;
      } else {
        high = x;
        above = y;
        if (side === 1) below /= 2;
        side = 1;
      }
    }
    return (low + high) / 2;
  }

  /** Where the statistic of the signal events meets its target, at one mass. */
  function meet(s, k, t, statistic, target, variance) {
    if (!s.some((rate) => rate > 0)) return Infinity;
    if (!(target > 0)) return 0;
    const excess = (log) => Math.log(statistic(Math.exp(log)) / target);
    let start = Infinity; // the d^2 that the strongest run alone would give
    s.forEach((rate, i) => {
      if (!(rate > 0)) return;
      const needed = (target + Math.sqrt(target * target + 4 * target * variance[i])) / 2;
      const prompt = needed / rate;
      start = Math.min(start, Math.max(prompt, Math.sqrt(prompt / k[i])), needed / t[i]);
    });
    const log = Math.log(start);
    const first = excess(log);
    // the statistic grows at least like d^2, which puts the root this side of the step
    const low = log - 1e-9 + Math.min(-first, 0);
    const high = log + 1e-9 + Math.max(-first, 0);
    return Math.sqrt(Math.exp(findRoot(excess, low, high)));
  }

  /**
   * Upper limits on d [GeV^-1], one a mass of the table; Infinity where no run makes N.
   *
   * settings: model, method, luminosity [fb^-1] (of all runs together), detector_length [m],
   * photon_efficiency, reducible_background [fb], background_uncertainty, confidence_level,
   * polarisation (of the electrons), radiated ("tag" if photons off the beams count).
   */
  function solve(tables, search, settings) {
    const { method, confidence_level: level, background_uncertainty: share } = settings;
    if (!takesUncertainty(method) && share > 0) {
      throw new RangeError(`method ${method} has no room for a background uncertainty`);
    }
    const now = scaled(tables, search, settings);
    const runs = now.irreducible.map((_, i) => i);
    const B = runs.map((i) => now.irreducible[i] + now.reducible[i]);
    const sigma = runs.map((i) => share * now.reducible[i]);
    const variance = runs.map((i) => B[i] + sigma[i] ** 2);
    const tail = 1 - level;
    const fixed = method === "poisson" ? 0 : threshold(tables, method, level);
    const known = new Map(); // the counting limit depends on the background alone
    return search.m_N.map((_, column) => {
      const s = runs.map((i) => now.signal[i][column] * now.rate);
      const k = runs.map((i) => now.decay[i][column] * now.length);
      const t = runs.map((i) => now.tagged[i][column] * now.tag);
      const open = runs.filter((i) => s[i] > 0);
      let target = fixed;
      if (method === "poisson") {
        const counted = open.reduce((sum, i) => sum + B[i], 0);
        if (!known.has(counted)) {
          const n = poissonMedian(counted);
          known.set(counted, Math.max(gammaQuantile(n + 1, tail) - counted, 0));
        }
        target = known.get(counted);
      }
      const statistic = (square) =>
        open.reduce((sum, i) => {
          const S = events(s[i], k[i], t[i], square);
          if (method === "poisson") return sum + S;
          if (method === "chi2") return S > 0 ? sum + (S * S) / (S + B[i]) : sum;
          return sum + deviance(S, B[i], sigma[i], now.irreducible[i]);
        }, 0);
      return meet(s, k, t, statistic, target, variance);
    });
  }

  /** Value of the test statistic at the limit. */
  function threshold(tables, method, level) {
    // the paper's number where nobody asks for another level
    if (method === "chi2" && level === 0.95) return tables.threshold;
    return normalSquare(method === "cls" ? (1 - level) / 2 : 1 - level);
  }

  const takesUncertainty = (method) => method === "asimov" || method === "cls";

  /** Expected events of all runs that can make N: {signal, background}. */
  function expected(tables, search, settings, column, d) {
    const now = scaled(tables, search, settings);
    const sum = { signal: 0, background: 0 };
    now.irreducible.forEach((irreducible, i) => {
      const s = now.signal[i][column] * now.rate;
      if (!(s > 0)) return;
      const t = now.tagged[i][column] * now.tag;
      sum.signal += events(s, now.decay[i][column] * now.length, t, d * d);
      sum.background += irreducible + now.reducible[i];
    });
    return sum;
  }

  // ---- existing bounds -----------------------------------------------------

  /** ln d of a polyline at ln m, or NaN beyond its ends. */
  function along(m_N, d, mass) {
    for (let i = 1; i < m_N.length; i++) {
      const [a, b] = [m_N[i - 1], m_N[i]];
      if (a <= mass && mass <= b && a < b) {
        const t = Math.log(mass / a) / Math.log(b / a);
        return Math.log(d[i - 1]) * (1 - t) + Math.log(d[i]) * t;
      }
    }
    return NaN;
  }

  /** Whether a bound excludes a point, as nudp.landscape.Bound.excludes. */
  function excludes(bound, mass, d) {
    const log = Math.log(d);
    if (!bound.closed) return log > along(bound.m_N, bound.d, mass);
    const heavy = bound.m_N.indexOf(Math.max(...bound.m_N));
    const there = along(bound.m_N.slice(0, heavy + 1), bound.d.slice(0, heavy + 1), mass);
    const back = along(
      bound.m_N.slice(heavy).reverse(),
      bound.d.slice(heavy).reverse(),
      mass
    );
    return log > Math.min(there, back) && log < Math.max(there, back);
  }

  return {
    defaults,
    deviance,
    excludes,
    expected,
    gammaPair,
    gammaQuantile,
    normalSquare,
    poissonMedian,
    solve,
    takesUncertainty,
    threshold,
    xMinusLog1p,
  };
})();
