# New ground: where a search reaches past what is excluded
import numpy as np

import nudp
from nudp import landscape

m_N = np.geomspace(0.01, 10, 200)  # GeV
d_95 = nudp.upper_limit(nudp.searches.BELLE2_LOW_MASS, m_N, nudp.PUBLISHED)
for flavour in ("e", "mu", "tau"):
    for ground in landscape.unexplored((m_N, d_95), flavour):
        print(f"{flavour:3}: {ground.low:.2f} to {ground.high:.2f} GeV, by up to {ground.lead:.1f}")
