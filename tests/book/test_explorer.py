"""The tables for the live pages hold what a limit needs, and nothing of it is lost on the way."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import explorer_tables as explorer
import numpy as np
import pytest

import nudp
from nudp import landscape, limits, searches, signal, statistics
from nudp.beyond import radiation

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tables() -> dict:
    """The tables after their journey through a file."""
    return json.loads(json.dumps(explorer.tables(), allow_nan=False))


@pytest.fixture(scope="module")
def extension():
    """The extension of the book that writes the tables."""
    path = ROOT / "book" / "_ext" / "live_pages.py"
    spec = importlib.util.spec_from_file_location("live_pages", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rebuilt(table: dict, model: str, factor: float, settings: dict | None = None) -> limits.Yields:
    """Return the yields of a table, changed by the rules that the module states."""
    settings = settings or {}
    more = settings.get("luminosity", 1.0)
    seen = settings.get("photon_efficiency", table["photon_efficiency"])
    length = settings.get("detector_length", table["detector_length"])
    gbg = settings.get("reducible_background", table["reducible_background"])
    share = settings.get("background_uncertainty", table["background_uncertainty"])
    rate = more * seen / table["photon_efficiency"]
    weight = 1 + settings.get("polarisation", 0.0) * (settings.get("right_handed", 1.0) - 1)
    luminosity = np.array(table["luminosity"])
    return limits.Yields(
        prompt=np.array(table["signal"][model]) * rate,
        decay=np.array(table["decay"]) * factor * length / table["detector_length"],
        irreducible=np.array(table["irreducible"]) * rate * weight,
        reducible=luminosity * more * gbg,
        uncertainty=np.full(luminosity.size, share),
    )


@pytest.mark.parametrize("model", explorer.MODELS)
@pytest.mark.parametrize("key", explorer.SEARCHES)
def test_tables_give_the_limits(tables, key, model):
    table = tables["searches"][key]
    expected = rebuilt(table, model, tables["models"][model]["width_factor"])
    every = slice(None, None, 9)
    masses = np.array(table["m_N"])[every]
    for method in statistics.METHODS:
        d = limits.solve(expected, method=method)[every]
        direct = nudp.upper_limit(
            explorer.SEARCHES[key], masses, explorer.MODELS[model], method=method
        )
        np.testing.assert_allclose(d, direct, rtol=1e-8)


@pytest.mark.parametrize("key", ["belle2_low_mass", "besiii"])
@pytest.mark.parametrize(
    "settings",
    [
        {"luminosity": 0.01},
        {"photon_efficiency": 0.4},
        {"detector_length": 12.0},
        {"reducible_background": 0.7},
        {"reducible_background": 2.0, "background_uncertainty": 0.3},
        {"luminosity": 30.0, "photon_efficiency": 0.2, "reducible_background": 5.0},
    ],
)
def test_changed_tables_give_changed_limits(tables, key, settings):
    table = tables["searches"][key]
    more = settings.get("luminosity", 1.0)
    fields = {name: value for name, value in settings.items() if name != "luminosity"}
    runs = [
        replace(run, luminosity=more * run.luminosity, **fields) for run in explorer.SEARCHES[key]
    ]
    masses = np.array(table["m_N"])[::20]
    for model in ("DIRAC", "MAJORANA"):
        expected = rebuilt(table, model, tables["models"][model]["width_factor"], settings)
        d = limits.solve(expected, method="cls")[::20]
        direct = nudp.upper_limit(runs, masses, explorer.MODELS[model], method="cls")
        np.testing.assert_allclose(d, direct, rtol=1e-8)


@pytest.mark.parametrize("model", explorer.MODELS)
@pytest.mark.parametrize("key", explorer.SEARCHES)
def test_tables_give_the_limits_with_the_tag(tables, key, model):
    table, fields = tables["searches"][key], tables["models"][model]
    tagged = fields["charge_modes"] * np.array(table["tagged"])
    expected = replace(rebuilt(table, model, fields["width_factor"]), tagged=tagged)
    every = slice(None, None, 9)
    masses = np.array(table["m_N"])[every]
    both = radiation.tagged_yields(explorer.SEARCHES[key], masses, explorer.MODELS[model])
    np.testing.assert_allclose(limits.solve(expected)[every], limits.solve(both), rtol=1e-7)


@pytest.mark.parametrize("polarisation", [-1.0, 0.7])
def test_tables_give_the_limits_of_polarised_electrons(tables, polarisation):
    table = tables["searches"]["belle2_bbg"]
    settings = {"polarisation": polarisation, "right_handed": tables["right_handed"]}
    d = limits.solve(rebuilt(table, "DIRAC", 1.0, settings))[::20]
    run = replace(searches.BELLE2_BBG, polarisation=(polarisation, 0.0))
    direct = nudp.upper_limit(run, np.array(table["m_N"])[::20], nudp.DIRAC)
    np.testing.assert_allclose(d, direct, rtol=1e-8)


def test_tables_name_everything(tables):
    assert set(tables["models"]) == {"TEXT", "PUBLISHED", "DIRAC", "MAJORANA"}
    for name, fields in tables["models"].items():
        assert nudp.SignalModel(**fields, name=name) == explorer.MODELS[name]
    assert tables["threshold"] == limits.CHI2_95
    for entry in (*tables["searches"].values(), *tables["photons"].values()):
        assert "$" not in entry["name"]
    kinds = {(run.sqrt_s, run.selection) for runs in explorer.SEARCHES.values() for run in runs}
    largest = {max(runs, key=lambda r: r.luminosity).sqrt_s for runs in explorer.SEARCHES.values()}
    assert len(tables["photons"]) == len({kind for kind in kinds if kind[0] in largest})


def test_bounds_are_those_of_the_landscape(tables):
    every = landscape.bounds()
    assert [bound["key"] for bound in tables["bounds"]] == [bound.key for bound in every]
    for written, bound in zip(tables["bounds"], every, strict=True):
        np.testing.assert_array_equal(written["m_N"], bound.m_N)
        np.testing.assert_array_equal(written["d"], bound.d)
        assert tuple(written["flavours"]) == bound.flavours
        assert written["closed"] == bound.closed


@pytest.mark.parametrize("model", explorer.MODELS)
def test_photons_are_those_of_the_selection(tables, model):
    for key, table in tables["photons"].items():
        run = max(explorer.SEARCHES[key], key=lambda run: run.luminosity)
        some = np.array(table["m_N"])[::15]
        accepted = signal.acceptance(run.selection, run.sqrt_s, some, explorer.MODELS[model])
        np.testing.assert_allclose(table["acceptance"][model][::15], accepted, rtol=1e-8)


def test_windows_between_the_energies_of_the_table(tables):
    for key, table in tables["photons"].items():
        run = max(explorer.SEARCHES[key], key=lambda run: run.luminosity)
        energies = np.array(table["E_gamma"])
        between = np.sqrt(energies[1:] * energies[:-1])
        ends = run.selection.intervals(between, run.sqrt_s)
        for row, edge in (("lower", ends[..., 0]), ("upper", ends[..., 1])):
            for j, values in enumerate(table[row]):
                drawn = np.interp(between, energies, values)
                # across a kink, 1e-9 wide, there is no telling
                wide = np.diff(energies) > 1e-6 * run.sqrt_s
                assert np.abs(drawn - edge[:, j])[wide].max() < 4e-3


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="at least one run"):
        explorer.search_table([])
    pair = [searches.STCF_2GEV, replace(searches.STCF_4GEV, detector_length=3.0)]
    with pytest.raises(ValueError, match="detector_length"):
        explorer.search_table(pair)
    with pytest.raises(ValueError, match="lightest must be below"):
        explorer.mass_grid([searches.STCF_2GEV], lightest=1.5)
    for mass in (-1.0, np.nan):
        with pytest.raises(ValueError, match="m_N"):
            explorer.search_table([searches.STCF_2GEV], [mass])
        with pytest.raises(ValueError, match="m_N"):
            explorer.photon_table(searches.STCF_2GEV, [mass])


def test_the_script_holds_the_tables_and_the_colours(extension, tables):
    script = extension.tables_script()
    start, end = "window.nudpTables=", ";\n"
    assert script.startswith(start) and script.endswith(end)
    written = json.loads(script.removeprefix(start).removesuffix(end))
    for part in (*written["searches"].values(), *written["bounds"]):
        assert len(part.pop("color")) == 7
        part.pop("alpha", None)
    assert written == tables
