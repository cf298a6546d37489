"""Make the HEPData record: every curve of Figs. 1 to 3, and the scorecard.

`make.py [DIR]` writes the submission into DIR, by default `_build/hepdata`, the same as
`DIR.tar.gz` for upload, and has both validated against the schema of HEPData. The curves of the
signal model PUBLISHED are those of `data/figures`; those of the other models are computed for
the same masses. `hepdata_lib` writes the tables; the archive is packed here, since that of
`hepdata_lib` bears the time and the order of the file system.
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import math
import shutil
import sys
import tarfile
import tempfile
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

import nudp
from nudp import searches, selections
from nudp._tables import write_whole

with warnings.catch_warnings():
    # the validator uses classes of jsonschema that are to go; hepdata_lib sets a filter for all
    warnings.filterwarnings("ignore", r"jsonschema\..*Ref", DeprecationWarning)
    from hepdata_lib import Submission, Table, Variable
    from hepdata_validator.full_submission_validator import FullSubmissionValidator

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "data" / "figures"
TARGET = ROOT / "_build" / "hepdata"

MODELS = (nudp.PUBLISHED, nudp.TEXT, nudp.DIRAC, nudp.MAJORANA)
#: What stands in a table where there is no number, as HEPData has it.
NOTHING = "-"
DIGITS = 8  # of the tables in data/figures
INVERSE_GEV = "GeV$^{-1}$"
CURVE_UNITS = "units: m_N=GeV, "
REACTIONS = ["E+ E- --> N NUBAR", "E+ E- --> NBAR NU", "N --> NU GAMMA"]
PHRASES = ["Neutrino dipole portal", "Heavy neutral lepton", "Single photon", "Exclusion", "Limit"]

ABSTRACT = (
    "Expected upper limits at 95% confidence level on the transition magnetic moment d between a "
    "neutrino and a heavy neutral lepton N, from events with one photon at Belle II, BESIII and "
    "STCF, computed anew for the searches of arXiv:2204.07802 with the package nudp "
    f"{nudp.__version__}. These are expectations from formulas, no measurement. The tables named "
    "PUBLISHED use the signal that reproduces the numbers of that paper; those named TEXT take its "
    "text literally; DIRAC and MAJORANA are what its Lagrangian predicts for either kind of N. The "
    "scorecard holds every equation, figure and quoted number of the paper against the computation."
)


class Figure(NamedTuple):
    """A figure of the paper: its file in `data/figures`, its number, its curves, what it shows."""

    name: str
    number: int
    curves: tuple[str, ...]
    what: str


FIGURES = (
    Figure("fig1", 1, ("belle2_low_mass", "belle2_high_mass", "belle2_bbg"), "Belle II"),
    Figure(
        "fig2", 2, ("besiii", "stcf_2gev", "stcf_4gev", "stcf_7gev"), "BESIII and STCF, 10 ab^-1"
    ),
    Figure(
        "fig3",
        3,
        ("belle2_low_mass", "belle2_bbg", "besiii", "stcf_4gev_30ab"),
        "Belle II, BESIII and STCF, 30 ab^-1",
    ),
)

SCORE_COLUMNS = (
    *("part", "name", "statement", "quoted", "low", "high", "unit", "computed"),
    *("ratio", "ratio_low", "ratio_high", "holds_under", "verdict"),
)
SCORE_UNITS = ("", "1", "GeV", "GeV^-1")


# ---- what is read -------------------------------------------------------------


def read_results(path: Path, columns: Sequence[str], units: str) -> dict[str, list[str]]:
    """Read a table of `data/figures` and refuse one that is not what it should be.

    Parameters
    ----------
    path : pathlib.Path
        The table.
    columns : sequence of str
        Its columns, in order.
    units : str
        The comment line that gives its units must begin so.

    Returns
    -------
    dict of str to list of str
        Entries by column.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    comments = [line.removeprefix("# ") for line in lines if line.startswith("#")]
    if not any(comment.startswith(units) for comment in comments):
        raise ValueError(f"{path.name}: no comment line says {units!r}")
    if f"nudp {nudp.__version__}" not in comments:
        raise ValueError(f"{path.name} is not of nudp {nudp.__version__}")
    header, *rows = csv.reader(line for line in lines if not line.startswith("#"))
    if header != list(columns):
        raise ValueError(f"{path.name}: columns must be {list(columns)}, got {header}")
    for number, row in enumerate(rows, 1):
        if len(row) != len(header):
            raise ValueError(f"{path.name}: row {number} has {len(row)} entries, not {len(header)}")
    return dict(zip(header, map(list, zip(*rows, strict=True)), strict=True))


