"""The command line, ``python -m nudp``: limits, events, models, workspaces, or what it is."""

from __future__ import annotations

import json
import math
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nudp import DIRAC, MAJORANA, PUBLISHED, TEXT, __version__, constants, limits, searches
from nudp.searches import Runs, Search
from nudp.statistics import METHODS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["CITE", "about", "main"]

#: How to cite the package and the paper behind it.
CITE = (
    f"Cite: arXiv:2204.07802 for the physics and the searches, nudp {__version__} for the code "
    "and its results (CITATION.cff)."
)

_MODELS = {model.name: model for model in (TEXT, PUBLISHED, DIRAC, MAJORANA)}
_SEARCHES = {name: getattr(searches, name) for name in searches.__all__ if name.isupper()}


def about() -> str:
    """Version, constants with value, unit and edition, and how to cite.

    Returns
    -------
    str
        Lines of text, one a constant.

    Examples
    --------
    >>> first, *_, last = about().splitlines()
    >>> first, last.startswith("Cite: arXiv:2204.07802")
    ('nudp ...', True)
    >>> [line] = [line for line in about().splitlines() if line.startswith("M_Z")]
    >>> " ".join(line.split())
    'M_Z 91.188 GeV mass of the Z; Review of Particle Physics 2024, ...'
    """
    names = max(map(len, constants.SOURCES))
    units = max(len(source.unit) for source in constants.SOURCES.values())
    rows = [
        f"{name:{names}}  {getattr(constants, name):<15.10g}  {source.unit:{units}}  "
        f"{source.what}; {source.edition}"
        for name, source in constants.SOURCES.items()
    ]
    return "\n".join([f"nudp {__version__}", "", *rows, "", CITE])


def main(arguments: Sequence[str] = ()) -> None:
    """Carry out a command, or print what `about` returns if there is none.

    Parameters
    ----------
    arguments : sequence of str, optional
        The words behind ``python -m nudp``; ``--help`` tells them.

    Examples
    --------
    >>> main()
    nudp ...
    >>> main(["limit", "STCF_4GEV", "--mass", "0.1", "1", "--signal", "PUBLISHED"])
    m_N [GeV],d_95 [GeV^-1]
    0.1,3.9...e-06
    1.0,1.8...e-06
    """
    parser = _parser()
    told = parser.parse_args(arguments)
    if told.command is None:
        print(about())
        return
    try:
        told.carry_out(told)
    except (ValueError, OSError) as error:
        parser.error(f"{error}")


