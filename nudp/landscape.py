"""Existing bounds on the dipole portal, read from data/bounds with their provenance."""

import tomllib
from dataclasses import dataclass

import numpy as np

from nudp import checks
from nudp.tables import DataError, data_folder, read_table

__all__ = ["FLAVOURS", "Bound", "bounds"]

#: Neutrino flavours a bound can hold for.
FLAVOURS = ("e", "mu", "tau")


@dataclass(frozen=True, eq=False)
class Bound:
    """One published bound: a curve above which couplings are excluded.

    Parameters
    ----------
    key : str
        Name of its table in data/bounds.
    name : str
        What to call it in figures.
    flavours : tuple of str
        Neutrino flavours it holds for, of "e", "mu", "tau".
    m_N : ndarray
        Masses of the support points [GeV], ascending.
    d : ndarray
        Couplings of the support points [GeV^-1].
    closed : bool
        False: all above the curve is excluded, out to the masses of the table.
    confidence_level : float
        Confidence level of the source [1].
    source, convention, method, remark, citation : str
        Paper and figure; its coupling convention; quoted, read off or
        recomputed; what to know; key in the bibliography.
    """

    key: str
    name: str
    flavours: tuple
    m_N: np.ndarray
    d: np.ndarray
    closed: bool
    confidence_level: float
    source: str
    convention: str
    method: str
    remark: str
    citation: str

    def limit(self, m_N):
        """Coupling above which a mass is excluded, log-log between the support points.

        Parameters
        ----------
        m_N : array_like
            Mass of the heavy neutral lepton [GeV].

        Returns
        -------
        ndarray or float
            d [GeV^-1], shaped like m_N; inf outside the masses of the table.

        Raises
        ------
        ValueError
            If a mass is not positive and finite.

        Examples
        --------
        >>> [donut] = [bound for bound in bounds("tau") if bound.key == "donut"]
        >>> [float(d) for d in donut.limit([0.1, 0.5]).round(7)]
        [5.78e-05, inf]
        """
        mass = np.log(checks.positive("m_N", m_N))
        log_d = np.interp(mass, np.log(self.m_N), np.log(self.d), left=np.inf, right=np.inf)
        return np.exp(log_d)[()]


def bounds(flavour=None):
    """Existing bounds with their metadata.

    Parameters
    ----------
    flavour : str, optional
        "e", "mu" or "tau" to keep the bounds that hold for it; all by default.

    Returns
    -------
    tuple of Bound
        In the order of data/bounds.toml.

    Raises
    ------
    ValueError
        If the flavour is not one of the three.
    DataError
        If a record or a table is broken.

    Examples
    --------
    >>> [bound.name for bound in bounds("mu")]
    ['LEP (photon and Z)', 'LEP (photon only)']
    """
    if flavour is not None and flavour not in FLAVOURS:
        raise ValueError(f"flavour must be one of {FLAVOURS}, got {flavour!r}")
    folder = data_folder()
    records = tomllib.loads((folder / "bounds.toml").read_text(encoding="utf-8"))
    every = (_bound(folder, key, record) for key, record in records.items())
    return tuple(bound for bound in every if flavour is None or flavour in bound.flavours)


def _bound(folder, key, record):
    path = folder / "bounds" / f"{key}.csv"
    table = read_table(
        path,
        numbers={"m_N": {"GeV": 1.0, "MeV": 1e-3}, "d": {"GeV^-1": 1.0}},
    )
    m_N, d = np.array(table["m_N"]), np.array(table["d"])
    for name, good, rule in (
        ("m_N", m_N > 0, "must be positive"),
        ("d", d > 0, "must be positive"),
        ("m_N", np.diff(m_N, prepend=0) > 0, "is out of order"),
    ):
        if not good.all():
            row = int(np.argmin(good))
            raise DataError(
                f"{path.name}, line {table['line'][row]}: {name} {rule}, got {table[name][row]!r}"
            )
    flavours = tuple(record.get("flavours", ()))
    if not flavours or not set(flavours) <= set(FLAVOURS):
        raise DataError(f"bounds.toml, record {key!r}: flavours must be of {FLAVOURS}")
    try:
        return Bound(key=key, m_N=m_N, d=d, **{**record, "flavours": flavours})
    except TypeError as fault:
        raise DataError(f"bounds.toml, record {key!r}: {fault}") from None
