"""Work through executors: the same answer everywhere, and nothing finished is lost."""

import os
import shelve
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import pytest

from nudp.beyond import tasks
from nudp.beyond.coverage import toy_coverage

# left to `make test-slow`
pytestmark = pytest.mark.slow

SQUARES = {f"square of {k}": (k, 2) for k in range(12)}


def nudge(value):
    """Fail on one task, as a bug in user code would."""
    if value == 7:
        raise ArithmeticError("seven")
    return value + 1


def vanish(value):
    """Kill the worker, as the memory guard of a cluster does."""
    if value == 7:
        os._exit(1)
    return value + 1


def pool():
    return ProcessPoolExecutor(2, mp_context=get_context("spawn"))


def test_serial_and_pools_agree_and_keep_the_order():
    expected = [k**2 for k in range(12)]
    assert tasks.run(pow, SQUARES) == expected
    with ThreadPoolExecutor(3) as executor:
        assert tasks.run(pow, SQUARES, executor=executor) == expected
    with pool() as executor:
        assert tasks.run(pow, SQUARES, executor=executor) == expected


def test_known_results_are_not_computed_again():
    done = {"square of 3": "known"}
    results = tasks.run(pow, SQUARES, done=done)
    assert results[3] == "known"
    assert set(done) == set(SQUARES)


@pytest.mark.parametrize("workers", [None, 2])
def test_a_failing_task_names_itself_and_loses_nothing(workers):
    work = {str(k): (k,) for k in range(12)}
    executor = ThreadPoolExecutor(workers) if workers else None
    with pytest.raises(tasks.Unfinished, match="of 12 tasks .* ArithmeticError: seven") as caught:
        tasks.run(nudge, work, executor=executor)
    done = caught.value.done
    assert all(done[key] == int(key) + 1 for key in done)
    assert len(done) >= 7 if workers is None else "7" not in done
    # with the fault mended, only what is missing is computed
    kept = dict(done)
    results = tasks.run(pow, {key: (2, *args) for key, args in work.items()}, done=done)
    assert [results[int(key)] for key in kept] == list(kept.values())
    if executor:
        executor.shutdown()


def test_a_pool_that_dies_loses_no_finished_work(tmp_path):
    work = {str(k): (k,) for k in range(12)}
    first = {key: args for key, args in work.items() if int(key) < 6}
    with shelve.open(str(tmp_path / "kept")) as store, pool() as executor:
        tasks.run(vanish, first, executor=executor, done=store)
        with pytest.raises(tasks.Unfinished, match="BrokenProcessPool") as caught:
            tasks.run(vanish, work, executor=executor, done=store)
        assert caught.value.done is store
    with shelve.open(str(tmp_path / "kept")) as store:
        assert {key: store[key] for key in first} == {key: int(key) + 1 for key in first}
        survivors = {key: args for key, args in work.items() if key != "7"}
        assert tasks.run(vanish, survivors, done=store) == [k + 1 for k in range(12) if k != 7]


def test_results_that_arrived_beside_a_failure_are_kept():
    class Fixed:
        """Hands out futures that have all ended before anybody asks."""

        def submit(self, function, *arguments):
            future = Future()
            try:
                future.set_result(function(*arguments))
            except ArithmeticError as error:
                future.set_exception(error)
            return future

    work = {str(k): (k,) for k in range(12)}
    with pytest.raises(tasks.Unfinished, match="11 of 12") as caught:
        tasks.run(nudge, work, executor=Fixed())
    assert sorted(caught.value.done, key=int) == [str(k) for k in range(12) if k != 7]


def test_progress_sees_every_task():
    seen = []

    def count(iterable, total):
        for number, item in enumerate(iterable, start=1):
            seen.append((number, total))
            yield item

    tasks.run(pow, SQUARES, progress=count)
    assert seen == [(k, 12) for k in range(1, 13)]
    seen.clear()
    with ThreadPoolExecutor(2) as executor:
        tasks.run(pow, SQUARES, executor=executor, done={"square of 0": 0}, progress=count)
    assert seen == [(k, 11) for k in range(1, 12)]


# ---- toys ------------------------------------------------------------------------

TOYS = dict(S=40.0, B=900.0, sigma=9.0, method="cls", n_toys=120_001, seed=5)


def test_toys_are_the_same_on_every_executor():
    here = toy_coverage(**TOYS)
    with ThreadPoolExecutor(2) as threads, pool() as processes:
        assert toy_coverage(**TOYS, executor=threads) == here
        assert toy_coverage(**TOYS, executor=processes) == here
    assert toy_coverage(**{**TOYS, "seed": 6}) != here


@pytest.mark.filterwarnings("default")  # the cluster warns of its own sockets
def test_toys_are_the_same_on_a_dask_cluster():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        assert toy_coverage(**TOYS, executor=client.get_executor()) == toy_coverage(**TOYS)


def test_toys_go_on_where_they_stopped():
    done = {}
    whole = toy_coverage(**TOYS, done=done)
    assert len(done) == 3
    done.popitem()
    calls = []

    def watch(iterable, total):
        calls.append(total)
        return iterable

    assert toy_coverage(**TOYS, done=done, progress=watch) == whole
    assert calls == [1]
    # other toys never mistake these for theirs
    toy_coverage(**{**TOYS, "seed": 6}, done=done)
    assert len(done) == 6
