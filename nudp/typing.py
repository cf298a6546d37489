"""Types of arguments and results, for scripts that are checked with mypy.

Names only, nothing is computed here.  Scalars in, scalars out, arrays broadcast: what a
formula gives back is one number or an array of them.

Examples
--------
>>> from nudp.typing import FloatOrArray
>>> def number_of_events(sigma: FloatOrArray, luminosity: float) -> FloatOrArray:
...     return sigma * luminosity
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "BoolArray",
    "BoolOrArray",
    "Cut",
    "FloatArray",
    "FloatOrArray",
    "IntArray",
]

#: An array of numbers.
FloatArray: TypeAlias = NDArray[np.float64]
#: An array of counts or of indices.
IntArray: TypeAlias = NDArray[np.intp]
#: An array of truth values.
BoolArray: TypeAlias = NDArray[np.bool_]
#: A number if all arguments were numbers, else an array.
FloatOrArray: TypeAlias = np.float64 | NDArray[np.float64]
#: A truth value if all arguments were numbers, else an array of them.
BoolOrArray: TypeAlias = np.bool_ | NDArray[np.bool_]


# its only constructor is that of Protocol, which nobody calls
class Cut(Protocol):  # numpydoc ignore=PR01
    """What a selection or a cut must offer, as told in `nudp.cuts`; one need not inherit from it.

    Examples
    --------
    >>> class Forward:
    ...     def intervals(self, E: ArrayLike, sqrt_s: float) -> FloatArray:
    ...         return np.broadcast_to([0.0, 0.9], (*np.shape(E), 1, 2))
    ...
    ...     def kinks(self, sqrt_s: float) -> Sequence[float]:
    ...         return [0.1]
    >>> cut: Cut = Forward()
    >>> cut.intervals(1.0, 4.0)
    array([[0. , 0.9]])
    """

    # Any: a number, or an array if the cut has an attribute takes_arrays that is true
    def intervals(self, E: ArrayLike, sqrt_s: Any, /) -> FloatArray:
        """Accepted intervals [1] at photon energies [GeV], of shape E.shape + (n, 2)."""
        ...

    def kinks(self, sqrt_s: float, /) -> Sequence[float] | FloatArray:
        """Photon energies [GeV] at which the intervals change form, in any order."""
        ...
