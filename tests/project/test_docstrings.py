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

# Types whose values have a unit; the number of a thing counted or a seed (int) has none.
NUMERICAL = re.compile(r"\b(array_like|ndarray|float)\b(?! of bool)")
# [GeV], [1], [fb GeV^-1]; a check passes on what it is given
UNIT = re.compile(r"\[[^\]\s][^\]]*\]|\b(any|same) unit\b")
# What `nudp.cuts` tells of every cut, so that its methods need a line each and no more.
TOLD_ONCE = set(re.findall(r"^- ``(\w+)", cuts.__doc__, re.MULTILINE))


def modules():
    """Modules of the package, and the package itself."""
    names = [module.name for module in pkgutil.walk_packages(nudp.__path__, "nudp.")]
    public = [name for name in names if "._" not in name or name.endswith("__main__")]
    return [nudp, *map(importlib.import_module, public)]


def public_objects():
    """Import path and object: modules, functions, classes, their public methods, properties."""
    found = {}
    for module in modules():
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


def checks():
    """Codes that numpydoc shall look for: all but those that pyproject.toml takes out."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = settings["tool"]["numpydoc_validation"]["checks"]
    assert "all" in listed
    return set(numpydoc.validate.ERROR_MSGS) - set(listed)


def numpydoc_faults(path):
    """What numpydoc finds wrong with an object, given by its import path."""
    wanted = checks()
    return [
        f"{code} {text}"
        for code, text in numpydoc.validate.validate(path)["errors"]
        if code in wanted
    ]


def house_faults(doc):
    """What the house finds wrong with a docstring: units, and an example that runs."""
    parsed = NumpyDocString(inspect.cleandoc(doc))
    faults = [
        f"no unit in brackets for {entry.name or section}: {' '.join(entry.desc)}"
        for section in ("Parameters", "Returns", "Yields")
        for entry in parsed[section]
        if NUMERICAL.search(entry.type) and not UNIT.search(" ".join(entry.desc))
    ]
    if not any(line.lstrip().startswith(">>> ") for line in parsed["Examples"]):
        faults.append("no example that runs")
    return faults


def test_every_module_is_looked_at():
    assert {"nudp", "nudp.limits", "nudp.typing", "nudp.limits.upper_limit"} <= set(OBJECTS)
    assert {"nudp.limits.Yields.background", "nudp.typing.Cut"} <= set(OBJECTS)
    # of what is told once there is no more than a line
    assert {"intervals", "kinks", "fixed_edges", "energies_at", "takes_arrays"} == TOLD_ONCE
    assert "nudp.cuts.AnyOf.kinks" not in OBJECTS


# numpydoc looks for the line of a definition, and a package has none
@pytest.mark.parametrize("path", sorted(set(OBJECTS) - {"nudp"}))
def test_numpydoc_finds_nothing(path):
    assert numpydoc_faults(path) == []


@pytest.mark.parametrize(
    "path", [path for path, thing in OBJECTS.items() if not inspect.ismodule(thing)]
)
def test_numbers_have_units_and_there_is_an_example(path):
    assert house_faults(OBJECTS[path].__doc__) == []


GOOD = """
    Energy of a photon at rest with its source.

    Parameters
    ----------
    m_N : array_like
        Mass of the heavy neutral lepton [GeV].

    Returns
    -------
    ndarray or float
        Energy [GeV].

    Examples
    --------
    >>> energy(2.0)
    1.0
    """
RETURNS = GOOD[GOOD.index("    Returns") : GOOD.index("    Examples")]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (RETURNS, "", "RT01"),
        ("m_N : array_like", "mass : array_like", "PR01"),
        (" : array_like", "", "PR04"),
        ("[GeV].\n\n    Returns", "[GeV]\n\n    Returns", "PR09"),
        (GOOD[GOOD.index("    Examples") :], "", "EX01"),
        ("at rest with its source.", "at rest with its source", "SS03"),
    ],
)
def test_numpydoc_finds_what_is_missing(old, new, code, tmp_path, monkeypatch):
    def written(name, doc):
        text = f'def energy(m_N):\n    """{doc.strip()}\n    """\n    return m_N / 2\n'
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        return f"{name}.energy"

    monkeypatch.syspath_prepend(tmp_path)
    assert numpydoc_faults(written(f"whole_{code}", GOOD)) == []
    assert old in GOOD
    faults = numpydoc_faults(written(f"broken_{code}", GOOD.replace(old, new)))
    assert any(fault.startswith(code) for fault in faults), faults


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("lepton [GeV]", "lepton", "no unit in brackets for m_N"),
        ("Energy [GeV]", "Energy", "no unit in brackets for Returns"),
        ("Energy [GeV]", "Energy []", "no unit in brackets for Returns"),
        (">>> energy(2.0)", "energy(2.0)", "no example that runs"),
    ],
)
def test_a_missing_unit_or_example_is_found(old, new, fault):
    assert house_faults(GOOD) == []
    assert old in GOOD
    [found] = house_faults(GOOD.replace(old, new))
    assert found.startswith(fault)


def test_only_what_the_house_style_forbids_is_taken_out():
    assert set(numpydoc.validate.ERROR_MSGS) - checks() == {"ES01", "SA01", "SS05"}
