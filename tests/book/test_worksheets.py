"""The worksheets: solved they pass, unsolved they fail with a hint, and the key stays apart."""

from __future__ import annotations

import ast
import importlib.util
import re
from functools import cache
from pathlib import Path

import nbformat
import numpy as np
import pytest

# left to `make test SLOW=1`
pytestmark = pytest.mark.slow

FOLDER = Path(__file__).resolve().parents[2] / "book" / "worksheets"


def module(name: str):
    """Import a script of the folder, which is no package."""
    spec = importlib.util.spec_from_file_location(f"worksheets_{name}", FOLDER / f"{name}.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


make = module("make")
checking = module("checking")
NAMES = [source.stem for source in make.SOURCES]


def solved(name: str) -> nbformat.NotebookNode:
    return make.solved(FOLDER / f"{name}.md")


def student(name: str) -> nbformat.NotebookNode:
    return make.student(solved(name))


def tagged(nb: nbformat.NotebookNode, tag: str) -> list[nbformat.NotebookNode]:
    return [cell for cell in nb.cells if tag in make.tags(cell)]


@cache
def questions(name: str) -> dict:
    """The questions of a worksheet, in the namespace of its folded cell."""
    (cell,) = tagged(solved(name), "questions")
    namespace: dict = {"__name__": f"questions of {name}", "GROUP": 1}
    exec(compile(cell.source, f"{name}.md", "exec", dont_inherit=True), namespace)
    return namespace


ASKED = [(name, q) for name in NAMES for q in questions(name)["QUESTIONS"]]


@cache
def asked(name: str, question: str):
    return questions(name)["QUESTIONS"][question]()


def mistakes() -> list[tuple[str, str, str, object]]:
    return [(name, q, hint, wrong) for name, q in ASKED for hint, wrong in asked(name, q).mistakes]


def errors(nb: nbformat.NotebookNode) -> dict[int, tuple[str, str]]:
    return {
        i: (output.ename, output.evalue)
        for i, cell in enumerate(nb.cells)
        for output in cell.get("outputs", ())
        if output.output_type == "error"
    }


@pytest.mark.parametrize("name", NAMES)
def test_solved_it_passes(name: str) -> None:
    nb = make.execute(solved(name))
    for cell in tagged(nb, "check"):
        assert "".join(o.text for o in cell.outputs).endswith("right.\n"), cell.source
    assert not [o for c in nb.cells for o in c.get("outputs", ()) if o.get("name") == "stderr"]


@pytest.mark.parametrize("name", NAMES)
def test_unsolved_every_check_fails_with_a_message(name: str) -> None:
    nb = make.execute(student(name), allow_errors=True)
    found = errors(nb)
    checks = [i for i, cell in enumerate(nb.cells) if "check" in make.tags(cell)]
    assert sorted(found) == checks
    for kind, message in found.values():
        assert kind == "NotRight"
        assert checking.OPEN in message


@pytest.mark.parametrize("name", NAMES)
def test_every_question_is_checked_once(name: str) -> None:
    cells = [ast.parse(cell.source).body[0].value for cell in tagged(solved(name), "check")]
    assert [call.func.id for call in cells] == ["check"] * len(cells)
    assert [call.args[0].value for call in cells] == list(questions(name)["QUESTIONS"])


@pytest.mark.parametrize("name", NAMES)
def test_student_version_is_a_clean_notebook(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.ipynb"
    make.write(student(name), path)
    nb = nbformat.read(path, as_version=4)
    nbformat.validate(nb)
    assert all(not cell.get("outputs") for cell in nb.cells)
    first = path.read_bytes()
    make.write(student(name), path)
    assert path.read_bytes() == first
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("name", NAMES)
def test_no_solution_is_left(name: str) -> None:
    key, given = solved(name), student(name)
    answers = tagged(key, "solution")
    assert len(answers) == len(tagged(given, "answer"))
    assert not tagged(given, "solution")
    kept = "\n".join(cell.source for cell in key.cells if cell not in answers)
    shown = "\n".join(cell.source for cell in given.cells)
    for cell in answers:
        text = cell.source
        pieces = text.splitlines() if cell.cell_type == "code" else re.split(r"(?<=[.?!])\s", text)
        for piece in filter(None, map(str.strip, pieces)):
            # a line that stands in a cell given to the student is no secret
            assert piece in kept or piece not in shown, piece
    for cell in tagged(given, "answer"):
        lines = cell.source.splitlines()
        assert lines[0] in (make.TURN, make.ANSWER)
        assert all(re.fullmatch(r"\w+ = \.\.\.", line) for line in lines[1:]), cell.source


@pytest.mark.parametrize(("name", "q"), ASKED)
def test_right_within_its_tolerance(name: str, q: str) -> None:
    question = asked(name, q)
    right = np.asarray(question.right, dtype=float)
    for inside in (1 - question.tolerance / 2, 1 + question.tolerance / 2):
        assert checking.verdict(right * inside, question) is None
    for outside in (1 - 2 * question.tolerance, 1 + 2 * question.tolerance, 3.0, -1.0):
        assert checking.verdict(right * outside, question) is not None


@pytest.mark.parametrize(("name", "q", "hint", "wrong"), mistakes())
def test_a_known_mistake_gives_its_hint(name: str, q: str, hint: str, wrong: object) -> None:
    assert checking.verdict(wrong, asked(name, q)) == hint


@pytest.mark.parametrize(("name", "q"), ASKED)
def test_no_message_gives_the_answer_away(name: str, q: str) -> None:
    question = asked(name, q)
    right = np.asarray(question.right, dtype=float)
    messages = [hint for hint, _ in question.mistakes]
    messages += [checking.verdict(right * f, question) for f in (0.3, 0.5, 1.2, 2, 4, 30, 1000, -1)]
    for value in right.ravel():
        for digits in (3, 4):
            shown = f"{value:.{digits}g}"
            assert not [m for m in messages if m and re.search(rf"(?<![\d.]){shown}(?!\d)", m)]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, "no answer yet"),
        ([..., 1.0], "no answer yet"),
        ("a few", "a number is wanted"),
        ([1.0, 2.0, 3.0], "a list of 2 numbers is wanted; this is a list of 3 numbers."),
        (2.0, "this is a single number."),
        ([2.0], "this is a list of one number."),
        ([[2.0, 4.0]], "this is a table of 1 times 2 numbers."),
        ([np.inf, 4.0], "above threshold"),
        ([2.0, 5.0], "some entries are right"),
        ([0.0, 0.0], "zero"),
        ([-2.0, -4.0], "sign is wrong"),
        ([2.0, -5.0], "some entries"),
        ([3.0, 9.0], "depends"),
        ([2e3, 4e3], "thousand"),
        ([4.0, 8.0], "too large by a factor of two"),
        ([0.5, 1.0], "too small by a factor of four"),
        ([2.1, 4.2], "a little too large"),
        ([60.0, 120.0], "more than a factor of ten"),
        ([6.0, 12.0], "too large."),
    ],
)
def test_unforeseen_answers(answer: object, message: str) -> None:
    checking.QUESTIONS["pair"] = lambda: checking.Question([2.0, 4.0])
    with pytest.raises(checking.NotRight, match=re.escape(message)):
        checking.check("pair", answer)


