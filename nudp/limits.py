r"""From yields to a limit: Eq. (7), :math:`\chi^2 = S^2/(S+B)` and the upper limit d_95."""

import numpy as np
from scipy.optimize import elementwise

from nudp import background, checks
from nudp.kinematics import mass_ratio
from nudp.searches import Search
from nudp.signal import acceptance, decay_length, total_cross_section

__all__ = ["CHI2_95", "chi2", "expected_events", "upper_limit"]

#: The paper's threshold: chi^2 of a one-sided 95 % limit [1].
CHI2_95 = 2.71


def expected_events(search, m_N, d, signal):
    r"""Eq. (7): expected signal and background events.

    .. math::
        S = L\,\sigma\,\epsilon_{cuts}\,\epsilon_{det}\,P_{dec}(l_D),\qquad
        B = L\,(\sigma_{ir}\,\epsilon_{det} + \sigma_{re})

    with sigma counting the charge modes of the signal model.

    Parameters
    ----------
    search : Search or iterable of Search
        One search, or the runs of one.
    m_N : array_like
        Mass of the heavy neutral lepton [GeV].
    d : array_like
        Transition magnetic moment [GeV^-1].
    signal : SignalModel
        Charge modes, decay distribution and width.

    Returns
    -------
    signal, background : ndarray or float
        Events [1], broadcast over m_N and d; for several searches with one
        entry a run in front.  A run below threshold expects no signal.

    Raises
    ------
    ValueError
        If a mass is not positive, d is negative, or the background is infinite.

    References
    ----------
    arXiv:2204.07802, Eq. (7) and Sec. II.A.

    Examples
    --------
    >>> from nudp import PUBLISHED, searches
    >>> S, B = expected_events(searches.STCF_4GEV, m_N=1.0, d=2e-6, signal=PUBLISHED)
    >>> round(float(S), 1), round(float(B), 1)
    (35.0, 295.2)
    """
    coupling = checks.non_negative("d", d)
    mass = checks.positive("m_N", m_N)
    runs = _runs(search)
    yields, slopes = _yields(runs, mass.ravel(), signal)
    axes = np.broadcast(mass, coupling).ndim
    per_mass = (len(runs), *(1,) * (axes - mass.ndim), *mass.shape)
    events = _signal(coupling**2, yields.reshape(per_mass), slopes.reshape(per_mass))
    per_run = (len(runs), *(1,) * axes)
    expected = np.broadcast_to(_backgrounds(runs).reshape(per_run), events.shape).copy()
    if isinstance(search, Search):
        return events[0][()], expected[0][()]
    return events, expected


def chi2(search, m_N, d, signal):
    r"""Test statistic of Sec. II, :math:`\chi^2 = \sum_i S_i^2/(S_i + B_i)` over the runs.

    Parameters
    ----------
    search : Search or iterable of Search
        One search, or the runs of one.
    m_N : array_like
        Mass of the heavy neutral lepton [GeV].
    d : array_like
        Transition magnetic moment [GeV^-1].
    signal : SignalModel
        Charge modes, decay distribution and width.

    Returns
    -------
    ndarray or float
        chi^2 [1], broadcast over m_N and d.

    Raises
    ------
    ValueError
        As `expected_events`.

    References
    ----------
    arXiv:2204.07802, Sec. II.A and II.B.

    Examples
    --------
    >>> from nudp import PUBLISHED, searches
    >>> round(float(chi2(searches.STCF_4GEV, m_N=1.0, d=2e-6, signal=PUBLISHED)), 2)
    3.7
    """
    events, expected = expected_events(_runs(search), m_N, d, signal)
    return _chi2(events, expected)[()]


