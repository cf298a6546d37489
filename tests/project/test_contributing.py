"""What CONTRIBUTING.md names exists, and the search that it shows runs."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_guide():
    paths = re.findall(r"\b(?:book|data|notebooks|nudp|publish|tests)/[\w./-]*\w", GUIDE)
    made = ("book/figures", "data/bounds/")
    missing = [p for p in paths if not (ROOT / p).exists() and not p.startswith(made)]
    assert missing == []
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"`make ([a-z-]+)", GUIDE)
    assert [name for name in targets if f"\n{name}:" not in makefile] == []
    (code,) = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(code, "CONTRIBUTING.md", "exec"), names)
    assert 0 < names["d_95"] < 1e-3
