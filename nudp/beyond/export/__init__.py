"""What other people's tools read: likelihoods, a model for generators, events.

Everything is made of the formulas of `nudp`.  Only what writes HepMC3 needs a package more.

Examples
--------
>>> from nudp import DIRAC, searches
>>> workspace = pyhf(searches.STCF_4GEV, 1.0, DIRAC)
>>> [channel["name"] for channel in workspace["channels"]]
['STCF 4 GeV']
"""

from nudp.beyond.export._events import hepmc3, lhe
from nudp.beyond.export._likelihoods import hs3, pyhf
from nudp.beyond.export._ufo import ufo

__all__ = ["hepmc3", "hs3", "lhe", "pyhf", "ufo"]
