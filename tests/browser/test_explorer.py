"""The live pages in Chromium: their numbers are those of nudp, and every control does its work."""

from __future__ import annotations

import csv
import io
import itertools
import random
from collections.abc import Iterator
from dataclasses import replace

import explorer_tables as explorer
import numpy as np
import pytest
from browser.visit import (
    HTML,
    WIDTHS,
    Visit,
    accessibility_faults,
    assert_fits,
)
from playwright.sync_api import Browser, Page, expect

import nudp
from nudp import landscape, limits, signal, statistics
from nudp.beyond import radiation

EXPLORER, PLAYER = "book/explorer.html", "book/player.html"
FOLDER = "_static/explorer/"
#: What the page calls a setting of `nudp.Search`, and in which order it shows them.
FIELDS = (
    "detector_length",
    "photon_efficiency",
    "reducible_background",
    "background_uncertainty",
)


@pytest.fixture(scope="module")
def still(browser: Browser) -> Iterator[Page]:
    """The explorer, open for questions to its solver."""
    with Visit(browser, HTML.as_uri(), EXPLORER, WIDTHS["wide"], "light") as visit:
        yield visit.page
        assert not visit.faults


@pytest.fixture
def visit(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """A page of its own, by default the explorer, which must stay without a fault."""
    name = getattr(request, "param", EXPLORER)
    with Visit(browser, HTML.as_uri(), name, WIDTHS["wide"], "light") as visit:
        yield visit
        assert not visit.faults


def state(page: Page) -> dict:
    """Return what the explorer is set to."""
    return page.evaluate("nudpExplorer.settings()")


def curve(page: Page) -> tuple[np.ndarray, np.ndarray]:
    """Return the curve that the explorer has computed, masses and limits."""
    masses, limit = page.evaluate(
        "[nudpExplorer.search().m_N, nudpExplorer.curve().map(d => Number.isFinite(d) ? d : -1)]"
    )
    return np.array(masses), np.where(np.array(limit) < 0, np.inf, limit)


def drawn(page: Page) -> list[float | None]:
    """Return the ordinates of the curve that the picture holds."""
    page.wait_for_function("document.getElementById('live-plot').data")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    return page.evaluate(
        "[...document.getElementById('live-plot').data.find(t => t.name === 'd95').y]"
    )


def by_nudp(settings: dict, masses: np.ndarray) -> np.ndarray:
    """Compute with nudp what the page should have computed."""
    runs = explorer.SEARCHES[settings["experiment"]]
    more = settings["luminosity"] / sum(run.luminosity for run in runs)
    fields = {name: settings[name] for name in FIELDS}
    fields["polarisation"] = (settings["polarisation"], 0.0)
    changed = [replace(run, luminosity=run.luminosity * more, **fields) for run in runs]
    level = settings["confidence_level"]
    yields = radiation.tagged_yields if settings["radiated"] == "tag" else limits.yields
    return limits.solve(
        yields(changed, masses, explorer.MODELS[settings["model"]]),
        method=settings["method"],
        # the paper's rounded threshold holds where no level is asked for
        confidence_level=None if level == 0.95 else level,
    )


def random_settings(count: int) -> list[dict]:
    """Draw settings, the same in every run, that take in every choice of the page."""
    draw = random.Random(2204)
    combinations = list(itertools.product(explorer.SEARCHES, explorer.MODELS, statistics.METHODS))
    draw.shuffle(combinations)
    result = []
    for experiment, model, method in combinations[:count]:
        uncertain = method in ("asimov", "cls")
        result.append(
            {
                "experiment": experiment,
                "model": model,
                "method": method,
                "luminosity": 10 ** draw.uniform(-1, 6),
                "detector_length": 10 ** draw.uniform(-2, 2),
                "photon_efficiency": draw.uniform(0.01, 1),
                "reducible_background": draw.choice([0.0, 10 ** draw.uniform(-2, 4)]),
                "background_uncertainty": draw.choice([0, 0.01, draw.random()]) * uncertain,
                "confidence_level": draw.choice([0.95, draw.uniform(0.6, 0.999)]),
                "polarisation": draw.choice([0.0, draw.uniform(-1, 1)]),
                "radiated": draw.choice(["lost", "tag"]),
            }
        )
    return result


SETTINGS = random_settings(50)


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda s: f"{s['experiment']}-{s['method']}")
def test_limits_are_those_of_nudp(still: Page, settings: dict) -> None:
    masses, found = still.evaluate(
        """settings => {
            const search = nudpTables.searches[settings.experiment];
            const d = nudpSolver.solve(nudpTables, search, settings);
            return [search.m_N, d.map(value => Number.isFinite(value) ? value : -1)];
        }""",
        settings,
    )
    some = np.r_[0 : len(masses) : 8, len(masses) - 1]
    expected = by_nudp(settings, np.array(masses)[some])
    found = np.where(np.array(found) < 0, np.inf, found)[some]
    assert np.isfinite(expected).any()
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("method", ["asimov", "cls"])
@pytest.mark.parametrize("level", [0.55, 0.9, 0.95, 0.9999])
def test_thresholds_are_those_of_nudp(still: Page, method: str, level: float) -> None:
    found = still.evaluate("a => nudpSolver.threshold(nudpTables, ...a)", [method, level])
    assert found == pytest.approx(statistics.threshold(method, level), rel=1e-10)


