"""Bad input stops here: every check raises a ValueError with the argument and its value.

Nothing is clamped and nothing turns into a silent nan.  Each check returns
the argument as a float64 array, so that the formulas after it can rely on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from nudp.typing import BoolArray, FloatArray

__all__ = ["cosine", "fraction", "non_negative", "polar_angle", "positive", "real"]


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
        If `value` does not consist of real numbers.
    ValueError
        If an entry is not finite.

    Examples
    --------
    >>> real("m_N", [1, 2])
    array([1., 2.])
    """
    array = np.asarray(value)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} must be real numbers, got {value!r}")
    array = array.astype(float)
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


def _demand(name: str, array: FloatArray, good: BoolArray, what: str) -> None:
    if not np.all(good):
        first = float(array[~good].flat[0])
        raise ValueError(f"{name} must be {what}, got {first!r}")