def test_words_and_functions(capsys: pytest.CaptureFixture) -> None:
    checking.QUESTIONS["frame"] = lambda: checking.Question("lab", [("Sure?", "cm")])
    checking.check("frame", " Lab ")
    assert capsys.readouterr().out == "frame: right.\n"
    for wrong, message in (("cm", "Sure"), ("moon", "think again"), (3.0, "words")):
        with pytest.raises(checking.NotRight, match=message):
            checking.check("frame", wrong)
    double = checking.Question(6.0, arguments=(3.0,))
    assert checking.verdict(lambda x: 2 * x, double) is None
    assert checking.verdict(lambda x: None, double) == checking.OPEN
    assert "ZeroDivisionError" in checking.verdict(lambda x: x / 0, double)


@pytest.mark.parametrize("name", NAMES)
def test_cells_bear_what_nbgrader_asks_for(name: str) -> None:
    """Its schema, version 3; a cell of text with marks is written by students and graded."""
    for nb in (solved(name), student(name)):
        cells = [cell for cell in nb.cells if "nbgrader" in cell.metadata]
        ids = [cell.metadata.nbgrader.grade_id for cell in cells]
        assert len(ids) == len(set(ids)) and all(re.fullmatch(r"[\w-]+", i) for i in ids)
        for cell in cells:
            told = cell.metadata.nbgrader
            assert told.schema_version == 3 and told.cell_type == cell.cell_type
            assert told.solution is not told.locked and not told.task
            assert ("points" in told) is told.grade
            assert cell.cell_type == "code" or (told.grade and told.solution)
        graded = [cell for cell in cells if cell.metadata.nbgrader.grade]
        by_machine = [c.metadata.nbgrader.grade_id for c in graded if c.cell_type == "code"]
        assert by_machine == list(questions(name)["QUESTIONS"])
        in_words = sum(c.metadata.nbgrader.points for c in graded if c.cell_type == "markdown")
        assert nb.cells[-1].source == f"score(NAME, {in_words})" and in_words > 0
        assert nb.cells[-1].metadata.nbgrader.locked
    answers = tagged(student(name), "answer")
    assert all(c.metadata.nbgrader.solution for c in answers if "nbgrader" in c.metadata)
    assert [c for c in answers if c.cell_type == "markdown" and "nbgrader" not in c.metadata] == []


