"""The pages of the built book, each read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[1]
HTML = ROOT / "_build" / "html"


@cache
def read(path: Path) -> BeautifulSoup:
    """Read a page, which nobody may change."""
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