def entry(text: str) -> float | str:
    """Return an entry as HEPData shows it: a number, words, or `NOTHING`.

    Parameters
    ----------
    text : str
        What stands in a table; no limit is written there as inf.
    """
    try:
        number = float(text)
    except ValueError:
        return text or NOTHING
    if math.isnan(number):
        raise ValueError("a table of results holds a nan")
    return number if math.isfinite(number) else NOTHING


# ---- what is told of a curve --------------------------------------------------


def runs_of(name: str) -> tuple[searches.Search, ...]:
    """Return the runs of a search, of which most have one, by the name of its curve."""
    search = getattr(searches, name.upper())
    return searches.runs_of(search)


def label(name: str) -> str:
    """Return the name of a search."""
    runs = runs_of(name)
    return runs[0].name if len(runs) == 1 else name.upper()


def span(numbers: Iterable[float]) -> float | str:
    """Return one number, or the range of several."""
    low, high = round(min(ends := list(numbers)), 3), round(max(ends), 3)
    return low if low == high else f"{low}-{high}"


def cuts(run: searches.Search) -> str:
    """Return the cuts of a search in words."""
    low, high = selections.BELLE2_ECL_RANGE
    inside = f"{low} < theta_lab < {high} deg"
    edge = f"cos(theta_b) = {selections.BESIII_COS_THETA_B}"
    words = {
        "Belle II low-mass": f"{inside}, low-mass cut of Eqs. (10), (11)",
        "Belle II high-mass": f"{inside}, high-mass cut of Eqs. (12), (13)",
        "Belle II bBG": f"{inside}, bBG cut of Eqs. (8), (9)",
        "BESIII advanced": f"basic cuts of Sec. II.B and Eq. (14) with {edge}",
    }
    return words[run.selection.name]


def model_in_words(model: nudp.SignalModel) -> str:
    """Return what a signal model assumes."""
    modes = {1: "one charge mode", 2: "both charge modes"}[model.charge_modes]
    decay = {
        0.0: "isotropic decay of N",
        -1.0: "decay of N as 1 - cos(theta*)",
        "exact": "decay of N with all spin correlations",
    }[model.decay]
    width = {1.0: "width of Eq. (4)", 2.0: "twice the width of Eq. (4)"}[model.width_factor]
    return f"{model.name}: {modes}, {decay}, {width}"


def qualifiers(name: str, model: nudp.SignalModel) -> list[tuple[str, float | str, str]]:
    """Return what defines a curve: name, value and unit of each qualifier."""
    runs = runs_of(name)
    run = runs[0]
    return [
        ("Search", label(name), ""),
        ("Signal model", model_in_words(model), ""),
        ("SQRT(S)", span(run.sqrt_s for run in runs), "GeV"),
        ("Luminosity", round(sum(run.luminosity for run in runs), 2), "fb$^{-1}$"),
        ("Cuts", cuts(run), ""),
        ("Detector length", run.detector_length, "m"),
        ("Photon efficiency", run.photon_efficiency, ""),
        ("Reducible background", run.reducible_background, "fb"),
        ("Confidence level", f"95% one-sided, chi^2 = {nudp.limits.CHI2_95}", ""),
        ("Limit", "expected", ""),
    ]


# ---- tables --------------------------------------------------------------------


def variable(
    name: str, values: Sequence[float | str], *, units: str = "", given: bool = False
) -> Variable:
    """Return a column of a table; `given` if the others depend on it."""
    column = Variable(name, is_independent=given, is_binned=False, units=units)
    column.digits = DIGITS
    column.values = list(values)
    return column


