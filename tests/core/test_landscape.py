"""Existing bounds: complete records, read as drawn, and nothing broken gets in."""

import re
import shutil
import tomllib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import constants as codata

import nudp
from nudp import landscape, searches
from nudp._tables import DataError, data_folder

BOUNDS = {bound.key: bound for bound in landscape.bounds()}
ALL = {"e", "mu", "tau"}

# a few points of the published curves [GeV, GeV^-1], off the support points of the tables:
# read off the figures named in data/bounds.toml
PUBLISHED_POINTS = {
    "borexino": [(1.0812e-3, 2.462e-7), (1.3664e-3, 2.666e-7), (2.7585e-3, 8.536e-7)],
    "xenon1t": [(1.3804e-3, 1.661e-6), (5.248e-3, 2.300e-6), (9.12e-3, 5.741e-6)],
    "lsnd": [(2.7404e-3, 1.140e-5), (1.33877e-2, 2.384e-6), (3.65955e-2, 1.035e-6)],
    "charm2": [(2.60861e-2, 4.343e-7), (8.11998e-2, 4.952e-7)],
    "miniboone": [(1.26e-3, 1.020e-5), (3.98e-2, 3.944e-7), (0.2, 1.986e-7)],
    "lep_with_z": [(0.1, 2.065e-5), (20.0, 2.358e-5), (80.0, 1.447e-4)],
    "lep_photon_only": [(0.1, 2.47e-4), (20.0, 2.82e-4), (80.0, 1.7e-3)],
    "donut": [(0.1, 5.78e-5)],
}
# lower and upper edge of the closed regions
PUBLISHED_REGIONS = {
    "sn1987a": [(0.03, 9.8e-11, 5.1e-8), (0.1, 6.7e-11, 8.6e-9), (0.2, 3.3e-11, 2.3e-9)],
    "nomad": [(0.19, 1.897e-6, 5.8e-5), (1.23, 6.0e-7, 5.8e-5), (3.92, 9.1e-6, 5.8e-5)],
}


# ---- records and tables ----------------------------------------------------------


def test_every_record_is_complete():
    assert set(BOUNDS) == set(PUBLISHED_POINTS) | set(PUBLISHED_REGIONS)
    for bound in BOUNDS.values():
        assert set(bound.flavours) <= ALL
        assert bound.method in {"quoted", "read off", "recomputed"}
        assert bound.convention in landscape.CONVENTIONS
        assert all((bound.name, bound.source, bound.citation, bound.conversion, bound.sided))
        assert len(bound.m_N) <= 25
    assert len({bound.name for bound in BOUNDS.values()}) == len(BOUNDS)


def test_every_table_has_one_record_and_every_record_a_table():
    records = tomllib.loads((data_folder() / "bounds.toml").read_text(encoding="utf-8"))
    assert {path.stem for path in (data_folder() / "bounds").glob("*.csv")} == set(records)


def test_closed_regions_are_closed_and_open_curves_ascend():
    for bound in BOUNDS.values():
        ends = (bound.m_N[0], bound.d[0]) == (bound.m_N[-1], bound.d[-1])
        assert ends == bound.closed
        assert bound.closed or (np.diff(bound.m_N) > 0).all()


def test_flavours():
    def keys(flavour):
        return {bound.key for bound in landscape.bounds(flavour)}

    everyone = {"borexino", "xenon1t", "sn1987a", "lep_with_z", "lep_photon_only"}
    assert keys("e") == everyone | {"lsnd"}
    assert keys("mu") == everyone | {"charm2", "miniboone", "nomad"}
    assert keys("tau") == everyone | {"donut"}
    with pytest.raises(ValueError, match="flavour must be one of .*'muon'"):
        landscape.bounds("muon")


@pytest.mark.parametrize(
    ("key", "m_N", "d"),
    [(key, *point) for key, points in PUBLISHED_POINTS.items() for point in points],
)
def test_tables_follow_the_published_curves(key, m_N, d):
    assert BOUNDS[key].limit(m_N) == pytest.approx(d, rel=0.05)


@pytest.mark.parametrize(
    ("key", "m_N", "low", "high"),
    [(key, *point) for key, points in PUBLISHED_REGIONS.items() for point in points],
)
def test_regions_follow_the_published_outlines(key, m_N, low, high):
    bound = BOUNDS[key]
    assert bound.limit(m_N) == pytest.approx(low, rel=0.1)
    assert bound.excludes(m_N, high * 0.85)
    assert not bound.excludes(m_N, high * 1.15)
    assert not bound.excludes(m_N, low * 0.85)


@pytest.mark.parametrize(
    ("key", "wall"),
    [("lsnd", 0.0987), ("charm2", 0.140), ("nomad", 6.26), ("sn1987a", 0.316), ("donut", 0.3)],
)
def test_walls(key, wall):
    bound = BOUNDS[key]
    at = bound.limit(wall * 0.98) * 1.01
    assert bound.excludes(wall * 0.98, at)
    assert not bound.excludes(wall * 1.02, at)
    assert np.isinf(bound.limit(wall * 1.02))


