"""Many independent pieces of work, through any `concurrent.futures.Executor`.

In this process by default; a process pool or the executor of a Dask client
(`client.get_executor()`) does the same work and gives the same results.
Finished pieces are never lost: they are kept in `done` as they arrive, and a
run that stopped goes on from there.
"""

from __future__ import annotations

from concurrent.futures import as_completed
from typing import TYPE_CHECKING, Protocol

from nudp import _checks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from concurrent.futures import Executor
    from typing import Any

__all__ = ["Unfinished", "run"]


class Unfinished(RuntimeError):
    """A run stopped before its end; what was finished is in `done`.

    Parameters
    ----------
    message : str
        What went wrong.
    done : mapping of str to object
        Results so far; pass it to `run` again to go on.

    Examples
    --------
    >>> try:
    ...     run(pow, {"fine": (2, 3), "not": (0, -1)})
    ... except Unfinished as stopped:
    ...     stopped.done
    {'fine': 8}
    """

    def __init__(self, message: str, done: Any) -> None:
        super().__init__(message)
        self.done = done


class _Store(Protocol):
    """What `run` asks of `done`: less than a mapping, and so less than a dict or a shelf."""

    def __contains__(self, key: str, /) -> bool: ...
    def __getitem__(self, key: str, /) -> Any: ...
    def __setitem__(self, key: str, value: Any, /) -> None: ...


def run(
    function: Callable[..., Any],
    tasks: Mapping[str, tuple[Any, ...]],
    *,
    executor: Executor | None = None,
    done: _Store | None = None,
    progress: Callable[..., Iterable[Any]] | None = None,
) -> list[Any]:
    """Call a function once for each task and collect the results.

    Parameters
    ----------
    function : callable
        Called with the arguments of a task; for a process pool or a cluster it must be
        importable by name, as must what it is given and returns.
    tasks : mapping of str to tuple
        Arguments of each call, under a key that tells it from all others, also from
        those of other runs if `done` is shared.
    executor : concurrent.futures.Executor, optional
        Where to work; in this process, one after the other, unless given.
    done : mutable mapping of str to object, optional
        Results known already, not computed again; new ones are added as they arrive.  A dict,
        or `shelve.open(path)` to keep them on disk.
    progress : callable, optional
        Wraps the iterable of finished tasks and takes its length as `total`, as
        `tqdm.auto.tqdm` does.

    Returns
    -------
    list
        Results in the order of the tasks.

    Raises
    ------
    Unfinished
        If a call or the executor fails; carries the finished results in `done`.

    Examples
    --------
    >>> run(pow, {"2^3": (2, 3), "3^2": (3, 2)})
    [8, 9]
    """
    _checks.function("function", function)
    if progress is not None:
        _checks.function("progress", progress)
    if executor is not None and not callable(getattr(executor, "submit", None)):
        raise TypeError(f"executor must be a concurrent.futures.Executor, got {executor!r}")
    done = {} if done is None else done
    open_ = {key: arguments for key, arguments in tasks.items() if key not in done}
    show = progress or _silent
    try:
        if executor is None:
            for key, arguments in show(open_.items(), total=len(open_)):
                done[key] = function(*arguments)
        else:
            _distribute(function, open_, executor, done, show)
    except Exception as error:
        finished = sum(key in done for key in tasks)
        raise Unfinished(
            f"{finished} of {len(tasks)} tasks were finished when one failed with "
            f"{type(error).__name__}: {error}; pass the `done` of this error to go on",
            done,
        ) from error
    return [done[key] for key in tasks]


def _distribute(
    function: Callable[..., Any],
    tasks: Mapping[str, tuple[Any, ...]],
    executor: Executor,
    done: _Store,
    show: Callable[..., Iterable[Any]],
) -> None:
    keys = {}
    try:
        for key, arguments in tasks.items():
            keys[executor.submit(function, *arguments)] = key
        for future in show(as_completed(keys), total=len(keys)):
            done[keys[future]] = future.result()
    finally:
        # after a failure: stop what has not begun, keep what has ended well
        for future, key in keys.items():
            future.cancel()
            ended = future.done() and not future.cancelled()
            if key not in done and ended and future.exception() is None:
                done[key] = future.result()


def _silent(iterable: Iterable[Any], total: int) -> Iterable[Any]:
    return iterable
