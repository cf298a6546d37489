# More data: how far does a limit fall?
from dataclasses import replace

import nudp

for luminosity in (0.4e3, 1e3, 10e3, 50e3):  # fb^-1
    search = replace(nudp.searches.BELLE2_LOW_MASS, luminosity=luminosity)
    d_95 = nudp.upper_limit(search, 1.0, nudp.DIRAC)
    print(f"{luminosity:8.0f} fb^-1: {d_95:.2e} GeV^-1")
