r"""Uncertain signals and luminosities: what moves them, and the limits that follow.

Run i expects, at a strength mu of the signal and with pulls theta,

.. math::
    \mu S_i(1 + \delta^s_i\theta_s + \delta^L_i\theta_L) + B_i + I_i\delta^L_i\theta_L
    + \sigma_i\theta_b

with I the irreducible part of B.  A pull belongs to one run or to a group of them, and has a
unit Gaussian constraint.  Its likelihood is convex in the pulls, and Newton's method finds them;
backgrounds of single runs are profiled in closed form, as in `nudp.statistics`.

Where the methods of `nudp.statistics.MARGINAL` count, signal and luminosity are lognormal
factors, of median 1 and of width delta in the logarithm, and are averaged over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import elementwise
from scipy.special import ndtr

from nudp import _marginal, _yields, limits, observed, statistics

if TYPE_CHECKING:
    from collections.abc import Callable

    from nudp.observed import Counts, Groups
    from nudp.statistics import Correlated
    from nudp.typing import FloatArray, IntArray

# So few events are none; the logarithm of a likelihood has an end only where there are some.
_FEWEST = 1e-12
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


@dataclass(frozen=True)
class Nuisances:
    """Relative uncertainties of signal and luminosity, and which runs each pull moves."""

    signal: FloatArray
    luminosity: FloatArray
    groups: Groups
    signal_groups: Groups
    luminosity_groups: Groups

    @classmethod
    def of(
        cls, signal: FloatArray, luminosity: FloatArray, correlated: Correlated
    ) -> Nuisances:
        """What moves together; signals and luminosities of all runs unless a mapping says."""
        told = correlated if isinstance(correlated, Mapping) else {}
        runs = len(signal)
        return cls(
            signal,
            luminosity,
            statistics._groups(correlated, runs),
            statistics._groups(told.get("signal", True), runs),
            statistics._groups(told.get("luminosity", True), runs),
        )

    # ---- likelihood --------------------------------------------------------------

    def deviance(
        self, n: FloatArray, S: FloatArray, B: FloatArray, sigma: FloatArray, floor: FloatArray
    ) -> FloatArray:
        """Statistic of a signal, backgrounds, signals and luminosities profiled."""
        return self._fit(1.0, S, (n, B, sigma, floor)).deviance

    def _fit(self, strength: FloatArray | float, S: FloatArray, counts: Counts) -> _Fit:
        """The pulls that describe the counts best, for every column."""
        n, S, B, sigma, floor = np.broadcast_arrays(counts[0], S, *counts[1:])
        alone = self._alone(sigma)
        moves = self._moves(strength * S, sigma, floor)
        return _pulled(n, strength * S, B, alone, floor, moves, self._lowest(B, sigma, floor))

    def _alone(self, sigma: FloatArray) -> FloatArray:
        """Uncertainties of the backgrounds that move by themselves."""
        grouped = [rows for group in self.groups for rows in group]
        alone = sigma.copy()
        alone[grouped] = 0.0
        return alone

    def _moves(self, S: FloatArray, sigma: FloatArray, floor: FloatArray) -> FloatArray:
        """Events by which a unit pull moves each run: pulls, runs, columns."""
        rows = [sigma * _member(group, len(sigma)) for group in self.groups]
        rows += [member * S for member in self._signals]
        rows += [member * (S + floor) for member in self._luminosities]
        return np.stack(rows)

    @property
    def _signals(self) -> list[FloatArray]:
        return _members(self.signal_groups, self.signal)

    @property
    def _luminosities(self) -> list[FloatArray]:
        return _members(self.luminosity_groups, self.luminosity)

    def _lowest(self, B: FloatArray, sigma: FloatArray, floor: FloatArray) -> FloatArray:
        """Where each pull ends: a common one of backgrounds where the first of them is gone."""
        room = np.divide(floor - B, sigma, out=np.full(B.shape, -np.inf), where=sigma > 0)
        free = len(self._signals) + len(self._luminosities)
        ends = [np.minimum(room[group].max(0), 0.0) for group in self.groups]
        return np.array([*ends, *np.full((free, B.shape[1]), -np.inf)])

    def _scales(self, pulls: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Factors of signal and irreducible background, a row a run."""
        first = len(self.groups)
        second = first + len(self._signals)
        none = np.ones((len(self.signal), pulls.shape[1]))
        luminosity = none + sum(
            member * pull for member, pull in zip(self._luminosities, pulls[second:], strict=True)
        )
        return luminosity + sum(
            member * pull for member, pull in zip(self._signals, pulls[first:second], strict=True)
        ), luminosity

    # ---- what counts say ---------------------------------------------------------

    def p_values(self, method: str, S: FloatArray, counts: Counts) -> FloatArray:
        """Probability of the counts for every column of signals, runs along the first axis."""
        if method in observed.COUNTING:
            prior, together = method.removeprefix("marginal-"), self._together(S, counts)
            return self._average(prior, *together) / self._average(prior, *together, share=0.0)
        strength = self._strength(method, S, counts)
        here, best = self._fit(1.0, S, counts), self._fit(strength, S, counts)
        q = np.maximum(here.deviance - best.deviance, 0.0)
        if method == "asimov":
            return ndtr(np.where(strength < 1, -np.sqrt(q), np.sqrt(q)))
        # the expected data and the pulls they lie at are those that fit the counts alone
        _, B, sigma, floor = np.broadcast_arrays(*counts)
        background = self._fit(0.0, S, counts)
        of_signal, of_floor = self._scales(background.pulls)
        q_A = _pulled(
            background.total,
            S * of_signal,
            background.total,
            self._alone(sigma),
            np.minimum(floor * of_floor, background.total),
            self._moves(S, sigma, floor),
            self._lowest(B, sigma, floor) - background.pulls,
        ).deviance
        return statistics._cls_ratio(q, q_A)

    def _strength(self, method: str, S: FloatArray, counts: Counts) -> FloatArray:
        """The strength of the signal that describes the counts best, up to 1 for "cls"."""
        n, B, sigma, floor = np.broadcast_arrays(*counts)

        def slope(strength: FloatArray, column: IntArray) -> FloatArray:
            some = tuple(count[:, column] for count in (n, B, sigma, floor))
            found = self._fit(strength, S[:, column], some)
            ratio = observed._ratio(some[0], found.total)
            total: FloatArray = (S[:, column] * self._scales(found.pulls)[0] * (1 - ratio)).sum(0)
            return total

        made = S > 0
        safe = np.where(made, S, 1.0)
        columns = np.arange(S.shape[1])
        if method == "cls":
            low, high = np.zeros(columns.size), np.ones(columns.size)
        else:
            low = -np.where(made, B / safe, np.inf).min(0) * (1 - 1e-9)
            high = np.maximum(np.where(made, n / safe, 0.0).max(0), 1.0)
            low = np.where(made.any(0), low, 0.0)
        result: FloatArray = np.where(slope(low, columns) >= 0, low, high)
        inside = columns[(slope(low, columns) < 0) & (slope(high, columns) > 0)]
        if inside.size:
            root = elementwise.find_root(slope, (low[inside], high[inside]), args=(inside,))
            result[inside] = root.x
        return result

    # ---- few events --------------------------------------------------------------

    def _together(self, S: FloatArray, counts: Counts) -> tuple[FloatArray, ...]:
        """All runs as one count, and how far signal, and luminosity in it and beside it, vary."""
        n, B, sigma, floor = observed._together(self.groups, counts)
        total = S.sum(0)
        widths = [
            _width(groups, relative[:, None] * events) / np.where(whole > 0, whole, 1.0)
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
        return np.einsum("z,y,zyc->c", w, v, np.broadcast_to(each, (len(w), len(v), n.size)))

    def _quantile(self, prior: str, probability: float, *together: FloatArray) -> FloatArray:
        """Smallest n with P(N <= n) at or above a probability, N of the background alone."""
        _, S, B, sigma, floor, *widths = together
        spread = np.sqrt(B + sigma**2 + (floor * widths[2]) ** 2)
        low, high = np.full(B.shape, -1.0), np.ceil(B + 40 * spread + 40)
        while (open_ := high - low > 1).any():
            middle = np.floor((low + high) / 2)
            n = np.maximum(middle, 0.0)
            reached = self._average(prior, n, S, B, sigma, floor, *widths, share=0.0)
            high = np.where(open_ & (reached >= probability), middle, high)
            low = np.where(open_ & (reached < probability), middle, low)
        return high

    # ---- limits ------------------------------------------------------------------

    def limit(
        self, expected: _yields.Yields, wanted: limits._Wanted, n_sigma: float = 0.0
    ) -> FloatArray:
        """Limit on d from the data or, without, at a fluctuation of what is expected."""
        runs, *masses = expected.prompt.shape
        channels = _yields._channels(expected, (runs, -1))
        seen = np.zeros(runs) if wanted.counts is None else wanted.counts
        counts: Counts = limits._counts(expected, seen, wanted.method)
        result: FloatArray = np.full(channels[0].shape[1], np.inf)
        made = np.flatnonzero((channels[0] > 0).any(0))
        if not made.size:
            return result.reshape(masses)
        channels = tuple(channel[:, made] for channel in channels)
        counts = tuple(count[:, made] for count in counts)
        _, B, sigma, _ = counts
        start = np.log(
            limits._single_run_estimate(
                *channels,
                variance=np.maximum(counts[0], B) + sigma**2,
                target=np.full(made.size, 4.0),
            )
        )
        excess = self._excess(wanted, channels, counts, n_sigma, start)
        result[made] = np.exp(_root(excess, start) / 2)
        return result.reshape(masses)

    def _excess(
        self,
        wanted: limits._Wanted,
        channels: tuple[FloatArray, ...],
        counts: Counts,
        n_sigma: float,
        start: FloatArray,
    ) -> Callable[[FloatArray, IntArray], FloatArray]:
        """Above zero while d is not excluded, as a function of log(d^2)."""
        method, target = wanted.method, wanted.target

        def events(log_square: FloatArray, column: IntArray) -> FloatArray:
            return _yields._signal(np.exp(log_square), *(channel[:, column] for channel in channels))

        if wanted.counts is None and method not in observed.COUNTING:

            def below(log_square: FloatArray, column: IntArray) -> FloatArray:
                _, B, sigma, floor = (count[:, column] for count in counts)
                return target - self.deviance(B, events(log_square, column), B, sigma, floor)

            return below
        alpha = target if method in observed.COUNTING else wanted.alpha
        if wanted.counts is None:
            # the median depends on no signal; all of it is put into the first run's count
            prior = method.removeprefix("marginal-")
            together = self._together(events(start, np.arange(start.size)), counts)
            n = self._quantile(prior, float(ndtr(n_sigma)), *together)
            counts = np.concatenate([n[None], np.zeros((len(counts[0]) - 1, n.size))]), *counts[1:]

        def left(log_square: FloatArray, column: IntArray) -> FloatArray:
            some = tuple(count[:, column] for count in counts)
            probability = self.p_values(method, events(log_square, column), some)
            return np.log(np.maximum(probability, 1e-300) / alpha)

        return left


def _root(
    excess: Callable[[FloatArray, IntArray], FloatArray], start: FloatArray
) -> FloatArray:
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
        ends = tuple(end[bracket.success] for end in bracket.bracket)
        root = elementwise.find_root(
            excess,
            ends,
            args=(found,),
            tolerances={"xatol": 1e-12, "xrtol": 1e-13, "fatol": 1e-12, "frtol": 0.0},
        )
        if not root.success.all():
            raise RuntimeError("the limit did not converge")
        result[found] = root.x
    return result


def _pulled(
    n: FloatArray,
    S: FloatArray,
    B: FloatArray,
    sigma: FloatArray,
    floor: FloatArray,
    moves: FloatArray,
    lowest: FloatArray,
) -> _Fit:
    """Newton's method for the pulls of all columns at once, each with a step of its own."""
    n = np.maximum(n, _FEWEST)
    unit = np.eye(len(moves))

    def at(pulls: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        moved = S + np.einsum("krc,kc->rc", moves, pulls)
        gone = np.minimum(np.maximum(floor, -moved), B)
        with np.errstate(all="ignore"):
            value = statistics._deviance(n, moved, B, sigma, gone).sum(0) + (pulls**2).sum(0)
        return moved, gone, np.where((moved + B > 0).all(0), value, np.inf)

    pulls = np.maximum(np.zeros((len(moves), n.shape[1])), lowest)
    moved, gone, value = at(pulls)
    for _ in range(_MOST_STEPS):
        distance, at_floor = statistics._distance(n, moved, B, sigma, gone)
        total = np.maximum(n + distance, 0.0)
        ratio = observed._ratio(n, total)
        weight = observed._ratio(ratio, total)
        stiff = np.where(at_floor, weight, weight / (1 + sigma**2 * weight))
        slope = np.einsum("krc,rc->kc", moves, 1 - ratio) + pulls
        bend = np.einsum("krc,lrc,rc->ckl", moves, moves, stiff) + unit
        # a pull at its end that would go on stays where it is
        held = ((pulls <= lowest) & (slope > 0)).T
        slope = np.where(held.T, 0.0, slope)
        bend = np.where(held[:, :, None] | held[:, None, :], unit, bend)
        # two pulls may move the same far beyond a limit
        bend += 1e-13 * np.trace(bend, axis1=1, axis2=2)[:, None, None] * unit
        step = -np.linalg.solve(bend, slope.T[..., None])[..., 0].T
        gain = -(slope * step).sum(0)
        toward = -np.einsum("krc,kc->rc", moves, step) / (moved + B)
        size = np.minimum(1.0, 0.95 / np.maximum(toward.max(0), 1e-9))
        for _ in range(_HALVINGS):
            moved, gone, new = at(np.maximum(pulls + size * step, lowest))
            worse = new > value + 1e-13 * np.abs(value)
            if not worse.any():
                break
            size = np.where(worse, size / 2, size)
        # what the step could gain, before it was made: the error is far smaller after it
        done = (gain <= _CLOSE * (1 + np.abs(value))) | worse
        pulls = np.maximum(pulls + np.where(worse, 0.0, size) * step, lowest)
        moved, gone, value = at(pulls)
        if done.all():
            distance, _ = statistics._distance(n, moved, B, sigma, gone)
            return _Fit(pulls, np.maximum(n + distance, 0.0), value)
    raise RuntimeError("the pulls of signal and luminosity did not converge")


def _member(group: IntArray, runs: int) -> FloatArray:
    """One for the runs of a group, zero for the others, as a column."""
    column = np.zeros((runs, 1))
    column[group] = 1.0
    return column


def _members(groups: Groups, relative: FloatArray) -> list[FloatArray]:
    """Uncertainties of the runs that each pull moves: of groups, and of single runs in none."""
    runs = len(relative)
    alone = np.arange(runs)[statistics._outside(groups, runs)]
    every = [*groups, *(np.array([i]) for i in alone)]
    return [relative[:, None] * _member(g, runs) for g in every if relative[g].any()]


def _width(groups: Groups, moves: FloatArray) -> FloatArray:
    """How far a sum over the runs moves: within a group they add, apart in quadrature."""
    square: FloatArray = (moves[statistics._outside(groups, len(moves))] ** 2).sum(0)
    for rows in groups:
        square = square + moves[rows].sum(0) ** 2
    return np.sqrt(square)


def _normal_nodes(width: FloatArray, n: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Nodes and weights of an average over a normal number that moves events by a width."""
    if not width.any():
        return np.zeros(1), np.ones(1)
    sharp = float((width * np.sqrt(n + 1)).max())
    z = np.linspace(-_FARTHEST, _FARTHEST, 2 * round(_NODES / 2 * np.hypot(1, sharp)) + 1)
    weight = np.exp(-(z**2) / 2)
    return z, weight / weight.sum()
