"""Scans: the same table everywhere, nothing finished is lost, nothing is mistaken."""

import importlib
import json
import math
import os
import shelve
import subprocess
import sys
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nudp
from nudp import searches
from nudp.beyond import scan as module
from nudp.beyond.scan import Unfinished, fingerprint, run, scan, write_table
from nudp.selections import EnergyWindow, besiii_advanced

MASSES = np.geomspace(0.05, 4.5, 70)  # some above threshold
GRID = {
    "STCF": searches.STCF_4GEV,
    "half": replace(searches.STCF_4GEV, luminosity=5e3),
    "J/psi": tuple(run for run in searches.BESIII if run.sqrt_s == 3.0969),
    "Belle II": searches.BELLE2_LOW_MASS,
}
CALL = dict(
    m_N=MASSES, signal=(nudp.PUBLISHED, nudp.DIRAC), method=("chi2", "cls"), confidence_level=0.9
)


def pool():
    return ProcessPoolExecutor(2, mp_context=get_context("spawn"))


@pytest.fixture(scope="module")
def whole():
    return scan(GRID, **CALL)


@dataclass(frozen=True)
class Deadly:
    """Cuts that fail or kill the worker, unless the file that says so is gone."""

    path: str
    how: str
    name: str = "deadly"

    def intervals(self, E, sqrt_s):
        """Those of BESIII, if anything."""
        if os.path.exists(self.path):
            if self.how == "exit":
                os._exit(1)
            raise ArithmeticError("a bug in a cut")
        return besiii_advanced().intervals(E, sqrt_s)

    def kinks(self, sqrt_s):
        """Those of BESIII."""
        return besiii_advanced().kinks(sqrt_s)


def test_a_row_is_what_upper_limit_gives(whole):
    assert list(whole.columns) == ["search", "signal", "method", "m_N", "d_95"]
    assert len(whole) == 4 * 2 * 2 * 70
    for (label, model, method), rows in whole.groupby(["search", "signal", "method"], sort=False):
        np.testing.assert_array_equal(rows["m_N"], MASSES)
        expected = nudp.upper_limit(
            GRID[label], MASSES, getattr(nudp, model), method=method, confidence_level=0.9
        )
        np.testing.assert_allclose(rows["d_95"], expected, rtol=1e-12)
    assert np.isinf(whole.query("search == 'STCF' and m_N > 4")["d_95"]).all()


@pytest.mark.slow
def test_the_table_is_the_same_on_threads_and_processes(whole):
    with ThreadPoolExecutor(2) as threads, pool() as processes:
        pd.testing.assert_frame_equal(scan(GRID, **CALL, executor=threads), whole, check_exact=True)
        pd.testing.assert_frame_equal(
            scan(GRID, **CALL, executor=processes), whole, check_exact=True
        )


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # the cluster warns of its own sockets
def test_the_table_is_the_same_on_a_dask_cluster(whole):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        found = scan(GRID, **CALL, executor=client.get_executor())
    pd.testing.assert_frame_equal(found, whole, check_exact=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "make"),
    [("raise", None), ("raise", lambda: ThreadPoolExecutor(2)), ("raise", pool), ("exit", pool)],
)
def test_an_interrupted_scan_goes_on_where_it_stopped(how, make, tmp_path):
    guard = tmp_path / "deadly"
    guard.touch()
    broken = replace(searches.STCF_4GEV, name="broken", selection=Deadly(str(guard), how))
    grid = {"before": searches.STCF_4GEV, "bad": broken, "after": searches.STCF_2GEV}
    call = dict(m_N=np.linspace(0.1, 1.9, 100), signal=nudp.PUBLISHED)

    with shelve.open(str(tmp_path / "kept")) as store:
        first = scan({"before": grid["before"]}, **call, done=store)
        assert len(store) == 100
        executor = make() if make else None
        with pytest.raises(Unfinished, match="tasks were finished") as caught:
            scan(grid, **call, executor=executor, done=store)
        if executor:
            executor.shutdown()
        assert caught.value.done is store
        kept = dict(store)
    assert len(kept) >= 100 and set(first["d_95"]) <= set(kept.values())

    guard.unlink()
    asked = []

    def watch(iterable, total):
        asked.append(total)
        return iterable

    with shelve.open(str(tmp_path / "kept")) as store:
        resumed = scan(grid, **call, done=store, progress=watch)
        assert {key: store[key] for key in kept} == kept
        assert len(store) == 300
    # what was finished has not been computed again
    assert asked == [{100: 2, 200: 1}[len(kept)]]
    pd.testing.assert_frame_equal(resumed, scan(grid, **call), check_exact=True)
    same = resumed.query("search == 'bad'")["d_95"].to_numpy()
    np.testing.assert_array_equal(same, resumed.query("search == 'before'")["d_95"])


