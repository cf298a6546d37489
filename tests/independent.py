"""The same physics a second time, written apart from nudp: no import of it, no shared formula.

Cuts are yes/no functions of an event; the lab angle comes from a boosted
four-vector; Eqs. (8) to (14) stand as the paper prints them; integrals run
over cos(theta) outside and energy inside, the other way round from nudp.
"""

import numpy as np
from scipy.integrate import cubature
from scipy.stats import qmc

ALPHA = 1 / 137.035999177
G_F = 1.1663787e-5
ELECTRON = 0.51099895e-3  # GeV
SIN2 = 0.2312
FB = 0.38937937217186e12  # GeV^-2 in fb

ROOT_S_BELLE2 = np.sqrt(4 * 7 * 4)


# ---- cuts: yes or no ---------------------------------------------------------


def lab_angle(E, z, beta=3 / 11):
    """Lab polar angle [deg] of a photon, by boosting its four-vector."""
    gamma = 1 / np.sqrt(1 - beta**2)
    transverse = E * np.sqrt(1 - z**2)
    along = gamma * (E * z + beta * E)
    return np.degrees(np.arctan2(transverse, along))


def cm_edge(theta_lab, beta=3 / 11):
    """CM polar angle [rad] of a lab direction [deg], by boosting a light ray back."""
    theta = np.radians(theta_lab)
    gamma = 1 / np.sqrt(1 - beta**2)
    return np.arctan2(np.sin(theta), gamma * (np.cos(theta) - beta))


def equation_8(z, root_s, theta_1, theta_2):
    """Eq. (8) as printed."""
    theta = np.arccos(z)
    A = (np.sin(theta_1) - np.sin(theta_2)) / (np.cos(theta_1) - np.cos(theta_2))
    top = root_s * (A * np.cos(theta_1) - np.sin(theta_1))
    return top / (A * (np.cos(theta_1) - np.cos(theta)) - (np.sin(theta) + np.sin(theta_1)))


def equation_14(z, root_s, cos_b=0.95):
    """Eq. (14) as printed."""
    return root_s / (1 + np.sqrt(1 - z**2) / np.sqrt(1 - cos_b**2))


def ecl(E, z):
    return (12.4 < lab_angle(E, z)) & (lab_angle(E, z) < 155.1)


def low_mass(E, z, root_s):
    lower = 5.399 * E**2 - 58.82 * E + 195.71
    upper = -7.982 * E**2 + 87.77 * E - 120.6
    return ecl(E, z) & (lower < lab_angle(E, z)) & (lab_angle(E, z) < upper)


def high_mass(E, z, root_s):
    lower = 3.3133 * E**2 - 33.58 * E + 108.79
    upper = -5.9133 * E**2 + 54.119 * E - 13.781
    return ecl(E, z) & (lower < lab_angle(E, z)) & (lab_angle(E, z) < upper)


def bbg(E, z, root_s):
    return ecl(E, z) & (E > equation_8(z, root_s, cm_edge(12.4), cm_edge(155.1)))


def belle2_basic(E, z, root_s):
    return ecl(E, z)


def besiii_basic(E, z, root_s):
    barrel = (np.abs(z) < 0.8) & (E > 0.025)
    endcap = (0.86 < np.abs(z)) & (np.abs(z) < 0.92) & (E > 0.050)
    return barrel | endcap


def besiii_advanced(E, z, root_s):
    return besiii_basic(E, z, root_s) & (E > equation_14(z, root_s))


BESIII_EDGES = (-0.92, -0.86, -0.8, 0.8, 0.86, 0.92)
BELLE2_EDGES = tuple(np.cos([cm_edge(155.1), cm_edge(12.4)]))

#: name of the nudp constructor: yes/no function, ends of its fixed windows in cos(theta)
CUTS = {
    "belle2_basic": (belle2_basic, BELLE2_EDGES),
    "belle2_bbg": (bbg, BELLE2_EDGES),
    "belle2_low_mass": (low_mass, BELLE2_EDGES),
    "belle2_high_mass": (high_mass, BELLE2_EDGES),
    "besiii_basic": (besiii_basic, BESIII_EDGES),
    "besiii_advanced": (besiii_advanced, BESIII_EDGES),
}


