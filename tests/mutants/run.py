"""Mutation tests of nudp: small changes of the code, one at a time, which some test must notice.

``make mutants``, or ``python tests/mutants/run.py limits`` for one module.  mutmut changes what
stands in functions; it leaves out properties and what is computed at import (constants,
defaults of dataclasses), so that properties are written as methods in its copy of the code,
and the rest is changed here, by mutmut's own rules.

Beside this file are stored

- counts.csv: how many mutants of each function were made, killed, timed out, survived;
- survivors.csv: each survivor, and in its last column why no test can or need tell;
- runs.csv: what was tested: a hash of the code, the versions, the minutes it took.

`test_mutants.py` reads them.  A reason that is written into survivors.csv by hand stays there in
the next run if its mutant survives again; one without a reason fails the test.
"""

import argparse
import ast
import csv
import hashlib
import io
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
import tokenize
from collections import Counter
from contextlib import chdir, suppress
from difflib import ndiff
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STORED = Path(__file__).parent
MODULES = ("signal", "background", "selections", "limits", "quadrature", "statistics")
AT_IMPORT = "(at import)"
#: Share of the mutants of each module that the tests kill.
GOAL = 0.9

#: Quick tests that kill most.
TESTS = [
    "tests/core/test_quadrature.py",
    "tests/core/test_signal.py",
    "tests/core/test_background.py",
    "tests/core/test_selections.py",
    "tests/core/test_limits.py",
    "tests/core/test_statistics.py",
    "tests/core/test_kinematics.py",
    "tests/beyond/test_coverage.py",
    "tests/test_spin.py",
    "tests/test_extremes.py",
    "tests/test_properties.py",
    "tests/test_examples.py",
]
#: Those of them that take long and kill no more than the others: beginnings of their names.
SLOW = [
    "tests/core/test_limits.py::test_the_likelihoods_of_many_runs_multiply",
    "tests/core/test_limits.py::test_besiii_limit_is_the_root_of_the_summed_chi2",
    *(
        f"tests/core/test_limits.py::test_limit_is_the_root_found_by_bisection[{some}"
        for some in ("TEXT", "PUBLISHED", "MAJORANA", "DIRAC-Belle")
    ),
    "tests/core/test_limits.py::test_each_method_solves_its_own_equation[Belle",
    "tests/test_extremes.py::test_acceptances_at_all_masses",
    "tests/test_extremes.py::test_limits_for_any_luminosity_and_background",
    "tests/core/test_selections.py::test_two_moving_cuts_integrate_as_without_kinks",
    "tests/core/test_selections.py::test_either_and_both_add_up_for_any_two_windows",
    "tests/test_properties.py::test_kinds_of_arrays",
    "tests/test_properties.py::test_a_fault_breaks_its_property",
]

#: What takes long to import and is no part of what is tested.
HEAVY = ("numpy", "scipy.stats", "scipy.optimize", "scipy.integrate", "pandas", "hypothesis")

#: The examples of the docstrings, as a file of tests.
EXAMPLES = """
import doctest

import pytest

from {package} import {module} as module

EXAMPLES = {examples}
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


@pytest.mark.parametrize("name", EXAMPLES)
def test_example(name):
    example = doctest.DocTestParser().get_doctest(EXAMPLES[name], vars(module).copy(), name, "", 0)
    assert not doctest.DocTestRunner(optionflags=FLAGS).run(example).failed
"""

#: pytest's own start is half of what a killed mutant costs.
PLUGINS = [
    *("-p", "no:cacheprovider", "-p", "no:unraisableexception", "-p", "no:threadexception"),
    *("-p", "pytest_timeout", "-p", "_hypothesis_pytestplugin"),
]

SETTINGS = """
[tool.mutmut]
source_paths = ["{package}"]
only_mutate = ["{package}/{module}.py"]
also_copy = ["conftest.py", "data"]
pytest_add_cli_args = {arguments}
pytest_add_cli_args_test_selection = {tests}
timeout_multiplier = 4.0
timeout_constant = 10.0
use_git_change_detection = false
"""

FIELDS = {
    "counts": ["module", "function", "mutants", "killed", "timed_out", "survived"],
    "survivors": ["module", "function", "code", "mutant", "reason"],
    "runs": ["module", "source", "nudp", "mutmut", "minutes"],
}


# ---- tables ------------------------------------------------------------------


