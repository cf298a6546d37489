"""Python in the pages: chapters and worksheets behind a server, the workbench also from its folder.

`make lite` has built them. What is not marked slow is for CI.
"""

from __future__ import annotations

import base64
import importlib.util
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import nbformat
import numpy as np
import pytest
from browser.conftest import QuietHandler
from browser.visit import HTML, WIDTHS, Visit, accessibility_faults, assert_fits
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

import nudp
from nudp import searches

ROOT = HTML.parents[1]
LITE = HTML / "lite"
EXECUTED = ROOT / "_build" / "executed" / "notebooks"
CHAPTERS = sorted(path.stem for path in (HTML / "notebooks").glob("*.html"))
WORKBENCH, OFFLINE = "lite/workbench.html", "lite/nudp-offline.html"
OF_CI = ("signal", "your-search", "one-photon")
PHONE = 320  # pixels, the narrowest
LONG = 1_800_000  # ms, for a chapter
START = 300_000  # ms, for Python
# What scripts of the theme say of themselves.
OF_THE_THEME = ("[PST]", "[togglebutton]")
#: The curves of Figs. 1 to 3.
EIGHT = (
    "BELLE2_LOW_MASS",
    "BELLE2_HIGH_MASS",
    "BELLE2_BBG",
    "BESIII",
    "STCF_2GEV",
    "STCF_4GEV",
    "STCF_7GEV",
    "STCF_4GEV_30AB",
)
MASSES = "np.geomspace(0.01, 12, 200)"

pytestmark = pytest.mark.timeout(2400)


def marked(names: list[str]) -> list:
    """All but those of CI are slow."""
    return [pytest.param(n, marks=[] if n in OF_CI else pytest.mark.slow) for n in names]


