"""Make a HEPData record: of every curve of Figs. 1 to 3 and the scorecard, or of other searches.

`make.py [DIR]` writes the submission into DIR, by default `_build/hepdata`, the same as
`DIR.tar.gz` for upload, and has both validated against the schema of HEPData. The curves of the
signal model PUBLISHED are those of `data/figures`; those of the other models, and those with
radiated photons as a tag, are computed for the same masses. `make.py DIR --search ...` writes the
limits of any searches instead; `--help` tells the rest. `hepdata_lib` writes the tables; the
archive is packed here, since that of `hepdata_lib` bears the time and the order of the file system.
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import math
import shutil
import tarfile
import tempfile
import warnings
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import nudp
from nudp import searches, selections, statistics
from nudp._tables import write_whole
from nudp.beyond import radiation, search_file

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
ALL_DIGITS = 17  # which give a number back as it was
INVERSE_GEV = "GeV$^{-1}$"
CURVE_UNITS = "units: m_N=GeV, "
TITLE, TITLE_TAG = "Upper limit on d", "Upper limit on d with radiated photons as tag"
DASH = "A dash: no N of this mass is produced or seen, so no limit."
#: How the signal is counted: the functions of nudp that give the yields, and what they count.
SIGNALS = {
    "decays": (nudp.limits.yields, "decays of N within reach"),
    "tag": (
        radiation.tagged_yields,
        "decays of N within reach, and photons radiated by the beams where N is out of reach",
    ),
}
REACTIONS = ["E+ E- --> N NUBAR", "E+ E- --> NBAR NU", "N --> NU GAMMA"]
PHRASES = ["Neutrino dipole portal", "Heavy neutral lepton", "Single photon", "Exclusion", "Limit"]

ABSTRACT = (
    "Expected upper limits at 95% confidence level on the transition magnetic moment d between a "
    "neutrino and a heavy neutral lepton N, from events with one photon at Belle II, BESIII and "
    "STCF, computed anew for the searches of arXiv:2204.07802 with the package nudp "
    f"{nudp.__version__}. These are expectations from formulas, no measurement. The tables named "
    "PUBLISHED use the signal that reproduces the numbers of that paper; those named TEXT take "
    "its text literally; DIRAC and MAJORANA are what its Lagrangian predicts for either kind of "
    "N. Each limit stands a second time with photons that the beams radiate, which tag an N that "
    "leaves the detector and which that paper does not count. The scorecard holds every equation, "
    "figure and quoted number of the paper against the computation."
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


def search_of(name: str) -> searches.Search | searches.Runs:
    """Return a search by the name of its curve."""
    search: searches.Search | searches.Runs = getattr(searches, name.upper())
    return search


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
    name = selections.as_selection(run.selection).name
    return words.get(name, name)


def model_in_words(model: nudp.SignalModel) -> str:
    """Return what a signal model assumes."""
    modes = {1: "one charge mode", 2: "both charge modes"}[model.charge_modes]
    decay = {
        0.0: "isotropic decay of N",
        -1.0: "decay of N as 1 - cos(theta*)",
        "exact": "decay of N with all spin correlations",
    }.get(model.decay, f"decay of N as 1 + {model.decay} cos(theta*)")
    width = {1.0: "width of Eq. (4)", 2.0: "twice the width of Eq. (4)"}.get(
        model.width_factor, f"{model.width_factor} times the width of Eq. (4)"
    )
    more = [f"{model.flavours} flavours"] if model.flavours > 1 else []
    more += [f"{model.branching} of it to photons"] if model.branching < 1 else []
    return ", ".join([f"{model.name}: {modes}", decay, width, *more])


def qualifiers(
    label: str, search: searches.AnySearch, model: nudp.SignalModel, method: str, counted: str
) -> list[tuple[str, float | str, str]]:
    """Return what defines a curve: name, value and unit of each qualifier."""
    runs = searches.runs_of(search)

    def of_runs(field: str) -> float | str:
        return span(getattr(run, field) for run in runs)

    told: list[tuple[str, float | str, str]] = [
        ("Search", label, ""),
        ("Signal model", model_in_words(model), ""),
        ("Signal counted", SIGNALS[counted][1], ""),
        ("SQRT(S)", of_runs("sqrt_s"), "GeV"),
        ("Luminosity", round(sum(run.luminosity for run in runs), 2), "fb$^{-1}$"),
        ("Cuts", "; ".join(dict.fromkeys(cuts(run) for run in runs)), ""),
        ("Detector length", of_runs("detector_length"), "m"),
        ("Photon efficiency", of_runs("photon_efficiency"), ""),
        ("Reducible background", of_runs("reducible_background"), "fb"),
    ]
    if any(run.background_uncertainty for run in runs):
        told.append(("Background uncertainty", of_runs("background_uncertainty"), ""))
    if any(run.polarisation != (0.0, 0.0) for run in runs):
        beams = dict.fromkeys(", ".join(map(str, run.polarisation)) for run in runs)
        told.append(("Polarisation of electrons, positrons", "; ".join(beams), ""))
    given = [run.background_events for run in runs if run.background_events is not None]
    if given:
        told.append(("All background, as given", round(sum(given), 6), "events"))
    level = f"chi^2 = {nudp.limits.CHI2_95}" if method == "chi2" else f"method {method}"
    told += [("Confidence level", f"95% one-sided, {level}", ""), ("Limit", "expected", "")]
    return told


# ---- tables --------------------------------------------------------------------


def variable(
    name: str,
    values: Sequence[float | str],
    *,
    units: str = "",
    given: bool = False,
    digits: int = DIGITS,
) -> Variable:
    """Return a column of a table; `given` if the others depend on it."""
    column = Variable(name, is_independent=given, is_binned=False, units=units)
    column.digits = digits
    column.values = list(values)
    return column


def licensed(table: Table, columns: Iterable[Variable]) -> Table:
    """Return a table with its columns and its licence."""
    for column in columns:
        table.add_variable(column)
    table.add_data_license("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/")
    return table


def limits(
    search: searches.AnySearch,
    m_N: Sequence[float],
    model: nudp.SignalModel,
    method: str = "chi2",
    counted: str = "decays",
) -> list[float | str]:
    """Return the limits of a search at some masses, `NOTHING` where there is none."""
    found = nudp.limits.solve(SIGNALS[counted][0](search, m_N, model), method=method)
    return [entry(repr(d)) for d in found.tolist()]


def curve(
    name: str,
    values: Sequence[float | str],
    told: Iterable[tuple[str, float | str, str]],
    digits: int = DIGITS,
) -> Variable:
    """Return the column of a limit with what defines it."""
    column = variable(name, values, units=INVERSE_GEV, digits=digits)
    for qualifier in told:
        column.add_qualifier(*qualifier)
    return column


def keywords(named: Iterable[searches.AnySearch]) -> dict[str, list[float | str]]:
    """Return what HEPData is searched by."""
    return {
        "reactions": [*REACTIONS],
        "observables": ["LIMIT"],
        "cmenergies": [span(run.sqrt_s for run in searches.runs_of(list(named)))],
        "phrases": [*PHRASES],
    }


def figure_table(figure: Figure, model: nudp.SignalModel, results: Path = RESULTS) -> Table:
    """Return the curves of a figure under a signal model."""
    path = results / f"{figure.name}.csv"
    stored = read_results(path, ("m_N", *figure.curves), CURVE_UNITS)
    m_N = [float(text) for text in stored["m_N"]]
    if model == nudp.PUBLISHED:
        curves = {name: [entry(text) for text in stored[name]] for name in figure.curves}
    else:
        curves = {name: limits(search_of(name), m_N, model) for name in figure.curves}
    table = Table(f"Figure {figure.number} {model.name}")
    table.location = f"Figure {figure.number} of arXiv:2204.07802"
    table.description = (
        f"Expected upper limits on d at 95% confidence level: {figure.what}. Signal model "
        f"{model_in_words(model)}. The columns with radiated photons are not in the figure. {DASH}"
    )
    table.keywords.update(keywords(map(search_of, figure.curves)))
    columns = [variable("Mass of N", m_N, units="GeV", given=True)]
    for name, values in curves.items():
        search = search_of(name)
        for counted, title, shown in (
            ("decays", TITLE, values),
            ("tag", TITLE_TAG, limits(search, m_N, model, counted="tag")),
        ):
            told = qualifiers(search.name, search, model, "chi2", counted)
            columns.append(curve(f"{title}, {search.name}", shown, told))
    return licensed(table, columns)


def search_table(
    named: Mapping[str, searches.AnySearch],
    m_N: Sequence[float],
    model: nudp.SignalModel,
    *,
    method: str = "chi2",
    counted: str = "decays",
) -> Table:
    """Return the limits of any searches at some masses, with all their digits.

    Parameters
    ----------
    named : mapping of str to Search, Runs or iterable of these
        The searches by the names that their columns bear.
    m_N : sequence of float
        Masses of the heavy neutral lepton [GeV].
    model : SignalModel
        Charge modes, decay distribution and width.
    method : str
        As in `nudp.upper_limit`.
    counted : str
        "decays", or "tag" if a photon off the beams counts where N leaves the detector.
    """
    table = Table(f"Limits {model.name}")
    table.location = f"Computed with nudp {nudp.__version__}"
    table.description = (
        "Expected upper limits on d at 95% confidence level. Signal model "
        f"{model_in_words(model)}. {DASH}"
    )
    table.keywords.update(keywords(named.values()))
    masses = [float(mass) for mass in m_N]
    columns = [variable("Mass of N", masses, units="GeV", given=True, digits=ALL_DIGITS)]
    for name, search in named.items():
        found = limits(search, masses, model, method, counted)
        told = qualifiers(name, search, model, method, counted)
        columns.append(curve(f"{TITLE}, {name}", found, told, ALL_DIGITS))
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
    """Return the submission of the book."""
    made = Record()
    made.comment = ABSTRACT
    made.add_link("The paper whose searches these are", "https://arxiv.org/abs/2204.07802")
    for model in MODELS:
        for figure in FIGURES:
            made.add_table(figure_table(figure, model, results))
    for table in score_tables(results):
        made.add_table(table)
    return made


def record_of(table: Table) -> Record:
    """Return a submission of one table."""
    made = Record()
    made.comment = (
        "Expected upper limits at 95% confidence level on the transition magnetic moment d between "
        "a neutrino and a heavy neutral lepton N, from events with one photon, computed with the "
        f"package nudp {nudp.__version__}. These are expectations from formulas, no measurement."
    )
    made.add_link("The paper whose formulas these are", "https://arxiv.org/abs/2204.07802")
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


def write(made: Record, target: Path = TARGET) -> Path:
    """Write a submission as a folder and as an archive, and return the archive.

    Parameters
    ----------
    made : Record
        The submission.
    target : pathlib.Path
        The folder; one that holds anything but a submission is an error.
    """
    target = target.resolve()
    if target.is_dir() and any(target.iterdir()) and not (target / "submission.yaml").is_file():
        raise ValueError(f"{target} holds something other than a submission")
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


def main(arguments: Sequence[str] | None = None) -> None:
    """Write what the command line asks for."""
    parser = ArgumentParser(
        description=str(__doc__).partition("\n")[0],
        epilog="example: make.py record --search BESIII mine.toml --mass 0.1 1 3 --signal DIRAC",
    )
    add = parser.add_argument
    add("folder", nargs="?", type=Path, default=TARGET, metavar="DIR")
    add("--search", nargs="+", help="names as in nudp.searches, or files that nudp has written")
    add("--mass", nargs="+", type=float, metavar="GEV", help="of N [GeV]")
    add("--signal", choices=[model.name for model in MODELS], help="signal model")
    add("--method", choices=statistics.METHODS, default="chi2", help="default chi2, the paper's")
    add("--count", choices=SIGNALS, default="decays", help="tag: with photons off the beams")
    told = parser.parse_args(arguments)
    if told.search is None:
        write(record(), told.folder)
        return
    if told.mass is None or told.signal is None:
        parser.error("--search needs --mass and --signal")
    try:
        found = [
            search_file.read_search(name) if Path(name).suffix else search_of(name)
            for name in told.search
        ]
        model = getattr(nudp, told.signal)
        named = {search.name: search for search in found}
        table = search_table(named, told.mass, model, method=told.method, counted=told.count)
        write(record_of(table), told.folder)
    except (AttributeError, OSError, ValueError) as error:
        parser.error(f"{error}")


if __name__ == "__main__":
    main()