# ---- the union and new ground ------------------------------------------------------


def test_excluded_is_the_union():
    m_N, d = np.meshgrid(np.geomspace(2e-3, 50, 37), np.geomspace(1e-11, 1e-3, 41))
    union = np.zeros(m_N.shape, bool)
    for bound in landscape.bounds("mu"):
        if bound.key != "lep_photon_only":
            union |= bound.excludes(m_N, d)
    np.testing.assert_array_equal(landscape.excluded(m_N, d, "mu"), union)
    weaker = landscape.excluded(m_N, d, "mu", lep="lep_photon_only")
    assert (weaker <= union).all() and (weaker < union).any()
    assert np.ndim(landscape.excluded(1.0, 1e-6, "mu")) == 0


def test_new_ground_of_a_flat_curve_is_between_the_walls():
    [ground] = landscape.unexplored(([5e-2, 1.0, 50.0], [1e-6] * 3), "e")
    # it leaves LSND where that bound rises through the curve, just below its wall
    assert BOUNDS["lsnd"].limit(ground.low) == pytest.approx(1e-6)
    assert 0.08 < ground.low < BOUNDS["lsnd"].m_N[-1]
    assert ground.high == pytest.approx(50.0)
    # the lead is largest where LEP is weakest
    assert ground.lead == pytest.approx(BOUNDS["lep_with_z"].limit(50.0) / 1e-6, rel=1e-9)


def test_no_new_ground_where_all_is_excluded():
    assert landscape.unexplored(([1.0, 2.0], [1e-3, 1e-3]), "tau") == ()


def test_beyond_every_bound_the_lead_has_no_end():
    [ground] = landscape.unexplored(([95.0, 99.0], [1e-3, 1e-3]), "tau")
    assert np.isinf(ground.lead)


def test_gaps_of_a_curve_are_no_ground():
    [ground] = landscape.unexplored(([1.0, 2.0, 3.0], [1e-6, 1e-6, np.inf]), "tau")
    assert ground.high == pytest.approx(2.0)


def test_borders_are_where_the_curve_meets_the_bound():
    m_N = np.geomspace(0.01, 10.5, 300)
    curve = m_N, nudp.upper_limit(searches.BELLE2_LOW_MASS, m_N, nudp.PUBLISHED)
    [mu] = landscape.unexplored(curve, "mu")
    # on d_mu the curve passes NOMAD, then LEP at its end
    for border, bound in ((mu.low, BOUNDS["nomad"]), (mu.high, BOUNDS["lep_with_z"])):
        d = np.exp(np.interp(np.log(border), np.log(m_N), np.log(curve[1])))
        assert bound.limit(border) == pytest.approx(d, rel=1e-3)
    assert mu.low == pytest.approx(3.7, abs=0.1)
    [stronger] = landscape.unexplored(curve, "tau", lep="lep_photon_only")
    [weaker] = landscape.unexplored(curve, "tau")
    assert stronger.low < weaker.low and stronger.lead > 10 * weaker.lead


# ---- conventions -----------------------------------------------------------------


@given(
    st.floats(1e-12, 1e3),
    st.sampled_from(landscape.CONVENTIONS),
    st.sampled_from(landscape.CONVENTIONS),
)
def test_there_and_back(value, source, target):
    there = landscape.convert(value, source, target)
    assert landscape.convert(there, target, source) == pytest.approx(value, rel=1e-12)


def test_conversions_by_hand():
    assert landscape.convert(1e-5, "d", "mu") == pytest.approx(2e-5)
    assert landscape.convert(1e-5, "d", "Lambda") == pytest.approx(1e5)
    assert landscape.convert(1.0, "mu_B", "mu") == pytest.approx(296.30, rel=1e-4)
    assert landscape.convert([1e-6, 2e-6], "d", "mu").shape == (2,)


def test_bohr_magneton_is_the_si_one():
    """From joule per tesla: a field B of energy density B^2/(2 mu_0) is B^2/2 in natural units."""
    hbar_c = codata.hbar * codata.c / codata.e  # eV m
    tesla = np.sqrt(1 / codata.mu_0 / codata.e * hbar_c**3)  # eV^2
    magneton = codata.physical_constants["Bohr magneton in eV/T"][0] / tesla  # eV^-1
    assert nudp.constants.BOHR_MAGNETON == pytest.approx(magneton * 1e9, rel=1e-9)
    assert nudp.constants.BOHR_MAGNETON == pytest.approx(296.30, rel=1e-4)


def test_donut_is_the_quoted_moment_converted():
    assert BOUNDS["donut"].limit(0.1) == pytest.approx(
        landscape.convert(3.9e-7, "mu_B", "d"), rel=1e-2
    )


