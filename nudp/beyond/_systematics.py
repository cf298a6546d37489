r"""Uncertain signals and luminosities: what moves them, and the limits that follow.

Run i expects, at a strength mu of the signal and with pulls theta,

.. math::
    \mu S_i\,e^{\delta^s_i\theta_s + \delta^L_i\theta_L} + I_i\,e^{\delta^L_i\theta_L}
    + R_i + \sigma_i\theta_b

with I the irreducible and R the reducible background.  Signal and luminosity are lognormal
factors.  A pull belongs to one run or to a group of them and has a unit Gaussian constraint;
Newton's method finds them, and backgrounds of single runs are profiled in closed form, as in
`nudp.statistics`.  Where the methods of `nudp.statistics.MARGINAL` count, the factors are averaged
over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import elementwise
from scipy.special import ndtr

from nudp import _yields, limits, statistics
from nudp.beyond import _marginal, observed

if TYPE_CHECKING:
    from collections.abc import Callable

    from nudp.beyond.observed import Counts, Groups
    from nudp.statistics import Correlated
    from nudp.typing import FloatArray, IntArray

_MOST_STEPS, _HALVINGS = 200, 40
# Of the statistic; the last step squares it.
_CLOSE = 1e-11
# From a first estimate of log(d^2), so far down there is no signal, and so far up nothing else.
_DOWN, _UP = 30.0, 12.0
# Nodes of an average over a lognormal factor, whose integrand is smooth and ends by itself.
_FARTHEST, _NODES = 8.0, 22.0


class _Fit(NamedTuple):
    """Where the pulls end up, the events expected there, and the statistic."""

    pulls: FloatArray
    total: FloatArray
    deviance: FloatArray


@dataclass(frozen=True, kw_only=True)
class Nuisances(observed.Together):
    """Relative uncertainties of signal and luminosity, and which runs each pull moves."""

    signal: FloatArray
    luminosity: FloatArray
    signal_groups: Groups
    luminosity_groups: Groups

    # ---- likelihood --------------------------------------------------------------

    def deviance(
        self, n: FloatArray, S: FloatArray, B: FloatArray, sigma: FloatArray, floor: FloatArray
    ) -> FloatArray:
        """Statistic of a signal, backgrounds, signals and luminosities profiled."""
        return self._fit(S, (n, B, sigma, floor)).deviance

    @cached_property
    def _exponents(self) -> tuple[FloatArray, FloatArray]:
        """By how much each pull changes the logarithms of signal and irreducible background."""
        runs = len(self.signal)
        none = [np.zeros(runs) for _ in self.groups]
        signals = _members(self.signal_groups, self.signal)
        luminosities = _members(self.luminosity_groups, self.luminosity)
        beside = [*none, *(0 * row for row in signals), *luminosities]
        return np.array([*none, *signals, *luminosities]), np.array(beside)

    def _fit(self, S: FloatArray, counts: Counts) -> _Fit:
        """The pulls that describe the counts best, for every column; a step of its own each."""
        n, S, B, sigma, floor = np.broadcast_arrays(counts[0], S, *counts[1:])
        of_signal, of_floor = self._exponents
        alone, common = sigma.copy(), np.zeros((len(of_signal), *n.shape))
        lowest = np.full((len(of_signal), n.shape[1]), -np.inf)
        for k, rows in enumerate(self.groups):
            alone[rows], common[k, rows] = 0.0, sigma[rows]
            # a common pull ends where the first of the backgrounds is gone
            room = np.divide(floor - B, sigma, out=np.full(B.shape, -np.inf), where=sigma > 0)
            lowest[k] = np.minimum(room[rows].max(0), 0.0)
        unit = np.eye(len(of_signal))

        def moved(pulls: FloatArray) -> tuple[FloatArray, ...]:
            with np.errstate(over="ignore", invalid="ignore"):
                signal = S * np.exp(of_signal.T @ pulls)
                certain = floor * np.exp(of_floor.T @ pulls)
                background = B - floor + certain + np.einsum("krc,kc->rc", common, pulls)
                # a strength below zero takes from the background
                least = np.minimum(np.maximum(certain, -signal), background)
                value = statistics._deviance(n, signal, background, alone, least).sum(0)
                value = value + (pulls**2).sum(0)
            whole = (signal + background >= 0).all(0) & np.isfinite(value)
            return signal, certain, background, least, np.where(whole, value, np.inf)

        pulls = np.zeros(lowest.shape)
        for _ in range(_MOST_STEPS):
            signal, certain, background, least, value = moved(pulls)
            distance, at_floor = statistics._distance(n, signal, background, alone, least)
            total = np.maximum(n + distance, 0.0)
            ratio = statistics._ratio(n, total)
            weight = statistics._ratio(ratio, total)
            stiff = np.where(at_floor, weight, weight / (1 + alone**2 * weight))
            moves = of_signal[:, :, None] * signal + of_floor[:, :, None] * certain + common
            slope = np.einsum("krc,rc->kc", moves, 1 - ratio) + pulls
            bend = np.einsum("krc,lrc,rc->ckl", moves, moves, stiff) + unit
            # only what bends upwards, so that every step goes down
            up = np.maximum(1 - ratio, 0.0)
            bend += np.einsum("kr,lr,rc->ckl", of_signal, of_signal, signal.clip(0.0) * up)
            bend += np.einsum("kr,lr,rc->ckl", of_floor, of_floor, certain * up)
            # a pull at its end that would go on stays where it is
            held = ((pulls <= lowest) & (slope > 0)).T
            slope = np.where(held.T, 0.0, slope)
            bend = np.where(held[:, :, None] | held[:, None, :], unit, bend)
            step = -np.linalg.solve(bend, slope.T[..., None])[..., 0].T
            gain, size = -(slope * step).sum(0), np.ones(n.shape[1])
            for _ in range(_HALVINGS):
                new = np.maximum(pulls + size * step, lowest)
                worse = moved(new)[-1] > value + 1e-13 * np.abs(value)
                if not worse.any():
                    break
                size = np.where(worse, size / 2, size)
            pulls = np.where(worse, pulls, new)
            # what the step could gain, before it was made: the error is far smaller after it
            if np.all((gain <= _CLOSE * (1 + np.abs(value))) | worse):
                signal, certain, background, least, value = moved(pulls)
                distance, _ = statistics._distance(n, signal, background, alone, least)
                return _Fit(pulls, np.maximum(n + distance, 0.0), value)
        raise RuntimeError("the pulls of signal and luminosity did not converge")

    # ---- what counts say ---------------------------------------------------------

    def p_values(self, method: str, S: FloatArray, counts: Counts) -> FloatArray:
        """Probability of the counts for every column of signals, runs along the first axis."""
        if method in statistics._COUNTING:
            prior, together = method.removeprefix("marginal-"), self._together(S, counts)
            unlikely = self._average(prior, *together, share=0.0)
            if not unlikely.all():
                raise ValueError("observed is too far below the background for any signal")
            return self._average(prior, *together) / unlikely
        strength = self._strength(method, S, counts)
        best = self._fit(strength * S, counts).deviance
        q = np.maximum(self._fit(S, counts).deviance - best, 0.0)
        # the expected data and the pulls they lie at are those that fit the counts alone
        alone = self._fit(0.0 * S, counts)
        signal, floor = (np.exp(each.T @ alone.pulls) for each in self._exponents)
        certain = np.minimum(counts[3] * floor, alone.total)
        q_A = self._fit(S * signal, (alone.total, alone.total, counts[2], certain)).deviance
        if method == "cls":
            return statistics._cls_ratio(q, q_A)
        # no strength is below zero here: that of tilde q, the same for large numbers
        root = np.sqrt(q)
        beyond = (q + q_A) / (2 * np.sqrt(np.where(q_A > 0, q_A, 1.0)))
        return ndtr(np.where(strength > 1, root, np.where(q > q_A, -beyond, -root)))

    def _strength(self, method: str, S: FloatArray, counts: Counts) -> FloatArray:
        """The strength of the signal that describes the counts best, from 0 to 1 for "cls"."""

        def slope(strength: FloatArray, column: IntArray) -> FloatArray:
            some, here = tuple(count[:, column] for count in counts), S[:, column]
            found = self._fit(strength * here, some)
            ratio = statistics._ratio(some[0], found.total)
            moved = here * np.exp(self._exponents[0].T @ found.pulls)
            total: FloatArray = (moved * (1 - ratio)).sum(0)
            return total

        columns = np.arange(S.shape[1])
        low, high = np.zeros(columns.size), np.ones(columns.size)
        if method != "cls":
            n = counts[0]
            high = np.maximum(np.divide(n, S, out=0 * S + 1, where=S > 0).max(0), 1.0)
        result: FloatArray = np.where(slope(low, columns) >= 0, low, high)
        inside = columns[(slope(low, columns) < 0) & (slope(high, columns) > 0)]
        if inside.size:
            root = elementwise.find_root(slope, (low[inside], high[inside]), args=(inside,))
            result[inside] = root.x
        return result

    # ---- few events --------------------------------------------------------------

    def _together(self, S: FloatArray, counts: Counts) -> tuple[FloatArray, ...]:
        """All runs as one count, and how far signal, and luminosity in it and beside it, vary."""
        n, B, sigma, floor = self._as_one(counts)
        total = S.sum(0)
        widths = [
            observed._width(groups, relative[:, None] * events) / np.where(whole > 0, whole, 1.0)
            for groups, relative, events, whole in (
                (self.signal_groups, self.signal, S, total),
                (self.luminosity_groups, self.luminosity, S, total),
                (self.luminosity_groups, self.luminosity, counts[3], floor),
            )
        ]
        return n, total, B, sigma, floor, *widths

    def _average(
        self,
        prior: str,
        n: FloatArray,
        S: FloatArray,
        B: FloatArray,
        sigma: FloatArray,
        floor: FloatArray,
        by_signal: FloatArray,
        by_luminosity: FloatArray,
        beside: FloatArray,
        *,
        share: float = 1.0,
    ) -> FloatArray:
        """P(N <= n) for a share of the signal, averaged over all that is uncertain."""
        if not (floor * beside).any():  # one factor is as good as two
            by_signal, by_luminosity = np.hypot(by_signal, by_luminosity), 0.0 * by_luminosity
        z, w = _normal_nodes(by_signal * share, n)
        y, v = _normal_nodes(np.maximum(by_luminosity * share, beside), n)
        z, y = z[:, None, None], y[:, None]
        signal = share * S * np.exp(by_signal * z + by_luminosity * y)
        certain = floor * np.exp(beside * y)
        each = _marginal.probability(prior, n, B - floor + certain, sigma, certain, signal)
        every = np.broadcast_to(each, (len(w), len(v), n.size))
        average: FloatArray = np.einsum("z,y,zyc->c", w, v, every)
        return average

    def _quantile(self, prior: str, probability: float, *together: FloatArray) -> FloatArray:
        """Smallest n with P(N <= n) at or above a probability, N of the background alone."""
        _, S, B, sigma, floor, *widths = together
        most = B - floor + floor * np.exp(_FARTHEST * widths[2])
        return _marginal.quantile(
            lambda n: self._average(prior, n, S, B, sigma, floor, *widths, share=0.0),
            probability,
            np.ceil(most + 40 * (sigma + np.sqrt(most)) + 40),
        )

    # ---- limits ------------------------------------------------------------------

    def limit(self, expected: _yields.Yields, wanted: limits._Wanted) -> FloatArray:
        """Limit on d from the data or, without, at a fluctuation of what is expected."""
        if self.seen is not None:
            observed._warn_of_few(wanted.method, expected, 4)
        runs, *masses = expected.prompt.shape
        channels = _yields._channels(expected, (runs, -1))
        counts = self._counts(expected, wanted.method)
        result: FloatArray = np.full(channels[0].shape[1], np.inf)
        made = np.flatnonzero((channels[0] > 0).any(0))
        if not made.size:
            return result.reshape(masses)
        counting = wanted.method in statistics._COUNTING
        if runs == 1 and counting:  # one number of events, at whatever mass
            made = made[:1]
        channels = tuple(channel[:, made] for channel in channels)
        counts = tuple(count[:, made] for count in counts)
        start = observed._start(channels, counts)
        root = _root(self._excess(wanted, channels, counts, start), start)
        if runs == 1 and counting:
            needed = _yields._signal(np.exp(root), *channels)[0]
            return limits._coupling_at(expected, lambda S: S.sum(0), needed[0])
        result[made] = np.exp(root / 2)
        return result.reshape(masses)

    def _excess(
        self,
        wanted: limits._Wanted,
        channels: tuple[FloatArray, ...],
        counts: Counts,
        start: FloatArray,
    ) -> Callable[[FloatArray, IntArray], FloatArray]:
        """Above zero while d is not excluded, as a function of log(d^2)."""
        method, target = wanted.method, wanted.target

        def events(log_square: FloatArray, column: IntArray) -> FloatArray:
            return _yields._signal(
                np.exp(log_square), *(channel[:, column] for channel in channels)
            )

        if self.seen is None and method not in statistics._COUNTING:

            def below(log_square: FloatArray, column: IntArray) -> FloatArray:
                _, B, sigma, floor = (count[:, column] for count in counts)
                return target - self.deviance(B, events(log_square, column), B, sigma, floor)

            return below
        alpha = observed._left(wanted)
        if self.seen is None:
            # the median depends on no signal; all of it is put into the first run's count
            prior = method.removeprefix("marginal-")
            together = self._together(events(start, np.arange(start.size)), counts)
            n = self._quantile(prior, float(ndtr(wanted.n_sigma)), *together)
            counts = np.concatenate([n[None], np.zeros((len(counts[0]) - 1, n.size))]), *counts[1:]

        def left(log_square: FloatArray, column: IntArray) -> FloatArray:
            some = tuple(count[:, column] for count in counts)
            probability = self.p_values(method, events(log_square, column), some)
            return np.log(np.maximum(probability, 1e-300) / alpha)

        return left


def nuisances(
    groups: Groups,
    seen: FloatArray | None,
    correlated: Correlated,
    signal: FloatArray | None,
    luminosity: FloatArray | None,
) -> Nuisances:
    """What moves together: signals and luminosities of all runs, unless a mapping says."""
    given = signal if luminosity is None else luminosity
    none = np.zeros(0 if given is None else given.size)
    told = correlated if isinstance(correlated, Mapping) else {}
    return Nuisances(
        groups,
        seen,
        signal=none if signal is None else signal,
        luminosity=none if luminosity is None else luminosity,
        signal_groups=observed._groups(told.get("signal", True), none.size),
        luminosity_groups=observed._groups(told.get("luminosity", True), none.size),
    )


def _root(excess: Callable[[FloatArray, IntArray], FloatArray], start: FloatArray) -> FloatArray:
    """Where an excess falls through zero: inf if it never does, -inf if it starts below."""
    columns = np.arange(start.size)
    result: FloatArray = np.where(excess(start - _DOWN, columns) <= 0, -np.inf, np.inf)
    open_ = columns[result > 0]
    if open_.size:
        low, high, at = start[open_] - 0.5, start[open_] + 0.5, start[open_]
        bracket = elementwise.bracket_root(
            excess, low, high, xmin=at - _DOWN, xmax=at + _UP, args=(open_,)
        )
        found = open_[bracket.success]
        low, high = (end[bracket.success] for end in bracket.bracket)
        root = elementwise.find_root(
            excess,
            (low, high),
            args=(found,),
            tolerances={"xatol": 1e-12, "xrtol": 1e-13, "fatol": 1e-12, "frtol": 0.0},
        )
        if not root.success.all():
            raise RuntimeError("the limit did not converge")
        result[found] = root.x
    return result


def _members(groups: Groups, relative: FloatArray) -> list[FloatArray]:
    """Uncertainties of the runs that each pull moves: of groups, and of single runs in none."""
    alone = np.arange(len(relative))[observed._outside(groups, len(relative))]
    every = [*groups, *(np.array([i]) for i in alone)]
    rows = [np.where(np.isin(np.arange(len(relative)), group), relative, 0.0) for group in every]
    return [row for row in rows if row.any()]


def _normal_nodes(width: FloatArray, n: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Nodes and weights of an average over a normal number that moves events by a width."""
    if not width.any():
        return np.zeros(1), np.ones(1)
    sharp = float((width * np.sqrt(n + 1)).max())
    z = np.linspace(-_FARTHEST, _FARTHEST, 2 * round(_NODES / 2 * np.hypot(1, sharp)) + 1)
    weight = np.exp(-(z**2) / 2)
    return z, weight / weight.sum()