KILLED = """
import os, shelve, signal, sys
from dataclasses import replace
import numpy as np, nudp
from nudp.beyond.scan import scan

def until(iterable, total):
    print(total, flush=True)
    for i, item in enumerate(iterable):
        if i == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        yield item

grid = {L: replace(nudp.searches.STCF_4GEV, luminosity=L) for L in (1e2, 1e3, 1e4, 1e5)}
with shelve.open(sys.argv[1]) as store:
    table = scan(grid, np.geomspace(0.1, 3, 64), nudp.PUBLISHED, done=store, progress=until)
table.to_pickle(sys.argv[1] + ".pickle")
"""


@pytest.mark.slow
def test_a_scan_killed_in_its_middle_loses_nothing(tmp_path):
    """No handler runs after this signal: what was finished must be on the disk already."""

    def run(path, stop):
        call = [sys.executable, "-c", KILLED, str(tmp_path / path), str(stop)]
        found = subprocess.run(call, capture_output=True, text=True)
        return found.returncode, found.stdout.split()

    assert run("kept", 3) == (-9, ["4"])
    assert run("kept", 99) == (0, ["1"])
    assert run("whole", 99) == (0, ["4"])
    resumed, whole = (pd.read_pickle(tmp_path / f"{name}.pickle") for name in ("kept", "whole"))
    pd.testing.assert_frame_equal(resumed, whole, check_exact=True)


def test_half_a_block_is_no_loss(monkeypatch):
    """Points are kept one by one: what a dying store took in counts."""
    done = {}
    expected = scan({"a": searches.STCF_4GEV}, MASSES, nudp.DIRAC, done=done)
    for key in list(done)[10:40]:
        del done[key]
    kept, asked = dict(done), []

    def watch(runs, masses, *arguments, **options):
        asked.append(masses)
        return nudp.upper_limit(runs, masses, *arguments, **options)

    monkeypatch.setattr(module, "upper_limit", watch)
    again = scan({"a": searches.STCF_4GEV}, MASSES, nudp.DIRAC, done=done)
    np.testing.assert_array_equal(asked, [MASSES[10:40]])
    assert len(done) == 70 and {key: done[key] for key in kept} == kept
    pd.testing.assert_frame_equal(again, expected, check_exact=True)


def test_a_scan_that_fails_hands_over_what_it_found(tmp_path):
    """Without a store of the caller's as well."""
    guard = tmp_path / "deadly"
    guard.touch()
    grid = {"a": STCF, "bad": replace(STCF, selection=Deadly(str(guard), "raise"))}
    with pytest.raises(Unfinished, match="1 of 2 tasks .* ArithmeticError: a bug") as caught:
        scan(grid, MASSES, nudp.DIRAC)
    assert len(caught.value.done) == 70
    guard.unlink()
    resumed = scan(grid, MASSES, nudp.DIRAC, done=caught.value.done)
    pd.testing.assert_frame_equal(resumed, scan(grid, MASSES, nudp.DIRAC), check_exact=True)


class Here:
    """An executor that works at once and remembers how many masses it was sent."""

    def __init__(self):
        self.sent = []

    def submit(self, function, pieces):
        """Limits that cost nothing."""
        self.sent.append([(len(masses), len(runs)) for masses, (runs, *_) in pieces])
        future = Future()
        future.set_result([[1.0] * len(masses) for masses, *_ in pieces])
        return future


def test_blocks_are_large_here_and_of_equal_time_for_an_executor(monkeypatch):
    few = {L: replace(STCF, luminosity=L) for L in np.geomspace(1e2, 1e4, 300)}
    many = {"one": STCF, "runs": (STCF,) * 50}
    for grid, masses in ((few, 10), (few, 5000), (many, 30_000)):
        executor = Here()
        scan(grid, np.linspace(0.1, 3.0, masses), nudp.DIRAC, executor=executor)
        assert sum(n for block in executor.sent for n, _ in block) == len(grid) * masses
        costs = [sum(runs * (n + 500) for n, runs in block) for block in executor.sent[:-1]]
        assert 10 < len(costs) <= 64 and max(costs) <= 2 * min(costs)
        assert max(n * runs for block in executor.sent for n, runs in block) <= 100_000
    # here a block is one case, cut only where memory ends
    executor = Here()
    monkeypatch.setattr(module, "_limits", lambda pieces: executor.submit(None, pieces).result())
    scan(many, np.linspace(0.1, 3.0, 30_000), nudp.DIRAC)
    assert executor.sent == [[(30_000, 1)]] + [[(2000, 50)]] * 15