def test_deviance_is_that_of_nudp(still: Page) -> None:
    draw = random.Random(7)
    counts = []
    for _ in range(300):
        background = 10 ** draw.uniform(-3, 8)
        floor = background * draw.random()
        sigma = draw.choice([0.0, (background - floor) * 10 ** draw.uniform(-4, 1)])
        # smaller signals, far from any limit, cost nudp some of its digits
        events = 10 ** draw.uniform(-2, 3) * (background + sigma**2) ** 0.5
        counts.append([events, background, sigma, floor])
    found = still.evaluate("all => all.map(counts => nudpSolver.deviance(...counts))", counts)
    S, B, sigma, floor = np.array(counts).T
    np.testing.assert_allclose(found, statistics.deviance(B, S, B, sigma, floor), rtol=1e-9)


def test_bounds_exclude_as_in_nudp(still: Page) -> None:
    draw = random.Random(3)
    points = [[10 ** draw.uniform(-3.2, 2.2), 10 ** draw.uniform(-11, -2)] for _ in range(999)]
    found = still.evaluate(
        """points => nudpTables.bounds.map(
            bound => points.map(point => nudpSolver.excludes(bound, ...point)))""",
        points,
    )
    expected = [bound.excludes(*np.array(points).T).tolist() for bound in landscape.bounds()]
    assert found == expected
    assert all(any(row) for row in expected)


@pytest.mark.parametrize("flavour", landscape.FLAVOURS)
def test_every_shade_has_its_name(visit: Visit, flavour: str) -> None:
    page = visit.page
    page.select_option("#live-flavour", flavour)
    drawn(page)
    names = page.evaluate(
        "document.getElementById('live-plot').layout.annotations.map(a => a.text)"
    )
    frame = page.evaluate(
        "['xaxis', 'yaxis'].map(a => document.getElementById('live-plot').layout[a].range)"
    )
    (lightest, _), (weakest, _) = 10.0 ** np.array(frame)
    inside = {
        bound.name
        for bound in landscape.bounds(flavour)
        if bound.m_N.max() > lightest and (not bound.closed or bound.d.max() > weakest)
    }
    assert "XENON1T" in inside and inside <= set(names)
    assert "Borexino" not in inside | set(names)


KEYS = {
    "#live-luminosity": ("ArrowRight", "luminosity", "down"),
    "#live-detector-length": ("PageUp", "detector_length", "down"),
    "#live-photon-efficiency": ("ArrowLeft", "photon_efficiency", "up"),
    "#live-reducible-background": ("PageUp", "reducible_background", "up"),
    "#live-background-uncertainty": ("PageUp", "background_uncertainty", "up"),
    "#live-polarisation": ("PageUp", "polarisation", "down"),
    "#live-confidence-level": ("ArrowRight", "confidence_level", "up"),
}


@pytest.mark.parametrize("slider", KEYS)
@pytest.mark.parametrize("visit", [f"{EXPLORER}#method=cls"], indirect=True)
def test_slider_by_keyboard_moves_the_curve(visit: Visit, slider: str) -> None:
    page = visit.page
    key, name, way = KEYS[slider]
    before, drawn_before = curve(page)[1], drawn(page)
    was = state(page)
    page.focus(slider)
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    for _ in range(3):
        page.keyboard.press(key)
    assert outline != "none"
    now = state(page)
    assert now[name] != was[name]
    assert {k for k in now if now[k] != was[k]} == {name}
    masses, after = curve(page)
    light = masses < 0.05
    assert np.all(after[light] < before[light] if way == "down" else after[light] > before[light])
    np.testing.assert_allclose(after, by_nudp(now, masses), rtol=1e-6)
    assert drawn(page) != drawn_before
    assert drawn(page)[0] == pytest.approx(after[0])