def worksheets_maker():
    """Import the script that makes the worksheets."""
    path = ROOT / "book" / "worksheets" / "make.py"
    spec = importlib.util.spec_from_file_location("worksheets_make", path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


make = worksheets_maker()


@contextmanager
def visited(
    browser: Browser, base: str, name: str, width: int = WIDTHS["wide"], mode: str = "light"
) -> Iterator[Page]:
    """A page on which nothing goes wrong, nothing is said and nothing comes from outside."""
    with Visit(browser, base, name, width, mode) as visit:

        def heard(message: ConsoleMessage) -> None:
            if not message.text.startswith(OF_THE_THEME):
                visit.faults.append(f"said: {message.text}")

        visit.page.on("console", heard)
        yield visit.page
        assert not visit.faults


def started(page: Page) -> None:
    """Press the button of a chapter and wait for Python."""
    page.get_by_role("button", name="Run in your browser").click()
    expect(page.get_by_role("button", name="Run all cells")).to_be_visible(timeout=START)


def all_run(page: Page) -> list[dict]:
    """Run every cell of a page and return what each gave."""
    started(page)
    page.get_by_role("button", name="Run all cells").click()
    line = page.locator(".lite-line")
    expect(line).to_contain_text(re.compile("cells have run|error|could not"), timeout=LONG)
    last = "nudpLite.cells().filter(cell => cell.given).at(-1).given"
    assert "cells have run" in line.inner_text(), page.evaluate(last)
    return page.evaluate("nudpLite.cells().map(({code, given, same}) => ({code, given, same}))")


def printed(outputs: list[dict]) -> list[object]:
    """What nbval compares: text of every kind, and that there is a figure."""
    return [
        output["text"]
        if output["output_type"] == "stream"
        else {k: "" if k == "image/png" else v for k, v in output.get("data", output).items()}
        for output in outputs
    ]


def ran(page: Page, code: str) -> list[dict]:
    """Run code in the Python of a page."""
    return page.evaluate("([code]) => nudpLite.run(code, '<test>')", [code])


def workbench_ready(page: Page) -> None:
    expect(page.locator("#line")).to_contain_text("is ready after", timeout=START)


# How many files the browser keeps for the next visit.
KEPT = "async () => (await (await caches.open('nudp-lite')).keys()).length"


@pytest.mark.parametrize("name", marked(CHAPTERS))
def test_chapter_gives_what_is_printed(browser: Browser, served: str, name: str) -> None:
    stored = nbformat.read(EXECUTED / f"{name}.ipynb", as_version=4)
    code = [cell for cell in stored.cells if cell.cell_type == "code"]
    with visited(browser, served, f"notebooks/{name}.html") as page:
        cells = all_run(page)
    assert len(cells) == len(code)
    for cell, here in zip(code, cells, strict=True):
        assert cell.source == here["code"]
        if "emscripten" not in cell.source:
            assert printed(here["given"]) == printed(cell.outputs), cell.source
            assert here["same"]
        else:
            assert "page" in here["given"][0]["text"]


@pytest.mark.parametrize("name", marked([source.stem for source in make.SOURCES]))
def test_worksheet(browser: Browser, served: str, name: str) -> None:
    key = make.solved(ROOT / "book" / "worksheets" / f"{name}.md")
    with visited(browser, served, f"lite/{name}.html") as page:
        assert page.locator("mjx-container").count() > 5
        # as students get it, every check fails with a hint and stops nothing
        kinds = [
            output["ename"]
            for cell in all_run(page)
            for output in cell["given"]
            if output["output_type"] == "error"
        ]
        checks = [cell for cell in key.cells if "check" in make.tags(cell)]
        assert kinds == ["NotRight"] * len(checks)
        for cell in key.cells:
            if cell.cell_type == "code":
                outputs = ran(page, cell.source)
                assert not [o for o in outputs if o["output_type"] == "error"], outputs
                if "check" in make.tags(cell):
                    assert "".join(o["text"] for o in outputs).endswith("right.\n")


def test_eight_curves_as_outside(browser: Browser, served: str) -> None:
    code = (
        "import json, time\nimport numpy as np\nimport nudp\n"
        f"m_N, start = {MASSES}, time.perf_counter()\n"
        f"all_ = [getattr(nudp.searches, name) for name in {EIGHT}]\n"
        "curves = [nudp.upper_limit(search, m_N, nudp.PUBLISHED) for search in all_]\n"
        "seconds = time.perf_counter() - start\n"
        "print(json.dumps([seconds, [[repr(float(d)) for d in curve] for curve in curves]]))"
    )
    with visited(browser, served, WORKBENCH) as page:
        workbench_ready(page)
        (first,) = ran(page, code)
        (again,) = ran(page, code)
    m_N = np.geomspace(0.01, 12, 200)
    native = np.inf
    for _ in range(3):
        start = time.perf_counter()
        curves = [nudp.upper_limit(getattr(searches, n), m_N, nudp.PUBLISHED) for n in EIGHT]
        native = min(native, time.perf_counter() - start)
    seconds, found = json.loads(again["text"])
    assert found == json.loads(first["text"])[1]
    np.testing.assert_allclose(np.array(found, dtype=float), curves, rtol=1e-12)
    assert seconds < 6 * native


def examples(page: Page) -> int:
    """Run every example of the workbench; return how many drew a figure."""
    drawn = 0
    titles = page.locator("#choice option").all_text_contents()
    assert len(titles) == 10
    for i, title in enumerate(titles):
        page.locator("#choice").select_option(str(i))
        page.get_by_role("button", name="Run").click()
        expect(page.locator("#line")).to_contain_text("Done in", timeout=START)
        assert page.locator("#output > *").count(), title
        assert not page.locator("#output .error, #output .stderr").count(), title
        drawn += page.locator("#output img").count()
    return drawn


@pytest.mark.parametrize("name", [WORKBENCH, OFFLINE])
def test_workbench_behind_a_server(browser: Browser, served: str, name: str) -> None:
    with visited(browser, served, name) as page:
        workbench_ready(page)
        assert examples(page) >= 2


def test_workbench_from_its_folder(browser: Browser, tmp_path: Path) -> None:
    # alone on a stick, in the dark
    alone = tmp_path / "nudp.html"
    alone.write_bytes((HTML / OFFLINE).read_bytes())
    with visited(browser, tmp_path.as_uri(), alone.name, mode="dark") as page:
        workbench_ready(page)
        assert examples(page) >= 2
        page.locator("#code").fill("import matplotlib.pyplot as plt\nplt.plot([1, 2])\n1 / 0")
        page.get_by_role("button", name="Run").click()
        expect(page.locator("#output .error")).to_contain_text("ZeroDivisionError", timeout=START)
        assert not accessibility_faults(page)
        # a figure keeps its colours, on white
        look = "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).filter]"
        assert page.locator("#output img").evaluate(look) == ["rgb(255, 255, 255)", "none"]


def test_workbench_on_a_phone_by_keyboard_alone(browser: Browser, served: str) -> None:
    with visited(browser, served, WORKBENCH, PHONE) as page:
        workbench_ready(page)
        page.keyboard.press("Tab")
        expect(page.locator("#choice")).to_be_focused()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
        expect(page.locator("#code")).to_be_focused()
        page.keyboard.press("Control+A")
        page.keyboard.type("print(6 * 7)")
        page.keyboard.press("Shift+Enter")
        expect(page.locator("#output pre")).to_have_text("42\n", timeout=START)
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Run")).to_be_focused()
        assert_fits(page)


def test_workbench_without_its_files_says_which_to_open(browser: Browser) -> None:
    with visited(browser, HTML.as_uri(), WORKBENCH) as page:
        expect(page.locator("#line a")).to_have_attribute("href", "nudp-offline.html")


def test_chapter_from_its_folder_says_what_to_do(browser: Browser) -> None:
    with visited(browser, HTML.as_uri(), "notebooks/signal.html") as page:
        link = page.locator(".lite-line a")
        assert link.get_attribute("href").endswith("lite/nudp-offline.html")
        assert not page.get_by_role("button", name="Run in your browser").count()


def test_second_visit_asks_for_no_file(browser: Browser, served: str) -> None:
    with visited(browser, served, "notebooks/operator.html") as page:
        asked: list[str] = []
        page.context.on("request", lambda request: asked.append(request.url))
        started(page)
        files = [url for url in asked if "/lite/files/" in url]
        assert len(files) > 15
        deadline = time.monotonic() + START / 1000
        while page.evaluate(KEPT) < len(files) and time.monotonic() < deadline:
            page.wait_for_timeout(1000)
        asked.clear()
        page.reload()
        started(page)
        expect(page.locator(".lite-line")).to_contain_text("had kept")
    assert asked
    assert not [url for url in asked if "/lite/files/" in url]


def test_failed_load_says_what_to_do(browser: Browser, served: str) -> None:
    with Visit(browser, served, "notebooks/operator.html", WIDTHS["narrow"], "light") as visit:
        page = visit.page
        page.context.route("**/files/scipy*", lambda route: route.abort())
        page.get_by_role("button", name="Run in your browser").click()
        again = page.get_by_role("button", name="Try again")
        expect(again).to_be_visible(timeout=START)
        text = page.locator(".lite-line").inner_text()
        assert "scipy" in text and "try again" in text
        page.context.unroute("**/files/scipy*")
        again.click()
        expect(page.get_by_role("button", name="Run all cells")).to_be_visible(timeout=START)


@pytest.mark.slow
def test_what_never_answers_is_given_up(browser: Browser, served: str) -> None:
    """A store that keeps silent is passed over, and a file that does is named."""
    code = (LITE / "worker.js").read_text(encoding="utf-8")
    silent = "CacheStorage.prototype.open = () => new Promise(() => {});\n"
    with Visit(browser, served, "notebooks/operator.html", WIDTHS["narrow"], "light") as visit:
        page = visit.page
        page.context.route("**/lite/worker.js", lambda route: route.fulfill(body=silent + code))
        page.context.route("**/files/scipy*", lambda route: None)
        page.get_by_role("button", name="Run in your browser").click()
        again = page.get_by_role("button", name="Try again")
        expect(again).to_be_visible(timeout=START)
        expect(page.locator(".lite-line")).to_contain_text("nothing of scipy")
        page.context.unroute("**/files/scipy*")
        again.click()
        expect(page.get_by_role("button", name="Run all cells")).to_be_visible(timeout=START)


def test_phone_and_keyboard_alone(browser: Browser, served: str) -> None:
    with Visit(browser, served, "notebooks/operator.html", PHONE, "light") as visit:
        page = visit.page
        page.get_by_role("button", name="Run in your browser").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Run all cells")).to_be_focused(timeout=START)
        page.get_by_role("button", name="Edit cell 1", exact=True).focus()
        page.keyboard.press("Enter")
        area = page.get_by_label("Code of cell 1", exact=True)
        expect(area).to_be_focused()
        page.keyboard.press("Control+End")
        page.keyboard.press("Enter")
        page.keyboard.type("print(6 * 7)")
        page.keyboard.press("Shift+Enter")
        output = page.locator(".lite-output pre").first
        expect(output).to_have_text("42\n", timeout=START)
        page.keyboard.press("Tab")  # out of the code, which a screen reader's user must be able to
        expect(area).not_to_be_focused()
        assert_fits(page)
        assert not visit.faults
        assert not accessibility_faults(page)


@pytest.mark.parametrize(("width", "mode"), [(WIDTHS["wide"], "light"), (PHONE, "dark")])
@pytest.mark.parametrize("name", [WORKBENCH, OFFLINE, "lite/one-photon.html"])
def test_pages_of_our_own(browser: Browser, served: str, name: str, width: int, mode: str) -> None:
    with visited(browser, served, name, width, mode) as page:
        assert_fits(page)
        assert not accessibility_faults(page)


LIMIT = "import nudp; nudp.upper_limit(nudp.searches.BELLE2_LOW_MASS, 1.0, nudp.DIRAC)"
BARE = f"""<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<title>bare</title><script type="module">
import {{ loadPyodide }} from "./pyodide.mjs";
const python = await loadPyodide();
await python.loadPackage(["numpy", "scipy", "nudp"], {{ messageCallback: () => {{}} }});
python.runPython("{LIMIT}");
document.title = "done";
</script>"""
BARE_ALONE = f"""<!doctype html><meta charset="utf-8"><title>bare</title>
<script>const held = {{}};</script>SCRIPTS<script type="module">
const bytes = name => Uint8Array.fromBase64(held[name]);
const kind = name => name.endsWith(".wasm") ? "application/wasm" : "text/javascript";
const answer = name => new Response(bytes(name), {{ headers: {{ "content-type": kind(name) }} }});
const blob = name => new Blob([bytes(name)], {{ type: kind(name) }});
const imported = name => import(URL.createObjectURL(blob(name)));
window.fetch = async address => answer(String(address.url ?? address).split("/").pop());
const {{ loadPyodide }} = await imported("pyodide.mjs");
const python = await loadPyodide({{
    indexURL: "http://x.invalid/",
    packageBaseUrl: "http://x.invalid/",
    lockFileContents: new TextDecoder().decode(bytes("pyodide-lock.json")),
    createPyodideModule: (await imported("pyodide.asm.mjs")).default,
}});
await python.loadPackage(["numpy", "scipy", "nudp"], {{ messageCallback: () => {{}} }});
python.runPython("{LIMIT}");
document.title = "done";
</script>"""
NEEDED = ("pyodide*", "python_stdlib.zip", "numpy-*", "scipy-*", "nudp-*")


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[str]:
    """A page that loads Pyodide, numpy, scipy and nudp, and nothing else, behind a server."""
    for path in (LITE / "files").iterdir():
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "bare.html").write_text(BARE, encoding="utf-8")
    handler = partial(QuietHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def bare_alone(tmp_path: Path) -> str:
    """The same from a folder, with each file in a script."""
    folder = tmp_path / "alone"
    folder.mkdir()
    scripts = ""
    for path in (path for name in NEEDED for path in (LITE / "files").glob(name)):
        coded = base64.b64encode(path.read_bytes()).decode()
        (folder / f"{path.name}.js").write_text(f'held["{path.name}"] = "{coded}";')
        scripts += f'<script src="{path.name}.js"></script>'
    (folder / "bare.html").write_text(BARE_ALONE.replace("SCRIPTS", scripts), encoding="utf-8")
    return folder.as_uri()


LINE = "document.getElementById('line').textContent"


def until(page: Page, what: str) -> None:
    """Wait, and look every tenth of a second; `expect` would soon look once a second only."""
    page.wait_for_function(what, timeout=START, polling=100)


@pytest.mark.slow
@pytest.mark.parametrize("where", ["server", "folder"])
def test_first_limit_nearly_as_fast_as_bare(
    browser: Browser, served: str, bare: str, bare_alone: str, where: str
) -> None:
    ours, theirs = [], []
    of_folder = (HTML.as_uri(), OFFLINE, bare_alone)
    base, name, bare = (served, WORKBENCH, bare) if where == "server" else of_folder
    for _ in range(3):
        start = time.perf_counter()
        with visited(browser, bare, "bare.html") as page:
            until(page, "document.title === 'done'")
            theirs.append(time.perf_counter() - start)
        start = time.perf_counter()
        with visited(browser, base, name) as page:
            until(page, f"{LINE}.includes('is ready after')")
            page.get_by_role("button", name="Run").click()
            until(page, f"{LINE}.startsWith('Done in')")
            ours.append(time.perf_counter() - start)
    assert min(ours) < 1.2 * min(theirs)
