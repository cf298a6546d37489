# How many events
import nudp

search, m_N, d = nudp.searches.BELLE2_LOW_MASS, 1.0, 1e-5
S, B = nudp.limits.expected_events(search, m_N, d, nudp.DIRAC)
print(f"signal {S:.0f} on a background of {B:.0f}")
print(f"acceptance {nudp.signal.acceptance(search.selection, search.sqrt_s, m_N, nudp.DIRAC):.3f}")