def read(name, folder=STORED):
    """Rows of a stored table."""
    path = folder / f"{name}.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(name, rows, folder=STORED):
    """Store a table."""
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS[name], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def without_docstrings(code):
    """Code whose docstrings are empty."""
    lines = code.splitlines()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Expr) and isinstance(getattr(node.value, "value", None), str):
            rest = [""] * (node.end_lineno - node.lineno)
            lines[node.lineno - 1 : node.end_lineno] = [" " * node.col_offset + 6 * '"', *rest]
    return "\n".join(lines) + "\n"


def source_hash(code):
    """Hash of code that comments, docstrings and empty lines do not change."""
    code = without_docstrings(code)
    lines = code.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    code = "\n".join(line.rstrip() for line in lines if line.strip())
    return hashlib.sha256(code.encode()).hexdigest()[:16]


# ---- the copy that is mutated --------------------------------------------------


def properties_as_methods(code):
    """`@property def f` as `def f` and `f = property(f)`, which mutmut can enter."""
    lines = code.splitlines()
    found = [
        node
        for each in ast.walk(ast.parse(code))
        if isinstance(each, ast.ClassDef)
        for node in each.body
        if isinstance(node, ast.FunctionDef)
        and [ast.unparse(decorator) for decorator in node.decorator_list] == ["property"]
    ]
    for node in sorted(found, key=lambda node: -node.lineno):
        indent = " " * node.col_offset
        lines.insert(node.end_lineno, f"\n{indent}{node.name} = property({node.name})")
        del lines[node.decorator_list[0].lineno - 1]
    return "\n".join(lines) + "\n"


def prepare(project, folder, package, module, tests, slow):
    """Copy of a project in which mutmut can run, with its settings."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in (package, "tests", "data"):
        copy(project / name, folder / name)
    shutil.copy(project / "pyproject.toml", folder)
    path = folder / package / f"{module}.py"
    code = path.read_text(encoding="utf-8")
    # mutmut would try the examples once more for each mutant, with its docstring
    path.write_text(without_docstrings(properties_as_methods(code)), encoding="utf-8")
    examples = {
        f"{getattr(node, 'name', module)}-{i}": ast.get_docstring(node)
        for i, node in enumerate(ast.walk(ast.parse(code)))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and ">>>" in (ast.get_docstring(node) or "")
    }
    example_tests = EXAMPLES.format(package=package, module=module, examples=repr(examples))
    (folder / "tests" / "test_examples.py").write_text(example_tests, encoding="utf-8")
    (folder / "mutants").mkdir()  # Python does not look again for a folder that was missing
    # nudp as one package, whichever file is collected first
    (folder / "conftest.py").write_text(f"import {package}\n", encoding="utf-8")
    arguments = [*PLUGINS, *(f"--deselect={name}" for name in slow)]
    settings = SETTINGS.format(
        package=package, module=module, arguments=json.dumps(arguments), tests=json.dumps(tests)
    )
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(settings)


def copy(source, target):
    """Copy a folder, apart from what no test here needs."""
    ignore = shutil.ignore_patterns("__pycache__", "figures", "mutants", "browser", "release")
    if source.exists():
        shutil.copytree(source, target, ignore=ignore, dirs_exist_ok=True)


def environment(folder):
    """One thread a process, and the copy of the package instead of the installed one."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    others = {"MPLBACKEND": "agg", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return os.environ | threads | others | {"PYTHONPATH": str(folder)}


# ---- functions: mutmut -----------------------------------------------------------


def run_mutmut(folder, children, names=()):
    """All mutants in functions, or some."""
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(children), *names]
    done = subprocess.run(
        command, cwd=folder, env=environment(folder / "mutants"), capture_output=True, text=True
    )
    (folder / "mutmut.log").write_text(done.stdout + done.stderr, encoding="utf-8")
    if done.returncode:
        raise SystemExit(f"mutmut failed:\n{(done.stdout + done.stderr)[-3000:]}")


def in_functions(folder, package, module):
    """(function, verdict, code, mutant) of each mutant that mutmut has tried."""
    from mutmut.mutation.diff_apply import get_diff_for_mutant
    from mutmut.stats import status_by_exit_code
    from mutmut.utils.format_utils import orig_function_and_class_names_from_key

    path = f"{package}/{module}.py"
    meta = json.loads((folder / "mutants" / f"{path}.meta").read_text(encoding="utf-8"))
    for name, code in meta["exit_code_by_key"].items():
        function, owner = orig_function_and_class_names_from_key(name)
        function = function.rpartition(".")[2]
        verdict = status_by_exit_code[code]
        if verdict == "not checked":
            raise RuntimeError(f"{name} has not been tried")
        lines = "", ""
        if verdict not in ("killed", "timeout"):
            with chdir(folder):
                lines = changed(get_diff_for_mutant(name, path=path).splitlines()[2:])
        yield f"{owner}.{function}" if owner else function, verdict, *lines


