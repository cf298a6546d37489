"""The lost two of three bodies: their phase space, and squared matrix elements, for `qed`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nudp.constants import ALPHA, ELECTRON_MASS, FB_GEV2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

    from nudp.typing import FloatArray, IntArray

    # |M|^2/e^6 of s and the products of p_- and p_+ with the seen and one lost particle
    Density: TypeAlias = Callable[
        [float, FloatArray, FloatArray, FloatArray, FloatArray], FloatArray
    ]


class _Orders(NamedTuple):
    """Numbers of nodes on each panel."""

    energy: int = 8
    angle: int = 8
    rapidity: int = 8
    azimuth: int = 6
    measured: int = 10


_ORDERS = _Orders()
# Below this azimuth from the seen photon [rad] its collinear leptons are looked at closely.
_NEAR = 0.03
# Panels of the inner integral that are worked on at a time, so that they stay in the cache.
_BLOCK = 800


class _Region(NamedTuple):
    """Where, and with which energies, a particle is lost; inf without an upper bound."""

    lower: float
    upper: float
    softest: float
    hardest: float

    def thresholds(self) -> list[float]:
        """Bounds on the energy that bind."""
        return [bound for bound in (self.softest, self.hardest) if 0 < bound < np.inf]


# ---- the integral over what is lost ------------------------------------------


def _density(
    energy: FloatArray,
    z: FloatArray,
    root_s: float,
    pair: tuple[_Region, _Region],
    channels: Iterable[_Channel],
    orders: _Orders,
) -> FloatArray:
    """d2sigma/dE dz [fb GeV^-1], either lost particle in either region."""
    photon = _Photon.of(energy, z, root_s)
    flux = FB_GEV2 * (4 * np.pi * ALPHA) ** 3 / (2 * root_s**2)
    result = np.zeros(len(energy))
    for two, three in {pair, pair[::-1]}:
        for channel in channels:
            result += _lost(photon, two, three, channel, orders)
    return flux * energy / (8 * np.pi**2) * result


class _Photon(NamedTuple):
    """The seen photon, and what it leaves."""

    root_s: float
    energy: FloatArray
    z: FloatArray
    sine: FloatArray
    rest: FloatArray
    mass2: FloatArray

    @property
    def slowness(self) -> float:
        """One minus the velocity of the beams."""
        mu = (2 * ELECTRON_MASS / self.root_s) ** 2
        return float(mu / (1 + np.sqrt(1 - mu)))

    @classmethod
    def of(cls, energy: FloatArray, z: FloatArray, root_s: float) -> _Photon:
        sine = np.sqrt((1 - z) * (1 + z))
        return cls(root_s, energy, z, sine, root_s - energy, root_s * (root_s - 2 * energy))

    def at(self, i: IntArray) -> _Photon:
        """Some of them, each in a row of its own."""
        return _Photon(self.root_s, *(column[i][:, None] for column in self[1:]))


class _Lost(NamedTuple):
    """The lost particle 2 at its polar angle: 1 -+ z, measure, and the range of its azimuth."""

    minus: FloatArray
    plus: FloatArray
    measure: FloatArray
    level: FloatArray
    swing: FloatArray
    first: FloatArray
    last: FloatArray


class _Channel(NamedTuple):
    """A squared matrix element, and the distance 1 - z of its pole behind the beam."""

    density: Density
    tip: Callable[[_Photon], FloatArray]


def _lost(
    photon: _Photon, two: _Region, three: _Region, channel: _Channel, orders: _Orders
) -> FloatArray:
    r"""Integral of |M|^2/e^6 over the phase space of particles 2 and 3 in their regions.

    :math:`d\Phi_2 = \omega_2^2\,dz_2\,d\phi_2/(8\pi^2 s')`, over the rapidity of 2, which
    the mass of the electron ends.
    """
    energies = (
        np.maximum(two.softest, photon.rest - three.hardest),
        np.minimum(two.hardest, photon.rest - three.softest),
    )
    tip = channel.tip(photon)[:, None]
    ends = np.clip([two.lower, two.upper], -1, 1)
    # half way from wide angles to the pole
    between = 1 - np.sqrt(tip * (1 - np.abs(ends).min()))
    inner = np.concatenate([_splits(photon, three, energies), between, -between], axis=-1)
    every = np.concatenate([np.broadcast_to(ends, (len(inner), 2)), np.clip(inner, *ends)], axis=-1)
    edges = np.sort(np.arctanh(every / (1 + tip)), axis=-1)
    lower, width = edges[:, :-1], np.diff(edges)

    def lost(i: IntArray, eta: FloatArray) -> _Lost:
        bounds = [bound[i][:, None] for bound in energies]
        return _azimuths(photon.at(i), eta, tip[i], three, bounds)

    i, k = np.nonzero(width > 1e-12)
    middle = lost(i, (lower + width / 2)[i, k][:, None])
    open_ = (middle.last > middle.first)[:, 0]
    i, k = i[open_], k[open_]
    result = np.zeros(len(inner))
    t, w = _graded(orders.rapidity)
    for start in range(0, len(i), _BLOCK):
        some, panel = (index[start : start + _BLOCK] for index in (i, k))
        step = width[some, panel][:, None]
        here = lost(some, lower[some, panel][:, None] + step * t)
        one = photon.at(some)
        weight = step * w * here.measure / one.mass2
        value = (weight * _over_azimuth(one, here, channel.density, orders)).sum(-1)
        result += np.bincount(some, value, minlength=len(result))
    return result / (8 * np.pi**2)


def _splits(photon: _Photon, three: _Region, energies: Iterable[FloatArray]) -> FloatArray:
    """Cosines of 2 at which a bound on its azimuth begins or ceases to bind."""
    finite = [h for h in (three.lower, three.upper) if abs(h) < 1]
    along = photon.energy * photon.z
    found = []
    with np.errstate(divide="ignore", invalid="ignore"):
        for h in finite:
            # all in one plane with 3 at its edge, on either side
            for side in (-1, 1):
                opening = photon.z * h + side * photon.sine * np.sqrt((1 - h) * (1 + h))
                omega = photon.mass2 / (2 * (photon.rest + photon.energy * opening))
                found.append(-(along + omega * h) / (photon.rest - omega))
        for bound in energies:
            # in one plane with 2 at its energy, or 3 at its edge
            psi = np.arccos((photon.mass2 / (2 * bound) - photon.rest) / photon.energy)
            theta = np.arccos(photon.z)
            found += [np.cos(theta + psi), np.cos(theta - psi)]
            found += [-(along + h * (photon.rest - bound)) / bound for h in finite]
    cosines: FloatArray = np.nan_to_num(np.stack(found, axis=-1), nan=-1.0)
    return cosines


def _azimuths(
    photon: _Photon,
    eta: FloatArray,
    tip: FloatArray,
    three: _Region,
    energies: Iterable[FloatArray],
) -> _Lost:
    """Range of azimuth of 2 about the seen photon, from bounds on its energy."""
    # z = (1 + tip) tanh(eta); 1 -+ z + tip, without cancellation
    ends = [2 * (1 + tip) / (1 + np.exp(2 * sign * eta)) for sign in (1, -1)]
    measure = ends[0] * ends[1] / (1 + tip)
    minus, plus = (np.maximum(end - tip, 0) for end in ends)
    z = (plus - minus) / 2
    softest, hardest = (np.broadcast_to(bound, z.shape) for bound in energies)
    with np.errstate(divide="ignore", invalid="ignore"):
        for h, below in ((three.lower, False), (three.upper, True)):
            if abs(h) == 1:
                continue
            # z_3 < h is omega_2 (h - z_2) < h (sqrt_s - E) + E z
            bound = (h * photon.rest + photon.energy * photon.z) / (h - z)
            from_above = (h > z) == below
            hardest = np.where(from_above, np.minimum(hardest, bound), hardest)
            softest = np.where(from_above, softest, np.maximum(softest, bound))
        swing = photon.energy * photon.sine * np.sqrt(minus * plus)
        level = photon.rest + photon.energy * photon.z * z
        cosines = [
            np.where(omega > 0, (photon.mass2 / (2 * omega) - level) / swing, np.inf)
            for omega in (softest, hardest)
        ]
    first, last = (np.arccos(np.clip(np.nan_to_num(c), -1, 1)) for c in cosines)
    return _Lost(minus, plus, measure, level, swing, first, np.maximum(first, last))


def _over_azimuth(photon: _Photon, lost: _Lost, density: Density, orders: _Orders) -> FloatArray:
    """Integral over the azimuth, both signs of it, of omega_2^2 |M|^2/e^6."""
    # phi = near sinh(v): closer nodes where a lepton may be near the seen photon
    first, last = (np.arcsinh(phi / _NEAR)[..., None] for phi in (lost.first, lost.last))
    t, w = _gauss(orders.azimuth)
    grown = np.exp(first + (last - first) * t)
    cosine = np.cos(_NEAR / 2 * (grown - 1 / grown))
    omega = photon.mass2[..., None] / (2 * (lost.level[..., None] + lost.swing[..., None] * cosine))
    half, mu = photon.root_s / 2, photon.slowness
    beta = 1 - mu
    seen = [(half * photon.energy * (1 - sign * beta * photon.z))[..., None] for sign in (1, -1)]
    # 1 -+ beta z
    ends = [half * (mu + beta * end)[..., None] * omega for end in (lost.minus, lost.plus)]
    value = density(photon.root_s**2, seen[0], seen[1], ends[0], ends[1])
    weight = (last - first) * _NEAR * w * (grown + 1 / grown) * omega**2
    total: FloatArray = (value * weight).sum(-1)
    return total


# ---- matrix elements ---------------------------------------------------------

# Each is multiplied by a share that is 1 where 2 is close to the beam and 0 where 3 is; the
# shares with 2 and 3 exchanged add up to 1.  So only 2 meets a pole.


def _photons(
    s: float, k1: FloatArray, l1: FloatArray, k2: FloatArray, l2: FloatArray
) -> FloatArray:
    """Three photons; the factor 1/2! of two lost ones is in the shares, as both are 2 once."""
    k3, l3 = s / 2 - k1 - k2, s / 2 - l1 - l2
    p1, p2, p3 = k1 * l1, k2 * l2, k3 * l3  # s/4 times transverse momenta squared
    a1, a2, a3, b1, b2, b3 = k1**2, k2**2, k3**2, l1**2, l2**2, l3**2
    hard = p1 * (a1 + b1) + p2 * (a2 + b2) + p3 * (a3 + b3)
    # -m^2/(p.q)^2 of one photon, times e+e- -> 2 photons of the other two; over p1 p2 p3
    mass = (
        (b1 * (b2 + b3) * (k2 * k3) + a1 * (a2 + a3) * (l2 * l3)) / p1
        + (b2 * (b1 + b3) * (k1 * k3) + a2 * (a1 + a3) * (l1 * l3)) / p2
        + (b3 * (b1 + b2) * (k1 * k2) + a3 * (a1 + a2) * (l1 * l2)) / p3
    )
    result: FloatArray = (s * hard - 2 * ELECTRON_MASS**2 * mass) / (p1 * p2 * (p2 + p3))
    return result


def _radiator(
    s: float, k1: FloatArray, l1: FloatArray, k2: FloatArray, l2: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Mass squared s' of a pair of leptons and W, the radiation of a photon off all four."""
    k3, l3, pair = s / 2 - k1 - k2, s / 2 - l1 - l2, s / 2 - k1 - l1
    a, b = k2 + l2 - pair, k3 + l3 - pair  # q_-.k and q_+.k
    initial, final = s / (k1 * l1) / 2, pair / (a * b)
    mixed = l3 / (l1 * b) + k2 / (k1 * a) - l2 / (l1 * a) - k3 / (k1 * b)
    return 2 * pair, 2 * (initial + final + mixed)