# ---- bad input and broken files ----------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: landscape.excluded(1.0, -1e-6, "e"), "d must be positive, got -1e-06"),
        (lambda: landscape.excluded(-1.0, 1e-6, "e"), r"m_N must be positive, got -1\.0"),
        (lambda: landscape.excluded(1.0, 1e-6, "x"), "flavour must be one of .*'x'"),
        (lambda: landscape.excluded(1.0, 1e-6, "e", lep="both"), "lep must be one of .*'both'"),
        (lambda: landscape.unexplored(([1, 2], [1e-6]), "e"), "curve must be two equally long"),
        (lambda: landscape.unexplored(([2, 1], [1e-6] * 2), "e"), "curve must ascend in mass"),
        (lambda: landscape.unexplored(([1, 2], [np.inf] * 2), "e"), "curve must reach"),
        (lambda: landscape.convert(1.0, "d", "nu"), "target must be one of .*'nu'"),
        (lambda: landscape.convert(1.0, "g", "d"), "source must be one of .*'g'"),
        (lambda: landscape.convert(0.0, "d", "mu"), r"value must be positive, got 0\.0"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("bounds/donut.csv", ("0.3,5.78e-5", "0.001,6e-5"), r"donut\.csv, line 7: m_N .*order"),
        ("bounds/donut.csv", ("0.3,5.78e-5", "0.3,-5.78e-5"), r"donut\.csv, line 7: d .*-5\.78e"),
        ("bounds/donut.csv", ("0.001,", "-0.001,"), r"donut\.csv, line 6: m_N must be .* got -0"),
        ("bounds/donut.csv", ("d=GeV^-1", "d=mu_B"), r"donut\.csv, line 3: unit of 'd' is 'mu_B'"),
        ("bounds/nomad.csv", ("\n0.00417,5.84e-05\n", "\n0.0042,5.8e-5\n"), r"nomad\.csv, line"),
        ("bounds/sn1987a.csv", ("0.0503,2.95e-08", "0.5,2.95e-08"), r"sn1987a\.csv, line"),
        (
            "bounds.toml",
            ("closed = false\n", ""),
            r"bounds\.toml, line 6, record 'borexino': .*closed",
        ),
        ("bounds.toml", ('flavours = ["tau"]', 'flavours = ["t"]'), r"record 'donut': .*flavours"),
        ("bounds.toml", ("level = 0.90", "level = 90"), "'borexino': confidence_level .* got 90"),
        (
            "bounds.toml",
            ("closed = false\n", "closed = false\nclose = 1\n"),
            r"\['close'\] unknown",
        ),
        ("bounds.toml", ("[borexino]", "[borexino"), r"bounds\.toml, line \d+: "),
        ("bounds.toml", ("[borexino]", "[[borexino]]"), "'borexino': not a record of its own"),
        (
            "bounds.toml",
            ("[donut]", "[donuts]"),
            r"bounds\.toml, line \d+: no record for \['donut'\]",
        ),
    ],
)
def test_a_broken_bound_is_refused(tmp_path, monkeypatch, name, change, message):
    folder = tmp_path / "data"
    shutil.copytree(data_folder(), folder)
    text = (folder / name).read_text(encoding="utf-8")
    assert change[0] in text
    (folder / name).write_text(text.replace(*change, 1), encoding="utf-8")
    monkeypatch.setattr(landscape, "data_folder", lambda: folder)
    with pytest.raises(DataError, match=message):
        landscape.bounds()


@pytest.mark.parametrize(
    "field", tomllib.loads((data_folder() / "bounds.toml").read_text(encoding="utf-8"))["donut"]
)
def test_each_field_of_a_record_is_asked_for_and_has_a_form(tmp_path, monkeypatch, field):
    shutil.copytree(data_folder(), tmp_path / "data")
    monkeypatch.setattr(landscape, "data_folder", lambda: tmp_path / "data")
    records = tmp_path / "data" / "bounds.toml"
    head, mark, record = records.read_text(encoding="utf-8").partition("[donut]\n")
    for line in ("", f"{field} = 7\n", f"{field} = [[]]\n", f'{field} = "?"\n'):
        changed = re.sub(rf"^{field} = .*\n", line, record, count=1, flags=re.MULTILINE)
        records.write_text(head + mark + changed, encoding="utf-8")
        with pytest.raises(DataError, match=r"bounds\.toml, line \d+, record 'donut': "):
            landscape.bounds()


def test_no_records_are_said(tmp_path, monkeypatch):
    (tmp_path / "bounds.toml").write_text("# none\n", encoding="utf-8")
    monkeypatch.setattr(landscape, "data_folder", lambda: tmp_path)
    with pytest.raises(DataError, match=r"bounds\.toml, line 1: no records"):
        landscape.bounds()


def test_a_missing_table_is_said(tmp_path, monkeypatch):
    folder = tmp_path / "data"
    shutil.copytree(data_folder(), folder)
    (folder / "bounds" / "donut.csv").unlink()
    monkeypatch.setattr(landscape, "data_folder", lambda: folder)
    with pytest.raises(DataError, match=r"record 'donut': no table donut\.csv"):
        landscape.bounds()
