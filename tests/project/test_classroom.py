"""What a class gets without a network: quiz, handout, marks, what is installed and served."""

from __future__ import annotations

import importlib.util
import re
import threading
import tomllib
import urllib.request
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "publish" / "classroom"


def module(name: str):
    """Import a script of the folder, which is no package."""
    spec = importlib.util.spec_from_file_location(f"classroom_{name}", FOLDER / f"{name}.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


make = module("make")
start = module("start")
ASKED = tomllib.loads((FOLDER / "quiz.toml").read_text(encoding="utf-8"))["question"]


def test_quiz() -> None:
    given, key = make.quiz(answers=False), make.quiz(answers=True)
    assert len(ASKED) == 10 and all(len(asked["wrong"]) == 3 for asked in ASKED)
    letters = re.findall(r"^- ([A-D])\..*\*\*Right\.\*\*", key, re.MULTILINE)
    assert len(letters) == 10 and set(letters) == set("ABCD")
    for asked in ASKED:
        thoughts = [asked["why"], *(thought for _, thought in asked["wrong"])]
        assert len(set(thoughts)) == 4
        assert all(thought in key and thought not in given for thought in thoughts)
        choices = [asked["right"], *(choice for choice, _ in asked["wrong"])]
        assert len(set(choices)) == 4 and all(choice in given for choice in choices)
    assert "Right" not in given
    # the same letters on paper and in the key
    assert [c.split(" *")[0] for c in re.findall(r"^- .*", key, re.MULTILINE)] == re.findall(
        r"^- .*", given, re.MULTILINE
    )


def test_handout_holds_no_answer_and_stops_before_the_vote() -> None:
    sheet = make.filled(make.source("handout.md"), make.numbers())
    assert "<<" not in sheet
    worksheets = make.worksheets
    for name in ("one-photon", "limit-from-a-count"):
        nb = worksheets.solved(worksheets.FOLDER / f"{name}.md")
        (cell,) = (cell for cell in nb.cells if "questions" in worksheets.tags(cell))
        questions: dict = {"__name__": name}
        exec(compile(cell.source, name, "exec", dont_inherit=True), questions)
        for asked in questions["QUESTIONS"].values():
            # a plain 2 or -1 stands for more than an answer
            long = [f"{value:.3g}" for value in np.ravel(asked().right) if value % 1]
            assert not [x for x in long if re.search(rf"(?<![\d.]){re.escape(x)}(?!\d)", sheet)]
    for later in ("MeV", "ten times", "root", "slope", "threshold is", "outside"):
        assert later not in sheet


def test_marks_are_those_of_the_worksheets() -> None:
    page = make.source("marks.md")
    for path in make.worksheets.SOURCES:
        nb = make.worksheets.solved(path)
        title = nb.cells[0].source.splitlines()[0].removeprefix("# ")
        graded = [c.metadata.nbgrader for c in nb.cells if "nbgrader" in c.metadata]
        in_words = sum(told.points for told in graded if told.grade and told.solution)
        assert f"## {title}: {in_words}\n" in page
        section = page.split(f"## {title}")[1].split("## ")[0]
        # the lab asks for three of five, with the same marks each
        counted = section.count("**1**") + 2 * 3 * ("Three of five" in section)
        assert counted == in_words


def test_what_a_class_installs_is_what_the_book_was_tested_with() -> None:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    book = [Requirement(line.split(" \\")[0]) for line in lines if not line.startswith(" ")]
    ours = {what.name for what, _ in make.locked()}
    both = {(what.name, str(what.specifier)) for what in book if what.name in ours}
    assert both == {
        (what.name, str(what.specifier))
        for what, _ in make.locked()
        if what.name in {name for name, _ in both}
    }
    assert {"numpy", "scipy", "matplotlib", "pandas", "jupyterlab"} <= ours
    assert all(" --hash=sha256:" in entry for _, entry in make.locked())


@pytest.mark.parametrize(("system", "own"), [("windows", "pywinpty"), ("macos", "appnope")])
def test_markers_are_those_of_the_students_machine(system: str, own: str) -> None:
    names = [entry.split("==")[0] for entry in make.needed(system, "3.12").splitlines()]
    assert own in names and len(names) == len(set(names))
    assert own not in [entry.split("==")[0] for entry in make.needed("linux", "3.12").splitlines()]
    # 3.11.0 and 3.11.99 want two versions of one package
    early = make.needed(system, "3.11").splitlines()
    lists = list(make.apart(early))
    assert sorted(entry for entries in lists for entry in entries) == sorted(early)
    for entries in lists:
        assert len(entries) == len({entry.split("==")[0] for entry in entries})


def test_the_folder_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "FOLDER", tmp_path)
    (tmp_path / start.FIRST).write_text("first", encoding="utf-8")
    (tmp_path / "a.mjs").write_text("1", encoding="utf-8")
    with start.server("127.0.0.1") as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{serving.server_port}"
        get = partial(urllib.request.urlopen, timeout=10)
        with get(f"{base}/") as answer:
            assert answer.read() == b"first" and answer.headers["content-type"] == "text/html"
        with get(f"{base}/a.mjs") as answer:
            assert answer.headers["content-type"] == "text/javascript"
        serving.shutdown()
