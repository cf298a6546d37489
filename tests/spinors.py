"""Amplitudes of the dipole portal from explicit Dirac spinors: no trace, no closed form.

Chiral basis.  Eq. (1) and its conjugate give the vertices
2 d ubar(N) sigma(q, eps) P_L v(nubar) and 2 d ubar(nu) P_R sigma(q, eps) u(N),
with sigma(q, eps) = sigma_{mu nu} q^mu eps^nu.
"""

import itertools

import numpy as np

PAULI = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
METRIC = np.diag([1.0, -1.0, -1.0, -1.0])
_ZERO = np.zeros((2, 2))
GAMMA = np.array(
    [np.block([[_ZERO, PAULI[0]], [PAULI[0], _ZERO]])]
    + [np.block([[_ZERO, PAULI[i]], [-PAULI[i], _ZERO]]) for i in (1, 2, 3)]
)
GAMMA_5 = np.diag([-1, -1, 1, 1])
P_L, P_R = (np.eye(4) - GAMMA_5) / 2, (np.eye(4) + GAMMA_5) / 2
# sigma^{mu nu} = i/2 [gamma^mu, gamma^nu]
SIGMA = 0.5j * (np.einsum("aij,bjk->abik", GAMMA, GAMMA) - np.einsum("bij,ajk->abik", GAMMA, GAMMA))
SPINS = (0, 1)


def momentum(energy, direction, mass=0.0):
    direction = np.asarray(direction) / np.linalg.norm(direction)
    return np.array([energy, *np.sqrt(energy**2 - mass**2) * direction])


def _roots(p, mass):
    along = np.einsum("i,ijk->jk", p[1:], PAULI[1:])
    norm = np.sqrt(2 * (p[0] + mass))
    unit = PAULI[0] * (p[0] + mass)
    return (unit - along) / norm, (unit + along) / norm


def u(p, mass, spin):
    left, right = _roots(p, mass)
    return np.concatenate([left[:, spin], right[:, spin]])


def v(p, mass, spin):
    left, right = _roots(p, mass)
    return np.concatenate([left[:, spin], -right[:, spin]])


def bar(spinor):
    return spinor.conj() @ GAMMA[0]


def polarisations(k):
    """Two real transverse polarisation vectors of a photon."""
    direction = k[1:] / k[0]
    other = np.eye(3)[np.argmin(np.abs(direction))]
    first = np.cross(direction, other)
    first /= np.linalg.norm(first)
    return [np.array([0, *first]), np.array([0, *np.cross(direction, first)])]


def dipole(q, eps):
    """sigma_{mu nu} q^mu eps^nu."""
    return np.einsum("a,b,abij->ij", METRIC @ q, METRIC @ eps, SIGMA)


def production(root_s, m_N, z_N, d=1.0, charge=1.0):
    """Sum over spins of |M(e+e- -> N nubar)|^2 with N at cos(theta_N) = z_N."""
    E, p = (root_s**2 + m_N**2) / (2 * root_s), (root_s**2 - m_N**2) / (2 * root_s)
    direction = np.array([np.sqrt(1 - z_N**2), 0, z_N])
    heavy, light = momentum(E, direction, m_N), momentum(p, -direction)
    total = 0.0
    for current, Q in electron_currents(root_s):
        vertex = sum(
            2 * d * charge / root_s**2 * METRIC[b, b] * current[b] * dipole(Q, np.eye(4)[b])
            for b in range(4)
        )
        for a, b in itertools.product(SPINS, SPINS):
            total += abs(bar(u(heavy, m_N, a)) @ vertex @ P_L @ v(light, 0, b)) ** 2
    return total


def decay(m_N, direction, d=1.0):
    """Sum over spins and polarisations of |M(N -> nu gamma)|^2, N at rest."""
    heavy = np.array([m_N, 0, 0, 0])
    k = momentum(m_N / 2, direction)
    neutrino = momentum(m_N / 2, -np.asarray(direction))
    return sum(
        abs(bar(u(neutrino, 0, a)) @ P_R @ (2 * d * dipole(k, eps)) @ u(heavy, m_N, b)) ** 2
        for a, b in itertools.product(SPINS, SPINS)
        for eps in polarisations(k)
    )


def chain(root_s, m_N, k, neutrino, antineutrino):
    """Sum over spins of |M(e+e- -> nubar nu gamma)|^2 on the N pole, up to a constant."""
    heavy = k + neutrino
    propagator = np.einsum("a,aij->ij", METRIC @ heavy, GAMMA) + m_N * np.eye(4)
    total = 0.0
    for current, Q in electron_currents(root_s):
        made = dipole(Q, current) @ P_L
        for eps in polarisations(k):
            middle = P_R @ dipole(k, eps) @ propagator @ made
            for a, b in itertools.product(SPINS, SPINS):
                total += abs(bar(u(neutrino, 0, a)) @ middle @ v(antineutrino, 0, b)) ** 2
    return total


def electron_currents(root_s):
    """vbar(e+) gamma^mu u(e-) for the four spin states of massless beams along z."""
    electron = momentum(root_s / 2, [0, 0, 1])
    positron = momentum(root_s / 2, [0, 0, -1])
    Q = electron + positron
    for a, b in itertools.product(SPINS, SPINS):
        # massless spinors with the spin along the beam vanish for one chirality: no harm
        row, column = bar(v(positron, 0, a)), u(electron, 0, b)
        yield np.array([row @ GAMMA[mu] @ column for mu in range(4)]), Q


def three_body(root_s, m_N, x, z, psi):
    """Momenta of photon, neutrino and antineutrino; psi turns N about the photon."""
    r = m_N**2 / root_s**2
    E, p = root_s * (1 + r) / 2, root_s * (1 - r) / 2
    cos_alpha = (1 + r - 2 * r / x) / (1 - r)
    photon = np.array([np.sqrt(1 - z**2), 0, z])
    across = np.array([z, 0, -np.sqrt(1 - z**2)])
    sin_alpha = np.sqrt(max(1 - cos_alpha**2, 0))
    heavy = cos_alpha * photon + sin_alpha * (
        np.cos(psi) * across + np.sin(psi) * np.array([0, 1, 0])
    )
    k = momentum(x * root_s / 2, photon)
    return k, momentum(E, heavy, m_N) - k, momentum(p, -heavy)
