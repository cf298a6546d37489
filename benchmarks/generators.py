"""What event generators make of the physics of this book; outside the tests.

`python benchmarks/generators.py pythia` needs pythia8mc 8.317.2, and
`python benchmarks/generators.py sherpa PREFIX` a Sherpa 3.0.3 in PREFIX, built of the sdist
sherpa-mc 3.0.3b2 with cmake options SHERPA_ENABLE_UFO=ON, SHERPA_ENABLE_LHAPDF=OFF and
SHERPA_ENABLE_PYTHON=OFF (gfortran, libzip).  Each writes its tables in benchmarks/results, which
the chapters show.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
import pylhe
from scipy.special import gammaln, roots_jacobi

import nudp
from nudp import constants, events, searches, signal
from nudp._tables import write_whole
from nudp.beyond import electroweak, export, qed, radiation
from nudp.constants import ALPHA, ELECTRON_MASS
from nudp.selections import CosThetaWindows

RESULTS = Path(__file__).resolve().parent / "results"

# ---- Pythia: initial-state radiation -----------------------------------------

#: Bins in the loss 1 - s'/s, and the lowest mass that is produced [GeV].
LOSS = np.array([0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
LOWEST = 1.0
MUON_MASS = 0.1056584
#: The scale Q^2 at which Pythia asks what the beams have lost: s' if nothing is said.
SCALES = {"s'": "SigmaProcess:factorScale1 = 1", "s": "SigmaProcess:factorScale1 = 2"}


def loss_spectra(count=300_000):
    """Density of the loss in Pythia over that of nudp, and the same by Pythia's own formula."""
    rows = []
    nodes, weights = np.polynomial.legendre.leggauss(6)
    for root_s in (4.0, searches.BELLE2_BBG.sqrt_s):
        for name in SCALES:
            seen, error = pythia_loss(root_s, name, count)
            for i, (low, high) in enumerate(zip(LOSS[:-1], LOSS[1:], strict=True)):
                at, step = low + (high - low) * (1 + nodes) / 2, weights * (high - low) / 2
                ours = step @ [luminosity(v, root_s) for v in at]
                own = step @ [pythia_luminosity(v, root_s, name) for v in at]
                rows.append((root_s, name, low, high, seen[i] / ours, error[i] / ours, own / ours))
    columns = ["sqrt_s", "scale", "low", "high", "pythia", "error", "formula"]
    return pd.DataFrame(rows, columns=columns)


def pythia_loss(root_s, scale, count):
    """Probability of each bin of the loss, and its error, from photons that become muons."""
    settings = [SCALES[scale], f"SigmaProcess:factorFixScale = {root_s**2}"]
    # those that lose little are not drawn
    highest = root_s * np.sqrt(1 - LOSS[0])
    kept = [f"{name} = {highest}" for name in ("PhaseSpace:mHatMax", "23:mMax")]
    pythia = started(root_s, [*settings, *kept])
    pairs = np.empty((count, 2))
    for i in range(count):
        while not pythia.next():
            pass
        pairs[i] = pythia.infoPython().x1(), pythia.infoPython().x2()
    without = started(root_s, [*settings, "PDF:lepton = off"])
    for _ in range(1_000):
        without.next()

    def sigma_times_s(left):
        r = MUON_MASS**2 / (left * root_s**2)
        return np.sqrt(1 - 4 * r) * (1 + 2 * r)

    left = pairs.prod(axis=1)
    weight = left / sigma_times_s(left) * sigma_times_s(1.0) / count
    weight *= pythia.infoPython().sigmaGen() / without.infoPython().sigmaGen()
    first, second = (np.histogram(1 - left, LOSS, weights=weight**k)[0] for k in (1, 2))
    return first, np.sqrt(second)


def started(root_s, settings):
    """Pythia with electron beams, the hard process alone."""
    import pythia8mc

    pythia = pythia8mc.Pythia("", False)
    for line in (
        "Print:quiet = on",
        "Beams:idA = 11",
        "Beams:idB = -11",
        f"Beams:eCM = {root_s}",
        f"PhaseSpace:mHatMin = {LOWEST}",
        "PartonLevel:all = off",
        "WeakSingleBoson:ffbar2gmZ = on",
        "WeakZ0:gmZmode = 1",
        "SigmaProcess:alphaEMorder = 0",
        "23:onMode = off",
        "23:onIfAny = 13",
        f"23:mMin = {LOWEST}",
        *settings,
    ):
        assert pythia.readString(line), line
    assert pythia.init()
    return pythia


