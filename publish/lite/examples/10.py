# You counted: a limit from data
from dataclasses import replace

import nudp

mine = replace(
    nudp.searches.BELLE2_LOW_MASS,
    reducible_background=0,  # measured instead:
    background_events=3.2,
    background_uncertainty=1 / 3.2,
)
for n in (0, 3, 5, 10):
    d_95 = nudp.upper_limit(mine, 1.0, nudp.DIRAC, method="marginal-normal", observed=n)
    print(f"{n:2} events seen: d_95 = {d_95:.2e} GeV^-1")
