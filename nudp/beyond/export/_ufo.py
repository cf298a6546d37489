r"""The dipole portal as a UFO model: Standard Model in unitary gauge, N, and the terms of Eq. (1).

A vertex lists outgoing particles; of a term :math:`\bar a\,\Gamma\,b\,V` these are b's
antiparticle, a and what V creates.  Its spinor chain begins at the second, ends at the first, and
:math:`\partial_\mu` is :math:`i p_\mu` with p outgoing.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from nudp import __version__, _checks, constants
from nudp._tables import write_whole
from nudp.beyond.export import _ufo_files
from nudp.signal import PDG_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from os import PathLike

    from numpy.typing import ArrayLike

    from nudp.typing import FloatArray

# name, antiparticle, mass, width, PDG id, three times the charge, 2S + 1, colour
_PARTICLES = (
    ("a", "a", "ZERO", "ZERO", 22, 0, 3, 1),
    ("Z", "Z", "MZ", "WZ", 23, 0, 3, 1),
    ("W+", "W-", "MW", "WW", 24, 3, 3, 1),
    ("g", "g", "ZERO", "ZERO", 21, 0, 3, 8),
    ("H", "H", "MH", "WH", 25, 0, 1, 1),
    ("ve", "ve~", "ZERO", "ZERO", 12, 0, 2, 1),
    ("vm", "vm~", "ZERO", "ZERO", 14, 0, 2, 1),
    ("vt", "vt~", "ZERO", "ZERO", 16, 0, 2, 1),
    ("e-", "e+", "Me", "ZERO", 11, -3, 2, 1),
    ("mu-", "mu+", "MMU", "ZERO", 13, -3, 2, 1),
    ("ta-", "ta+", "MTA", "ZERO", 15, -3, 2, 1),
    ("u", "u~", "ZERO", "ZERO", 2, 2, 2, 3),
    ("c", "c~", "MC", "ZERO", 4, 2, 2, 3),
    ("t", "t~", "MT", "WT", 6, 2, 2, 3),
    ("d", "d~", "ZERO", "ZERO", 1, -1, 2, 3),
    ("s", "s~", "ZERO", "ZERO", 3, -1, 2, 3),
    ("b", "b~", "MB", "ZERO", 5, -1, 2, 3),
)
_ANTI = {one: other for names in _PARTICLES for one, other in (names[:2], names[1::-1])}
_UPPER, _LOWER = ("ve", "vm", "vt", "u", "c", "t"), ("e-", "mu-", "ta-", "d", "s", "b")
_QUARKS = (*_UPPER[3:], *_LOWER[3:])
# neutrino, charged lepton, name of the coupling
_FAMILIES = (("ve", "e-", "de"), ("vm", "mu-", "dmu"), ("vt", "ta-", "dtau"))

# Review of Particle Physics 2024, rounded; light quarks and the electron have no mass
_MASSES = {"MZ": (23, constants.M_Z), "MH": (25, 125.2), "Me": (11, 0.0), "MMU": (13, 0.1056584)}
_MASSES |= {"MTA": (15, 1.77693), "MC": (4, 1.273), "MB": (5, 4.183), "MT": (6, 172.57)}
_WIDTHS = {"WZ": (23, constants.GAMMA_Z), "WW": (24, 2.085), "WH": (25, 0.0041), "WT": (6, 1.42)}

_DIPOLE = (
    "P(-1,3)*Gamma(-1,2,-2)*Gamma(3,-2,-3)*{0}(-3,1)"
    " - P(-1,3)*Gamma(3,2,-2)*Gamma(-1,-2,-3)*{0}(-3,1)"
)
_SIGMA = "Gamma(3,2,-1)*Gamma(4,-1,-2)*{0}(-2,1) - Gamma(4,2,-1)*Gamma(3,-1,-2)*{0}(-2,1)"
_CYCLIC = (
    "P(3,1)*Metric(1,2) - P(3,2)*Metric(1,2) - P(2,1)*Metric(1,3)"
    " + P(2,3)*Metric(1,3) + P(1,2)*Metric(2,3) - P(1,3)*Metric(2,3)"
)
# MadGraph 3.1 reads spins from these names: they begin with one letter a particle
_LORENTZ = {
    "FFV": ([2, 2, 3], "Gamma(3,2,1)"),
    "FFVL": ([2, 2, 3], "Gamma(3,2,-1)*ProjM(-1,1)"),
    "FFVR": ([2, 2, 3], "Gamma(3,2,-1)*ProjP(-1,1)"),
    "FFS": ([2, 2, 1], "Identity(2,1)"),
    "VVS": ([3, 3, 1], "Metric(1,2)"),
    "VVSS": ([3, 3, 1, 1], "Metric(1,2)"),
    "SSS": ([1, 1, 1], "1"),
    "SSSS": ([1, 1, 1, 1], "1"),
    "VVV": ([3, 3, 3], _CYCLIC),
    "VVVV": (
        [3, 3, 3, 3],
        "Metric(1,4)*Metric(2,3) + Metric(1,3)*Metric(2,4) - 2*Metric(1,2)*Metric(3,4)",
    ),
    "VVVV1": ([3, 3, 3, 3], "Metric(1,4)*Metric(2,3) - Metric(1,3)*Metric(2,4)"),
    "VVVV2": ([3, 3, 3, 3], "Metric(1,4)*Metric(2,3) - Metric(1,2)*Metric(3,4)"),
    "VVVV3": ([3, 3, 3, 3], "Metric(1,3)*Metric(2,4) - Metric(1,2)*Metric(3,4)"),
    "FFVDR": ([2, 2, 3], _DIPOLE.format("ProjP")),
    "FFVDL": ([2, 2, 3], _DIPOLE.format("ProjM")),
    "FFVVR": ([2, 2, 3, 3], _SIGMA.format("ProjP")),
    "FFVVL": ([2, 2, 3, 3], _SIGMA.format("ProjM")),
}


def ufo(
    folder: str | PathLike[str],
    m_N: float,
    d: ArrayLike,
    *,
    majorana: bool = False,
    d_W: ArrayLike | None = None,
) -> None:
    r"""Write the dipole portal as a UFO model, for MadGraph, Sherpa and others.

    The Standard Model, in unitary gauge with a diagonal CKM matrix and no masses of e, u, d, s,
    and beyond it

    .. math::
        \mathcal L = \sum_\ell \bar\nu_\ell\,\sigma_{\mu\nu}
        (d_\ell F^{\mu\nu} + d_{Z\ell} Z^{\mu\nu})\,P_R N
        + d_{\pm\ell}\,\bar\ell\,\sigma_{\mu\nu} W^{-\mu\nu} P_R N + \mathrm{h.c.}

    Without d_W the photon couples alone, as in Eq. (1).  With it Z and W follow from
    :math:`d_{\pm} = v\,d_W/2` and :math:`d_\pm = \sqrt2\,(d\sin\theta_W + d_Z\cos\theta_W)`,
    and :math:`d_B = (\sqrt2\,d/v - d_W\sin\theta_W/2)/\cos\theta_W`; couplings to the Higgs boson
    are left out.  All of d, d_W and m_N can be changed in the parameter card, and the width
    of N follows from Eq. (4), twice that for a Majorana N.  N is particle 72.  The photon
    couples with alpha(0); sin^2(theta_W) follows from it, G_F and M_Z and is 0.212.

    Parameters
    ----------
    folder : path_like
        Folder to write, which must not exist; its name is that of the model.
    m_N : float
        Mass of the heavy neutral lepton [GeV].
    d : array_like, shape (3,)
        Transition magnetic moments d_e, d_mu and d_tau [GeV^-1].
    majorana : bool, optional
        Whether N is its own antiparticle.
    d_W : array_like, shape (3,), optional
        Couplings to the W fields of the three flavours, C_W/Lambda^2 [GeV^-2]; the photon
        alone unless given, and 0 for hypercharge alone.

    Raises
    ------
    ValueError
        If the folder exists or is no name of a Python module, a number is out of range, or
        m_N is above M_W although N has weak decays then.

    References
    ----------
    arXiv:2204.07802, Eqs. (1) and (4); arXiv:1803.03262 for d_W and d_B; arXiv:2304.09883
    for the format.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ufo(Path(folder, "dipole"), 1.0, [1e-5, 0, 0])
    ...     len(list(Path(folder, "dipole").iterdir()))
    12
    """
    mass = _checks.number("m_N", m_N, _checks.positive)
    couplings = _three("d", d, _checks.non_negative)
    _checks.instance("majorana", majorana, bool)
    weak = None if d_W is None else _three("d_W", d_W, _checks.real)
    if weak is not None and mass >= constants.M_W:
        raise ValueError(f"m_N must be below M_W if Z and W couple to N, got {mass!r}")
    path = Path(folder)
    if not path.name.isidentifier() or path.name in ("SM", "HEFT", "TauPi"):
        raise ValueError(f"folder must end in a name for a Python module, got {path.name!r}")
    if path.exists():
        raise ValueError(f"folder must not exist yet, got {str(folder)!r}")
    files = _files(mass, couplings, weak, "N" if majorana else "N~")
    half = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    try:
        for name, text in files.items():
            write_whole(half / name, text.encode())
        half.chmod(0o755)
        half.replace(path)
    except BaseException:
        shutil.rmtree(half)
        raise


def _three(
    name: str, value: ArrayLike, check: Callable[[str, ArrayLike], FloatArray]
) -> list[float]:
    """One number for each flavour."""
    array = check(name, value)
    if array.shape != (3,):
        raise ValueError(f"{name} must be three numbers, for e, mu and tau, got {value!r}")
    return [float(number) for number in array]


# ---- terms of the Lagrangian: particles, colours, (colour, structure, i L) each, order -------

_Vertex = tuple[list[str], list[str], list[tuple[int, str, str]], dict[str, int]]
_QED, _QCD = {"QED": 1}, {"QCD": 1}


def _simple(particles: str, structure: str, value: str, order: int = 1) -> _Vertex:
    """A vertex without colour, or with a quark and an antiquark, and with one structure."""
    names = particles.split()
    colour = "Identity(1,2)" if names[1] in _QUARKS else "1"
    return names, [colour], [(0, structure, f"complex(0,1)*{value}")], {"QED": order}


def _standard_model() -> Iterator[_Vertex]:
    """Every vertex of the Standard Model in unitary gauge."""
    for name, anti, mass, _, _, charge, spin, _ in _PARTICLES:
        if spin != 2:
            continue
        weak = 1 if name in _UPPER else -1
        names, colour = [anti, name, "Z"], ["Identity(1,2)" if name in _QUARKS else "1"]
        if charge:
            yield _simple(f"{anti} {name} a", "FFV", f"ee*{charge}/3.")
        if mass != "ZERO":
            yield _simple(f"{anti} {name} H", "FFS", f"(-{mass}/vev)")
        right = f"-{charge}/3.*sw**2"
        hands = [(0, "FFVL", f"complex(0,1)*ee/(sw*cw)*({weak}/2.{right.replace('--', '+')})")]
        if charge:
            hands.append((0, "FFVR", f"complex(0,1)*ee/(sw*cw)*({right})"))
        yield names, colour, hands, _QED
        if name in _QUARKS:
            yield [anti, name, "g"], ["T(3,2,1)"], [(0, "FFV", "complex(0,1)*G")], _QCD
    for up, down in zip(_UPPER, _LOWER, strict=True):
        for one, other, boson in ((up, down, "W+"), (down, up, "W-")):
            yield _simple(f"{_ANTI[one]} {other} {boson}", "FFVL", "ee/(sw*cmath.sqrt(2))")
    yield _simple("W- W+ a", "VVV", "ee")
    yield _simple("W- W+ Z", "VVV", "ee*cw/sw")
    yield _simple("a a W- W+", "VVVV", "ee**2", 2)
    yield _simple("a Z W- W+", "VVVV", "ee**2*cw/sw", 2)
    yield _simple("Z Z W- W+", "VVVV", "ee**2*cw**2/sw**2", 2)
    yield _simple("W- W- W+ W+", "VVVV", "(-ee**2/sw**2)", 2)
    yield _simple("W- W+ H", "VVS", "2*MW**2/vev")
    yield _simple("Z Z H", "VVS", "2*MZ**2/vev")
    yield _simple("W- W+ H H", "VVSS", "2*MW**2/vev**2", 2)
    yield _simple("Z Z H H", "VVSS", "2*MZ**2/vev**2", 2)
    yield _simple("H H H", "SSS", "(-3)*MH**2/vev")
    yield _simple("H H H H", "SSSS", "(-3)*MH**2/vev**2", 2)
    yield ["g"] * 3, ["f(1,2,3)"], [(0, "VVV", "-G")], _QCD
    pairs = ["f(-1,1,2)*f(3,4,-1)", "f(-1,1,3)*f(2,4,-1)", "f(-1,1,4)*f(2,3,-1)"]
    four = [(i, f"VVVV{i + 1}", "complex(0,1)*G**2") for i in range(3)]
    yield ["g"] * 4, pairs, four, {"QCD": 2}


def _portal(anti: str, weak: bool) -> Iterator[_Vertex]:
    """The dipoles of N, each with its conjugate; with W fields in pairs as their charge demands."""
    for neutrino, lepton, d in _FAMILIES:
        neutral = {"a": d, "Z": f"{d}Z"} if weak else {"a": d}
        for boson, coupling in neutral.items():
            yield _simple(f"{anti} {neutrino} {boson}", "FFVDR", f"(-{coupling})")
            yield _simple(f"{neutrino}~ N {boson}", "FFVDL", f"(-{coupling})")
        if not weak:
            continue
        plus = _ANTI[lepton]
        yield _simple(f"{anti} {lepton} W+", "FFVDR", f"(-{d}C)")
        yield _simple(f"{plus} N W-", "FFVDL", f"(-{d}C)")
        yield _simple(f"{anti} {neutrino} W- W+", "FFVVR", f"ee/sw*{d}C/cmath.sqrt(2)", 2)
        yield _simple(f"{neutrino}~ N W- W+", "FFVVL", f"ee/sw*{d}C/cmath.sqrt(2)", 2)
        for boson, charge in (("a", "ee"), ("Z", "ee*cw/sw")):
            yield _simple(f"{anti} {lepton} W+ {boson}", "FFVVR", f"{charge}*{d}C", 2)
            yield _simple(f"{plus} N W- {boson}", "FFVVL", f"(-{charge}*{d}C)", 2)


# ---- parameters -------------------------------------------------------------------------


def _parameters(
    mass: float, d: list[float], weak: list[float] | None, anti: str
) -> tuple[dict[str, tuple[str, int, float]], dict[str, str]]:
    """External ones with block, number and value; internal ones with their expressions."""
    external = {
        "aEWM1": ("SMINPUTS", 1, 1 / constants.ALPHA),
        "Gf": ("SMINPUTS", 2, constants.G_F),
        "aS": ("SMINPUTS", 3, 0.118),
    }
    external |= {name: ("MASS", *entry) for name, entry in _MASSES.items()}
    external |= {name: ("DECAY", *entry) for name, entry in _WIDTHS.items()}
    external["mN"] = ("MASS", PDG_ID, mass)
    names = [family[2] for family in _FAMILIES]
    external |= {name: ("DIPOLE", i, d[i - 1]) for i, name in enumerate(names, 1)}
    if weak is not None:
        external |= {f"{name}W": ("DIPOLE", 3 + i, weak[i - 1]) for i, name in enumerate(names, 1)}
    modes = 2 if anti == "N" else 1
    internal = {
        "ZERO": "0.0",
        "ee": "2*cmath.sqrt(cmath.pi/aEWM1)",
        "G": "2*cmath.sqrt(cmath.pi*aS)",
        "vev": "1/cmath.sqrt(Gf*cmath.sqrt(2))",
        # M_W^2 (1 - M_W^2/M_Z^2) = (e v/2)^2
        "MW": "MZ*cmath.sqrt(0.5 + cmath.sqrt(0.25 - (ee*vev/(2*MZ))**2))",
        "cw": "MW/MZ",
        "sw": "cmath.sqrt(1 - cw**2)",
        "WN": f"{modes}*({' + '.join(f'{name}**2' for name in names)})*mN**3/(4*cmath.pi)",
    }
    if weak is not None:
        for name in names:
            internal[f"{name}C"] = f"vev*{name}W/2"
            internal[f"{name}Z"] = f"({name}C/cmath.sqrt(2) - {name}*sw)/cw"
    return external, internal


# ---- files ------------------------------------------------------------------------------


def _files(mass: float, d: list[float], weak: list[float] | None, anti: str) -> dict[str, str]:
    """Every file of the model, by its name."""
    external, internal = _parameters(mass, d, weak, anti)
    heavy = ("N", anti, "mN", "WN", PDG_ID, 0, 2, 1)
    particles = "".join(map(_particle, (*_PARTICLES, heavy)))
    vertices = [*_standard_model(), *_portal(anti, weak is not None)]
    couplings: dict[tuple[str, str], str] = {}
    used = set()
    lines = []
    for i, (names, colours, terms, order) in enumerate(vertices, 1):
        structures = [structure for _, structure, _ in terms]
        used |= set(structures)
        values = {}
        for j, (colour, _, value) in enumerate(terms):
            key = (value, repr(order))
            values[colour, j] = couplings.setdefault(key, f"GC_{len(couplings) + 1}")
        lines.append(
            f"V_{i} = Vertex(name='V_{i}', particles=[{_listed('P', map(_python, names))}], "
            f"color={colours}, lorentz=[{_listed('L', structures)}], couplings={{"
            + ", ".join(f"{at}: C.{name}" for at, name in values.items())
            + "})\n"
        )
    parameters = [
        f"{name} = Parameter(name={name!r}, nature='external', type='real', value={value!r}, "
        f"texname={name!r}, lhablock={block!r}, lhacode=[{number}])\n"
        for name, (block, number, value) in external.items()
    ] + [
        f"{name} = Parameter(name={name!r}, nature='internal', type='real', value={value!r}, "
        f"texname={name!r})\n"
        for name, value in internal.items()
    ]
    modes = [f"P.{_python(family[0])}" for family in _FAMILIES]
    partial = [
        f"({mode}, P.a): '{d}**2*mN**3/(4*cmath.pi)'"
        for mode, (*_, d) in zip(modes, _FAMILIES, strict=True)
    ]
    if anti == "N":
        partial += [entry.replace(", P.a", "__tilde__, P.a") for entry in partial]
    return {
        "__init__.py": _ufo_files.INIT.format(version=__version__),
        "object_library.py": _ufo_files.OBJECTS,
        "function_library.py": _ufo_files.FUNCTIONS,
        "coupling_orders.py": _head("CouplingOrder", "all_orders")
        + "QCD = CouplingOrder(name='QCD', expansion_order=99, hierarchy=1)\n"
        "QED = CouplingOrder(name='QED', expansion_order=99, hierarchy=2)\n",
        "parameters.py": _head("Parameter", "all_parameters") + "".join(parameters),
        "particles.py": _head("Particle", "all_particles", "parameters as Param") + particles,
        "couplings.py": _head("Coupling", "all_couplings")
        + "".join(
            f"{name} = Coupling(name={name!r}, value={value!r}, order={order})\n"
            for (value, order), name in couplings.items()
        ),
        "lorentz.py": _head("Lorentz", "all_lorentz")
        + "".join(
            f"{name} = Lorentz(name={name!r}, spins={spins}, structure={structure!r})\n"
            for name, (spins, structure) in _LORENTZ.items()
            if name in used
        ),
        "vertices.py": _head(
            "Vertex", "all_vertices", "particles as P", "couplings as C", "lorentz as L"
        )
        + "".join(lines),
        "decays.py": _head("Decay", "all_decays", "particles as P")
        + "Decay_N = Decay(name='Decay_N', particle=P.N, "
        + f"partial_widths={{{', '.join(partial)}}})\n",
        "write_param_card.py": _ufo_files.CARD_WRITER,
        "param_card.dat": _card(external),
    }


def _head(kind: str, everything: str, *modules: str) -> str:
    """First lines of a file of the model."""
    imports = "".join(f"from . import {module}\n" for module in modules)
    return f"{imports}from .object_library import {kind}, {everything}\n\n"


def _python(name: str) -> str:
    """The variable of a particle, as other models call it."""
    return name.replace("+", "__plus__").replace("-", "__minus__").replace("~", "__tilde__")


def _listed(module: str, names: Iterable[str]) -> str:
    return ", ".join(f"{module}.{name}" for name in names)


def _particle(entry: tuple[str, str, str, str, int, int, int, int]) -> str:
    """A particle, and its antiparticle if that is another."""
    name, anti, mass, width, pdg, charge, spin, colour = entry
    lepton = int(spin == 2 and colour == 1 and name != anti)
    text = (
        f"{_python(name)} = Particle(pdg_code={pdg}, name={name!r}, antiname={anti!r}, "
        f"spin={spin}, color={colour}, mass=Param.{mass}, width=Param.{width}, texname={name!r}, "
        f"antitexname={anti!r}, charge={charge}/3., GhostNumber=0, LeptonNumber={lepton}, Y=0)\n"
    )
    return text if name == anti else f"{text}{_python(anti)} = {_python(name)}.anti()\n"


def _card(external: dict[str, tuple[str, int, float]]) -> str:
    """The parameter card, in the format of the SUSY Les Houches accord."""
    lines = []
    for block in dict.fromkeys(block for block, *_ in external.values()):
        entries = [(n, number, value) for n, (b, number, value) in external.items() if b == block]
        if block != "DECAY":
            lines += [f"Block {block}", *(f"  {i} {v!r} # {n}" for n, i, v in entries), ""]
        else:
            lines += [*(f"DECAY {i} {v!r} # {n}" for n, i, v in entries), ""]
    return "\n".join(lines)
