# Your own collider
import nudp
from nudp import selections

mine = nudp.Search(
    "A charm factory",
    sqrt_s=3.77,  # GeV
    luminosity=20.0,  # fb^-1
    selection=selections.besiii_advanced(),
    detector_length=0.8,  # m
)
for m_N in (0.1, 0.5, 1.0, 2.0, 3.0):  # GeV
    print(f"{m_N:4.1f} GeV: d_95 = {nudp.upper_limit(mine, m_N, nudp.DIRAC):.2e} GeV^-1")