def luminosity(loss, root_s, log=None, soft=None):
    """Density of the loss 1 - s'/s of two beams; log is ln(Q^2/m_e^2), soft the soft factor."""
    log = np.log(root_s**2 / ELECTRON_MASS**2) if log is None else log
    half = ALPHA / np.pi * (log - 1)
    exact = np.exp(half * (0.75 - np.euler_gamma) - gammaln(1 + half))
    more = 0.0 if soft is None else soft - exact

    def smooth(x):
        return radiation._smooth_part(x, half) + more

    # the losses of both beams, x_1 = v t and x_2 = v (1 - t)/(1 - v t)
    t, w = roots_jacobi(30, half - 1, half - 1)
    t, w = (1 + t) / 2, w / 2 ** (2 * half - 1)
    first = loss * t
    second = loss * (1 - t) / (1 - first)
    inside = smooth(first) * smooth(second) * (1 - first) ** -half
    return float(half**2 * loss ** (2 * half - 1) * (w @ inside))


def pythia_luminosity(loss, root_s, scale):
    """The same with the scale and the soft factor of Pythia's electron in the electron.

    R. Kleiss et al. in Z Physics at LEP 1, CERN 89-08, p. 34.  Of the soft factor of both beams
    each one gets the root.
    """
    square = root_s**2 if scale == "s" else (1 - loss) * root_s**2
    log, a = np.log(square / ELECTRON_MASS**2), ALPHA / np.pi
    delta = a * (1.5 * log + np.pi**2 / 3 - 2)
    delta += a**2 * (-2.164868 * log**2 + 9.840808 * log - 10.130464)
    return luminosity(loss, root_s, log, np.sqrt(1 + delta))


# ---- Pythia: where N decays --------------------------------------------------


def decays(count=20_000):
    """Flights of N at STCF, m_N = 0.3 GeV, in Pythia against Eqs. (4) and (6)."""
    import pythia8mc

    search, mass, d = searches.STCF_4GEV, 0.3, 3e-6
    expected = 1e3 * float(signal.decay_length(search.sqrt_s, mass, d))  # mm
    sample = events.signal_events(
        search, mass, d, count, signal=nudp.DIRAC, rng=np.random.default_rng(16)
    )
    settings = ["Print:quiet = on", "PartonLevel:all = off", "HadronLevel:all = off"]
    with tempfile.TemporaryDirectory() as folder:
        export.lhe(sample, Path(folder, "events.lhe"))
        pythia = pythia8mc.Pythia("", False)
        for line in (
            *settings[:1],
            "Beams:frameType = 4",
            f"Beams:LHEF = {folder}/events.lhe",
            "PDF:lepton = off",
            "PartonLevel:ISR = off",
            "PartonLevel:FSR = off",
            "PartonLevel:MPI = off",
            "HadronLevel:all = off",
        ):
            assert pythia.readString(line), line
        assert pythia.init()
        read = []
        while pythia.next():
            heavy = next(p for p in pythia.event if p.id() == signal.PDG_ID)
            read.append(np.linalg.norm([heavy.xDec(), heavy.yDec(), heavy.zDec()]))
    # and N decayed by Pythia itself, told the lifetime
    r = (mass / search.sqrt_s) ** 2
    momentum = search.sqrt_s / 2 * (1 - r)
    own = pythia8mc.Pythia("", False)
    for line in (
        "Print:quiet = on",
        "ProcessLevel:all = off",
        f"9900099:new = N Nbar 2 0 0 {mass} 0 0 0 {expected * mass / momentum}",
        "9900099:isResonance = off",
        "9900099:mayDecay = on",
        "9900099:addChannel = 1 1.0 0 12 22",
    ):
        assert own.readString(line), line
    assert own.init()
    made = []
    for _ in range(count):
        own.event.reset()
        energy = np.hypot(momentum, mass)
        own.event.append(9900099, 1, 0, 0, 0.0, 0.0, momentum, energy, mass)
        own.event[1].tau(own.event[1].tau0() * own.rndm.exp())
        assert own.next()
        made.append(own.event[own.event.size() - 1].zProd())
    rows = []
    for what, flights in (("our LHE file", read), ("decayed by Pythia", made)):
        flights = np.array(flights)
        edges = expected * -np.log1p(-np.linspace(0, 1, 21)[:-1])
        found, _ = np.histogram(flights, [*edges, np.inf])
        chi2 = float(((found - count / 20) ** 2 / (count / 20)).sum())
        rows += [
            (f"flight of N, {what}", flights.mean(), flights.std() / count**0.5, expected, "mm"),
            (f"flight of N, {what}; 20 bins", chi2, np.nan, 19, "chi^2"),
        ]
    return [("Pythia", "8.317.2", *row) for row in rows]


# ---- Sherpa ------------------------------------------------------------------