def test_score(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    """A right answer counts once, one that is made wrong again counts no more."""
    monkeypatch.setattr(checking, "QUESTIONS", {q: lambda: checking.Question(2.0) for q in "ab"})
    monkeypatch.setattr(checking, "REACHED", set())
    checking.check("a", 2.0)
    checking.check("a", 2.0)
    checking.score("Ada ", 3)
    assert "Ada: 1 of 2 points\nStill open: b.\nUp to 3 more" in capsys.readouterr().out
    with pytest.raises(checking.NotRight):
        checking.check("a", 3.0)
    checking.check("b", 2.0)
    checking.score("", 3)
    assert "No name yet" in (told := capsys.readouterr().out) and "1 of 2 points" in told
    assert "Still open: a." in told


def test_a_right_answer_that_warns_is_right(recwarn: pytest.WarningsRecorder) -> None:
    """For nbgrader a warning is a failure."""
    checking.QUESTIONS["warns"] = lambda: checking.Question(2.0, arguments=(0.0,))
    checking.check("warns", lambda B: np.where(B > 0, 1 / np.float64(B), 2.0))
    assert not recwarn


def test_what_the_lab_hides_is_told_to_the_teacher() -> None:
    rows = make.hidden(3)
    lab = questions("find-the-signal")
    assert [(row.number, row.m_N, row.d) for row in rows] == [
        (group, *map(float, lab["world"](group))) for group in range(1, 4)
    ]
    assert len({row.d for row in rows}) == 3
    for row in rows:
        assert row.photons == len(lab["data_of"](row.number))
        # twice the half width at 95 % is four standard deviations
        assert abs(row.d_fit - row.d) < 2 * row.d_error


@pytest.mark.parametrize("group", range(1, 13))
def test_every_group_has_a_signal_to_find(group: int) -> None:
    """The fit of the lab comes back near what was hidden, for a dozen groups."""
    lab = questions("find-the-signal")
    data = lab["data_of"](group)
    m_hidden, d_hidden = lab["world"](group)
    m_N, d, half_width = lab["fitted"](lab["DIRAC"], data)
    B = lab["limits"].yields(lab["STCF"], 1.0, lab["DIRAC"]).background[0]
    assert len(data) - B > 3 * np.sqrt(B)
    assert abs(m_N - m_hidden) < 0.05 * m_hidden
    # twice the half width at 95 % is four standard deviations
    assert abs(d - d_hidden) < 2 * half_width(3.84)
