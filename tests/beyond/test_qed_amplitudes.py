"""The spinor amplitudes of QED against identities, limits and textbook formulas."""

import itertools

import numpy as np
import pytest
from beyond import qed_amplitudes as qed
from scipy.stats import special_ortho_group

from nudp.constants import ELECTRON_MASS

RNG = np.random.default_rng(20221)
N = 40
HEAVY = 0.3  # an electron mass at which every term counts
MUON = 0.10566


def beams(sqrt_s, mass):
    p = np.sqrt(sqrt_s**2 / 4 - mass**2)
    return (
        np.tile([sqrt_s / 2, 0, 0, p], (N, 1)),
        np.tile([sqrt_s / 2, 0, 0, -p], (N, 1)),
    )


def boosted(k, frame):
    """From the rest frame of `frame` to where it has that momentum."""
    mass = np.sqrt(qed.dot(frame, frame))[:, None]
    along = np.sum(k[:, 1:] * frame[:, 1:], axis=1, keepdims=True)
    energy = (frame[:, :1] * k[:, :1] + along) / mass
    return np.hstack(
        [energy, k[:, 1:] + frame[:, 1:] * (k[:, :1] + energy) / (frame[:, :1] + mass)]
    )


def two_body(total, mass):
    """A pair of equal masses, isotropic in its rest frame."""
    direction = special_ortho_group.rvs(3, size=N, random_state=RNG)[:, 0]
    energy = np.sqrt(qed.dot(total, total))[:, None] / 2
    p = np.sqrt(energy**2 - mass**2)
    first = boosted(np.hstack([energy, p * direction]), total)
    return first, total - first


def three_body(sqrt_s, mass, low=0.05, high=0.9):
    """A photon with a fraction of its largest energy and a pair."""
    direction = special_ortho_group.rvs(3, size=N, random_state=RNG)[:, 0]
    top = (sqrt_s**2 - 4 * mass**2) / (2 * sqrt_s)
    energy = top * RNG.uniform(low, high, (N, 1))
    photon = np.hstack([energy, energy * direction])
    first, second = two_body(np.array([sqrt_s, 0, 0, 0]) - photon, mass)
    return photon, first, second


def eikonal(emitters, k):
    """-e^2 J^2 of (momentum, sign): + for electrons coming in and positrons going out, else -."""
    J = sum(sign * p / qed.dot(p, k)[:, None] for p, sign in emitters)
    return -qed.E_SQUARED * qed.dot(J, J)


@pytest.mark.parametrize("mass", [HEAVY, ELECTRON_MASS])
def test_ward_identity_of_three_photons(mass):
    photons = three_body(4.0, 0.0)
    for which in range(3):
        vectors = [qed.polarisations(k)[0] for k in photons]
        size = np.abs(qed.photon_amplitudes(*beams(4.0, mass), photons, vectors, mass)).max()
        vectors[which] = photons[which]
        got = qed.photon_amplitudes(*beams(4.0, mass), photons, vectors, mass)
        assert np.abs(got).max() < 1e-9 * size


@pytest.mark.parametrize("mass", [HEAVY, ELECTRON_MASS])
def test_ward_identity_beside_a_pair(mass):
    photon, *pair = three_body(4.0, mass)
    arguments = beams(4.0, mass), pair, photon
    for amplitude in (
        lambda eps: qed.bhabha_amplitudes(*arguments, eps, mass),
        lambda eps: qed.pair_amplitudes(*arguments, eps, mass, mass),
    ):
        size = np.abs(amplitude(qed.polarisations(photon)[0])).max()
        assert np.abs(amplitude(photon)).max() < 1e-9 * size


def test_two_photons_against_the_textbook():
    """Peskin and Schroeder (5.105)."""
    electron, positron = beams(4.0, HEAVY)
    first, second = two_body(electron + positron, 0.0)
    a, b = qed.dot(electron, first), qed.dot(electron, second)
    m2 = HEAVY**2
    textbook = b / a + a / b + 2 * m2 * (1 / a + 1 / b) - m2**2 * (1 / a + 1 / b) ** 2
    got = qed.photons_squared(electron, positron, first, second, mass=HEAVY)
    np.testing.assert_allclose(got, 2 * qed.E_SQUARED**2 * textbook, rtol=1e-11)


def test_compton_scattering_is_the_crossed_line():
    """Klein and Nishina, from the same fermion line with one photon coming in."""
    electron = np.tile([HEAVY, 0, 0, 0], (N, 1))
    k = np.tile([1.0, 0, 0, 1.0], (N, 1))
    z, phi = RNG.uniform(-1, 1, N), RNG.uniform(0, 2 * np.pi, N)
    across = np.sqrt(1 - z**2)
    energy = 1 / (1 + (1 - z) / HEAVY)
    out = energy[:, None] * np.array([np.ones(N), across * np.cos(phi), across * np.sin(phi), z]).T
    row = qed.bar(qed.u(electron + k - out, HEAVY))
    total = 0.0
    for eps, other in itertools.product(qed.polarisations(k), qed.polarisations(out)):
        vertices = [(qed.slash(eps), k), (qed.slash(other), -out)]
        amplitude = qed.line(row, vertices, qed.u(electron, HEAVY), electron, HEAVY)
        total = total + np.sum(np.abs(amplitude) ** 2, axis=(0, 1)) / 4
    np.testing.assert_allclose(total, 2 * (energy + 1 / energy - across**2), rtol=1e-11)