def test_finished_points_are_not_computed_again(monkeypatch):
    done = {}
    call = dict(signal=nudp.PUBLISHED, done=done)
    grid = {"a": searches.STCF_4GEV}
    first = scan(grid, MASSES, **call)
    monkeypatch.setattr(module, "upper_limit", None)  # whoever calls it fails
    pd.testing.assert_frame_equal(scan(grid, MASSES, **call), first)
    # a subset in another order, and under another label
    turned = scan({"renamed": grid["a"]}, MASSES[::-7], **call)
    np.testing.assert_array_equal(turned["d_95"], first["d_95"].to_numpy()[::-7])
    with pytest.raises(Unfinished, match="0 of 1 tasks"):
        scan({"a": replace(grid["a"], luminosity=1e3)}, MASSES[:1], **call)


STCF = searches.STCF_4GEV
CHANGED = [
    replace(STCF, luminosity=np.nextafter(STCF.luminosity, 0)),
    replace(STCF, sqrt_s=4.1),
    replace(STCF, detector_length=0.81),
    replace(STCF, photon_efficiency=0.99),
    replace(STCF, reducible_background=1e-9),
    replace(STCF, selection=STCF.selection & EnergyWindow(0.5, 3.0)),
    replace(STCF, selection=replace(STCF.selection, cuts=STCF.selection.cuts[::-1])),
    (STCF, STCF),
]


@pytest.mark.parametrize("changed", CHANGED)
def test_a_changed_search_of_the_same_name_is_computed_anew(changed):
    done = {}
    scan({"a": STCF}, 1.0, nudp.PUBLISHED, done=done)
    scan({"a": changed}, 1.0, nudp.PUBLISHED, done=done)
    assert len(done) == 2


@pytest.mark.parametrize(
    "option",
    [
        dict(method="asimov"),
        dict(confidence_level=0.9),
        dict(sided=2),
        dict(threshold=3.84),
        dict(method="asimov", correlated=True),
        dict(signal=replace(nudp.PUBLISHED, charge_modes=1)),
        dict(m_N=np.nextafter(1.0, 2.0)),
    ],
)
def test_every_option_makes_another_point(option):
    done = {}
    call = dict(m_N=1.0, signal=nudp.PUBLISHED, done=done)
    scan({"a": STCF}, **call)
    scan({"a": STCF}, **{**call, **option})
    assert len(done) == 2


def test_another_version_of_the_package_trusts_no_old_points(monkeypatch):
    done = {}
    scan({"a": STCF}, 1.0, nudp.PUBLISHED, done=done)
    monkeypatch.setattr(nudp, "__version__", "999")
    scan({"a": STCF}, 1.0, nudp.PUBLISHED, done=done)
    assert len(done) == 2


@pytest.mark.slow
def test_the_same_content_is_the_same_point_in_every_process():
    code = (
        "import json, nudp; from nudp.beyond.scan import scan; done = {};"
        "scan({'x': nudp.searches.BELLE2_BBG}, [0.1, 1.0], nudp.DIRAC, done=done);"
        "print(json.dumps(sorted(done)))"
    )
    seen = set()
    for seed in ("1", "2"):
        out = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        )
        seen.add(tuple(json.loads(out.stdout)))
    done = {}
    scan({"here": searches.BELLE2_BBG}, [0.1, 1.0], nudp.DIRAC, done=done)
    assert seen == {tuple(sorted(done))}


def test_numbers_of_any_kind_are_told_by_their_value():
    same = [4, 4.0, np.float64(4), np.int64(4), np.array(4.0)]
    assert len({fingerprint(value) for value in same}) == 1
    assert fingerprint(np.array([1.0, 2.0])) == fingerprint((1, 2))
    # numpy prints eight digits of an array, and the middle of a long one not at all
    long = np.arange(5000.0)
    other = long.copy()
    other[2500] = np.nextafter(2500.0, 0)
    assert repr(long) == repr(other) and fingerprint(long) != fingerprint(other)
    assert len({fingerprint(v) for v in (1, True, "1", None, (1,), ((1,),), "", ())}) == 8
    assert fingerprint(2**60) != fingerprint(2**60 + 1)


QUOTED = st.text(alphabet="'\"\\, ()=\nx", max_size=6)


@given(st.tuples(QUOTED, QUOTED), st.tuples(QUOTED, QUOTED))
def test_texts_cannot_forge_one_another(first, second):
    assert (fingerprint(first) == fingerprint(second)) == (first == second)