#: Vertices of the parabolas of Eqs. (12) and (13) [GeV]: a scan in energy may step over them.
TURNING_ENERGIES = (33.58 / (2 * 3.3133), 54.119 / (2 * 5.9133))


# ---- densities ---------------------------------------------------------------


def photon_density(x, z, r, decay):
    """(1/sigma) d2sigma/dx dz: g0 and g2 for "exact", else the addition theorem."""
    p2 = (3 * z**2 - 1) / 2
    if isinstance(decay, str):
        g0 = (1 - 2 * r**2) - x * (1 - 2 * r)
        g2 = -(1 + 6 * r + r**2) + (1 + r) * x + 6 * r * (1 + r) / x - 6 * r**2 / x**2
        return (g0 + g2 * p2) / ((1 - r) ** 2 * (1 + 2 * r))
    cos_star = (2 * x - 1 - r) / (1 - r)
    cos_alpha = (1 + r - 2 * r / x) / (1 - r)
    a2 = -(1 - r) / (1 + 2 * r)
    angular = 1 + a2 * (3 * cos_alpha**2 - 1) / 2 * p2
    return (1 + decay * cos_star) / (2 * (1 - r)) * angular


def background_density(E, z, root_s):
    """d2sigma/dE dz of e+e- -> nu nubar gamma [fb/GeV]."""
    s = root_s**2
    s_gamma = s - 2 * root_s * E
    f = 8 * SIN2**2 - 4 / 3 * SIN2 + 1
    bracket = s_gamma**2 + s_gamma * E**2 * (1 + z**2)
    return FB * ALPHA * G_F**2 * f * bracket / (4 * np.pi**2 * s * E * (1 - z**2))


# ---- integrals, cos(theta) outside -------------------------------------------