def changed(diff):
    """Lines that a diff takes away and that it adds, each as one."""
    return tuple(
        " ".join(" ".join(line[1:] for line in diff if line.startswith(sign)).split())
        for sign in "-+"
    )


# ---- what is computed at import -----------------------------------------------------


def mutants_at_import(folder, package, module):
    """Code of each mutant outside functions, by mutmut's rules."""
    import libcst as cst
    from mutmut import configuration
    from mutmut.mutation.file_mutation import create_mutations, deep_replace

    path = folder / package / f"{module}.py"
    code = path.read_text(encoding="utf-8")
    with chdir(folder):
        configuration.reset_config()
        tree, mutations, *_ = create_mutations(str(path), code)
    no_code = re.compile(r"\s*(if TYPE_CHECKING:|__all__ = |(\w+) = property\(\2\))")
    skipped = {
        id(node)
        for statement in tree.body
        for inner in (statement, *getattr(statement.body, "body", ()))
        if no_code.match(tree.code_for_node(inner))
        for node in walk(inner)
    }
    for mutation in mutations:
        owner = mutation.contained_by_top_level_function
        if isinstance(owner, cst.FunctionDef) or id(mutation.original_node) in skipped:
            continue
        yield code, deep_replace(tree, mutation.original_node, mutation.mutated_node).code


def walk(node):
    """A node and all below it."""
    yield node
    for child in node.children:
        yield from walk(child)


def try_at_import(folder, package, module, children, settled=()):
    """(function, verdict, code, mutant) of each mutant outside functions, a process each."""
    for name in HEAVY:
        with suppress(ImportError):
            import_module(name)
    stats = json.loads((folder / "mutants" / "mutmut-stats.json").read_text(encoding="utf-8"))
    durations = stats["duration_by_test"]
    tests = sorted(durations, key=durations.get)
    limit = 40 + int(4 * sum(durations.values()))
    known = {tuple(each[2:]): tuple(each) for each in settled}
    waiting, running = list(mutants_at_import(folder, package, module)), {}
    if waiting:  # popped first: the code as it is must pass
        waiting.append((waiting[0][0],) * 2)
    while waiting or running:
        while waiting and len(running) < children:
            mutant = waiting.pop()
            lines = changed(list(ndiff(*(code.splitlines() for code in mutant))))
            if lines in known:
                yield known[lines]
                continue
            own = folder / f"at_import_{len(waiting)}"
            shutil.rmtree(own, ignore_errors=True)
            for name in (package, "tests", "data"):
                copy(folder / name, own / name)
            for name in ("conftest.py", "pyproject.toml"):
                shutil.copy(folder / name, own)
            (own / package / f"{module}.py").write_text(mutant[1], encoding="utf-8")
            running[fork(own, tests, limit)] = own, lines
        if running:
            process, status = os.wait()
            own, lines = running.pop(process)
            shutil.rmtree(own)
            verdicts = {0: "survived", -signal.SIGXCPU: "timeout"}
            verdict = verdicts.get(os.waitstatus_to_exitcode(status), "killed")
            if lines != ("", ""):
                yield AT_IMPORT, verdict, *lines
            elif verdict != "survived":
                raise RuntimeError(f"{module}: the tests fail without any mutant")


def fork(folder, tests, limit):
    """Number of a process that runs tests until one fails, for some seconds at most."""
    process = os.fork()
    if process:
        return process
    try:
        os.chdir(folder)
        os.environ |= environment(folder)
        sys.path.insert(0, str(folder))
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
        for stream in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
        os._exit(pytest.main(["-xq", *PLUGINS, *tests]))
    finally:
        os._exit(1)


# ---- results ---------------------------------------------------------------------------


def count(module, tried):
    """One row a function."""
    verdicts = Counter((function, verdict) for function, verdict, *_ in tried)
    for function in dict.fromkeys(function for function, _ in verdicts):
        killed, timed_out = verdicts[function, "killed"], verdicts[function, "timeout"]
        mutants = sum(n for (name, _), n in verdicts.items() if name == function)
        yield {
            "module": module,
            "function": function,
            "mutants": mutants,
            "killed": killed,
            "timed_out": timed_out,
            "survived": mutants - killed - timed_out,
        }


