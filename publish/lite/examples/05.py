# What N is: four signal models, four limits
import nudp

for name in ("TEXT", "PUBLISHED", "DIRAC", "MAJORANA"):
    model = getattr(nudp, name)
    d_95 = nudp.upper_limit(nudp.searches.STCF_4GEV, 0.5, model)
    print(f"{name:9}: {d_95:.2e} GeV^-1")