def integral(cut, root_s, density, lowest, tolerance=1e-10):
    """Integrate density(E, z), one entry a lowest energy, over what a cut accepts.

    The range in z falls into panels where the end of the accepted energies passes one of the
    lowest, a turning point or the highest; what kinks are left within them cubature finds.
    """
    passes, edges = CUTS[cut]
    lowest = np.asarray(lowest, dtype=float)

    def over_energy(z):
        total = np.zeros((len(z), lowest.size))
        row, low, high = _accepted(passes, z, root_s)
        for part in np.array_split(np.arange(row.size), row.size // 64 + 1):
            low_part = np.maximum(low[part, None], lowest)
            sums = _log_legendre(density, z[row[part]], low_part, high[part, None])
            np.add.at(total, row[part], sums)
        return total

    inner = [edge for edge in edges if -1 < edge < 1]
    special = np.unique([*lowest, *TURNING_ENERGIES, root_s / 2 * (1 - 1e-15)])
    special = special[special < root_s / 2]
    grid = np.linspace(min(inner), max(inner), 2001)[1:-1]
    _, crossed, _ = _flips(lambda row, z: passes(special[row], z, root_s), special.size, grid)
    ends = np.union1d(inner, crossed)
    ends = ends[np.diff(ends, prepend=-2) > 1e-13]
    middle, half = (ends[1:] + ends[:-1]) / 2, np.diff(ends) / 2

    def on_panel(m, h):
        # an end may open like a square root, which the sine makes smooth
        def integrand(t):
            angle = np.pi / 2 * t[:, 0]
            weight = h * np.pi / 2 * np.cos(angle)
            return over_energy(m + h * np.sin(angle)) * weight[:, None]

        found = cubature(integrand, [-1.0], [1.0], rtol=0, atol=tolerance / len(middle))
        assert found.status == "converged"
        return found.estimate

    return sum(map(on_panel, middle, half))


def _flips(yes, rows, grid):
    """Where a yes/no function of (row, place) changes along a grid: scan, then bisect."""
    every = np.arange(rows)[:, None]
    seen = np.broadcast_to(yes(every, grid[None, :]), (rows, grid.size))
    row, change = np.nonzero(seen[:, 1:] != seen[:, :-1])
    low, high, before = grid[change], grid[change + 1], seen[row, change]
    for _ in range(55):
        middle = (low + high) / 2
        same = yes(row, middle) == before
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return row, (low + high) / 2, seen


def _accepted(passes, z, root_s):
    """Energy intervals that pass at fixed angles: row of z, lower end, upper end."""
    grid = np.union1d(np.linspace(0, root_s / 2, 301)[1:], [1e-300, *TURNING_ENERGIES])
    grid = grid[grid <= root_s / 2]
    row, energy, seen = _flips(lambda row, E: passes(E, z[row], root_s), z.size, grid)
    [first], [last] = np.nonzero(seen[:, 0])[:1], np.nonzero(seen[:, -1])[:1]
    row = np.concatenate([first, row, last])
    energy = np.concatenate([np.full(first.size, grid[0]), energy, np.full(last.size, grid[-1])])
    order = np.lexsort([energy, row])
    # the ends of each row ascend and are even in number: two make an interval
    row, energy = row[order].reshape(-1, 2), energy[order].reshape(-1, 2)
    return row[:, 0], energy[:, 0], energy[:, 1]


_T, _W = np.polynomial.legendre.leggauss(48)


def _log_legendre(density, z, low, high):
    """Gauss-Legendre in ln E from low to high, (interval, lowest); nothing where low is above."""
    low = np.minimum(low, high)
    span = np.log(high / low)
    E = low[..., None] * np.exp(span[..., None] * (1 + _T) / 2)
    return (density(E, z[:, None, None]) * E * _W).sum(-1) * span / 2


# ---- beams that radiate ------------------------------------------------------


def exponent(root_s):
    return 2 * ALPHA / np.pi * (np.log(root_s**2 / ELECTRON**2) - 1)


def over_soft_power(x, root_s):
    """D(x)/((beta/2) x^(beta/2 - 1)), typed a second time as Nicrosini and Trentadue order it."""
    b = exponent(root_s)
    y = 1 - x
    # 1 + 3 b/8 + ... = exp(3 b/8) exp(-gamma b/2)/Gamma(1 + b/2), the latter by its series
    soft = np.exp(3 * b / 8) * (1 - (b / 2) ** 2 * np.pi**2 / 12 + (b / 2) ** 3 * 1.2020569 / 3)
    logs = -4 * (1 + y) * np.log(x) + 3 * (1 + y) * np.log(y) - 4 * np.log(y) / x - 5 - y
    hard = -b / 4 * (1 + y) + b**2 / 32 * logs
    return soft + hard / (b / 2 * x ** (b / 2 - 1))


def sampled(cut, root_s, density, lowest, reach, repeats=16, n=2**15):
    """Mean over radiated beams of what passes of density(E', z', sqrt(s')), and its error.

    Scrambled Sobol points fill the four dimensions evenly; the scatter of the independent
    scramblings is the error.
    """
    half = exponent(root_s) / 2
    means = []
    for seed in range(repeats):
        u = qmc.Sobol(4, rng=np.random.default_rng(seed)).random(n).T
        x = np.maximum(u[:2] ** (1 / half), 1e-290)
        weight = over_soft_power(x, root_s).prod(0)
        y_1, y_2 = 1 - x
        below = root_s * np.sqrt(y_1 * y_2)  # sqrt(s')
        low = lowest(below)
        made = (low < below / 2) & (y_1 * y_2 > 0)
        y_1, y_2, below, low, weight = (a[made] for a in (y_1, y_2, below, low, weight))
        span = below / 2 - low
        E = low + span * u[2, made]
        z = np.tanh(reach * (2 * u[3, made] - 1))
        weight = weight * span * 2 * reach * (1 - z**2) * density(E, z, below)
        # a four-vector, boosted by the velocity of the pair
        speed = (y_1 - y_2) / (y_1 + y_2)
        gamma = (y_1 + y_2) / (2 * np.sqrt(y_1 * y_2))
        energy, along = gamma * (E + speed * E * z), gamma * (E * z + speed * E)
        means.append((weight * CUTS[cut][0](energy, along / energy, root_s)).sum() / n)
    return np.mean(means), np.std(means, ddof=1) / np.sqrt(repeats)
