"""Bad input stops here: every check raises an error that names the argument and its value.

Nothing is clamped and nothing silently becomes no number.  A public function checks each of its
arguments once and hands float64 arrays to formulas that check nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import ArrayLike

    from nudp.typing import BoolArray, FloatArray

# Characters of a value in a message, which must fit on three lines.
_LONGEST = 160


def real(name: str, value: ArrayLike) -> FloatArray:
    """Give `value` as a float64 array of finite numbers."""
    array = _numbers(name, value)
    _demand(name, array, np.isfinite(array), "finite")
    return array


def positive(name: str, value: ArrayLike) -> FloatArray:
    """Give `value` as an array of numbers above zero."""
    array = real(name, value)
    _demand(name, array, array > 0, "positive")
    return array


def non_negative(name: str, value: ArrayLike) -> FloatArray:
    """Give `value` as an array of numbers not below zero."""
    array = real(name, value)
    _demand(name, array, array >= 0, "zero or positive")
    return array


def positive_or_inf(name: str, value: ArrayLike) -> FloatArray:
    """Give `value` as an array of upper limits; inf stands for no limit at all."""
    array = _numbers(name, value)
    _demand(name, array, array > 0, "positive or inf")
    return array


def fraction(name: str, value: ArrayLike) -> FloatArray:
    """Give `value` as an array of numbers above 0 and up to 1."""
    array = real(name, value)
    _demand(name, array, (array > 0) & (array <= 1), "above 0 and at most 1")
    return array


def vagueness(name: str, value: ArrayLike) -> FloatArray:
    """Give `value` as an array of relative uncertainties, which are not per cent."""
    array = real(name, value)
    _demand(name, array, (array >= 0) & (array <= 1), "from 0 to 1")
    return array


def cosine(name: str, value: ArrayLike) -> FloatArray:
    """Give `value` as an array of cosines."""
    array = real(name, value)
    _demand(name, array, np.abs(array) <= 1, "between -1 and 1")
    return array


def polar_angle(name: str, value: ArrayLike) -> FloatArray:
    """Give `value` as an array of polar angles in degrees."""
    array = real(name, value)
    _demand(name, array, (array >= 0) & (array <= 180), "between 0 and 180 degrees")
    return array


def velocity(name: str, value: ArrayLike) -> FloatArray:
    """Give `value` as an array of velocities along the electron beam, in units of c."""
    array = real(name, value)
    _demand(name, array, np.abs(array) < 1, "between -1 and 1")
    return array


def number(
    name: str, value: ArrayLike, check: Callable[[str, ArrayLike], FloatArray] = real
) -> float:
    """Give `value` as one float that passes a check of this module."""
    array = check(name, value)
    if array.ndim:
        raise ValueError(f"{name} must be one number, got {_short(value)}")
    return float(array)


def edges(
    name: str, value: ArrayLike, check: Callable[[str, ArrayLike], FloatArray]
) -> list[float]:
    """Give `value` as two or more ascending edges that pass a check of this module."""
    array = check(name, value)
    if array.ndim != 1 or len(array) < 2 or np.any(np.diff(array) <= 0):
        raise ValueError(f"{name} must be two or more ascending edges, got {_short(value)}")
    return [float(edge) for edge in array]


def shapes_fit(**arguments: FloatArray | BoolArray) -> None:
    """Raise unless the arguments can be broadcast together."""
    try:
        np.broadcast_shapes(*(array.shape for array in arguments.values()))
    except ValueError:
        shapes = ", ".join(str(array.shape) for array in arguments.values())
        raise ValueError(
            f"{', '.join(arguments)} must have shapes that fit together, got {shapes}"
        ) from None


def cut(name: str, value: object) -> None:
    """Raise unless `value` has the methods of a selection or a cut."""
    has_both = all(callable(getattr(value, method, None)) for method in ("intervals", "kinks"))
    if not has_both or isinstance(value, type):
        raise TypeError(f"{name} must be a Selection, got {_short(value)}")


def function(name: str, value: object) -> None:
    """Raise unless `value` can be called."""
    if not callable(value):
        raise TypeError(f"{name} must be a function, got {_short(value)}")


def instance(name: str, value: object, kind: type) -> None:
    """Raise unless `value` is of a type."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be a {kind.__name__}, got {_short(value)}")


def choice(name: str, value: object, choices: Iterable[str]) -> None:
    """Raise unless `value` is one of some words."""
    words = list(choices)
    if not isinstance(value, str) or value not in words:
        raise ValueError(f"{name} must be one of {', '.join(words)}, got {_short(value)}")


def whole_number(name: str, value: object, smallest: int = 0, largest: int = 2**63 - 1) -> int:
    """Give `value`, Python's or numpy's, as an int; the largest is what numpy can count to."""
    # a truth value is an int for Python, and a time difference for numpy
    if not isinstance(value, int | np.integer) or isinstance(value, bool | np.timedelta64):
        raise TypeError(f"{name} must be a whole number, got {_short(value)}")
    if not smallest <= value <= largest:
        raise ValueError(
            f"{name} must be a whole number, from {smallest} to {largest}, got {value!r}"
        )
    return int(value)


def _numbers(name: str, value: ArrayLike) -> FloatArray:
    _demand_no_unit(name, value)
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} must have rows of one length, got {_short(value)}") from None
    # the values behind a mask are not meant to be used
    if array.dtype.kind not in "iuf" or np.ma.is_masked(value) or _holds_a_flag(value):
        raise TypeError(f"{name} must be real numbers, got {_short(value)}")
    with np.errstate(over="ignore"):  # of a longer float; inf is refused below
        return array.astype(float)


def _demand_no_unit(name: str, value: object) -> None:
    """Refuse what carries a unit, of astropy, pint or unyt, which numpy would drop in silence."""
    if isinstance(value, list | tuple):
        for entry in value:
            _demand_no_unit(name, entry)
        return
    for attribute in ("unit", "units"):
        unit = getattr(value, attribute, None)
        if unit is not None and not callable(value) and str(unit) not in ("", "dimensionless"):
            raise TypeError(
                f"{name} must be plain numbers in the unit that its description gives, "
                f"got the unit {_short(str(unit))}: convert it and hand over the numbers"
            )


def _short(value: object) -> str:
    """What was given, cut to what fits on a line or two."""
    text = " ".join(repr(value).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 4]} ..."


def _holds_a_flag(value: object) -> bool:
    """Whether a list has a truth value in it, of which numpy makes 0 or 1 beside numbers."""
    if isinstance(value, list | tuple):
        return any(map(_holds_a_flag, value))
    array = isinstance(value, np.ndarray | np.generic)
    return isinstance(value, bool) or (array and np.asarray(value).dtype.kind == "b")


def _demand(name: str, array: FloatArray, good: BoolArray, what: str) -> None:
    if not good.all():
        first = float(array[~good].flat[0])
        raise ValueError(f"{name} must be {what}, got {first!r}")
