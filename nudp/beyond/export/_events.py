"""Events for generators and detector simulations: Les Houches event files and HepMC3."""

from __future__ import annotations

import gzip
import tempfile
from contextlib import contextmanager
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from nudp import __version__, _checks, constants
from nudp.signal import PDG_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from os import PathLike

    import pandas as pd

    from nudp.typing import FloatArray

    Progress = Callable[..., Iterable[Any]]

# Events that are text at one time.
_CHUNK = 10_000
_MM, _PB = 1e3, 1e-3  # of a metre, and of a femtobarn
# What Pythia must know of N: charge, spin, colour, whether it has an antiparticle.
_SLHA = """\
<slha>
Block QNUMBERS {0} # N
 1 0
 2 2
 3 1
 4 {2:d}
Block MASS
 {0} {1:.16e}
</slha>
"""
_FOUR = ("E", "px", "py", "pz")


def lhe(
    events: pd.DataFrame, path: str | PathLike[str], *, progress: Progress | None = None
) -> None:
    """Write events as a Les Houches event file, version 3.

    Momenta are those in the lab, with 17 digits.  N, where there is one, has decayed, with its
    mass, and its proper time times c in mm, which programs take for the place of the decay.
    The cross section is the sum of the weights.  Events are 10,000 at a time in memory as
    text; a file appears whole or not at all.

    Parameters
    ----------
    events : pandas.DataFrame
        From `nudp.events.signal_events` or `nudp.events.background_events`, or some of them.
    path : path_like
        File to write; compressed if its name ends in .gz.
    progress : callable, optional
        Shows the progress, such as `tqdm.auto.tqdm`; see `nudp.beyond.scan.run`.

    Raises
    ------
    ValueError
        If there is no event, or columns are missing, or energies of the beams differ.
    TypeError
        If events are no table.

    References
    ----------
    arXiv:hep-ph/0109068 and hep-ph/0609017.

    Examples
    --------
    >>> from nudp import DIRAC, searches
    >>> from nudp.events import signal_events
    >>> sample = signal_events(
    ...     searches.STCF_4GEV, 1.0, 1e-5, 3, signal=DIRAC, rng=np.random.default_rng(1))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     lhe(sample, Path(folder, "signal.lhe"))
    ...     Path(folder, "signal.lhe").read_text().count("<event>")
    3
    """
    heavy, beams, sigma = _checked(events)
    varying: list[FloatArray] = []

    def field(column: FloatArray, style: str = "%.16e") -> str:
        """Text of a column where all events agree, else a place for it."""
        if np.all(column == column[0]):
            text: str = style % column[0]
            return text
        varying.append(column)
        return style

    def particle(name: str, status: int, mothers: str) -> str:
        pdg, *momentum = _particle(events, name)
        inner = "0 0"
        line = f"{field(pdg, '%d')} {status} {mothers} 0 0 {' '.join(map(field, momentum))}"
        if name == "N":
            proper = _MM * events["proper_time"].to_numpy()
            inner = f"{field(events['m_N'].to_numpy())} {field(proper)}"
        return f"{line} {inner} 9\n"

    weight = events["weight"].to_numpy()
    root_s = 2 * float(np.sqrt(beams[0] * beams[1]))
    # mothers of what N decays to are N, the third particle, and of the others the beams
    last = "3 3" if heavy else "1 2"
    event = (
        f"<event>\n{5 + heavy} 1 {field(weight / weight[0])} {root_s:.16e} "
        f"{constants.ALPHA:.16e} 0\n"
        f"11 -1 0 0 0 0 0 0 {beams[0]:.16e} {beams[0]:.16e} 0 0 9\n"
        f"-11 -1 0 0 0 0 0 0 {-beams[1]:.16e} {beams[1]:.16e} 0 0 9\n"
        + (particle("N", 2, "1 2") if heavy else "")
        + particle("antinu", 1, "1 2")
        + particle("nu", 1, last)
        + particle("gamma", 1, last)
        + "</event>\n"
    )
    # both kinds of neutrinos from one N
    majorana = bool((events["pdg_nu"] < 0).any())
    slha = _SLHA.format(PDG_ID, events["m_N"].iloc[0], not majorana) if heavy else ""
    with _whole_path(path) as half, _opened(half) as file:
        file.write(
            f'<LesHouchesEvents version="3.0">\n<header>\n{slha}</header>\n<init>\n'
            f"11 -11 {beams[0]:.16e} {beams[1]:.16e} 0 0 0 0 3 1\n"
            f"{_PB * sigma:.16e} 0 1 1\n"
            f"<generator name='nudp' version='{__version__}'>arXiv:2204.07802</generator>\n"
            "</init>\n"
        )
        for part in _parts(len(events), progress):
            rows = np.stack([column[part] for column in varying], axis=-1).tolist()
            file.write("".join(event % tuple(row) for row in rows))
        file.write("</LesHouchesEvents>\n")


