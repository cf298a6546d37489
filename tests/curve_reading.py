"""Numbers of an alternative text, read from a figure's CSV once more and by other means.

`notebooks/alt_text.py` fills the texts in with pandas; this looks the numbers up in plain rows
and says which of them a reader of the CSV would not find.
"""

from __future__ import annotations

import csv
import math
import re
from pathlib import Path

NUMBER = r"(−?[\d.]+(?:×10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?)"
PLAIN = str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789")
REDUCE = {
    "max": max,
    "min": min,
    "sum": sum,
    "count": len,
    "first": lambda column: column[0],
    "last": lambda column: column[-1],
}


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV, below its comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def unfound(alt: str, template: str, path: Path) -> list[str]:
    """Return what is wrong with the numbers in an alternative text.

    Each pair of braces of the template must stand for one number of the text, and that number
    must follow from the rows of the figure to the digits shown.
    """
    template = " ".join(template.split())
    asked = re.findall(r"\{(.+?)\}", template)
    if not asked:
        return ["reads nothing from the curve"]
    fixed = [re.escape(piece) for piece in re.split(r"\{.+?\}", template)]
    shown = re.fullmatch(NUMBER.join(fixed), " ".join(alt.split()))
    if not shown:
        return [f"is not {template!r} with numbers: {alt!r}"]
    rows = rows_of(path)
    wrong = []
    for words, text in zip(asked, shown.groups(), strict=True):
        digits = 2
        if words.endswith(" digits"):
            words, digits = words[: -len(" to 3 digits")], int(words.split()[-2])
        try:
            value = look_up(words, rows)
        except KeyError as error:
            wrong.append(f"{words}: {error}")
            continue
        power = math.floor(math.log10(abs(value))) if value else 0
        half = 0 if words.startswith("count ") else 0.5 * 10.0 ** (power - digits + 1)
        # a value half-way between two of its roundings may be shown as either
        if abs(float(text.translate(PLAIN).replace("×10", "e")) - value) > half * (1 + 1e-6):
            wrong.append(f"{words}: {text} is shown, the curve has {value:.6g}")
    return wrong


def look_up(words: str, rows: list[dict[str, str]]) -> float:
    """Read one number, or a ratio of two."""
    if " / " in words:
        above, below = words.split(" / ")
        return look_up(above, rows) / look_up(below, rows)
    names = set(rows[0])
    for what, conditions in splits(words, " for "):
        pairs = [condition.partition(" = ") for condition in conditions.split(" and ")]
        if all(pair[0] in names for pair in pairs):
            rows = [row for row in rows if all(row[name] == text for name, _, text in pairs)]
            return look_up(what if what.split()[0] in REDUCE else f"first {what}", rows)
    how, _, name = words.partition(" ")
    if how in REDUCE and name in names:
        cells = [row[name] for row in rows if row[name]]
        return REDUCE[how](cells if how == "count" else [x for x in map(float, cells) if finite(x)])
    for wanted, where in splits(words, " where "):
        if wanted not in names:
            continue
        how, _, name = where.partition(" ")
        if how in ("max", "min") and name in names:
            found = points(rows, name, wanted)
            return dict(found)[REDUCE[how](x for x, _ in found)]
        given, _, value = where.rpartition(" = ")
        if given in names:
            return between(points(rows, given, wanted), float(value))
    for wanted, value in splits(words, " at "):
        if wanted in names and re.fullmatch(r"[-\d.e]+", value):
            return between(points(rows, next(iter(rows[0])), wanted), float(value))
    raise KeyError(f"nothing is known of {words!r} in {sorted(names)}")


def splits(words: str, joint: str) -> list[tuple[str, str]]:
    """Return the words before and after a joint, wherever it stands."""
    found = re.finditer(re.escape(joint), words)
    return [(words[: joint_.start()], words[joint_.end() :]) for joint_ in found]


def finite(x: float) -> bool:
    """Tell a number from an infinite one."""
    return math.isfinite(x)


def points(rows: list[dict[str, str]], given: str, wanted: str) -> list[tuple[float, float]]:
    """Return the points of one column against another."""
    pairs = [(float(row[given]), float(row[wanted])) for row in rows if row[given] and row[wanted]]
    # the first of two rows with the same abscissa counts: dict() keeps the last
    return [pair for pair in reversed(pairs) if finite(pair[0]) and finite(pair[1])]


def between(backward: list[tuple[float, float]], x: float) -> float:
    """Return the ordinate on a polygon, straight on logarithmic axes where all is positive."""
    curve = backward[::-1]
    for (x0, y0), (x1, y1) in zip(curve[:-1], curve[1:], strict=True):
        if min(x0, x1) <= x <= max(x0, x1):
            if x0 == x1:
                return y0
            if min(x, x0, x1, y0, y1) > 0:
                share = math.log(x / x0) / math.log(x1 / x0)
                return y0 * (y1 / y0) ** share
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    raise KeyError(f"the curve does not pass {x}")
