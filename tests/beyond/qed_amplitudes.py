"""Tree-level QED from explicit Dirac spinors with masses: no trace, no closed form.

Momenta are arrays of shape (N, 4) [GeV]; all are physical, those of electron and positron enter
and the others leave.  The `*_amplitudes` leave out the coupling e and keep the spins as leading
axes; polarisation vectors are handed in, so that a photon's momentum may take their place (Ward
identity).
"""

import itertools

import numpy as np
from spinors import GAMMA, PAULI

from nudp.constants import ALPHA, ELECTRON_MASS

METRIC = np.array([1.0, -1.0, -1.0, -1.0])
E_SQUARED = 4 * np.pi * ALPHA
_VECTOR = GAMMA[:, None, None, None]  # index, two spins, event


def dot(a, b):
    """Minkowski product over the last axis."""
    return (a * b) @ METRIC


def slash(a):
    """gamma_mu a^mu, shape (N, 4, 4)."""
    return np.einsum("...a,aij->...ij", a * METRIC, GAMMA)


def _times(matrix, column):
    """A matrix on a spinor, both with leading axes."""
    return (matrix @ column[..., None])[..., 0]


def _roots(p, mass):
    """The square roots of p.sigma and p.sigmabar, shape (N, 2, 2)."""
    along = np.einsum("...i,ijk->...jk", p[..., 1:], PAULI[1:])
    unit = (p[..., 0] + mass)[..., None, None] * PAULI[0]
    norm = np.sqrt(2 * (p[..., 0] + mass))[..., None, None]
    return (unit - along) / norm, (unit + along) / norm


def _spinors(p, mass, sign):
    """Both spins first, then events, then the four components."""
    left, right = _roots(p, mass)
    return np.moveaxis(np.concatenate([left, sign * right], axis=-2), -1, 0)


def u(p, mass):
    """Particle spinors, shape (2, N, 4)."""
    return _spinors(p, mass, 1)


def v(p, mass):
    """Antiparticle spinors, shape (2, N, 4)."""
    return _spinors(p, mass, -1)


def bar(spinor):
    """The Dirac adjoint, with an axis for the other fermion's spin behind its own."""
    return (spinor.conj() @ GAMMA[0])[:, None]


def polarisations(k):
    """Two real transverse polarisation vectors of a photon, shape (2, N, 4)."""
    direction = k[..., 1:] / k[..., :1]
    other = np.eye(3)[np.argmin(np.abs(direction), axis=-1)]
    first = np.cross(direction, other)
    first /= np.linalg.norm(first, axis=-1, keepdims=True)
    both = np.stack([first, np.cross(direction, first)])
    return np.concatenate([np.zeros_like(both[..., :1]), both], axis=-1)


def line(row, vertices, column, p, mass):
    """A fermion line, summed over the orders of its vertices (matrix, momentum flowing in)."""
    total = 0.0
    for order in itertools.permutations(vertices):
        spinor, k = column, p
        for matrix, inflow in order[:-1]:
            k = k + inflow
            moved = _times(slash(k) + mass * np.eye(4), _times(matrix, spinor))
            spinor = moved / (dot(k, k) - mass**2)[..., None]
        total = total + np.sum(row * _times(order[-1][0], spinor), axis=-1)
    return total


def photon_amplitudes(electron, positron, photons, vectors, mass=ELECTRON_MASS):
    """e+e- -> n photons: shape (2 positron, 2 electron, N)."""
    vertices = [(slash(eps), -k) for k, eps in zip(photons, vectors, strict=True)]
    return line(bar(v(positron, mass)), vertices, u(electron, mass), electron, mass)


def _exchange(first, second, photon, eps, channel):
    """Two currents (row, column, momenta at column and row, mass) by a photon; either radiates."""
    total = 0.0
    for radiating, other, spins in ((first, second, channel), (second, first, channel[::-1])):
        row, column, start, _, mass = radiating
        free = line(other[0], [(_VECTOR, 0)], other[1], other[2], other[4])
        Q = other[2] - other[3]  # flows from the other current into this one
        emitted = line(row, [(slash(eps), -photon), (_VECTOR, Q)], column, start, mass)
        term = np.einsum(
            f"m{spins[0]}...,m,m{spins[1]}...->abcd...", emitted, METRIC, free, optimize=True
        )
        total = total + term / dot(Q, Q)
    return total


def pair_amplitudes(beams, pair, photon, eps, mass, pair_mass):
    """e+e- -> another pair and a photon: spins of positron, electron, fermion, antifermion."""
    (electron, positron), (fermion, antifermion) = beams, pair
    initial = (bar(v(positron, mass)), u(electron, mass), electron, -positron, mass)
    final = (bar(u(fermion, pair_mass)), v(antifermion, pair_mass), -antifermion, fermion)
    return _exchange(initial, (*final, pair_mass), photon, eps, ("ab", "cd"))


def bhabha_amplitudes(beams, pair, photon, eps, mass):
    """e+e- -> e+e- and a photon: annihilation less scattering, spins as `pair_amplitudes`."""
    (electron, positron), (fermion, antifermion) = beams, pair
    lower = (bar(u(fermion, mass)), u(electron, mass), electron, fermion, mass)
    upper = (bar(v(positron, mass)), v(antifermion, mass), -antifermion, -positron, mass)
    scattering = _exchange(lower, upper, photon, eps, ("cb", "ad"))
    return pair_amplitudes(beams, pair, photon, eps, mass, mass) - scattering


def photons_squared(electron, positron, *photons, mass=ELECTRON_MASS):
    """Spin-averaged |M|^2 of e+e- -> n photons, no factor for identical ones."""
    total = sum(
        np.sum(np.abs(photon_amplitudes(electron, positron, photons, vectors, mass)) ** 2, (0, 1))
        for vectors in itertools.product(*map(polarisations, photons))
    )
    return E_SQUARED ** len(photons) * total / 4


def bhabha_squared(electron, positron, fermion, antifermion, photon, mass=ELECTRON_MASS):
    """Spin-averaged |M|^2 of e+e- -> e+e- gamma [GeV^-2]."""
    momenta = (electron, positron), (fermion, antifermion), photon
    every = [bhabha_amplitudes(*momenta, eps, mass) for eps in polarisations(photon)]
    return E_SQUARED**3 * np.sum(np.abs(every) ** 2, (0, 1, 2, 3, 4)) / 4


def pair_squared(electron, positron, fermion, antifermion, photon, pair_mass, mass=ELECTRON_MASS):
    """Spin-averaged |M|^2 of e+e- -> mu+mu- gamma, or another pair [GeV^-2]."""
    momenta = (electron, positron), (fermion, antifermion), photon
    every = [pair_amplitudes(*momenta, eps, mass, pair_mass) for eps in polarisations(photon)]
    return E_SQUARED**3 * np.sum(np.abs(every) ** 2, (0, 1, 2, 3, 4)) / 4
