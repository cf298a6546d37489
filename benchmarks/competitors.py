"""What a user would write instead of nudp: one mass at a time, with tools that everybody has.

Each function gives the acceptance of one search at one mass, or a limit; all but the loop of
quad apply the cuts as conditions, as one does who has no closed form for them.
"""

from __future__ import annotations

import numpy as np
import vegas
from scipy.integrate import dblquad, quad
from scipy.optimize import brentq

import nudp
from nudp import background, kinematics, limits, signal
from nudp.constants import ALPHA, ELECTRON_MASS, FB_GEV2

MODEL = nudp.DIRAC


def quad_limit(search, m_N):
    """A loop of scipy.integrate.quad over the closed form, and brentq for the limit."""
    runs = nudp.searches.runs_of(search)
    parts = []
    for run in runs:
        B = run.luminosity * (
            run.photon_efficiency * quad_background(run) + run.reducible_background
        )
        if m_N >= run.sqrt_s:
            parts.append((0.0, 0.0, B))
            continue
        share = quad_acceptance(run, m_N)
        sigma = MODEL.charge_modes * signal.total_cross_section(run.sqrt_s, m_N, 1.0)
        yield_ = run.luminosity * run.photon_efficiency * sigma * share
        slope = run.detector_length / signal.decay_length(run.sqrt_s, m_N, 1.0)
        parts.append((yield_, slope, B))
    if not any(part[0] for part in parts):
        return np.inf

    def excess(log_d):
        square = np.exp(2 * log_d)
        events = [(-a * square * np.expm1(-b * square), B) for a, b, B in parts]
        return sum(S**2 / (S + B) for S, B in events if S) - limits.CHI2_95

    return np.exp(brentq(excess, -25, 10, xtol=1e-13))


def quad_acceptance(run, m_N):
    """Acceptance by quad in the photon energy, the angle in closed form."""
    node = 1 / np.sqrt(3)

    def slice_(E):
        total = 0.0
        for low, high in run.selection.intervals(E, run.sqrt_s):
            middle, half = (low + high) / 2, (high - low) / 2
            # quadratic in z: two Gauss nodes are exact
            z = middle + half * np.array([-node, node])
            total += half * signal.photon_density(E, z, run.sqrt_s, m_N, MODEL).sum()
        return total

    low, high = kinematics.photon_energy_range(run.sqrt_s, m_N)
    edges = [low, *_points(run, low), high]
    return sum(
        quad(slice_, a, b, epsabs=1e-11, epsrel=1e-10)[0]
        for a, b in zip(edges[:-1], edges[1:], strict=True)
    )


def quad_background(run):
    """Background cross section [fb] by quad."""
    edges = [*_points(run, 0.0), run.sqrt_s / 2]
    return sum(
        quad(background.photon_spectrum, a, b, args=(run.selection, run.sqrt_s), epsrel=1e-10)[0]
        for a, b in zip(edges[:-1], edges[1:], strict=True)
    )


def _points(run, low):
    kinks = run.selection.kinks(run.sqrt_s)
    return [kink for kink in kinks if low < kink < run.sqrt_s / 2]


def dblquad_acceptance(run, m_N):
    """Acceptance by dblquad over energy and angle; the integrand is 0 outside the cuts."""

    def density(z, E):
        inside = _passes(run, E, z)
        return signal.photon_density(E, z, run.sqrt_s, m_N, MODEL) if inside else 0.0

    low, high = kinematics.photon_energy_range(run.sqrt_s, m_N)
    return dblquad(density, low, high, -1, 1, epsabs=1e-3, epsrel=1e-3)[0]


def vegas_acceptance(run, m_N, n_eval, rng):
    """Acceptance and standard deviation by vegas; half of the work goes into adapting its grid."""
    low, high = kinematics.photon_energy_range(run.sqrt_s, m_N)

    @vegas.lbatchintegrand
    def density(points):
        E, z = points.T
        value = signal.photon_density(E, z, run.sqrt_s, m_N, MODEL)
        return np.where(_passes(run, E, z), value, 0.0)

    integrator = vegas.Integrator([[low, high], [-1, 1]], ran_array_generator=rng.random)
    integrator(density, nitn=5, neval=n_eval)
    result = integrator(density, nitn=5, neval=n_eval)
    return result.mean, result.sdev


