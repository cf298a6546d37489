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


def _passes(run, E, z):
    ends = run.selection.intervals(E, run.sqrt_s)
    z = np.asarray(z)[..., None]
    return ((ends[..., 0] < z) & (z < ends[..., 1])).any(-1)
