"""Bad input stops here: every check raises a ValueError with the argument and its value.

Nothing is clamped and nothing silently becomes no number.  Each check returns
the argument as a float64 array, so that the formulas after it can rely on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from nudp.typing import BoolArray, FloatArray

__all__ = [
    "cosine",
    "cut",
    "fitting",
    "fraction",
    "function",
    "instance",
    "limit",
    "non_negative",
    "number",
    "polar_angle",
    "positive",
    "real",
    "takes_arrays",
    "velocity",
    "whole",
]


def real(name: str, value: ArrayLike) -> FloatArray:
    """Give `value` as a float64 array, or raise.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : array_like
        What the caller passed, any unit.

    Returns
    -------
    ndarray
        The value as float64, same shape and same unit.

    Raises
    ------
    TypeError
        If `value` does not consist of real numbers, or some of them are masked.
    ValueError
        If an entry is not finite, or rows are not equally long.

    Examples
    --------
    >>> real("m_N", [1, 2])
    array([1., 2.])
    """
    array = _numbers(name, value)
    _demand(name, array, np.isfinite(array), "finite")
    return array


def positive(name: str, value: ArrayLike) -> FloatArray:
    """Give `value` as an array of numbers above zero, or raise.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : array_like
        What the caller passed, any unit.

    Returns
    -------
    ndarray
        The value as float64, same shape and same unit.

    Raises
    ------
    ValueError
        If an entry is not positive and finite.

    Examples
    --------
    >>> positive("m_N", -1.0)
    Traceback (most recent call last):
    ...
    ValueError: m_N must be positive, got -1.0
    """
    array = real(name, value)
    _demand(name, array, array > 0, "positive")
    return array


def non_negative(name: str, value: ArrayLike) -> FloatArray:
    """Give `value` as an array of numbers not below zero, or raise.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : array_like
        What the caller passed, any unit.

    Returns
    -------
    ndarray
        The value as float64, same shape and same unit.

    Raises
    ------
    ValueError
        If an entry is negative or not finite.

    Examples
    --------
    >>> non_negative("d", 0.0)
    array(0.)
    """
    array = real(name, value)
    _demand(name, array, array >= 0, "zero or positive")
    return array


def limit(name: str, value: ArrayLike) -> FloatArray:
    """Give `value` as an array of upper limits, or raise.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : array_like
        What the caller passed, any unit.

    Returns
    -------
    ndarray
        The value as float64, same shape and same unit.

    Raises
    ------
    ValueError
        If an entry is neither positive nor inf, which stands for no limit at all.

    Examples
    --------
    >>> limit("d", [1e-5, np.inf])
    array([1.e-05,    inf])
    """
    array = _numbers(name, value)
    _demand(name, array, array > 0, "positive or inf")
    return array


def fraction(name: str, value: ArrayLike) -> FloatArray:
    """Give `value` as an array of numbers above 0 and up to 1, or raise.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : array_like
        What the caller passed [1].

    Returns
    -------
    ndarray
        The value as float64, same shape and same unit.

    Raises
    ------
    ValueError
        If an entry is outside (0, 1].

    Examples
    --------
    >>> fraction("photon_efficiency", 95)
    Traceback (most recent call last):
    ...
    ValueError: photon_efficiency must be above 0 and at most 1, got 95.0
    """
    array = real(name, value)
    _demand(name, array, (array > 0) & (array <= 1), "above 0 and at most 1")
    return array


def cosine(name: str, value: ArrayLike) -> FloatArray:
    """Give `value` as an array of cosines, or raise.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : array_like
        What the caller passed [1].

    Returns
    -------
    ndarray
        The value as float64, same shape and same unit.

    Raises
    ------
    ValueError
        If an entry is outside [-1, 1].

    Examples
    --------
    >>> cosine("cos_theta", 1.2)
    Traceback (most recent call last):
    ...
    ValueError: cos_theta must be between -1 and 1, got 1.2
    """
    array = real(name, value)
    _demand(name, array, np.abs(array) <= 1, "between -1 and 1")
    return array


def polar_angle(name: str, value: ArrayLike) -> FloatArray:
    """Give `value` as an array of polar angles in degrees, or raise.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : array_like
        What the caller passed [deg].

    Returns
    -------
    ndarray
        The value as float64, same shape [deg].

    Raises
    ------
    ValueError
        If an entry is outside 0 to 180 degrees.

    Examples
    --------
    >>> polar_angle("theta_1", 200)
    Traceback (most recent call last):
    ...
    ValueError: theta_1 must be between 0 and 180 degrees, got 200.0
    """
    array = real(name, value)
    _demand(name, array, (array >= 0) & (array <= 180), "between 0 and 180 degrees")
    return array


def velocity(name: str, value: ArrayLike) -> FloatArray:
    """Give `value` as an array of velocities along the electron beam, or raise.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : array_like
        What the caller passed [c].

    Returns
    -------
    ndarray
        The value as float64, same shape [c].

    Raises
    ------
    ValueError
        If an entry is not between -1 and 1.

    Examples
    --------
    >>> velocity("beta", 1.0)
    Traceback (most recent call last):
    ...
    ValueError: beta must be between -1 and 1, got 1.0
    """
    array = real(name, value)
    _demand(name, array, np.abs(array) < 1, "between -1 and 1")
    return array


def number(
    name: str, value: ArrayLike, check: Callable[[str, ArrayLike], FloatArray] = real
) -> float:
    """Give `value` as one float, or raise.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : array_like
        What the caller passed, any unit.
    check : callable, optional
        What else to demand: a function of this module, `positive` for example.

    Returns
    -------
    float
        The value, same unit.

    Raises
    ------
    ValueError
        If there is not exactly one number, or `check` refuses it.

    Examples
    --------
    >>> number("sqrt_s", [4.0, 7.0])
    Traceback (most recent call last):
    ...
    ValueError: sqrt_s must be one number, got [4.0, 7.0]
    """
    array = check(name, value)
    if array.ndim:
        raise ValueError(f"{name} must be one number, got {value!r}")
    return float(array)


def fitting(**arguments: FloatArray | BoolArray) -> None:
    """Raise unless the arguments can be broadcast together.

    Parameters
    ----------
    **arguments : ndarray
        The arrays by the names of their arguments, any unit.

    Raises
    ------
    ValueError
        If two shapes do not fit.

    Examples
    --------
    >>> fitting(m_N=np.ones(3), d=np.ones(2))
    Traceback (most recent call last):
    ...
    ValueError: m_N, d must have shapes that fit together, got (3,), (2,)
    """
    try:
        np.broadcast_shapes(*(array.shape for array in arguments.values()))
    except ValueError:
        shapes = ", ".join(str(array.shape) for array in arguments.values())
        raise ValueError(
            f"{', '.join(arguments)} must have shapes that fit together, got {shapes}"
        ) from None


def cut(name: str, value: object) -> None:
    """Raise unless `value` has the methods of a selection or a cut.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : object
        What the caller passed.

    Raises
    ------
    TypeError
        If ``intervals`` or ``kinks`` is missing.

    Examples
    --------
    >>> cut("selection", "BESIII")
    Traceback (most recent call last):
    ...
    TypeError: selection must be a Selection, got 'BESIII'
    """
    has_both = all(callable(getattr(value, method, None)) for method in ("intervals", "kinks"))
    if not has_both or isinstance(value, type):
        raise TypeError(f"{name} must be a Selection, got {value!r}")


def function(name: str, value: object) -> None:
    """Raise unless `value` can be called.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : object
        What the caller passed.

    Raises
    ------
    TypeError
        If it cannot.

    Examples
    --------
    >>> function("shape", 1.0)
    Traceback (most recent call last):
    ...
    TypeError: shape must be a function, got 1.0
    """
    if not callable(value):
        raise TypeError(f"{name} must be a function, got {value!r}")


def instance(name: str, value: object, kind: type) -> None:
    """Raise unless `value` is of a type.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : object
        What the caller passed.
    kind : type
        What it has to be.

    Raises
    ------
    TypeError
        If it is something else.

    Examples
    --------
    >>> instance("name", 3, str)
    Traceback (most recent call last):
    ...
    TypeError: name must be a str, got 3
    """
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be a {kind.__name__}, got {value!r}")


def whole(name: str, value: object, smallest: int = 0, largest: int = 2**63 - 1) -> int:
    """Give `value` as a Python int, or raise.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : object
        What the caller passed, Python's or numpy's.
    smallest, largest : int, optional
        The values that are allowed; the largest count that numpy knows unless given.

    Returns
    -------
    int
        The value.

    Raises
    ------
    TypeError
        If `value` is no integer.
    ValueError
        If it is outside these.

    Examples
    --------
    >>> whole("n_toys", 1e4)
    Traceback (most recent call last):
    ...
    TypeError: n_toys must be a whole number, got 10000.0
    """
    # a truth value is an int for Python, and a time difference for numpy
    if not isinstance(value, int | np.integer) or isinstance(value, bool | np.timedelta64):
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    if not smallest <= value <= largest:
        raise ValueError(
            f"{name} must be a whole number, from {smallest} to {largest}, got {value!r}"
        )
    return int(value)


def _numbers(name: str, value: ArrayLike) -> FloatArray:
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} must have rows of one length, got {value!r}") from None
    # the values behind a mask are not meant to be used
    if array.dtype.kind not in "iuf" or np.ma.is_masked(value) or _holds_a_flag(value):
        raise TypeError(f"{name} must be real numbers, got {value!r}")
    with np.errstate(over="ignore"):  # of a longer float; inf is refused below
        return array.astype(float)


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


def takes_arrays(selection: object) -> bool:
    """Whether a selection takes an array of collision energies beside the photon energies.

    Parameters
    ----------
    selection : Selection
        The cuts.

    Returns
    -------
    bool
        True for the cuts of `nudp.selections` and what is made of them; a cut of one's own
        may say so by an attribute ``takes_arrays``.

    Examples
    --------
    >>> from nudp.selections import besiii_advanced
    >>> takes_arrays(besiii_advanced())
    True
    """
    return bool(getattr(selection, "takes_arrays", False))