def monte_carlo_acceptance(run, m_N, n_events, rng):
    """Acceptance by numpy: isotropic decays, boosted, the cuts applied event by event."""
    r = (m_N / run.sqrt_s) ** 2
    z_N = rng.uniform(-1, 1, 2 * n_events)
    kept = rng.uniform(0, 1 + r, 2 * n_events) < (1 - z_N**2) + r * (1 + z_N**2)
    z_N = z_N[kept][:n_events]
    star, psi = rng.uniform(-1, 1, z_N.size), rng.uniform(0, 2 * np.pi, z_N.size)
    energy = run.sqrt_s / 4 * ((1 + r) + (1 - r) * star)
    along = run.sqrt_s / 4 * ((1 + r) * star + (1 - r))
    across = m_N / 2 * np.sqrt(1 - star**2)
    z = (along * z_N - across * np.cos(psi) * np.sqrt(1 - z_N**2)) / energy
    return _passes(run, energy, z).mean()


#: Energy and cosine of the photon seen, rapidity and azimuth of one lost on the side of z = 1.
THREE_PHOTONS = np.array([(0.95, 2.0), (-0.92, 0.92), (1.65, 11.0), (0.0, 2 * np.pi)])


def three_photons(points):
    """Integrand [fb] for three photons at STCF, two lost beyond 0.93; the cuts as conditions."""
    run, s, m2 = nudp.searches.STCF_4GEV, 16.0, ELECTRON_MASS**2
    E, z, y, phi = points.T
    sin_1, z_2, sin_2 = np.sqrt(1 - z**2), np.tanh(y), 1 / np.cosh(y)
    left = s - 8 * E
    w_2 = left / (2 * (4 - E + E * (z * z_2 + sin_1 * sin_2 * np.cos(phi))))
    w_3, along = 4 - E - w_2, -E * z - w_2 * z_2
    pt_2 = w_2 * sin_2
    pt_3 = np.hypot(E * sin_1 + pt_2 * np.cos(phi), pt_2 * np.sin(phi))
    inside = _passes(run, E, z) & (z_2 > 0.93) & (np.abs(along) > 0.93 * w_3)
    # products with the beams, without cancellation for the photon along one
    mu = 2 * m2 / s
    near = 2 * w_2 * (sin_2**2 / (1 + z_2) + mu)
    k = [(2 * E * (1 - z), 2 * E * (1 + z)), (near, 2 * w_2 * (1 + z_2))]
    k.append(tuple(s / 2 - k[0][i] - k[1][i] for i in (0, 1)))
    value = s * sum(a * b * (a**2 + b**2) for a, b in k) / np.prod([a * b for a, b in k], axis=0)
    for i, j, n in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        (a, b), (c, d), (e, f) = k[i], k[j], k[n]
        value = value - 2 * m2 * ((d / f + f / d) / a**2 + (c / e + e / c) / b**2)
    share = pt_3**2 / (pt_2**2 + pt_3**2)
    flux = FB_GEV2 * (4 * np.pi * ALPHA) ** 3 / (2 * s)
    weight = 2 * flux * E * w_2**2 * sin_2**2 / (64 * np.pi**4 * left)
    return np.where(inside, weight * share * value, 0.0)


def vegas_three_photons(n_eval, rng):
    """Cross section [fb] by vegas; half of the work goes into adapting its grid."""
    integrator = vegas.Integrator(THREE_PHOTONS, ran_array_generator=rng.random)
    integrand = vegas.lbatchintegrand(three_photons)
    integrator(integrand, nitn=5, neval=n_eval)
    return integrator(integrand, nitn=5, neval=n_eval).mean


def monte_carlo_three_photons(n, rng):
    """Cross section [fb] by a plain Monte Carlo."""
    volume = np.prod(np.diff(THREE_PHOTONS))
    return volume * three_photons(rng.uniform(*THREE_PHOTONS.T, (n, 4))).mean()


def _passes(run, E, z):
    ends = run.selection.intervals(E, run.sqrt_s)
    z = np.asarray(z)[..., None]
    return ((ends[..., 0] < z) & (z < ends[..., 1])).any(-1)
