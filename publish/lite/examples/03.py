# A plot: your collider over the existing bounds
import matplotlib.pyplot as plt
import numpy as np

import nudp
from nudp import landscape, plots, selections

mine = nudp.Search("mine", 3.77, 20.0, selections.besiii_advanced(), 0.8)
m_N = np.geomspace(0.01, 3.7, 80)  # GeV

plots.use_style()
fig, ax = plt.subplots()
plots.exclusion_axes(ax)
for bound in landscape.bounds("e"):
    plots.shade_bound(ax, bound)
ax.plot(m_N, nudp.upper_limit(mine, m_N, nudp.DIRAC), color="k", label="my collider")
ax.legend()
plt.show()