ROOT_S = searches.STCF_4GEV.sqrt_s
CARD = """\
BEAMS: [11, -11]
BEAM_ENERGIES: {beam!r}
PDF_LIBRARY: None
SHOWER_GENERATOR: None
FRAGMENTATION: None
MI_HANDLER: None
BEAM_REMNANTS: false
ME_QED: {{ENABLED: false}}
SCALES: VAR{{{scale!r}}}
ME_GENERATORS: [Comix]
WIDTH_SCHEME: Fixed
{scheme}
PROCESSES:
- 11 -11 -> {final}:
    Order: {{QCD: 0, EW: {order}}}
    Integration_Error: {goal!r}
"""
CUT = """\
SELECTORS:
- VariableSelector:
    Variable: "Calc({formula})"
    Flavs: {photons}
    Ranges: [[0.5, 10]]
"""
#: The coupling of real photons, and electrons with mass that do not couple to the Higgs.
QED = f"""\
EW_SCHEME: alpha0
1/ALPHAQED(0): {1 / ALPHA!r}
PARTICLE_DATA:
  11: {{Mass: {ELECTRON_MASS!r}, Massive: true, Yukawa: 0}}"""
#: Sherpa's default, with our masses; all couplings follow from G_F.
WEAK = f"""\
EW_SCHEME: Gmu
GF: {constants.G_F!r}
PARTICLE_DATA:
  23: {{Mass: {constants.M_Z!r}, Width: {constants.GAMMA_Z!r}}}
  24: {{Mass: {constants.M_W!r}}}"""
ON_SHELL = 1 - (constants.M_W / constants.M_Z) ** 2
ALPHA_GMU = np.sqrt(2) * constants.G_F * constants.M_W**2 * ON_SHELL / np.pi


def sherpa(prefix):
    """Cross sections at 4 GeV, and the events of our UFO model."""
    paper, inner = searches.STCF_4GEV.selection, CosThetaWindows(((-0.8, 0.8, 0.0),))
    rows = []
    for name, cut, end_caps, seen, goal in (
        ("barrel alone, two lost beyond 0.85", paper & inner, False, 0.85, 0.004),
        ("barrel alone, two lost beyond 0.93", paper & inner, False, 0.93, 0.01),
        ("two lost beyond 0.93", paper, True, 0.93, 0.01),
    ):
        lost = [f"theta({cosine(i)}-{seen!r})" for i in range(3)]
        formula = "+".join(f"{selected(i, end_caps)}*{lost[i - 1]}*{lost[i - 2]}" for i in range(3))
        found = cross_section(prefix, "22 22 22", 3, QED, formula, [22] * 3, goal)
        expected = qed.three_photons(cut, ROOT_S, CosThetaWindows(((-seen, seen, 0.0),)))
        rows.append((f"3 photons, {name}", *found, expected, "fb"))
        print(rows[-1], flush=True)
    found = cross_section(prefix, "91 91 22", 3, WEAK, selected(0, True), [22], 0.002)
    with mock.patch.multiple(electroweak, ALPHA=ALPHA_GMU, SIN2_THETA_W=ON_SHELL):
        expected = electroweak.cross_section(paper, ROOT_S)
    rows.append(("nu nubar photon, couplings of Sherpa", *found, expected, "fb"))
    print(rows[-1], flush=True)
    rows += sherpa_signal(prefix)
    return [("Sherpa", "3.0.3", *row) for row in rows]


def sherpa_signal(prefix, count=20_000):
    """Our UFO model: the cross section, and energy and angle of the photon."""
    mass, d = 1.0, 1e-3
    text = CARD.format(
        beam=ROOT_S / 2, scale=ROOT_S**2, scheme="MODEL: dipole", final="FINAL", order=2, goal=0.001
    )
    text = re.sub("    Order: .*\n", "", text) + "UFO_PARAM_CARD: dipole/param_card.dat\n"
    with tempfile.TemporaryDirectory() as folder:
        export.ufo(Path(folder, "dipole"), mass, [d, 0, 0])
        make = [str(Path(prefix, "bin", "Sherpa-generate-model")), "dipole"]
        subprocess.run(make, cwd=folder, check=True, capture_output=True)
        card = Path(folder, "Sherpa.yaml")
        card.write_text(text.replace("FINAL", f"{signal.PDG_ID} -12"))
        found = integrated(run_sherpa(prefix, folder, "-e", "0"))
        decay = f"{signal.PDG_ID}[a] -12:\n    DecayOS: {signal.PDG_ID}[a] -> 12 22"
        card.write_text(
            text.replace("FINAL:", decay)
            + "EVENT_GENERATION_MODE: Unweighted\n"
            + "EVENT_OUTPUT: LHEF[events]\nLHEF_PDF_NUMBER: 0\n"
        )
        run_sherpa(prefix, folder, "-e", str(count))
        (path,) = Path(folder).glob("events*.lhe*")
        photons = [
            (particle.e, particle.pz / particle.e)
            for event in pylhe.LHEFile.fromfile(path).events
            for particle in event.particles
            if particle.id == 22
        ]
    sigma = float(signal.total_cross_section(ROOT_S, mass, d))
    rows = [("N nubar, by our UFO model, m_N = 1 GeV", *found, sigma, "fb")]
    for model in (nudp.DIRAC, nudp.PUBLISHED):
        chi2, freedom = compared(np.array(photons), mass, model)
        what = f"energy and angle of its photon against {model.name}, 48 cells"
        rows.append((what, chi2, np.nan, freedom, "chi^2"))
        print(rows[-1], flush=True)
    return rows


