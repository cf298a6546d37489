# How far N flies
import numpy as np

from nudp import signal

sqrt_s, d, detector = 10.58, 1e-5, 3.0  # GeV, GeV^-1, m
for m_N in np.geomspace(0.03, 3, 7):
    length = signal.decay_length(sqrt_s, m_N, d)
    inside = signal.decay_probability(detector, sqrt_s, m_N, d)
    print(f"{m_N:6.2f} GeV: {length:10.3g} m, {100 * inside:5.1f} % decay within {detector} m")