def hepmc3(
    events: pd.DataFrame, path: str | PathLike[str], *, progress: Progress | None = None
) -> None:
    """Write events as HepMC3 text, by pyhepmc.

    Momenta and vertices are those in the lab, in GeV and mm, with 17 digits; the weight of an
    event and the cross section are in pb.  The beams meet at the origin, where N is made, and N
    decays at its vertex.  A file appears whole or not at all.

    Parameters
    ----------
    events : pandas.DataFrame
        From `nudp.events.signal_events` or `nudp.events.background_events`, or some of them.
    path : path_like
        File to write; compressed if its name ends in .gz.
    progress : callable, optional
        Shows the progress, such as `tqdm.auto.tqdm`; see `nudp.beyond.scan.run`.

    Raises
    ------
    ValueError
        If there is no event, or columns are missing, or energies of the beams differ.
    TypeError
        If events are no table.

    References
    ----------
    arXiv:1912.08005.

    Examples
    --------
    >>> from nudp import searches
    >>> from nudp.events import background_events
    >>> sample = background_events(searches.STCF_4GEV, 3, rng=np.random.default_rng(1))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     hepmc3(sample, Path(folder, "background.hepmc"))
    ...     Path(folder, "background.hepmc").read_text().count("E ")
    3
    """
    pyhepmc: Any = import_module("pyhepmc")  # the extra `export`
    heavy, beams, sigma = _checked(events)
    run = pyhepmc.GenRunInfo()
    run.tools = [pyhepmc.GenRunInfo.ToolInfo("nudp", __version__, "arXiv:2204.07802")]
    run.weight_names = ["weight"]
    cross_section = pyhepmc.GenCrossSection()

    def particle(pdg: float, *momentum: float, status: int = 1, mass: float = 0.0) -> Any:
        made = pyhepmc.GenParticle(momentum, int(pdg), status)
        made.generated_mass = mass  # else a massless one gets the rounding of its momentum
        return made

    columns = [np.arange(len(events)), _PB * events["weight"].to_numpy()]
    for name in ("antinu", "nu", "gamma"):
        columns += _particle(events, name)
    if heavy:
        columns += [*_particle(events, "N"), events["m_N"].to_numpy()]
        columns += [_MM * events[f"vertex_{axis}"].to_numpy() for axis in "xyzt"]
    with _whole_path(path) as half, pyhepmc.open(half, "w", precision=16) as file:
        for part in _parts(len(events), progress):
            for row in np.stack([column[part] for column in columns], axis=-1).tolist():
                event = pyhepmc.GenEvent(run, pyhepmc.Units.GEV, pyhepmc.Units.MM)
                event.event_number = int(row[0])
                event.weights = row[1:2]
                primary = pyhepmc.GenVertex((0, 0, 0, 0))
                for sign, energy in zip((1, -1), beams, strict=True):
                    primary.add_particle_in(
                        particle(11 * sign, 0, 0, sign * energy, energy, status=4)
                    )
                primary.add_particle_out(particle(*row[2:7]))
                event.add_vertex(primary)
                last = primary
                if heavy:
                    N = particle(*row[17:22], status=2, mass=row[22])
                    primary.add_particle_out(N)
                    last = pyhepmc.GenVertex(row[23:27])
                    last.add_particle_in(N)
                    event.add_vertex(last)
                last.add_particle_out(particle(*row[7:12]))
                last.add_particle_out(particle(*row[12:17]))
                event.cross_section = cross_section
                cross_section.set_cross_section(_PB * sigma, 0.0)
                file.write(event)


def _checked(events: pd.DataFrame) -> tuple[bool, FloatArray, float]:
    """Whether there is N, the energies of both beams [GeV], and the cross section [fb]."""
    import pandas as pd  # which workspaces and models do without

    _checks.instance("events", events, pd.DataFrame)
    needed = {f"{name}_{what}" for name in ("nu", "antinu", "gamma") for what in _FOUR}
    missing = sorted((needed | {"weight", "pdg_nu", "pdg_antinu"}) - set(events.columns))
    if missing:
        raise ValueError(
            f"events must be complete, from signal_events or background_events: no {missing[0]!r}"
        )
    if not len(events):
        raise ValueError("events must hold one event at least, got none")
    E, pz = (
        sum(events[f"{name}_{what}"].to_numpy() for name in ("nu", "antinu", "gamma"))
        for what in ("E", "pz")
    )
    beams = np.array([E + pz, E - pz]) / 2
    spread = float(np.ptp(beams, axis=1).max() / beams.min())
    if spread > 1e-9:
        raise ValueError(f"events must be of one collision energy, got a spread of {spread!r}")
    return "N_E" in events, np.median(beams, axis=1), float(events["weight"].sum())


def _particle(events: pd.DataFrame, name: str) -> list[FloatArray]:
    """Number, momentum and energy, one array each."""
    pdg = np.full(len(events), 22) if name == "gamma" else events[f"pdg_{name}"].to_numpy()
    return [pdg, *(events[f"{name}_{what}"].to_numpy() for what in ("px", "py", "pz", "E"))]


def _parts(count: int, progress: Progress | None) -> Iterable[slice]:
    """The events in parts, with a progress bar if one is wanted."""
    parts = [slice(first, first + _CHUNK) for first in range(0, count, _CHUNK)]
    if progress is None:
        return parts
    _checks.function("progress", progress)
    return progress(parts, total=len(parts))


@contextmanager
def _opened(path: str) -> Iterator[TextIO]:
    """A text file to write, compressed if its name says so."""
    with Path(path).open("wb") as file:
        if not path.endswith(".gz"):
            with TextIOWrapper(file, "ascii", newline="\n") as text:
                yield text
        else:
            # no time and no name within: the same events are the same bytes
            with (
                gzip.GzipFile("", "wb", 6, file, mtime=0) as packed,
                TextIOWrapper(packed, "ascii", newline="\n") as text,
            ):
                yield text


@contextmanager
def _whole_path(path: str | PathLike[str]) -> Iterator[str]:
    """A path to write to, which takes the place of another if nothing fails."""
    path = Path(path)
    # what the name ends in says whether it is compressed
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        half = Path(folder, path.name)
        yield str(half)
        half.chmod(0o644)
        half.replace(path)
