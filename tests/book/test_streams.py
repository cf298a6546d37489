"""What a cell prints reaches the page in one piece, however long the cell takes."""

import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = ROOT / "notebooks" / "ipython_kernel_config.py"
SLOW = """
import sys, time
for word in ("one", "two"):
    print(word, end="")
    time.sleep(0.5)
    print(file=sys.stdout)
"""


def pieces(folder):
    """What a slow cell prints, piece by piece, under the settings of a folder."""
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(SLOW)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(folder))
        NotebookClient(nb, timeout=60).execute()
    return [output.text for output in nb.cells[0].outputs]


def test_a_slow_cell_prints_in_one_piece(tmp_path):
    profile = tmp_path / "profile_default"
    profile.mkdir()
    shutil.copy(SETTINGS, profile)
    assert pieces(tmp_path) == ["one\ntwo\n"]


def test_without_the_settings_chance_cuts_it(tmp_path):
    cut = pieces(tmp_path)
    assert len(cut) > 1
    assert "".join(cut) == "one\ntwo\n"
