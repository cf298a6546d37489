# A limit
import nudp

d_95 = nudp.upper_limit(nudp.searches.BELLE2_LOW_MASS, 1.0, nudp.DIRAC)
print(f"At 1 GeV Belle II can exclude d above {d_95:.2e} GeV^-1.")
