"""What `import nudp` brings, what it leaves until it is asked for, and the old names."""

import importlib
import subprocess
import sys

import pytest

import nudp
from nudp import _old_names


def test_import_is_light_and_the_rest_comes_when_asked_for():
    code = "import sys, nudp; print(*sys.modules); nudp.beyond.zpole; nudp.plots, nudp.events"
    command = [sys.executable, "-W", "error", "-c", code]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert "nudp.limits" in loaded
    assert not {"matplotlib", "pandas", "nudp.beyond", "nudp.plots"} & set(loaded)


@pytest.mark.parametrize("old", _old_names.NEW_NAMES)
def test_an_old_name_is_the_new_module_and_says_so(old, monkeypatch):
    monkeypatch.delitem(sys.modules, old, raising=False)
    with pytest.warns(DeprecationWarning, match=f"{old} is called {_old_names.NEW_NAMES[old]} now"):
        module = importlib.import_module(old)
    assert module is importlib.import_module(_old_names.NEW_NAMES[old])
    assert module.__spec__.name == _old_names.NEW_NAMES[old]


@pytest.mark.parametrize("package", [nudp, nudp.beyond])
def test_what_is_listed_is_there_and_nothing_else(package):
    assert all(hasattr(package, name) for name in package.__all__)
    with pytest.raises(AttributeError, match=f"'{package.__name__}' has no attribute 'limit'"):
        package.limit  # noqa: B018


@pytest.mark.parametrize(("old", "module"), _old_names.MOVED.items())
def test_a_function_that_moved_is_found_and_says_so(old, module):
    home, name = old.rsplit(".", 1)
    with pytest.warns(DeprecationWarning, match=f"{old} is in {module} now") as said:
        function = getattr(importlib.import_module(home), name)
    assert function is getattr(importlib.import_module(module), name)
    assert said[0].filename == __file__
    with pytest.raises(AttributeError, match=f"'{home}' has no attribute 'x'"):
        importlib.import_module(home).x  # noqa: B018