def upper_limit(search, m_N, signal, *, threshold=CHI2_95):
    r"""Expected upper limit d_95: the root of :math:`\chi^2(d) = 2.71`.

    Parameters
    ----------
    search : Search or iterable of Search
        One search, or the runs of one; the chi^2 adds up.
    m_N : array_like
        Mass of the heavy neutral lepton [GeV].
    signal : SignalModel
        Charge modes, decay distribution and width; there is no default.
    threshold : float, optional
        chi^2 at the limit [1]; the paper's 2.71 is the one-sided 95 % value.

    Returns
    -------
    ndarray or float
        d_95 [GeV^-1], shaped like m_N; inf where no run can make N or nothing
        of it is accepted.

    Raises
    ------
    ValueError
        If a mass or the threshold is not positive, or the background is infinite.

    References
    ----------
    arXiv:2204.07802, Sec. II.A.

    Examples
    --------
    >>> from nudp import PUBLISHED, searches
    >>> d_95 = upper_limit(searches.STCF_4GEV, [0.1, 1.0, 4.0], PUBLISHED)
    >>> [f"{d:.3g}" for d in d_95]
    ['3.93e-06', '1.84e-06', 'inf']
    """
    mass = checks.positive("m_N", m_N)
    target = float(checks.positive("threshold", threshold))
    runs = _runs(search)
    yields, slopes = _yields(runs, mass.ravel(), signal)
    expected = _backgrounds(runs)[:, None]
    result = np.full(mass.size, np.inf)
    seen = (yields > 0).any(0)
    if seen.any():
        result[seen] = np.sqrt(_root(yields[:, seen], slopes[:, seen], expected, target))
    return result.reshape(mass.shape)[()]


def _root(yields, slopes, expected, target):
    """d^2 at which the summed chi^2 meets the target, for every mass."""

    def excess(log_square, column):
        # the solver passes the elements still open; column says which they are
        events = _signal(np.exp(log_square), yields[:, column], slopes[:, column])
        return np.log(_chi2(events, expected) / target)

    columns = np.arange(yields.shape[1])
    start = np.log(_single_run_estimate(yields, slopes, expected, target))
    # d ln chi^2 / d ln d^2 is between 1 and 4: S grows at least like d^2 and at most
    # like d^4, chi^2 at least like S and at most like S^2; that brackets the root
    step = -excess(start, columns)
    near, far = start + step / 4, start + step
    room = 1e-9
    bracket = np.minimum(near, far) - room, np.maximum(near, far) + room
    tolerances = {"xatol": 1e-13, "xrtol": 1e-13, "fatol": 1e-13, "frtol": 0.0}
    solution = elementwise.find_root(excess, bracket, args=(columns,), tolerances=tolerances)
    if not solution.success.all():
        raise RuntimeError("the limit did not converge")
    return np.exp(solution.x)


def _single_run_estimate(yields, slopes, expected, target):
    """The d^2 that the strongest run alone would give, from its two asymptotes."""
    needed = (target + np.sqrt(target**2 + 4 * target * expected)) / 2
    with np.errstate(divide="ignore"):
        prompt = needed / yields
        late = np.sqrt(prompt / slopes)
    return np.maximum(prompt, late).min(0)


def _signal(square, yields, slopes):
    return -yields * square * np.expm1(-slopes * square)


def _chi2(events, expected):
    total = events + expected
    # no signal on no background says nothing
    return np.divide(events**2, total, out=np.zeros_like(total), where=total > 0).sum(0)


def _yields(runs, mass, signal):
    """Per run and mass: events per d^2 if all N decayed, and l_D / (l_dec d^2)."""
    yields = np.zeros((len(runs), mass.size))
    slopes = np.zeros_like(yields)
    for i, run in enumerate(runs):
        made = mass_ratio(run.sqrt_s, mass)[1] > 0
        masses = mass[made]
        share = acceptance(run.selection, run.sqrt_s, masses, signal)
        sigma = signal.charge_modes * total_cross_section(run.sqrt_s, masses, 1.0)
        yields[i, made] = run.luminosity * run.photon_efficiency * sigma * share
        # Eq. (6) per d^2; a wider N flies less far
        rate = signal.width_factor / decay_length(run.sqrt_s, masses, 1.0)
        slopes[i, made] = run.detector_length * rate
    return yields, slopes


def _backgrounds(runs):
    """Events [1] of each run, irreducible and reducible."""
    return np.array(
        [
            run.luminosity
            * (
                run.photon_efficiency * background.cross_section(run.selection, run.sqrt_s)
                + run.reducible_background
            )
            for run in runs
        ]
    )


def _runs(search):
    runs = (search,) if isinstance(search, Search) else tuple(search)
    if not runs:
        raise ValueError("search must hold at least one run, got none")
    for run in runs:
        if not isinstance(run, Search):
            raise TypeError(f"search must be a Search or an iterable of them, got {run!r}")
    return runs