def test_uncertainty_rests_where_the_method_has_no_room(visit: Visit) -> None:
    page = visit.page
    slider, why = page.locator("#live-background-uncertainty"), "#live-background-uncertainty-note"
    for method in statistics.METHODS:
        page.select_option("#live-method", method)
        if method in ("asimov", "cls"):
            expect(slider).to_be_enabled()
            expect(page.locator(why)).to_be_empty()
        else:
            expect(slider).to_be_disabled()
            expect(page.locator("#live-background-uncertainty-typed")).to_be_disabled()
            expect(page.locator(why)).to_contain_text("no room")
            assert slider.get_attribute("aria-describedby") == why[1:]


def test_typed_number(visit: Visit) -> None:
    page = visit.page
    field = page.locator("#live-luminosity-typed")
    field.fill("1234.5")
    assert state(page)["luminosity"] == 1234.5
    assert field.input_value() == "1234.5"
    for wrong in ("", "-1", "1e99"):
        field.fill(wrong)
        assert field.get_attribute("aria-invalid") == "true"
        assert state(page)["luminosity"] == 1234.5
    field.fill("2000")
    assert field.get_attribute("aria-invalid") == "false"


def test_address_restores_the_state(browser: Browser, visit: Visit) -> None:
    page = visit.page
    page.select_option("#live-experiment", "besiii")
    page.select_option("#live-model", "MAJORANA")
    page.select_option("#live-method", "asimov")
    page.select_option("#live-radiated", "tag")
    page.select_option("#live-flavour", "tau")
    for field, value in {
        "luminosity": "100",
        "detector-length": "2",
        "photon-efficiency": "0.5",
        "reducible-background": "3",
        "background-uncertainty": "0.2",
        "polarisation": "-0.7",
        "confidence-level": "0.9",
        "mass": "0.1",
    }.items():
        page.fill(f"#live-{field}-typed", value)
    page.wait_for_function("location.hash.includes('CL=0.9')")
    page.wait_for_function("location.hash.includes('mass=0.1')")
    there = page.evaluate("location.hash")
    with Visit(browser, HTML.as_uri(), EXPLORER + there, WIDTHS["narrow"], "dark") as other:
        assert state(other.page) == state(page)
        np.testing.assert_array_equal(curve(other.page)[1], curve(page)[1])
        expect(other.page.locator("#live-detector-length-typed")).to_have_value("2")
        expect(other.page.locator("#live-experiment")).to_have_value("besiii")
        assert not other.faults
    assert state(page)["luminosity"] == 100


@pytest.mark.parametrize(
    "visit",
    [
        f"{EXPLORER}#experiment=lhc&model=&method=constructor&L=-5&length=nan&CL=2&mass=x",
        f"{EXPLORER}#what-the-controls-mean",
        f"{EXPLORER}#%",
    ],
    indirect=True,
)
def test_address_without_sense_is_the_paper(visit: Visit) -> None:
    assert state(visit.page)["experiment"] == "belle2_low_mass"
    assert state(visit.page)["method"] == "chi2"
    masses, found = curve(visit.page)
    np.testing.assert_allclose(found, by_nudp(state(visit.page), masses), rtol=1e-6)


@pytest.mark.parametrize("visit", [f"{EXPLORER}#L=7&gBG=0&CL=0.9&method=cls"], indirect=True)
def test_back_to_the_paper(visit: Visit) -> None:
    page = visit.page
    assert state(page)["luminosity"] == 7
    page.focus("#live-reset")
    page.keyboard.press("Enter")
    now = state(page)
    paper = nudp.searches.BELLE2_LOW_MASS
    assert (now["luminosity"], now["confidence_level"]) == (paper.luminosity, 0.95)
    assert {name: now[name] for name in FIELDS} == {name: getattr(paper, name) for name in FIELDS}
    page.wait_for_function("!location.hash.includes('L=')")