def survivors(module, tried, before):
    """One row a survivor, with the reason it had before."""
    reasons = {tuple(row[key] for key in FIELDS["survivors"][:4]): row["reason"] for row in before}
    for function, verdict, code, mutant in tried:
        if verdict not in ("killed", "timeout"):
            key = (module, function, code, mutant)
            yield dict(zip(FIELDS["survivors"], (*key, reasons.get(key, "")), strict=True))


def store(module, tried, run, folder=STORED):
    """Replace what is stored of a module."""
    before = read("survivors", folder)
    new = {
        "counts": list(count(module, tried)),
        "survivors": list(survivors(module, tried, before)),
        "runs": [run],
    }
    for name, rows in new.items():
        others = [row for row in read(name, folder) if row["module"] != module]
        write(name, sorted([*others, *rows], key=lambda row: MODULES.index(row["module"])), folder)


def complaints(folder=STORED, sources=ROOT / "nudp"):
    """What is wrong with the stored results."""
    results, lost, runs = (read(name, folder) for name in ("counts", "survivors", "runs"))
    for module in MODULES:
        code = (sources / f"{module}.py").read_text(encoding="utf-8")
        tested = [row["source"] for row in runs if row["module"] == module]
        if tested != [source_hash(code)]:
            yield f"{module}: the code is not the one that was tested: make mutants"
        rows = [
            {key: int(row[key]) for key in FIELDS["counts"][2:]}
            for row in results
            if row["module"] == module
        ]
        mutants = sum(row["mutants"] for row in rows)
        killed = sum(row["killed"] + row["timed_out"] for row in rows)
        if killed < GOAL * mutants or not mutants:
            yield f"{module}: {killed} of {mutants} mutants killed, fewer than {GOAL:.0%}"
        if any(row["mutants"] != sum(list(row.values())[1:]) for row in rows):
            yield f"{module}: numbers of mutants do not add up"
    counted = Counter({(r["module"], r["function"]): int(r["survived"]) for r in results})
    listed = Counter((row["module"], row["function"]) for row in lost)
    for where in sorted(counted | listed):
        if counted[where] != listed[where]:
            yield f"{'.'.join(where)}: {listed[where]} of {counted[where]} survivors listed"
    for row in lost:
        if not row["reason"].strip():
            yield f"{row['module']}.{row['function']}: {row['mutant']!r} survived without a reason"


def mutate(project, folder, package, module, tests, slow=(), children=1, again=False):
    """Try all mutants of a module; again, only those that had survived."""
    names, settled = [], []
    last = folder / "at_import.json"
    if again:
        copy(project / "tests", folder / "tests")
        meta = folder / "mutants" / package / f"{module}.py.meta"
        codes = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
        names = [name for name, code in codes.items() if code != 1]
        tried = json.loads(last.read_text(encoding="utf-8")) if last.exists() else []
        settled = [each for each in tried if each[1] == "killed"]
    else:
        prepare(project, folder, package, module, tests, slow)
    if names or not again:
        run_mutmut(folder, children, names)
    at_import = list(try_at_import(folder, package, module, children, settled))
    last.write_text(json.dumps(at_import), encoding="utf-8")
    return [*in_functions(folder, package, module), *at_import]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", help=f"of {', '.join(MODULES)}; all without")
    again = "only what survived the last run, after tests have been added"
    parser.add_argument("--again", action="store_true", help=again)
    parser.add_argument("--children", type=int, default=os.cpu_count(), help="processes")
    options = parser.parse_args()
    nudp = re.search(r'__version__ = "(.+)"', (ROOT / "nudp" / "__init__.py").read_text())[1]
    for module in options.modules or MODULES:
        start = time.monotonic()
        code = (ROOT / "nudp" / f"{module}.py").read_text(encoding="utf-8")
        folder = ROOT / "_build" / "mutants" / module
        tried = mutate(ROOT, folder, "nudp", module, TESTS, SLOW, options.children, options.again)
        minutes = (time.monotonic() - start) / 60
        if options.again:
            minutes += sum(float(row["minutes"]) for row in read("runs") if row["module"] == module)
        run = {
            "module": module,
            "source": source_hash(code),
            "nudp": nudp,
            "mutmut": version("mutmut"),
            "minutes": round(minutes, 1),
        }
        store(module, tried, run)
        lost = [each for each in tried if each[1] not in ("killed", "timeout")]
        print(f"{module}: {len(tried) - len(lost)} of {len(tried)} mutants killed")


if __name__ == "__main__":
    main()