def licensed(table: Table, columns: Iterable[Variable]) -> Table:
    """Return a table with its columns and its licence."""
    for column in columns:
        table.add_variable(column)
    table.add_data_license("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/")
    return table


def limits(name: str, m_N: Sequence[float], model: nudp.SignalModel) -> list[float | str]:
    """Return the limits of a search at some masses, `NOTHING` where there is none."""
    found = nudp.upper_limit(runs_of(name), np.array(m_N), model)
    return [entry(f"{d:.{DIGITS}g}") for d in found]


def figure_table(figure: Figure, model: nudp.SignalModel, results: Path = RESULTS) -> Table:
    """Return the curves of a figure under a signal model."""
    path = results / f"{figure.name}.csv"
    stored = read_results(path, ("m_N", *figure.curves), CURVE_UNITS)
    m_N = [float(text) for text in stored["m_N"]]
    if model == nudp.PUBLISHED:
        curves = {name: [entry(text) for text in stored[name]] for name in figure.curves}
    else:
        curves = {name: limits(name, m_N, model) for name in figure.curves}
    table = Table(f"Figure {figure.number} {model.name}")
    table.location = f"Figure {figure.number} of arXiv:2204.07802"
    table.description = (
        f"Expected upper limits on d at 95% confidence level: {figure.what}. Signal model "
        f"{model_in_words(model)}. A dash: no N of this mass is produced or seen, so no limit."
    )
    table.keywords["reactions"] = REACTIONS
    table.keywords["observables"] = ["LIMIT"]
    table.keywords["cmenergies"] = [
        span(run.sqrt_s for name in figure.curves for run in runs_of(name))
    ]
    table.keywords["phrases"] = PHRASES
    columns = [variable("Mass of N", m_N, units="GeV", given=True)]
    for name, values in curves.items():
        column = variable(f"Upper limit on d, {label(name)}", values, units=INVERSE_GEV)
        for qualifier in qualifiers(name, model):
            column.add_qualifier(*qualifier)
        columns.append(column)
    return licensed(table, columns)


def score_tables(results: Path = RESULTS) -> tuple[Table, Table]:
    """Return the scorecard: the claims, and the equations and figures."""
    stored = read_results(results / "scorecard.csv", SCORE_COLUMNS, "units: low=GeV, high=GeV")
    rows = [dict(zip(stored, row, strict=True)) for row in zip(*stored.values(), strict=True)]
    for row in rows:
        if row["unit"] not in SCORE_UNITS:
            raise ValueError(f"scorecard.csv: unknown unit {row['unit']!r} of {row['name']}")
    claims = [row for row in rows if row["part"] == "claim"]
    others = [row for row in rows if row["part"] != "claim"]
    if not claims or not others:
        raise ValueError("scorecard.csv: claims, equations or figures are missing")
    return _claims_table(claims), _parts_table(others)


def _claims_table(rows: Sequence[Mapping[str, str]]) -> Table:
    table = Table("Scorecard claims")
    table.location = "Text of arXiv:2204.07802"
    table.description = (
        "What the paper states in numbers and words against what is computed. Ratio: computed "
        "over quoted, for a reach as geometric means over the quoted masses; also at the lowest "
        "and the highest of these masses or, for new ground, for these masses themselves. Computed "
        "under PUBLISHED, unless the claim holds under TEXT alone."
    )
    columns = [
        variable("Claim", [row["name"] for row in rows], given=True),
        variable("Statement of the paper", [row["statement"] for row in rows], given=True),
    ]
    for name, key, units in (
        ("Quoted", "quoted", ""),
        ("Computed", "computed", ""),
        ("Unit of quoted and computed", "unit", ""),
        ("Lowest mass", "low", "GeV"),
        ("Highest mass", "high", "GeV"),
        ("Ratio", "ratio", ""),
        ("Ratio at the lowest mass", "ratio_low", ""),
        ("Ratio at the highest mass", "ratio_high", ""),
        ("Holds under", "holds_under", ""),
        ("Verdict", "verdict", ""),
    ):
        values = [entry(row[key]) for row in rows]
        if key == "unit":  # 1 is a word here
            values = [row[key] or NOTHING for row in rows]
        columns.append(variable(name, values, units=units))
    return _scored(table, columns)


