"""The stored results of the mutation tests, and the program that makes them."""

import shutil

import pytest
from mutants import run


def test_stored_results_are_good_and_of_this_code():
    assert list(run.complaints()) == []


def stored_copy(folder):
    for name in run.FIELDS:
        shutil.copy(run.STORED / f"{name}.csv", folder)
    return folder


def surviving(rows):
    return next(row for row in rows if int(row["survived"]) > 0)


def few_killed(folder):
    rows = run.read("counts", folder)
    worst = max(
        (row for row in rows if row["module"] == "limits"), key=lambda row: int(row["killed"])
    )
    worst["killed"] = "0"
    run.write("counts", rows, folder)


def no_reason(folder):
    rows = run.read("survivors", folder)
    rows[0]["reason"] = " "
    run.write("survivors", rows, folder)


def one_not_listed(folder):
    run.write("survivors", run.read("survivors", folder)[1:], folder)


def one_listed_too_often(folder):
    rows = run.read("survivors", folder)
    run.write("survivors", [*rows, rows[-1]], folder)


def one_not_counted(folder):
    rows = run.read("counts", folder)
    row = surviving(rows)
    row["survived"] = str(int(row["survived"]) - 1)
    run.write("counts", rows, folder)


def another_code(folder):
    rows = run.read("runs", folder)
    rows[0]["source"] = "0" * 16
    run.write("runs", rows, folder)


def never_run(folder):
    for name in run.FIELDS:
        rows = [row for row in run.read(name, folder) if row["module"] != "background"]
        run.write(name, rows, folder)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (few_killed, "limits: .* fewer than 90%"),
        (no_reason, "survived without a reason"),
        (one_not_listed, "survivors listed"),
        (one_listed_too_often, "survivors listed"),
        (one_not_counted, "do not add up"),
        (another_code, "make mutants"),
        (never_run, "background: 0 of 0 mutants"),
    ],
)
def test_results_that_lie_are_noticed(tmp_path, fault, words):
    folder = stored_copy(tmp_path)
    assert list(run.complaints(folder)) == []
    fault(folder)
    with pytest.raises(AssertionError, match=words):
        assert not "\n".join(run.complaints(folder))


CODE = '''
"""Areas."""

SCALE = 2.0  # of what


def area(width, height=3.0):
    """Product."""
    return SCALE * width * height
'''


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (("Product.", "Width times height."), True),
        (("  # of what", ""), True),
        (("\n\n\n", "\n\n"), True),
        (("SCALE = 2.0", "SCALE = 2.1"), False),
        (("height=3.0", "height=4.0"), False),
        (("width * height", "width / height"), False),
    ],
)
def test_the_hash_knows_code_from_words(change, same):
    assert (run.source_hash(CODE.replace(*change)) == run.source_hash(CODE)) == same
