"""Constants of nature, each with its edition, and the unit conversions that follow.

Natural units throughout: energies and masses in GeV, couplings d in GeV^-1.
The interface speaks metres, femtobarns and inverse femtobarns.
"""

from dataclasses import dataclass

from scipy import constants as _codata

__all__ = [
    "ALPHA",
    "BOHR_MAGNETON",
    "BR_Z_EE",
    "CODATA_EDITION",
    "ELECTRON_MASS",
    "FB_GEV2",
    "GAMMA_Z",
    "G_F",
    "HBAR_C",
    "M_W",
    "M_Z",
    "PDG_EDITION",
    "SIN2_THETA_W",
    "SOURCES",
    "Source",
]

#: Edition behind `scipy.constants` (SciPy 1.15 and later).
CODATA_EDITION = "CODATA 2022"

#: Edition of the electroweak numbers that CODATA does not carry.
PDG_EDITION = "Review of Particle Physics 2024, Phys. Rev. D 110, 030001"

#: Fine-structure constant at zero momentum transfer, alpha(0) [1]; CODATA.
ALPHA = _codata.fine_structure

#: Fermi constant [GeV^-2]; CODATA.
G_F = _codata.physical_constants["Fermi coupling constant"][0]

#: Weak mixing angle sin^2 theta_W [1], the value in use in the monophoton
#: literature: the MS-bar value at M_Z to four digits; PDG.
#: CODATA lists the on-shell value, 0.2231, which is another definition.
SIN2_THETA_W = 0.2312

#: Z boson mass [GeV]; PDG.
M_Z = 91.1880

#: Total width of the Z [GeV]; PDG.
GAMMA_Z = 2.4955

#: Branching fraction Z -> e+e- [1]; PDG.
BR_Z_EE = 0.03363

#: W boson mass [GeV]; PDG.
M_W = 80.3692

#: Mass of the electron [GeV]; CODATA.
ELECTRON_MASS = _codata.physical_constants["electron mass energy equivalent in MeV"][0] * 1e-3

#: Bohr magneton e/(2 m_e) in natural units, e^2 = 4 pi alpha [GeV^-1]; CODATA.
BOHR_MAGNETON = (4 * _codata.pi * ALPHA) ** 0.5 / (2 * ELECTRON_MASS)

#: Conversion constant hbar c [GeV m], which turns an inverse width into a length; CODATA.
HBAR_C = _codata.hbar * _codata.c / _codata.giga / _codata.e

#: Its square [fb GeV^2], which turns GeV^-2 into femtobarns (1 fb = 1e-43 m^2).
FB_GEV2 = HBAR_C**2 / 1e-43


@dataclass(frozen=True)
class Source:
    """What a constant is, its unit and its edition.

    Parameters
    ----------
    what : str
        Its name in words.
    unit : str
        Its unit; "1" for a pure number.
    edition : str
        The edition it is taken from.

    Examples
    --------
    >>> SOURCES["M_Z"].unit
    'GeV'
    """

    what: str
    unit: str
    edition: str


#: What each constant above is, with its unit and its edition. One that follows from others
#: has the edition of these.
#:
#: :meta hide-value:
SOURCES = {
    "ALPHA": Source("fine-structure constant, alpha(0)", "1", CODATA_EDITION),
    "G_F": Source("Fermi constant", "GeV^-2", CODATA_EDITION),
    "SIN2_THETA_W": Source("weak mixing angle, MS-bar at M_Z", "1", PDG_EDITION),
    "M_Z": Source("mass of the Z", "GeV", PDG_EDITION),
    "GAMMA_Z": Source("total width of the Z", "GeV", PDG_EDITION),
    "BR_Z_EE": Source("branching fraction Z -> e+e-", "1", PDG_EDITION),
    "M_W": Source("mass of the W", "GeV", PDG_EDITION),
    "ELECTRON_MASS": Source("mass of the electron", "GeV", CODATA_EDITION),
    "BOHR_MAGNETON": Source("Bohr magneton", "GeV^-1", CODATA_EDITION),
    "HBAR_C": Source("hbar c", "GeV m", CODATA_EDITION),
    "FB_GEV2": Source("(hbar c)^2", "fb GeV^2", CODATA_EDITION),
}
