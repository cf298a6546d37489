"""The program itself, on a toy: part of `make mutants`."""

from mutants import run

TOY = '''
from dataclasses import dataclass

SCALE = 2.0


@dataclass(frozen=True)
class Box:
    width: float
    height: float = 3.0

    @property
    def area(self):
        """Area.

        >>> Box(2.0).area
        12.0
        """
        return SCALE * self.width * self.height


def total(boxes, extra=0.0):
    return sum(box.area for box in boxes) + extra
'''
TOY_TESTS = """
from toy.boxes import Box, total

def test_total():
    assert total([Box(1.0)]) > 0
"""


def test_killed_and_surviving_mutants_are_told_apart(tmp_path, monkeypatch):
    """Properties, constants and defaults of dataclasses among them."""
    monkeypatch.setattr(run, "HEAVY", ())
    project, folder = tmp_path / "project", tmp_path / "work"
    for path, text in {
        "toy/__init__.py": "",
        "toy/boxes.py": TOY,
        "tests/test_boxes.py": TOY_TESTS,
        "pyproject.toml": '[tool.pytest.ini_options]\naddopts = ["--import-mode=importlib"]\n',
    }.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text(text, encoding="utf-8")
    tests = ["tests/test_boxes.py", "tests/test_examples.py"]
    tried = run.mutate(project, folder, "toy", "boxes", tests)
    lost = {each[3] for each in tried if each[1] == "survived"}
    assert lost == {
        "def total(boxes, extra=1.0):",
        "return sum(box.area for box in boxes) - extra",
    }
    killed = {(function, mutant) for function, verdict, _, mutant in tried if verdict == "killed"}
    assert {"Box.area", run.AT_IMPORT} <= {function for function, _ in killed}
    assert {"SCALE = 3.0", "height: float = 4.0"} <= {mutant for _, mutant in killed}

    # with one more test one of the two is left
    file = project / "tests" / "test_boxes.py"
    file.write_text(TOY_TESTS.replace("> 0", "== 6.0"), encoding="utf-8")
    tried = run.mutate(project, folder, "toy", "boxes", tests, again=True)
    lost = [each[3] for each in tried if each[1] != "killed"]
    assert lost == ["return sum(box.area for box in boxes) - extra"]