def _parts_table(rows: Sequence[Mapping[str, str]]) -> Table:
    table = Table("Scorecard equations and figures")
    table.location = "Equations and figures of arXiv:2204.07802"
    table.description = (
        "Verdicts on the equations, each checked on another road than the formula itself, and on "
        "the figures, each by the claims that can be read from it."
    )
    names = [f"{'Eq. ' if row['part'] == 'equation' else ''}{row['name']}" for row in rows]
    columns = [variable("Part of the paper", names, given=True)]
    for name, key in (
        ("Agreement, or claims read from it", "computed"),
        ("Holds under", "holds_under"),
        ("Verdict", "verdict"),
    ):
        columns.append(variable(name, [entry(row[key]) for row in rows]))
    return _scored(table, columns)


def _scored(table: Table, columns: Iterable[Variable]) -> Table:
    table.keywords["reactions"] = REACTIONS
    table.keywords["phrases"] = [*PHRASES, "Reproduction"]
    return licensed(table, columns)


# ---- the submission -------------------------------------------------------------


class Record(Submission):
    """A submission under the licence of the book's tables."""

    @staticmethod
    def get_license() -> dict[str, str]:
        """Return the licence of the record."""
        return {
            "name": "CC BY 4.0",
            "url": "https://creativecommons.org/licenses/by/4.0/",
            "description": "Share and adapt for any purpose, with credit to arXiv:2204.07802 "
            "and to nudp, a link to the licence, and a word on changes.",
        }


def record(results: Path = RESULTS) -> Record:
    """Return the whole submission."""
    made = Record()
    made.comment = ABSTRACT
    made.add_link("The paper whose searches these are", "https://arxiv.org/abs/2204.07802")
    for model in MODELS:
        for figure in FIGURES:
            made.add_table(figure_table(figure, model, results))
    for table in score_tables(results):
        made.add_table(table)
    return made


def packed(folder: Path) -> bytes:
    """Return the files of a folder as an archive without times, owners or chance order."""
    archive = io.BytesIO()
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=archive, mtime=0) as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        for path in sorted(folder.iterdir()):
            content = path.read_bytes()
            member = tarfile.TarInfo(path.name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return archive.getvalue()


def demand_valid(**where: str) -> None:
    """Refuse a submission that the validator of HEPData refuses; it asks no server.

    Parameters
    ----------
    **where : str
        `directory` or `archive`, and its path.
    """
    validator = FullSubmissionValidator(autoload_remote_schemas=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves files open
        # Python 3.12 and 3.13 warn that it unpacks an archive without saying how
        warnings.filterwarnings("ignore", "Python 3.14 will", DeprecationWarning)
        valid = validator.validate(**where)
    if not valid:
        found = [
            f"{Path(name).name}: {message.message}"
            for name, messages in validator.messages.items()
            for message in messages
        ]
        raise ValueError("HEPData refuses the submission:\n" + "\n".join(found))


def write(target: Path = TARGET, results: Path = RESULTS) -> Path:
    """Write the submission as a folder and as an archive, and return the archive.

    Parameters
    ----------
    target : pathlib.Path
        The folder; one that holds anything but a submission is an error.
    results : pathlib.Path
        The folder of the tables.
    """
    target = target.resolve()
    if target.is_dir() and any(target.iterdir()) and not (target / "submission.yaml").is_file():
        raise ValueError(f"{target} holds something other than a submission")
    made = record(results)
    archive = target.with_name(f"{target.name}.tar.gz")
    with tempfile.TemporaryDirectory() as scrap, contextlib.chdir(scrap):
        made.create_files("submission", validate=False)
        packing = Path(archive.name)
        packing.write_bytes(packed(Path("submission")))
        demand_valid(archive=str(packing))  # before anything of an earlier run is touched
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree("submission", target)
        write_whole(archive, packing.read_bytes())
    return archive


if __name__ == "__main__":
    write(*map(Path, sys.argv[1:2]))