@pytest.mark.parametrize(
    "visit", [f"{EXPLORER}#experiment=stcf_4gev&method=poisson&L=40"], indirect=True
)
def test_csv_is_the_curve(visit: Visit) -> None:
    page = visit.page
    page.focus("#live-csv")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    with open(download.value.path(), encoding="utf-8") as file:
        text = file.read()
    assert download.value.suggested_filename == "d95-stcf_4gev-PUBLISHED-poisson.csv"
    assert "# luminosity = 40 fb^-1" in text
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    header, *rows = csv.reader(io.StringIO("\n".join(lines)))
    assert header[:2] == ["m_N [GeV]", "d_95 [GeV^-1]"]
    mass, d, paper = np.array(rows, dtype=float).T
    masses, found = curve(page)
    np.testing.assert_array_equal(mass, masses)
    np.testing.assert_allclose(d, found, rtol=1e-9)
    np.testing.assert_allclose(d, by_nudp(state(page), mass), rtol=1e-6)
    np.testing.assert_allclose(
        paper, nudp.upper_limit(nudp.searches.STCF_4GEV, mass, nudp.PUBLISHED), rtol=1e-6
    )


def test_pointer_reads_the_curve(visit: Visit) -> None:
    page = visit.page
    drawn(page)
    box = page.locator("#live-plot .plot-container .nsewdrag").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.6)
    label = page.locator("#live-plot .hovertext", has_text="yours")
    expect(label).to_be_visible()
    words = label.text_content().split("yours, ")[1].split(":")
    mass, d = (float(word.split()[0]) for word in words)
    masses, found = curve(page)
    assert d == pytest.approx(found[np.argmin(abs(masses - mass))], rel=1e-3)
    page.mouse.down()
    page.mouse.up()
    page.wait_for_function(f"Math.abs(nudpExplorer.state().mass / {mass} - 1) < 1e-3")


def test_reading_is_shown_and_spoken(visit: Visit) -> None:
    page = visit.page
    page.focus("#live-mass")
    before = page.evaluate("nudpExplorer.state().mass")
    page.keyboard.press("ArrowLeft")
    mass = page.evaluate("nudpExplorer.state().mass")
    masses, found = curve(page)
    assert list(masses).index(mass) == list(masses).index(before) - 1
    d = found[list(masses).index(mass)]
    spoken = page.locator(".live p[aria-live=polite]")
    expect(spoken).to_contain_text(f"{d:.2e}".replace("e-0", "e-"))
    expect(page.locator("#live-limit")).to_contain_text(f"{d:.2e}".split("e")[0])
    expect(page.locator("#live-bounds")).to_contain_text("new ground")
    page.fill("#live-mass-typed", "0.05")
    expect(page.locator("#live-bounds")).to_contain_text("LSND")


def test_events_at_the_limit_are_those_of_nudp(visit: Visit) -> None:
    page = visit.page
    page.select_option("#live-experiment", "besiii")
    column, d = page.evaluate(
        "[nudpExplorer.search().m_N.indexOf(nudpExplorer.state().mass), nudpExplorer.curve()]"
    )
    mass = page.evaluate("nudpExplorer.state().mass")
    found = page.evaluate(
        """([column, d]) => nudpSolver.expected(
            nudpTables, nudpExplorer.search(), nudpExplorer.settings(), column, d)""",
        [column, d[column]],
    )
    S, B = limits.expected_events(nudp.searches.BESIII, mass, d[column], nudp.PUBLISHED)
    assert found["signal"] == pytest.approx(S.sum(), rel=1e-6)
    assert found["background"] == pytest.approx(B[S > 0].sum(), rel=1e-6)


def test_dark_and_light(visit: Visit) -> None:
    page = visit.page
    ink = "document.querySelector('#live-plot .xtick text').style.fill"
    ground = "document.querySelector('#live-plot .main-svg').style.background"
    drawn(page)
    light = page.evaluate(f"[{ink}, {ground}]")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function(f"{ground} !== '{light[1]}'")
    assert page.evaluate(ink) != light[0]
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    page.wait_for_function(f"{ground} === '{light[1]}'")


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize(
    "name", [f"{EXPLORER}#experiment=besiii&method=poisson&L=900", f"{PLAYER}#mass=3"]
)
def test_on_a_phone(browser: Browser, name: str, mode: str) -> None:
    with Visit(browser, HTML.as_uri(), name, WIDTHS["narrow"], mode) as visit:
        assert_fits(visit.page)
        for plot in visit.page.locator(".live-plot .main-svg").all():
            box = plot.bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= WIDTHS["narrow"]
        for control in visit.page.locator(".live :is(select, button, input)").all():
            box = control.bounding_box()
            assert box["height"] >= 24 and box["x"] + box["width"] <= WIDTHS["narrow"]
        assert not visit.faults  # before axe, which reads style sheets as a page may not
        assert not accessibility_faults(visit.page)


