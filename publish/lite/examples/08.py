# The photon's spectrum
import matplotlib.pyplot as plt
import numpy as np

import nudp
from nudp import kinematics, plots, signal

sqrt_s = 10.58  # GeV
plots.use_style()
fig, ax = plt.subplots()
for m_N in (0.5, 4.0, 8.0):
    E = np.linspace(*kinematics.photon_energy_range(sqrt_s, m_N), 100)
    ax.plot(E, signal.photon_spectrum(E, sqrt_s, m_N, nudp.DIRAC), label=f"{m_N} GeV")
ax.set(xlabel="photon energy [GeV]", ylabel="density [1/GeV]")
ax.legend(title="mass of N")
plt.show()
