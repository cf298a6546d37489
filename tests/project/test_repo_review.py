"""The checks of the Scientific Python guide pass or have a reason, and the hooks find faults."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from repo_review.processor import process

# left to `make test-slow`
pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

# What the checks look at.
LOOKED_AT = (
    ".github",
    ".gitignore",
    ".pre-commit-config.yaml",
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "pyproject.toml",
)


def review(root, **options):
    """Results of all checks, by code."""
    return {result.name: result for result in process(root, **options).results}


def failing(root, **options):
    """Codes of the checks that are not met and have no reason."""
    return {code for code, result in review(root, **options).items() if result.result is False}


@pytest.fixture
def copy(tmp_path):
    """Files that the checks look at, to be broken."""
    for name in LOOKED_AT:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name)
        else:
            shutil.copy(source, tmp_path / name)
    (tmp_path / "tests").mkdir()
    return tmp_path


def test_no_check_fails_without_a_reason():
    assert failing(ROOT) == set()
    passed = [code for code, result in review(ROOT).items() if result.result]
    assert len(passed) > 40, passed


def test_every_reason_is_needed_and_says_something():
    reasons = {c: r.skip_reason for c, r in review(ROOT).items() if r.skip_reason}
    assert all(len(reason.split()) >= 2 for reason in reasons.values())
    # with nothing taken out, exactly these fail
    assert failing(ROOT, ignore={"none"}) == set(reasons)


@pytest.mark.parametrize(
    ("name", "old", "new", "code"),
    [
        (".pre-commit-config.yaml", None, None, "PY006"),
        ("LICENSE", None, None, "PY003"),
        ("pyproject.toml", "strict = true\n", "", "MY101"),
        ("pyproject.toml", 'PY004 = "', '#PY004 = "', "PY004"),
        ("pyproject.toml", '"--strict-markers",', "", "PP307"),
        ("pyproject.toml", 'license = "BSD-3-Clause"', 'license = "no such licence"', "VPP001"),
    ],
)
def test_a_fault_is_found(name, old, new, code, copy):
    assert failing(copy) == set()
    file = copy / name
    if old is None:
        file.unlink()
    else:
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")
    assert code in failing(copy)


# ---- hooks -------------------------------------------------------------------

SOUND = (
    '"""A module."""\n\n\ndef half(x: float) -> float:\n    """Half of x."""\n    return x / 2\n'
)

TEST = '"""Tests."""\n\n\ndef test():\n    assert True\n'

# For each hook a file that it shall refuse.
REFUSED = {
    "ruff-check": ("nudp/one.py", "import os\n" + SOUND),
    "ruff-format": ("nudp/one.py", SOUND.replace("x / 2", "x/2")),
    "mypy": ("nudp/one.py", SOUND.replace("x: float", "x")),
    "docstrings": ("tests/test_docstrings.py", TEST.replace("True", "False")),
    "validate-pyproject": ("pyproject.toml", "[project]\nnam = 'nudp'\n"),
    "merge-conflict": ("README.md", "<<<<<<< ours\n"),
    "trailing-whitespace": ("Makefile", "all:  \n"),
    "private-path": ("nudp/one.py.orig", SOUND),
}


def run_hook(hook, repository):
    """Run one hook over all files of a repository: whether it passed, and what it said."""
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("GIT_")},
        "PRE_COMMIT_HOME": str(repository / ".cache"),
    }
    subprocess.run(["git", "add", "-A"], cwd=repository, check=True)
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", hook, "--all-files"],
        cwd=repository,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.returncode == 0, done.stdout


@pytest.mark.parametrize("hook", REFUSED)
def test_a_hook_passes_and_refuses(hook, tmp_path):
    repository = tmp_path / "repository"
    files = {
        "nudp/one.py": SOUND,
        "tests/test_docstrings.py": TEST,
        ".gitignore": ".venv\n.cache\n_build\n",
        "README.md": "A package.\n",
    }
    for name, text in files.items():
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text(text, encoding="utf-8")
    for name in (".pre-commit-config.yaml", "pyproject.toml"):
        shutil.copy(ROOT / name, repository / name)
    subprocess.run(["git", "init", "-q"], cwd=repository, check=True)
    # .venv of the hooks is wherever this Python lives
    (repository / ".venv").symlink_to(sys.prefix)

    assert run_hook(hook, repository)[0], run_hook(hook, repository)[1]
    name, text = REFUSED[hook]
    (repository / name).write_text(text, encoding="utf-8")
    passed, said = run_hook(hook, repository)
    assert not passed
    assert hook in said


def test_every_hook_has_a_fault_to_refuse():
    text = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    hooks = [line.split(": ")[1] for line in text.splitlines() if "- id: " in line]
    assert hooks == list(REFUSED)
