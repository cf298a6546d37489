"""What Pythia makes of the physics of this book; outside the tests.

`python benchmarks/generators.py` needs pythia8mc 8.317.2 beside nudp and writes two tables in
benchmarks/results, which the chapters show.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import gammaln, roots_jacobi

import nudp
from nudp import events, searches, signal
from nudp._tables import write_whole
from nudp.beyond import detector, export, radiation
from nudp.constants import ALPHA, ELECTRON_MASS
from nudp.kinematics import heavy_momentum

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


# ---- Pythia: where N decays, and who sees it ---------------------------------


def decays(count=20_000):
    """Flights of N at STCF, m_N = 0.3 GeV, against Eqs. (4) and (6); then what a detector sees."""
    search, mass, d = searches.STCF_4GEV, 0.3, 3e-6
    expected = 1e3 * float(signal.decay_length(search.sqrt_s, mass, d))  # mm
    read = np.linalg.norm(through_pythia(search, mass, d, count)[:, :3], axis=1)
    rows = []
    for what, flights in (
        ("from our LHE file", read),
        ("decayed by Pythia", decayed_by_pythia(search, mass, expected, count)),
    ):
        edges = expected * -np.log1p(-np.linspace(0, 1, 21)[:-1])
        found, _ = np.histogram(flights, [*edges, np.inf])
        chi2 = float(((found - count / 20) ** 2 / (count / 20)).sum())
        rows += [
            (f"flight of N, {what}", flights.mean(), flights.std() / count**0.5, expected, "mm"),
            (f"flight of N, {what}, 20 bins", chi2, np.nan, 19, "chi^2"),
        ]
    rows.append(seen_behind_pythia(search, count))
    return rows


def seen_behind_pythia(search, count):
    """Share of photons from our LHE file that pass the cuts in the detector of this package."""
    width, cylinder = detector.BESIII_RESOLUTION, detector.BESIII_EMC
    vertex, momentum = np.split(through_pythia(search, 1.0, 1e-3, count), 2, axis=1)
    theta = detector.apparent_angle(cylinder, 1e-3 * vertex, momentum)
    energy = np.linalg.norm(momentum, axis=1) * np.random.default_rng(17).normal(1, width, count)
    cosine = np.cos(np.deg2rad(theta))
    share = events.passes(search.selection, energy, cosine, search.sqrt_s).mean()
    where = search.selection, search.sqrt_s, 1.0, nudp.DIRAC
    expected = float(detector.smeared_acceptance(*where, width))
    error = float(np.sqrt(expected * (1 - expected) / count))
    return "share that passes the cuts in our detector, m_N = 1 GeV", share, error, expected, "1"


def through_pythia(search, mass, d, count):
    """Place [mm] and momentum [GeV] of the photons of our LHE file in Pythia, an event a row."""
    import pythia8mc

    rng = np.random.default_rng(16)
    sample = events.signal_events(search, mass, d, count, signal=nudp.DIRAC, rng=rng)
    with tempfile.TemporaryDirectory() as folder:
        export.lhe(sample, Path(folder, "events.lhe"))
        pythia = pythia8mc.Pythia("", False)
        for line in (
            "Print:quiet = on",
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
        rows = []
        while pythia.next():
            photon = next(p for p in pythia.event if p.id() == 22 and p.isFinal())
            where = photon.xProd(), photon.yProd(), photon.zProd()
            rows.append((*where, photon.px(), photon.py(), photon.pz()))
    return np.array(rows)


def decayed_by_pythia(search, mass, length, count):
    """Flights [mm] of N in Pythia, which is told its lifetime."""
    import pythia8mc

    momentum = float(heavy_momentum(search.sqrt_s, mass))
    pythia = pythia8mc.Pythia("", False)
    for line in (
        "Print:quiet = on",
        "ProcessLevel:all = off",
        f"9900099:new = N Nbar 2 0 0 {mass} 0 0 0 {length * mass / momentum}",
        "9900099:isResonance = off",
        "9900099:mayDecay = on",
        "9900099:addChannel = 1 1.0 0 12 22",
    ):
        assert pythia.readString(line), line
    assert pythia.init()
    flights = []
    for _ in range(count):
        pythia.event.reset()
        energy = float(np.hypot(momentum, mass))
        pythia.event.append(9900099, 1, 0, 0, 0.0, 0.0, momentum, energy, mass)
        pythia.event[1].tau(pythia.event[1].tau0() * pythia.rndm.exp())
        assert pythia.next()
        flights.append(pythia.event[pythia.event.size() - 1].zProd())
    return np.array(flights)


# ---- what is kept ------------------------------------------------------------


def store(name, table, remarks):
    """Write a table whole or not at all, under remarks."""
    head = "".join(f"# {line}\n" for line in (*remarks, f"rows: {len(table)}"))
    text = table.to_csv(index=False, float_format="%.5g", lineterminator="\n")
    write_whole(RESULTS / f"{name}.csv", (head + text).encode())


def main():
    made = f"Pythia 8.317.2 and nudp {nudp.__version__}, by benchmarks/generators.py."
    table = loss_spectra()
    print(table.to_string(), flush=True)
    remarks = [
        f"Density of the loss 1 - s'/s of both beams in bins, Pythia over nudp. {made}",
        "formula: the same ratio by Pythia's own electron in the electron, without events.",
        "units: sqrt_s=GeV, scale=none, low=1, high=1, pythia=1, error=1, formula=1",
    ]
    store("pythia-radiation", table, remarks)
    table = pd.DataFrame(decays(), columns=["what", "value", "error", "expected", "unit"])
    print(table.to_string(), flush=True)
    remarks = [
        f"Events of this package, and what must come out of them. {made}",
        "units: value=see column unit, error=see column unit, expected=see column unit",
    ]
    store("pythia-runs", table, remarks)


if __name__ == "__main__":
    main()
