"""A chapter is executed whole or not at all, and a build that stops says where."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAD = """---
kernelspec:
  display_name: Python 3 (ipykernel)
  language: python
  name: python3
---

# A chapter

```{code-cell} ipython3
print("one", end=" ", flush=True)
print("line")
```

```{code-cell} ipython3
"""


def execute(folder: Path, cell: str) -> subprocess.CompletedProcess[str]:
    """Execute a chapter whose second cell is given."""
    (folder / "lots.md").write_text(f"{HEAD}{cell}\n```\n", encoding="utf-8")
    command = [sys.executable, str(ROOT / "notebooks" / "execute.py"), "lots.md", "made/lots.ipynb"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_second_run_gives_the_same_bytes(tmp_path: Path) -> None:
    made = []
    for _ in range(2):
        done = execute(tmp_path, "1 + 1")
        assert done.returncode == 0, done.stderr
        made.append((tmp_path / "made" / "lots.ipynb").read_bytes())
    assert made[0] == made[1]
    assert done.stdout.splitlines()[0] == "lots.md ..."
    printed = nbformat.reads(made[0].decode(), 4).cells[1].outputs
    assert [output.text for output in printed] == ["one line\n"]
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == ["lots.d", "lots.ipynb"]


def test_make_is_told_which_modules_a_chapter_has_loaded(tmp_path: Path) -> None:
    (tmp_path / "notebooks").mkdir()
    for name in ("called", "idle"):
        (tmp_path / "notebooks" / f"{name}.py").touch()
    done = execute(tmp_path, "import sys; sys.path.append('notebooks')\nimport called, pathlib")
    assert done.returncode == 0, done.stderr
    rules = "made/lots.ipynb: notebooks/called.py\nnotebooks/called.py:\n"
    assert (tmp_path / "made" / "lots.d").read_text(encoding="utf-8") == rules


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("d = 1\n1 / 0", "ZeroDivisionError: division by zero"),
        ("d = 1\nimport warnings; warnings.warn('beware')", "UserWarning: beware"),
        ("d = 1\nimport os; os._exit(1)", "DeadKernelError"),
    ],
)
def test_a_cell_that_fails_is_named(tmp_path: Path, cell: str, says: str) -> None:
    done = execute(tmp_path, cell)
    assert done.returncode == 1
    assert not (tmp_path / "made").exists()
    shown = done.stderr[done.stderr.index("lots.md, ") :].splitlines()
    assert says in "\n".join(shown)
    assert len(shown) < 6
    if says != "DeadKernelError":
        place = ", line 2" if "/ 0" in cell else ""
        assert shown[0].startswith(f"lots.md, cell 2{place} (d = 1): ")