def soft_photon(total):
    """A soft photon, a massless pair before it is emitted, and the same pair recoiling."""
    pair = two_body(total, 0.0)
    soft = 1e-6 * three_body(4.0, 0.0)[0]
    scale = np.sqrt(qed.dot(total - soft, total - soft))[:, None] / 4
    return soft, pair, [boosted(scale * k, total - soft) for k in pair]


def test_soft_third_photon():
    electron, positron = beams(4.0, HEAVY)
    soft, pair, recoiling = soft_photon(electron + positron)
    got = qed.photons_squared(electron, positron, *recoiling, soft, mass=HEAVY)
    factor = eikonal([(electron, 1), (positron, -1)], soft)
    limit = factor * qed.photons_squared(electron, positron, *pair, mass=HEAVY)
    np.testing.assert_allclose(got, limit, rtol=1e-4)


def bhabha_textbook(s, t, u):
    """Spin-averaged |M|^2 of massless electrons, Peskin and Schroeder problem 5.2."""
    bracket = u**2 * (1 / s + 1 / t) ** 2 + (t / s) ** 2 + (s / t) ** 2
    return 2 * qed.E_SQUARED**2 * bracket


def muon_pair_textbook(s, t, u):
    return 2 * qed.E_SQUARED**2 * (t**2 + u**2) / s**2


@pytest.mark.parametrize(
    ("squared", "textbook"),
    [
        (lambda *p: qed.bhabha_squared(*p, mass=0.0), bhabha_textbook),
        (lambda *p: qed.pair_squared(*p, 0.0, mass=0.0), muon_pair_textbook),
    ],
)
def test_soft_photon_beside_a_pair(squared, textbook):
    """The sign between annihilation and scattering, and the factor in front."""
    electron, positron = beams(4.0, 0.0)
    soft, (first, second), recoiling = soft_photon(electron + positron)
    factor = eikonal([(electron, 1), (positron, -1), (first, -1), (second, 1)], soft)
    t, u = -2 * qed.dot(electron, first), -2 * qed.dot(electron, second)
    got = squared(electron, positron, *recoiling, soft)
    np.testing.assert_allclose(got, factor * textbook(16.0, t, u), rtol=1e-3)


def test_photons_are_alike():
    photons = three_body(4.0, 0.0)
    first = qed.photons_squared(*beams(4.0, HEAVY), *photons, mass=HEAVY)
    for order in itertools.permutations(photons):
        np.testing.assert_allclose(
            qed.photons_squared(*beams(4.0, HEAVY), *order, mass=HEAVY), first, rtol=1e-11
        )


def test_charge_conjugation():
    photon, *pair = three_body(4.0, HEAVY)
    electron, positron = beams(4.0, HEAVY)
    for squared in (
        lambda *p: qed.bhabha_squared(*p, photon, mass=HEAVY),
        lambda *p: qed.pair_squared(*p, photon, HEAVY, mass=HEAVY),
    ):
        np.testing.assert_allclose(
            squared(electron, positron, *pair), squared(positron, electron, *pair[::-1]), rtol=1e-11
        )


def test_frame_does_not_matter():
    """An arbitrary boost: spinors and polarisations change, the sums do not."""
    photon, *pair = three_body(4.0, HEAVY)
    electron, positron = beams(4.0, HEAVY)
    frame = np.tile([2.0, 0.3, -0.5, 1.1], (N, 1))
    momenta = electron, positron, *pair, photon
    moved = [boosted(k, frame) for k in momenta]
    np.testing.assert_allclose(
        qed.bhabha_squared(*moved, mass=HEAVY), qed.bhabha_squared(*momenta, mass=HEAVY), rtol=1e-10
    )


def test_a_massless_electron_keeps_its_helicity():
    """Annihilation needs opposite helicities; three photons alike need a mass."""
    photons = three_body(4.0, 0.0)
    electron, positron = beams(4.0, 0.0)
    circular = [np.array([1, 1j]) @ qed.polarisations(k).transpose(1, 0, 2) for k in photons]
    vectors = [qed.polarisations(k)[0] for k in photons]
    general = np.abs(qed.photon_amplitudes(electron, positron, photons, vectors, 0.0))
    alike = np.abs(qed.photon_amplitudes(electron, positron, photons, circular, 0.0))
    assert alike.max() < 1e-11 * general.max()