def _parser() -> ArgumentParser:
    """The words of the command line."""
    parser = ArgumentParser("python -m nudp", description="Limits on the neutrino dipole portal.")
    commands = parser.add_subparsers(dest="command", title="commands")

    def command(
        carry_out: Callable[[Namespace], None], what: str, example: str, first: str
    ) -> ArgumentParser:
        name = carry_out.__name__.strip("_")
        epilog = f"example: python -m nudp {name} {example}"
        one = commands.add_parser(name, help=what, description=what, epilog=epilog)
        one.set_defaults(carry_out=carry_out)
        if first == "search":
            one.add_argument("search", type=_search, help=f"one of {', '.join(_SEARCHES)}")
            # no default: the choice moves a limit by 60 %
            needed = carry_out is not _events
            one.add_argument("--signal", choices=_MODELS, required=needed, help="signal model")
        else:
            one.add_argument(first, help="folder to write, which must not exist")
        return one

    def mass(one: ArgumentParser, nargs: str | None = None, *, required: bool = True) -> None:
        one.add_argument(
            "--mass", type=float, nargs=nargs, required=required, metavar="GEV", help="of N [GeV]"
        )

    one = command(
        _limit,
        "Upper limits d_95, as CSV on stdout.",
        "STCF_4GEV --mass 0.1 1 3 --signal DIRAC --method cls",
        "search",
    )
    mass(one, "+")
    one.add_argument("--method", choices=METHODS, default="chi2", help="default chi2, the paper's")
    one.add_argument("--json", action="store_true", help="JSON; no limit is null")

    one = command(
        _events,
        "Sampled events: of the signal, or without a mass of the irreducible background.",
        "BELLE2_LOW_MASS --mass 1 --coupling 1e-5 --signal DIRAC --output signal.lhe.gz",
        "search",
    )
    mass(one, required=False)
    one.add_argument("--coupling", type=float, metavar="D", help="d [GeV^-1]")
    one.add_argument("--flavour", choices=("e", "mu", "tau"), default="e")
    one.add_argument("--number", type=int, default=1000, help="how many (default 1000)")
    one.add_argument("--seed", type=int, default=1, help="of the random numbers (default 1)")
    one.add_argument(
        "--output", help=".lhe or .hepmc, with .gz if compressed; CSV on stdout unless given"
    )

    one = command(
        _ufo,
        "The dipole portal as a UFO model.",
        "dipole --mass 1 --coupling 1e-5 0 0",
        "folder",
    )
    mass(one)
    one.add_argument(
        "--coupling", type=float, nargs=3, required=True, metavar="D", help="e, mu, tau [GeV^-1]"
    )
    one.add_argument(
        "--d-W", type=float, nargs=3, metavar="D", help="Z and W as well: d_W [GeV^-2]"
    )
    one.add_argument("--majorana", action="store_true", help="N is its own antiparticle")

    one = command(
        _workspace,
        "The likelihood as a workspace of pyhf, JSON on stdout.",
        "BELLE2_LOW_MASS --mass 1 --signal DIRAC",
        "search",
    )
    mass(one)
    one.add_argument("--hs3", action="store_true", help="HS3 instead, experimental")
    return parser


def _search(name: str) -> Search | Runs:
    """The search of a name, in capitals or not."""
    found: Search | Runs | None = _SEARCHES.get(name.upper())
    if found is None:
        raise ArgumentTypeError(f"unknown search {name!r}, known are {', '.join(_SEARCHES)}")
    return found


def _limit(told: Namespace) -> None:
    d_95 = limits.upper_limit(told.search, told.mass, _MODELS[told.signal], method=told.method)
    columns = {"m_N [GeV]": told.mass, "d_95 [GeV^-1]": d_95.tolist()}
    if told.json:
        print(
            json.dumps(
                {k: [v if math.isfinite(v) else None for v in c] for k, c in columns.items()}
            )
        )
        return
    print(",".join(columns))
    for row in zip(*columns.values(), strict=True):
        print(",".join(map(repr, row)))


def _events(told: Namespace) -> None:
    from nudp import events  # pandas
    from nudp.beyond import export

    rng = np.random.default_rng(told.seed)
    if told.mass is None:
        table = events.background_events(told.search, told.number, rng=rng)
    elif told.signal is None or told.coupling is None:
        raise ValueError("--mass needs --coupling and --signal")
    else:
        table = events.signal_events(
            told.search,
            told.mass,
            told.coupling,
            told.number,
            signal=_MODELS[told.signal],
            rng=rng,
            flavour=told.flavour,
        )
    if told.output is None:
        table.to_csv(sys.stdout, index=False)
        return
    writers = {".lhe": export.lhe, ".hepmc": export.hepmc3}
    ending = Path(told.output.removesuffix(".gz")).suffix
    if ending not in writers:
        raise ValueError(f"--output must end in .lhe or .hepmc, or these and .gz: {told.output!r}")
    writers[ending](table, told.output)


def _ufo(told: Namespace) -> None:
    from nudp.beyond import export

    export.ufo(told.folder, told.mass, told.coupling, majorana=told.majorana, d_W=told.d_W)


def _workspace(told: Namespace) -> None:
    from nudp.beyond import export

    write = export.hs3 if told.hs3 else export.pyhf
    print(json.dumps(write(told.search, told.mass, _MODELS[told.signal]), indent=1))
