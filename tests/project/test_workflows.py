"""Workflows, Binder and Colab ask for what there is: targets, files, versions, packages."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import jupytext
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".github" / "workflows"
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PYTHONS = ["3.11", "3.12", "3.13"]
WORKFLOWS = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.yml")}

#: Who may write what, and why.
WRITES = {("pages.yml", "publish"): {"pages": "write", "id-token": "write"}}

#: Modules of chapters that come under another name than their own, or with nudp and its extras.
PACKAGES = {"myst_nb": "myst-nb", "IPython": "ipython", "mpl_toolkits": "matplotlib"}


# ---- workflows -----------------------------------------------------------------------


def targets(makefile: str) -> set[str]:
    """Names that make knows."""
    return set(re.findall(r"^([a-z][a-z-]*):(?!=)", makefile, re.MULTILINE))


def workflow_faults(name: str, text: str, makefile: str = MAKEFILE) -> list[str]:
    """Say what is wrong with a workflow."""
    workflow = yaml.safe_load(text)
    faults = []
    if not re.match(r"# UNTRIED: this workflow has not run anywhere yet\.", text):
        faults.append("the head does not say that it is untried")
    if workflow.get("permissions") != {"contents": "read"}:
        faults.append(f"permissions are {workflow.get('permissions')}")
    if "group" not in workflow.get("concurrency", {}):
        faults.append("no concurrency group")
    # YAML reads the key `on` as True
    if "workflow_dispatch" not in workflow[True]:
        faults.append("cannot be started by hand")
    for job, content in workflow["jobs"].items():
        if content.get("permissions", {}) != WRITES.get((name, job), {}):
            faults.append(f"{job}: permissions are {content.get('permissions')}")
        if not 0 < content.get("timeout-minutes", 0) <= 60:
            faults.append(f"{job}: no end within an hour")
        for step in content["steps"]:
            faults += [f"{job}: {fault}" for fault in step_faults(step, makefile)]
    faults += [f"names an address: {found}" for found in re.findall(r"\w+://\S+", text)]
    return faults


def step_faults(step: dict, makefile: str) -> list[str]:
    """Say what is wrong with a step."""
    if "run" in step:
        words = step["run"].split()
        known = len(words) == 2 and words[0] == "make" and words[1] in targets(makefile)
        return [] if known else [f"{step['run']!r} is no target of the Makefile"]
    action = step["uses"]
    faults = []
    if not re.fullmatch(r"actions/[a-z-]+@(v\d+|[0-9a-f]{40})", action):
        faults.append(f"{action} is not GitHub's own, or not pinned")
    keeps = step.get("with", {}).get("persist-credentials") is not False
    if action.startswith("actions/checkout@") and keeps:
        faults.append("checkout keeps its credentials")
    return faults


@pytest.mark.parametrize("name", WORKFLOWS)
def test_workflow(name: str) -> None:
    assert workflow_faults(name, WORKFLOWS[name]) == []


def test_both_workflows_are_there() -> None:
    assert set(WORKFLOWS) == {"ci.yml", "pages.yml"}


def test_every_python_on_two_systems() -> None:
    job = yaml.safe_load(WORKFLOWS["ci.yml"])["jobs"]["test"]
    matrix = job["strategy"]["matrix"]
    assert matrix == {"os": ["ubuntu-latest", "macos-latest"], "python": PYTHONS}
    assert [step["run"] for step in job["steps"] if "run" in step] == ["make book", "make test"]
    stated = [entry.rpartition(" ")[2] for entry in PROJECT["classifiers"] if ":: 3." in entry]
    assert stated == PYTHONS


def test_what_is_published_was_built_and_tested() -> None:
    jobs = yaml.safe_load(WORKFLOWS["pages.yml"])["jobs"]
    steps = jobs["build"]["steps"]
    commands = [step["run"] for step in steps if "run" in step]
    assert commands == ["make book", "make test", "make browser"]
    assert steps[-1]["with"]["path"] == "_build/html"
    assert "HTML := _build/html\n" in MAKEFILE
    assert jobs["publish"]["needs"] == "build"


FAULTS = [
    ("ci.yml", "run: make book", "run: make books", "'make books' is no target"),
    ("ci.yml", "run: make lint", "run: pip install ruff", "'pip install ruff' is no target"),
    ("ci.yml", "# UNTRIED: this", "# This", "untried"),
    ("ci.yml", "contents: read", "contents: write", "permissions are {'contents': 'write'}"),
    ("ci.yml", "actions/checkout@v6", "actions/checkout@main", "not pinned"),
    ("ci.yml", "actions/setup-python@v6", "someone/setup-python@v6", "not GitHub's own"),
    ("ci.yml", "persist-credentials: false", "fetch-depth: 1", "keeps its credentials"),
    ("ci.yml", "timeout-minutes: 60", "timeout-minutes: 600", "no end within an hour"),
    ("ci.yml", "concurrency:", "x-concurrency:", "no concurrency group"),
    ("ci.yml", "  workflow_dispatch:\n", "", "cannot be started by hand"),
    ("ci.yml", "name: CI", "name: CI\nenv: {INDEX: 'https://host/simple'}", "names an address"),
    ("pages.yml", "pages: write", "contents: write", "publish: permissions"),
]


@pytest.mark.parametrize(("name", "old", "new", "message"), FAULTS)
def test_faulty_workflow_is_refused(name: str, old: str, new: str, message: str) -> None:
    text = WORKFLOWS[name]
    assert old in text
    faults = workflow_faults(name, text.replace(old, new))
    assert [fault for fault in faults if message in fault]


def test_versions_of_actions_are_kept_up_to_date() -> None:
    text = (FOLDER.parent / "dependabot.yml").read_text(encoding="utf-8")
    (update,) = yaml.safe_load(text)["updates"]
    assert update["package-ecosystem"] == "github-actions"
    assert update["groups"]


# ---- Binder --------------------------------------------------------------------------


def binder_faults(script: str, runtime: str, makefile: str = MAKEFILE) -> list[str]:
    """Say where Binder's environment would differ from that of the lock file."""
    faults = []
    if not re.search(r"^# UNTRIED: Binder itself has never run it\.", script, re.MULTILINE):
        faults.append("does not say that it is untried")
    commands = [line for line in script.splitlines() if line and not line.startswith("#")]
    if commands[:2] != ["set -euo pipefail", "make env"]:
        faults.append("does not begin with `make env`, or goes on after a failure")
    faults += [f"installs past the lock file: {line}" for line in commands if "pip" in line.split()]
    rule = re.search(r"^\$\(READY\):.*requirements\.lock.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    if not rule or "install --quiet --require-hashes --no-deps -r requirements.lock" not in rule[1]:
        faults.append("`make env` does not install the lock file with its hashes alone")
    if runtime.strip().removeprefix("python-") != PYTHONS[0]:
        faults.append(f"runtime is {runtime.strip()}, the lock file is made for {PYTHONS[0]}")
    return faults


SCRIPT = (ROOT / ".binder" / "postBuild").read_text(encoding="utf-8")
RUNTIME = (ROOT / ".binder" / "runtime.txt").read_text(encoding="utf-8")


def test_binder_has_the_environment_of_the_lock_file() -> None:
    assert binder_faults(SCRIPT, RUNTIME) == []
    assert f"--python-version {PYTHONS[0]} " in MAKEFILE
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert re.search(r"^ipykernel==", lock, re.MULTILINE), "postBuild makes a kernel of it"
    assert os.access(ROOT / ".binder" / "postBuild", os.X_OK)
    # these would be read instead of the two files
    assert {path.name for path in (ROOT / ".binder").iterdir()} == {"postBuild", "runtime.txt"}


def test_binder_script_is_bash() -> None:
    bash = shutil.which("bash")
    assert bash
    subprocess.run([bash, "-n", str(ROOT / ".binder" / "postBuild")], check=True)


def test_binder_kernel_has_the_name_that_chapters_ask_for() -> None:
    (name,) = re.findall(r"--name (\S+)", SCRIPT)
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        assert jupytext.read(path).metadata.kernelspec.name == name


@pytest.mark.parametrize(
    ("script", "runtime", "makefile", "message"),
    [
        (SCRIPT.replace("make env", "make book"), RUNTIME, MAKEFILE, "begin with `make env`"),
        (SCRIPT.replace("set -euo pipefail\n", ""), RUNTIME, MAKEFILE, "begin with `make env`"),
        (SCRIPT.replace("# UNTRIED: ", "# "), RUNTIME, MAKEFILE, "that it is untried"),
        (SCRIPT + "pip install numpy\n", RUNTIME, MAKEFILE, "past the lock file: pip install"),
        (SCRIPT, "python-3.9", MAKEFILE, "runtime is python-3.9"),
        (SCRIPT, RUNTIME, MAKEFILE.replace("--require-hashes", ""), "with its hashes alone"),
    ],
)
def test_faulty_binder_is_refused(script: str, runtime: str, makefile: str, message: str) -> None:
    assert [fault for fault in binder_faults(script, runtime, makefile) if message in fault]


# ---- Colab ---------------------------------------------------------------------------


def colab_packages() -> tuple[set[str], set[str]]:
    """Extras of nudp, and packages, that the data page tells readers of Colab to install."""
    text = (ROOT / "book" / "data.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^%pip install .*$", text, re.MULTILINE)
    extras = re.search(r'"\./nudp\[([a-z,]+)\]"', line)
    assert extras
    others = {word for word in line.split()[2:] if not word.startswith(("-", '"'))}
    return set(extras[1].split(",")), others


def imported(path: Path) -> set[str]:
    """Packages that a chapter, or a module beside it, imports."""
    cells = [cell.source for cell in jupytext.read(path).cells if cell.cell_type == "code"]
    found: set[str] = set()
    for node in ast.walk(ast.parse("\n".join(cells))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module or "")
    return {name.partition(".")[0] for name in found} - set(sys.stdlib_module_names)


def missing_on_colab(packages: set[str], extras: set[str], others: set[str]) -> set[str]:
    """Packages that neither nudp with its extras nor the line brings."""
    lines = [*PROJECT["dependencies"]]
    for extra in extras:
        lines += PROJECT["optional-dependencies"][extra]
    brought = {re.split(r"[\[<>=!~; ]", line)[0] for line in lines}
    beside = {path.stem for path in (ROOT / "notebooks").glob("*.py")}
    # Colab is IPython
    wanted = {PACKAGES.get(name, name) for name in packages - beside - {"nudp", "IPython"}}
    return wanted - brought - others


def test_page_says_what_is_untried() -> None:
    text = (ROOT / "book" / "data.md").read_text(encoding="utf-8")
    assert "Neither Binder nor Colab has been tried" in " ".join(text.split())


def test_colab_gets_all_that_chapters_import() -> None:
    chapters = [*(ROOT / "notebooks").glob("*.ipynb"), ROOT / "notebooks" / "companion.py"]
    packages = set().union(*map(imported, chapters))
    assert {"myst_nb", "sympy", "matplotlib"} <= packages
    extras, others = colab_packages()
    assert missing_on_colab(packages, extras, others) == set()
    assert missing_on_colab(packages, extras, others - {"sympy"}) == {"sympy"}
    assert missing_on_colab(packages, extras - {"plots"}, others) == {"matplotlib"}


# ---- launch buttons ------------------------------------------------------------------


def launch_faults(config: dict) -> list[str]:
    """Say what is wrong with the launch buttons of the book."""
    buttons = config.get("launch_buttons", {})
    faults = [f"no {key}" for key in ("binderhub_url", "colab_url") if not buttons.get(key)]
    if buttons.get("notebook_interface") != "jupyterlab":
        faults.append("not in JupyterLab")
    if buttons.get("thebe"):
        faults.append("thebe asks for scripts from outside")
    if "launch_buttons" not in config["sphinx"]["local_extensions"]:
        faults.append("the buttons would stand on pages that are no notebooks")
    if not config["repository"].get("branch"):
        faults.append("no branch to launch")
    return faults


WIRED = {
    "launch_buttons": {
        "binderhub_url": "https://mybinder.org",
        "colab_url": "https://colab.research.google.com",
        "notebook_interface": "jupyterlab",
        "thebe": False,
    },
    "repository": {"branch": "main"},
    "sphinx": {"local_extensions": {"launch_buttons": "book/_ext"}},
}


def test_launch_buttons_of_the_book() -> None:
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert launch_faults(config) == []


def test_faulty_launch_buttons_are_refused() -> None:
    assert launch_faults(WIRED) == []
    assert launch_faults(WIRED | {"launch_buttons": {"thebe": True}}) == [
        "no binderhub_url",
        "no colab_url",
        "not in JupyterLab",
        "thebe asks for scripts from outside",
    ]
    assert len(launch_faults(WIRED | {"sphinx": {"local_extensions": {}}})) == 1
    assert launch_faults(WIRED | {"repository": {}}) == ["no branch to launch"]


def test_buttons_are_for_notebooks_alone(tmp_path: Path) -> None:
    """The hook shows the theme its option on a notebook, and hides it elsewhere."""
    specification = importlib.util.spec_from_file_location(
        "launch_buttons", ROOT / "book" / "_ext" / "launch_buttons.py"
    )
    hook = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(hook)
    pages = {"notebooks/signal": "signal.ipynb", "book/exercises": "exercises.md"}
    config = SimpleNamespace(html_theme_options={"launch_buttons": {"colab_url": "somewhere"}})
    env = SimpleNamespace(all_docs=set(pages), doc2path=lambda page: tmp_path / pages[page])
    app = SimpleNamespace(config=config, env=env)
    hook.keep(app, config)
    for page, shown in (
        ("book/exercises", {}),
        ("notebooks/signal", {"colab_url": "somewhere"}),
        ("genindex", {}),
    ):
        hook.choose(app, page, "page.html", {}, None)
        assert config.html_theme_options["launch_buttons"] == shown