def _electrons(
    s: float, k1: FloatArray, l1: FloatArray, k2: FloatArray, l2: FloatArray
) -> FloatArray:
    """Radiative Bhabha scattering, 2 the electron."""
    k3, l3 = s / 2 - k1 - k2, s / 2 - l1 - l2
    pair, W = _radiator(s, k1, l1, k2, l2)
    hard = (
        s * pair * (s**2 + pair**2)
        + 16 * k2 * l3 * (k2**2 + l3**2)
        + 16 * l2 * k3 * (l2**2 + k3**2)
    )
    (q2, f2), (q3, f3) = _virtual_photon(s, k2, l2), _virtual_photon(s, l3, k3)
    result: FloatArray = W * hard * f2 * f3 / (s * pair * q2 * (q2 + q3))
    return result


def _charge_conjugate(density: Density) -> Density:
    """The same with 2 the positron."""
    return lambda s, k1, l1, k2, l2: density(s, l1, k1, l2, k2)


def _virtual_photon(s: float, near: FloatArray, far: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Q^2 of an electron with its products with both beams, and the mass term of the flux."""
    m2, left = ELECTRON_MASS**2, 2 * (near + far) / s
    # not below what it is along the beam
    q2 = np.maximum(2 * near + m2 * (1 / left - 2), m2 * (1 - left) ** 2 / left)
    return q2, 1 - 2 * m2 * (1 - left) ** 2 / (q2 * (1 + left**2))


def _photon_tip(photon: _Photon) -> FloatArray:
    """Products with the beam, which go as 1 - beta z."""
    return np.full(photon.z.shape, photon.slowness)


def _electron_tip(photon: _Photon, charge: int) -> FloatArray:
    """Where Q^2 has doubled from the m^2 y^2/(1 - y) of an electron along its beam."""
    left = photon.mass2 / (photon.rest + charge * photon.energy * photon.z) / photon.root_s
    tip: FloatArray = photon.slowness * ((1 - left) / left) ** 2
    return tip


_PHOTONS = _Channel(_photons, _photon_tip)
_BHABHA = (
    _Channel(_electrons, lambda photon: _electron_tip(photon, 1)),
    _Channel(_charge_conjugate(_electrons), lambda photon: _electron_tip(photon, -1)),
)


# ---- nodes -------------------------------------------------------------------


@cache
def _gauss(n: int) -> tuple[FloatArray, FloatArray]:
    """Gauss-Legendre on [0, 1]."""
    t, w = np.polynomial.legendre.leggauss(n)
    return (1 + t) / 2, w / 2


@cache
def _graded(n: int) -> tuple[FloatArray, FloatArray]:
    """The same, closer at both ends, where an integrand may go as a root or a logarithm."""
    t, w = _gauss(n)
    return np.sin(np.pi / 2 * t) ** 2, np.pi / 2 * np.sin(np.pi * t) * w