@pytest.mark.parametrize("visit", [EXPLORER, PLAYER], indirect=True)
def test_every_control_has_a_name_and_is_reached(visit: Visit) -> None:
    page = visit.page
    page.evaluate("document.activeElement.blur()")
    inside = page.locator(".live :is(select, button, input):not(:disabled)")
    wanted = set(inside.evaluate_all("all => all.map(e => e.id)"))
    page.focus(f"#{inside.first.get_attribute('id')}")
    reached = set()
    for _ in range(len(wanted) + 4):
        reached.add(page.evaluate("document.activeElement.id"))
        page.keyboard.press("Tab")
    assert wanted <= reached
    names = inside.evaluate_all(
        "all => all.map(e => e.labels?.length || e.ariaLabel || e.textContent.trim())"
    )
    assert all(names)


@pytest.mark.parametrize("window", [(1366, 768), (1300, 720), (375, 667)])
def test_the_reading_stays_in_sight_while_one_slides(
    browser: Browser, window: tuple[int, int]
) -> None:
    with Visit(browser, HTML.as_uri(), EXPLORER, window[0], "light") as visit:
        page = visit.page
        page.set_viewport_size(dict(zip(("width", "height"), window, strict=True)))
        drawn(page)
        for slider in ("photon-efficiency", "background-uncertainty", "confidence-level"):
            page.locator(f"#live-{slider}").scroll_into_view_if_needed()
            page.evaluate(f"document.getElementById('live-{slider}').scrollIntoView()")
            page.wait_for_timeout(300)
            seen, top, bottom = page.evaluate(
                """slider => {
                    const box = id => document.getElementById(id).getBoundingClientRect();
                    const at = box('live-limit');
                    const there = document.elementFromPoint(at.x + 5, at.y + at.height / 2);
                    return [there?.id, box('live-' + slider).top,
                            document.querySelector('.live-stage').getBoundingClientRect().bottom];
                }""",
                slider,
            )
            assert seen == "live-limit"
            assert bottom < top < window[1]


def test_menus_show_their_labels_whole(visit: Visit) -> None:
    room = visit.page.evaluate(
        """[...document.querySelectorAll('.live select')].map(select => {
            const style = getComputedStyle(select);
            const pen = document.createElement('canvas').getContext('2d');
            pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
            const widest = Math.max(...[...select.options].map(o => pen.measureText(o.text).width));
            return select.clientWidth - parseFloat(style.paddingLeft) - 20 - widest;
        })"""
    )
    assert min(room) > 0


def test_focus_is_not_hidden_below_the_plot(browser: Browser) -> None:
    with Visit(browser, HTML.as_uri(), EXPLORER, WIDTHS["narrow"], "light") as visit:
        page = visit.page
        drawn(page)
        page.focus("#live-link")
        for _ in range(12):
            page.keyboard.press("Shift+Tab")
            top, bottom, inside = page.evaluate(
                """[document.activeElement.getBoundingClientRect().bottom,
                    document.getElementById('live-plot').getBoundingClientRect().bottom,
                    !!document.activeElement.closest('.live-pairs')]"""
            )
            assert top > bottom or not inside


@pytest.mark.parametrize("key", explorer.tables()["photons"])
@pytest.mark.parametrize("model", explorer.MODELS)
def test_spectrum_and_acceptance_are_those_of_nudp(player: Page, key: str, model: str) -> None:
    run = max(explorer.SEARCHES[key], key=lambda run: run.luminosity)
    for share in (0.1, 0.5, 0.9):
        mass = round(share * run.sqrt_s, 4)
        found = player.evaluate(
            """([search, model, mass]) => {
                nudpPlayer.set({search, model, mass});
                return {...nudpPlayer.spectrum(mass), dots: nudpPlayer.dots(mass)};
            }""",
            [key, model, mass],
        )
        energy = np.array(found["E"])
        density = signal.photon_spectrum(energy[1:-1], run.sqrt_s, mass, explorer.MODELS[model])
        np.testing.assert_allclose(found["all"][1:-1], density, rtol=1e-9)
        expected = signal.acceptance(run.selection, run.sqrt_s, mass, explorer.MODELS[model])
        area = np.trapezoid(found["accepted"], energy)
        assert area == pytest.approx(expected, abs=3e-3)
        E, z, passed = (np.array(column) for column in zip(*found["dots"], strict=True))
        assert abs(passed.mean() - expected) < 0.015
        low, high = np.moveaxis(run.selection.intervals(E, run.sqrt_s), -1, 0)
        inside = ((z[:, None] > low) & (z[:, None] < high)).any(-1)
        assert (inside != passed).sum() <= 3  # the table's edge is straight between its points
        moments = signal.photon_density(
            E[:, None], np.array([-0.9, 0.0, 0.9]), run.sqrt_s, mass, explorer.MODELS[model]
        )
        assert np.all(moments >= -1e-12)