def compared(photons, mass, model):
    """chi^2 of photons in 8 x 6 cells of energy and angle, and its degrees of freedom."""
    energies = np.linspace(mass**2 / (2 * ROOT_S), ROOT_S / 2, 9)
    cosines = np.linspace(-1, 1, 7)
    found, *_ = np.histogram2d(*photons.T, bins=[energies, cosines])
    nodes, weights = np.polynomial.legendre.leggauss(8)
    E, wide = (f[:, None] for f in (energies[:-1], np.diff(energies) / 2))
    z, tall = (f[:, None] for f in (cosines[:-1], np.diff(cosines) / 2))
    E, z = E + wide * (1 + nodes), z + tall * (1 + nodes)
    density = signal.photon_density(E[:, :, None, None], z, ROOT_S, mass, model)
    share = np.einsum("ijkl,j,l,im,kn->ik", density, weights, weights, wide, tall)
    assert abs(share.sum() - 1) < 1e-9
    expected = len(photons) * share
    return float(((found - expected) ** 2 / expected).sum()), found.size - 1


def cosine(i):
    return f"(abs(Comp(p[{i}],3))/Comp(p[{i}],0))"


def selected(i, end_caps):
    """The advanced cuts, in the barrel alone or with end-caps; Eq. (14) with 0.95."""
    windows = f"theta(0.8-{cosine(i)})"
    if end_caps:
        windows = f"({windows}+theta({cosine(i)}-0.86)*theta(0.92-{cosine(i)}))"
    sine = float(np.sqrt(1 - 0.95**2))
    return f"{windows}*theta(PPerp(p[{i}])-{sine!r}*({ROOT_S!r}-Comp(p[{i}],0)))"


def cross_section(prefix, final, order, scheme, formula, photons, goal):
    """Cross section and its error [fb]."""
    card = CARD.format(
        beam=ROOT_S / 2, scale=ROOT_S**2, scheme=scheme, final=final, order=order, goal=goal
    )
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "Sherpa.yaml").write_text(card + CUT.format(formula=formula, photons=photons))
        return integrated(run_sherpa(prefix, folder, "-e", "0"))


def run_sherpa(prefix, folder, *options):
    command = [str(Path(prefix, "bin", "Sherpa")), *options]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def integrated(output):
    """The last cross section of an output [fb], from [pb]."""
    plain = re.sub("\x1b\\[[0-9;]*m", "", output)
    numbers = re.findall(r"([\d.e+-]+) pb \+- \( ([\d.e+-]+) pb", plain)[-1]
    return [1e3 * float(number) for number in numbers]


# ---- what is kept ------------------------------------------------------------


def store(name, table, remarks):
    """Write a table whole or not at all, under remarks."""
    head = "".join(f"# {line}\n" for line in (*remarks, f"rows: {len(table)}"))
    text = table.to_csv(index=False, float_format="%.5g", lineterminator="\n")
    write_whole(RESULTS / f"{name}.csv", (head + text).encode())


def main():
    program, *where = sys.argv[1:]
    columns = ["program", "version", "what", "value", "error", "expected", "unit"]
    made = "By benchmarks/generators.py; error: standard deviation of the generator."
    if program == "pythia":
        table = loss_spectra()
        print(table.to_string(), flush=True)
        store(
            "pythia-radiation",
            table,
            [
                f"Density of 1 - s'/s in bins, Pythia 8.317.2 over nudp {nudp.__version__}. {made}",
                "formula: the same ratio by Pythia's own electron in the electron, without events.",
                "units: sqrt_s=GeV, scale=none, low=1, high=1, pythia=1, error=1, formula=1",
            ],
        )
    rows = decays() if program == "pythia" else sherpa(*where)
    table = pd.DataFrame(rows, columns=columns)
    print(table.to_string(), flush=True)
    units = "units: value=see column unit, error=see column unit, expected=see column unit"
    store(f"{program}-runs", table, [made, units])


if __name__ == "__main__":
    main()
