"""Every public name says what it takes, in which unit, and shows that it works.

Two rule books: numpydoc's own validation, with the checks of `[tool.numpydoc_validation]` in
pyproject.toml, and the house's: a unit in brackets wherever a number goes in or comes out, and
an example that runs.
"""

import importlib
import inspect
import pkgutil
import re
import tomllib
from pathlib import Path

import numpydoc.validate
import pytest
from numpydoc.docscrape import NumpyDocString

import nudp
from nudp import cuts

ROOT = Path(__file__).parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
CHECKS = set(numpydoc.validate.ERROR_MSGS) - set(SETTINGS["numpydoc_validation"]["checks"])

# Types whose values have a unit; the number of a thing counted or a seed (int) has none.
NUMERICAL = re.compile(r"\b(array_like|ndarray|float)\b(?! of bool)")
# [GeV], [1], [fb GeV^-1]; a check passes on what it is given
UNIT = re.compile(r"\[[^\]\s][^\]]*\]|\b(any|same) unit\b")
# What `nudp.cuts` tells of every cut, so that its methods need a line each and no more.
TOLD_ONCE = set(re.findall(r"^- ``(\w+)", cuts.__doc__, re.MULTILINE))


def public_objects():
    """Import path and object: modules, functions, classes, their public methods, properties."""
    names = [module.name for module in pkgutil.walk_packages(nudp.__path__, "nudp.")]
    public = [name for name in names if "._" not in name]
    found = {}
    for module in (nudp, *map(importlib.import_module, public)):
        found[module.__name__] = module
        for name in module.__all__:
            thing = getattr(module, name)
            if not (inspect.isfunction(thing) or inspect.isclass(thing)):
                continue
            path = f"{thing.__module__}.{thing.__qualname__}"
            found[path] = thing
            for key, member in vars(thing).items() if inspect.isclass(thing) else ():
                public = not key.startswith("_") and not (is_a_cut(thing) and key in TOLD_ONCE)
                if public and isinstance(member, property | type(public_objects)):
                    found[f"{path}.{key}"] = member
    return found


def is_a_cut(kind):
    """Whether a class keeps the protocol of cuts, or is it."""
    return hasattr(kind, "intervals") and hasattr(kind, "kinks")


OBJECTS = public_objects()


# numpydoc looks for the line of a definition, and a package has none
@pytest.mark.parametrize(
    "path", sorted(set(OBJECTS) - {"nudp", "nudp.beyond", "nudp.beyond.export"})
)
def test_numpydoc_finds_nothing(path):
    errors = numpydoc.validate.validate(path)["errors"]
    assert [f"{code} {text}" for code, text in errors if code in CHECKS] == []


@pytest.mark.parametrize(
    "path", [path for path, thing in OBJECTS.items() if not inspect.ismodule(thing)]
)
def test_numbers_have_units_and_there_is_an_example(path):
    parsed = NumpyDocString(inspect.cleandoc(OBJECTS[path].__doc__))
    faults = [
        f"no unit in brackets for {entry.name or section}: {' '.join(entry.desc)}"
        for section in ("Parameters", "Returns", "Yields")
        for entry in parsed[section]
        if NUMERICAL.search(entry.type) and not UNIT.search(" ".join(entry.desc))
    ]
    assert faults == []
    assert any(line.lstrip().startswith(">>> ") for line in parsed["Examples"])
