"""Tell students whether an answer is right, and if not, what kind of mistake it looks like.

The generator writes this file into each worksheet, so that a student needs one notebook and
`nudp`. It knows no physics: a worksheet says what is right, computed by `nudp`, and what
comes out if one makes a mistake that everyone makes. Every question is worth one point.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np

MEV = "Check the units: GeV and MeV seem to be mixed."
FRAME = "Check the frame: is the angle one in the lab, or one in the centre of mass?"
MOMENT = "Check the convention: a moment mu is not the coupling d; mu = 2 d."
LEVEL = "Check the confidence level: 95 %, one-sided, or 90 %, or two-sided?"
MODES = "About a factor of two in the rate: how many charge modes did you count?"
DEGREES = "Check the angle: numpy's functions want radians and give radians."

OPEN = "There is no answer yet: replace the ... in the cell above, and run it."

CLASH = (
    "One of your names seems to have replaced one of its own, such as signal, limits or events:"
    " rename yours, restart the kernel and run the cells from the top."
)


class NotRight(Exception):
    """An answer that is missing or wrong; a notebook shows the message alone."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


@dataclass(frozen=True)
class Question:
    """What is right, and what comes out by the usual mistakes.

    Parameters
    ----------
    right : object
        A number, an array, a string or a truth value.
    mistakes : sequence of (str, object), optional
        Hints, each with what comes out by the mistake.
    tolerance : float, optional
        Relative error that still counts as right.
    arguments : tuple, optional
        If the answer is a function, what to call it with.
    """

    right: object
    mistakes: Sequence[tuple[str, object]] = ()
    tolerance: float = 0.01
    arguments: tuple = ()


QUESTIONS: dict[str, Callable[[], Question]] = {}
REACHED: set[str] = set()


def question(ask: Callable[[], Question]) -> None:
    """Register a question under the name of its function.

    Answers bear the same names, so nothing is returned: the name stays empty until a student
    fills it.
    """
    QUESTIONS[ask.__name__] = ask


def check(name: str, answer: object) -> None:
    """Say "right", or raise NotRight with a hint that does not give the answer away."""
    if name not in QUESTIONS:
        near = get_close_matches(name, QUESTIONS, n=1)
        raise NotRight(f"{name}: no such question" + "".join(f"; {n}?" for n in near))
    REACHED.discard(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a grader takes one for a failure
        hint = OPEN if missing(answer) else verdict(answer, posed(name))
    if hint is not None:
        raise NotRight(f"{name}: {hint}")
    REACHED.add(name)
    print(f"{name}: right.")


def score(name: str, in_words: int) -> None:
    """Print the points that a student has, of how many, and which questions are open."""
    who = name.strip() or "No name yet (it belongs into the cell below the title)"
    print(f"{who}: {len(REACHED)} of {len(QUESTIONS)} points")
    if still := [question for question in QUESTIONS if question not in REACHED]:
        print(f"Still open: {', '.join(still)}.")
    print(f"Up to {in_words} more for answers in words, which a teacher reads.")


def posed(name: str) -> Question:
    """Return a question, also if a name of the student's stands in its way."""
    try:
        return QUESTIONS[name]()
    except Exception as error:
        raise NotRight(f"{name}: the check stops with {type(error).__name__}. {CLASH}") from error


def missing(answer: object) -> bool:
    """Whether the student has left the placeholder in place."""
    if isinstance(answer, (list, tuple)):
        return any(missing(entry) for entry in answer)
    return answer is None or answer is ...


def verdict(answer: object, asked: Question) -> str | None:
    """Return a hint, or None if the answer is right."""
    if callable(answer):
        try:
            answer = answer(*asked.arguments)
        except Exception as error:
            return f"your function stops with {type(error).__name__}: {error}"
        if missing(answer):
            return OPEN
    if isinstance(asked.right, str):
        return judge_words(answer, asked)
    try:
        values = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        return f"a number is wanted, or an array of numbers; this is a {type(answer).__name__}."
    right = np.asarray(asked.right, dtype=float)
    if values.shape != right.shape:
        return f"{counted(right)} is wanted; this is {counted(values)}."
    if not np.all(np.isfinite(values)):
        return "not finite: a division by zero, or a mass above threshold, perhaps in MeV?"
    if close(values, right, asked.tolerance):
        return None
    for hint, wrong in asked.mistakes:
        if close(values, np.asarray(wrong, dtype=float), asked.tolerance):
            return hint
    return by_size(values, right, asked.tolerance)


def counted(values: np.ndarray) -> str:
    """Say how many numbers there are, in words that need no numpy."""
    if values.ndim == 0:
        return "a single number"
    if values.ndim == 1:
        return f"a list of {len(values)} numbers" if len(values) != 1 else "a list of one number"
    return "a table of " + " times ".join(map(str, values.shape)) + " numbers"


def judge_words(answer: object, asked: Question) -> str | None:
    """Compare words, whatever their case."""
    if not isinstance(answer, str):
        return "one of the words in quotes is wanted."
    given = answer.strip().lower()
    if given == asked.right:
        return None
    return next((h for h, wrong in asked.mistakes if given == wrong), "think again.")


def close(values: np.ndarray, right: np.ndarray, tolerance: float) -> bool:
    """Whether all values agree within a relative tolerance."""
    return bool(np.all(np.abs(values - right) <= tolerance * np.abs(right)))


def by_size(values: np.ndarray, right: np.ndarray, tolerance: float) -> str:
    """Hint at an error that nobody foresaw, by its size."""
    agree = np.abs(values - right) <= tolerance * np.abs(right)
    if values.ndim and agree.any():
        return "some entries are right and others are not: is a limit of validity passed?"
    if np.any(right == 0) or np.any(values == 0):
        return "not right, and it should not be zero." if np.all(values == 0) else "not right."
    ratio = values / right
    if np.any(ratio < 0):
        return "the sign is wrong." if np.all(ratio < 0) else "some signs are wrong."
    factor = float(np.exp(np.mean(np.log(ratio))))
    if not close(ratio, np.full_like(ratio, factor), max(tolerance, 0.02)):
        return "not right, and not by a constant factor: look at how it depends on its arguments."
    for power in (3, 6):
        if any(close(ratio, 10.0 ** (sign * power), tolerance) for sign in (1, -1)):
            return f"wrong by a power of a thousand. {MEV} Or fb and ab?"
    size = max(factor, 1 / factor)
    where = "too large" if factor > 1 else "too small"
    if abs(size - 2) < 2 * tolerance:
        return f"{where} by a factor of two: charge modes? mu and d?"
    if abs(size - 4) < 4 * tolerance:
        return f"{where} by a factor of four: is a factor of two squared somewhere?"
    if size > 10:
        return f"{where} by more than a factor of ten: units, or a power?"
    if size < 1.1:
        return f"a little {where}: rounding, or a small effect left out?"
    return f"{where}."