@pytest.fixture(scope="module")
def player(browser: Browser) -> Iterator[Page]:
    """The player, open for questions to its formulas."""
    with Visit(browser, HTML.as_uri(), PLAYER, WIDTHS["wide"], "light") as visit:
        yield visit.page
        assert not visit.faults


def test_dots_follow_the_density(player: Page) -> None:
    dots = player.evaluate(
        """() => {
            nudpPlayer.set({search: 'stcf_4gev', model: 'DIRAC', mass: 1.5});
            return nudpPlayer.dots(1.5);
        }"""
    )
    E, z, _ = (np.array(column) for column in zip(*dots, strict=True))
    # mean of a polynomial over the dots against the closed form by quadrature
    low, high = nudp.kinematics.photon_energy_range(4.0, 1.5)
    nodes, weights = np.polynomial.legendre.leggauss(40)
    energy = (low + high) / 2 + (high - low) / 2 * nodes
    density = signal.photon_density(energy[:, None], nodes, 4.0, 1.5, nudp.DIRAC)
    measure = weights[:, None] * weights * density * (high - low) / 2
    assert measure.sum() == pytest.approx(1)
    for power_E, power_z in [(1, 0), (0, 2), (1, 2), (2, 2)]:
        expected = (measure * energy[:, None] ** power_E * nodes**power_z).sum()
        values = E**power_E * z**power_z
        # evenly spread dots come closer than thrown ones do
        assert values.mean() == pytest.approx(expected, abs=values.std() / len(z) ** 0.5)


def test_flight_is_that_of_nudp(player: Page) -> None:
    for key, mass in (("belle2_low_mass", 0.1), ("besiii", 0.5), ("stcf_7gev", 6.3)):
        runs = explorer.SEARCHES[key]
        run = max(runs, key=lambda run: run.luminosity)
        found = player.evaluate(
            """([search, mass]) => {
                nudpPlayer.set({search, model: 'MAJORANA', mass});
                const {d, length} = nudpPlayer.flight(mass);
                return [d, length];
            }""",
            [key, mass],
        )
        d = nudp.upper_limit(runs, mass, nudp.MAJORANA)
        length = signal.decay_length(run.sqrt_s, mass, d) / nudp.MAJORANA.width_factor
        assert found == pytest.approx([d, length], rel=5e-3)  # straight between the table's masses


@pytest.mark.parametrize("visit", [PLAYER], indirect=True)
def test_player_by_keyboard(visit: Visit) -> None:
    page = visit.page
    page.focus("#live-mass")
    before = page.evaluate("nudpPlayer.state().mass")
    shown = page.locator("#live-range").inner_text()
    page.keyboard.press("PageUp")
    assert page.evaluate("nudpPlayer.state().mass") > before
    expect(page.locator("#live-range")).not_to_have_text(shown)
    page.focus("#live-play")
    page.keyboard.press("Space")
    expect(page.locator("#live-play")).to_have_text("Pause")
    now = page.evaluate("nudpPlayer.state().mass")
    page.wait_for_function(f"nudpPlayer.state().mass > {now}")
    page.keyboard.press("Space")
    expect(page.locator("#live-play")).to_have_text("Play")
    there = page.evaluate("nudpPlayer.state().mass")
    page.wait_for_timeout(300)
    assert page.evaluate("nudpPlayer.state().mass") == there


@pytest.mark.parametrize("visit", [f"{PLAYER}#search=stcf_2gev&model=TEXT&mass=0.7"], indirect=True)
def test_player_address_restores_the_state(visit: Visit) -> None:
    page = visit.page
    assert page.evaluate("nudpPlayer.state()") == {
        "search": "stcf_2gev",
        "model": "TEXT",
        "mass": 0.7,
    }
    page.fill("#live-mass-typed", "1.25")
    page.wait_for_function("location.hash.includes('mass=1.25')")
    page.select_option("#live-search", "stcf_4gev")
    page.wait_for_function("location.hash.includes('mass=2.5')")