OPAQUE = SimpleNamespace(intervals=STCF.selection.intervals, kinks=STCF.selection.kinks)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (dict(searches=[STCF]), TypeError, "searches must be a mapping"),
        (
            dict(searches={"a": "STCF"}),
            TypeError,
            "search 'a' in searches must be a Search or an iterable",
        ),
        (dict(searches={"a": ()}), ValueError, "search 'a' in searches must hold at least one run"),
        (dict(searches={"a": replace(STCF, selection=OPAQUE)}), TypeError, "Simple.* frozen"),
        (dict(searches={(1, 2): STCF}), ValueError, r"labels must have 2 names for \(1, 2\)"),
        (dict(signal="PUBLISHED"), TypeError, "signal must be a SignalModel, got 'PUBLISHED'"),
        (dict(signal=""), TypeError, "signal must be a SignalModel, got ''"),
        (dict(signal=3), TypeError, "signal must be a SignalModel, got 3"),
        (dict(signal=[]), TypeError, "signal must hold one SignalModel at least"),
        (dict(method="bayes"), ValueError, "method must be one of .* got 'bayes'"),
        (dict(method=["cls", 1]), TypeError, "method must be a str, got 1"),
        (dict(confidence_level=2.0), ValueError, r"confidence_level .*2\.0"),
        (dict(threshold=-1.0), ValueError, r"threshold must be positive, got -1\.0"),
        (dict(correlated="yes"), TypeError, "correlated must be True, False or a label a run"),
        (dict(executor=3), TypeError, "executor must be a concurrent.futures.Executor, got 3"),
        (dict(progress=3), TypeError, "progress must be a function, got 3"),
        (dict(m_N=[1.0, -2.0]), ValueError, r"m_N must be positive, got -2\.0"),
    ],
)
def test_bad_input_is_named_before_anything_is_computed(change, error, message, monkeypatch):
    monkeypatch.setattr(module, "upper_limit", None)
    call = dict(searches={"a": STCF}, m_N=1.0, signal=nudp.PUBLISHED)
    with pytest.raises(error, match=message):
        scan(**{**call, **change})


def test_models_and_methods_may_come_from_iterators():
    grid = {"a": STCF, "b": replace(STCF, luminosity=5e3)}
    models, methods = (nudp.PUBLISHED, nudp.DIRAC), ("chi2", "asimov")
    expected = scan(grid, 1.0, models, method=methods)
    assert len(expected) == 8
    found = scan(grid, 1.0, iter(models), method=iter(methods))
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_labels_of_several_parts_are_columns():
    grid = {
        (L, l_D): replace(STCF, luminosity=L, detector_length=l_D)
        for L in (1e3, 1e4)
        for l_D in (0.5, 1.0)
    }
    table = scan(grid, [0.1, 1.0], nudp.PUBLISHED, labels=("luminosity", "length"))
    assert list(table.columns[:2]) == ["luminosity", "length"]
    wide = table.pivot_table(index=["luminosity", "length"], columns="m_N", values="d_95")
    assert wide.loc[(1e4, 1.0), 0.1] < wide.loc[(1e3, 0.5), 0.1]


def test_tables_are_written_whole_or_not_at_all(tmp_path, whole, monkeypatch):
    path = tmp_path / "limits.csv"
    write_table(whole, path, ["from a scan\nof three searches"])
    assert path.read_text().splitlines()[:5] == [
        "# from a scan",
        "# of three searches",
        "# units: m_N=GeV, d_95=GeV^-1",
        f"# rows: {len(whole)}",
        "search,signal,method,m_N,d_95",
    ]
    back = pd.read_csv(path, comment="#", dtype=str).astype(whole.dtypes.to_dict())
    pd.testing.assert_frame_equal(back, whole, check_exact=True, check_dtype=False)
    before = path.read_bytes()

    def broken(*arguments):
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(OSError, match="no space"):
        write_table(whole.head(3), path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_the_old_names_are_the_same_module(monkeypatch):
    for old in ("nudp.scan", "nudp.tasks", "nudp.beyond.tasks"):
        monkeypatch.delitem(sys.modules, old, raising=False)
        with pytest.warns(DeprecationWarning, match=f"{old} is called nudp.beyond.scan now"):
            assert importlib.import_module(old) is module


def test_nudp_neither_needs_nor_loads_pandas():
    for code in (
        "import sys; sys.modules['pandas'] = None; import nudp; nudp.beyond.scan.scan",
        "import sys, nudp; assert 'pandas' not in sys.modules",
    ):
        subprocess.run([sys.executable, "-c", code], check=True)


# ---- any other work --------------------------------------------------------------


def test_results_that_arrived_beside_a_failure_are_kept():
    class Fixed:
        """Hands out futures that have all ended before anybody asks."""

        def submit(self, function, *arguments):
            future = Future()
            try:
                future.set_result(function(*arguments))
            except ValueError as error:
                future.set_exception(error)
            return future

    work = {str(k): (k,) for k in range(12)}
    with pytest.raises(Unfinished, match="11 of 12") as caught:
        run(math.log, work, executor=Fixed())
    assert sorted(caught.value.done, key=int) == [str(k) for k in range(1, 12)]
