"""Event files, read back by the programs of others."""

import gzip
from dataclasses import replace
from time import process_time

import numpy as np
import pandas as pd
import pytest

import nudp
from nudp import constants, events, searches, signal
from nudp.beyond import detector, export

pylhe = pytest.importorskip("pylhe")
pyhepmc = pytest.importorskip("pyhepmc")

BELLE2 = searches.BELLE2_LOW_MASS
FOUR = ("px", "py", "pz", "E")


def signal_sample(n=50, model=nudp.MAJORANA, **options):
    rng = np.random.default_rng(1)
    return events.signal_events(BELLE2, 0.3, 1e-6, n, signal=model, rng=rng, **options)


def background_sample(n=50):
    return events.background_events(BELLE2, n, rng=np.random.default_rng(2))


SAMPLES = {"signal": signal_sample, "background": background_sample}


@pytest.fixture(params=SAMPLES)
def sample(request):
    return SAMPLES[request.param]()


def four(table, name):
    return table[[f"{name}_{what}" for what in ("E", "px", "py", "pz")]].to_numpy()


def names_of(sample):
    return ["N", "antinu", "nu", "gamma"] if "N_E" in sample else ["antinu", "nu", "gamma"]


def test_momenta_are_conserved_and_on_shell(sample):
    metric = np.array([1.0, -1, -1, -1])
    for name in names_of(sample):
        mass = 0.3 if name == "N" else 0.0
        np.testing.assert_allclose(four(sample, name) ** 2 @ metric, mass**2, atol=1e-12)
    total = sum(four(sample, name) for name in ("nu", "antinu", "gamma"))
    np.testing.assert_allclose(total, np.tile([11.0, 0, 0, 3.0], (50, 1)), atol=1e-12)
    np.testing.assert_allclose(sample.gamma_E, sample.E_gamma_lab, rtol=1e-14)
    cosine = sample.gamma_pz / sample.gamma_E
    np.testing.assert_allclose(cosine, np.cos(np.deg2rad(sample.theta_lab)), atol=1e-13)


def test_N_flies_to_its_vertex():
    table = signal_sample()
    vertex = table[["vertex_t", "vertex_x", "vertex_y", "vertex_z"]].to_numpy()
    flown = four(table, "N") * (table.proper_time / table.m_N).to_numpy()[:, None]
    np.testing.assert_allclose(vertex, flown, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(table.phi_N, np.arctan2(table.N_py, table.N_px), atol=1e-12)


def test_weights_are_cross_sections():
    sigma = signal.total_cross_section(BELLE2.sqrt_s, 0.3, 1e-6)
    assert signal_sample().weight.sum() == pytest.approx(2 * sigma)
    expected = nudp.background.cross_section(BELLE2.selection, BELLE2.sqrt_s)
    assert background_sample().weight.sum() == pytest.approx(expected)


def test_half_of_majorana_decays_make_an_antineutrino():
    table = signal_sample(n=10_000, flavour="mu")
    assert set(table.pdg_nu) == {14, -14} and set(table.pdg_antinu) == {-14}
    assert abs((table.pdg_nu > 0).mean() - 0.5) < 0.02
    assert set(signal_sample(model=nudp.DIRAC, flavour="tau").pdg_nu) == {16}


def test_neutrinos_of_the_background_are_isotropic_in_their_frame():
    table = background_sample(20_000)
    pair = four(table, "nu") + four(table, "antinu")
    metric = np.array([1.0, -1, -1, -1])
    mass2 = pair**2 @ metric
    # energy of one in the frame of the pair, and along the direction of the pair
    energy = (four(table, "nu") * pair) @ metric / np.sqrt(mass2)
    np.testing.assert_allclose(energy, np.sqrt(mass2) / 2, rtol=1e-9)
    momentum = np.sqrt(pair[:, 0] ** 2 - mass2)
    cosine = (2 * table.nu_E - pair[:, 0]) / momentum
    assert abs(cosine.mean()) < 0.02 and abs((cosine**2).mean() - 1 / 3) < 0.01


@pytest.mark.parametrize("ending", ["lhe", "lhe.gz"])
def test_lhe_read_by_pylhe_is_the_same(sample, ending, tmp_path):
    path = tmp_path / f"events.{ending}"
    export.lhe(sample, path)
    assert (path.read_bytes()[:2] == b"\x1f\x8b") == ending.endswith("gz")
    read = pylhe.LHEFile.fromfile(path)
    beams = read.init.initInfo
    assert (beams.beamA, beams.beamB) == (11, -11)
    assert [beams.energyA, beams.energyB] == pytest.approx([7.0, 4.0], rel=1e-12)
    assert read.init.procInfo[0].xSection == pytest.approx(1e-3 * sample.weight.sum(), rel=1e-14)
    names = names_of(sample)
    found = list(read.events)
    assert len(found) == len(sample)
    for event, (_, row) in zip(found, sample.iterrows(), strict=True):
        assert event.eventinfo.weight == 1.0 and event.eventinfo.aqed == constants.ALPHA
        assert [p.id for p in event.particles[:2]] == [11, -11]
        for particle, name in zip(event.particles[2:], names, strict=True):
            momentum = [particle.px, particle.py, particle.pz, particle.e]
            assert momentum == [row[f"{name}_{what}"] for what in FOUR]  # to the last bit
            assert particle.id == (22 if name == "gamma" else row[f"pdg_{name}"])
            inner = name == "N"
            assert (particle.m, particle.status) == ((0.3, 2) if inner else (0.0, 1))
            assert particle.lifetime == (1e3 * row.proper_time if inner else 0.0)
            assert particle.mother1 == (3 if "N" in names and name in ("nu", "gamma") else 1)


@pytest.mark.parametrize("ending", ["hepmc", "hepmc.gz"])
def test_hepmc3_read_by_pyhepmc_is_the_same(sample, ending, tmp_path):
    path = tmp_path / f"events.{ending}"
    export.hepmc3(sample, path)
    with pyhepmc.open(path) as file:
        found = list(file)
    assert len(found) == len(sample)
    for i, (event, (_, row)) in enumerate(zip(found, sample.iterrows(), strict=True)):
        assert event.event_number == i
        assert (event.momentum_unit, event.length_unit) == (pyhepmc.Units.GEV, pyhepmc.Units.MM)
        assert event.weights == [1e-3 * row.weight]
        assert event.cross_section.xsec() == pytest.approx(1e-3 * sample.weight.sum(), rel=1e-12)
        assert [p.pid for p in event.beams] == [11, -11]
        by_name = {"N": row.get("pdg_N"), "antinu": row.pdg_antinu, "gamma": 22}
        for name, pdg in by_name.items():
            if pdg is None:
                continue
            particle = next(p for p in event.particles if p.pid == pdg and p.status != 4)
            wanted = [row[f"{name}_{what}"] for what in FOUR]
            momentum = particle.momentum
            assert [momentum.px, momentum.py, momentum.pz, momentum.e] == wanted
            assert particle.generated_mass == (0.3 if name == "N" else 0.0)
        photon = next(p for p in event.particles if p.pid == 22)
        place = photon.production_vertex.position
        wanted = [1e3 * row.get(f"vertex_{axis}", 0.0) for axis in "xyzt"]
        assert [place.x, place.y, place.z, place.t] == wanted


def seen_by(cylinder, path, boost, resolution, rng):
    """What a detector makes of a file: photons from inside it, measured, in the CM frame."""
    rows = []
    with pyhepmc.open(path) as file:
        for event in file:  # a particle has no vertex any more once its event is gone
            photon = next(p for p in event.particles if p.pid == 22)
            at, k = photon.production_vertex.position, photon.momentum
            rows.append((at.x, at.y, at.z, k.px, k.py, k.pz, k.e))
    vertex, direction, E = np.split(np.array(rows), [3, 6], axis=1)
    vertex *= 1e-3
    inside = cylinder.holds(vertex)
    theta = detector.apparent_angle(cylinder, vertex[inside], direction[inside])
    E = E[inside, 0] * (1 + resolution * rng.standard_normal(inside.sum()))
    z = np.cos(np.deg2rad(theta))
    to_cm = (1 - boost * z) / np.sqrt(1 - boost**2)
    return inside.mean(), E * to_cm, (z - boost) / (1 - boost * z)


DETECTORS = [
    (BELLE2, detector.BELLE2_ECL, 0.0),
    (searches.STCF_4GEV, detector.BESIII_EMC, detector.BESIII_RESOLUTION),
]


@pytest.mark.parametrize(("search", "cylinder", "resolution"), DETECTORS)
def test_a_detector_that_reads_the_file_finds_the_acceptance(
    search, cylinder, resolution, tmp_path
):
    rng, n, d = np.random.default_rng(3), 4_000, 1e-3  # all decay at once
    sample = events.signal_events(search, 1.0, d, n, signal=nudp.DIRAC, rng=rng)
    export.hepmc3(sample, tmp_path / "events.hepmc")
    inside, E, z = seen_by(cylinder, tmp_path / "events.hepmc", search.beta, resolution, rng)
    assert inside == 1
    share = events.passes(search.selection, E, z, search.sqrt_s).mean()
    of_search = search.selection, search.sqrt_s, 1.0, nudp.DIRAC
    accepted = detector.smeared_acceptance(*of_search, resolution)
    assert abs(share - accepted) < 4 * np.sqrt(accepted * (1 - accepted) / n)


@pytest.mark.parametrize(("search", "cylinder", "resolution"), DETECTORS)
def test_as_many_decay_inside_as_it_should_hold(search, cylinder, resolution, tmp_path):
    rng, n, d = np.random.default_rng(4), 4_000, 1e-5
    sample = events.signal_events(search, 0.1, d, n, signal=nudp.DIRAC, rng=rng)
    export.hepmc3(sample, tmp_path / "events.hepmc")
    inside, *_ = seen_by(cylinder, tmp_path / "events.hepmc", search.beta, resolution, rng)
    held = float(detector.decay_probability(cylinder, search.sqrt_s, 0.1, d, boost=search.beta))
    assert 0.05 < held < 0.95
    assert abs(inside - held) < 4 * np.sqrt(held * (1 - held) / n)


@pytest.mark.parametrize(("model", "two"), [(nudp.DIRAC, 1), (nudp.MAJORANA, 0)])
def test_the_header_says_what_N_is(model, two, tmp_path):
    """Pythia refuses every event with a particle that it does not know."""
    export.lhe(signal_sample(model=model), tmp_path / "events.lhe")
    read = pylhe.LHEFile.fromfile(tmp_path / "events.lhe")
    assert len(list(read.events)) == 50  # pylhe closes the file behind the last
    [slha] = read.header.extra_elements
    block, _, masses = slha.text.partition("Block MASS")
    numbers = dict(line.split() for line in block.strip().splitlines()[1:])
    assert block.split()[:3] == ["Block", "QNUMBERS", "72"]
    assert numbers == {"1": "0", "2": "2", "3": "1", "4": str(two)}
    assert [float(word) for word in masses.split()] == [72, 0.3]
    export.lhe(background_sample(), tmp_path / "background.lhe")
    assert "slha" not in (tmp_path / "background.lhe").read_text()


def test_the_same_events_are_the_same_bytes(tmp_path):
    for name in ("one.lhe.gz", "two.lhe.gz"):
        export.lhe(background_sample(), tmp_path / name)
    assert (tmp_path / "one.lhe.gz").read_bytes() == (tmp_path / "two.lhe.gz").read_bytes()
    assert gzip.decompress((tmp_path / "one.lhe.gz").read_bytes()).endswith(b"Events>\n")


def test_progress_counts_parts(tmp_path):
    seen = []

    def bar(parts, total):
        for part in parts:
            seen.append((part, total))
            yield part

    export.lhe(background_sample(25_000), tmp_path / "many.lhe", progress=bar)
    assert len(seen) == 3 and {total for _, total in seen} == {3}


@pytest.mark.parametrize("write", [export.lhe, export.hepmc3])
def test_interrupted_writing_leaves_the_old_file(write, tmp_path):
    path = tmp_path / "events.txt"
    path.write_text("old")

    def interrupted(parts, total):
        yield parts[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(signal_sample(10_001 if write is export.lhe else 50), path, progress=interrupted)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


@pytest.mark.parametrize("write", [export.lhe, export.hepmc3])
@pytest.mark.parametrize(
    ("table", "error", "message"),
    [
        (
            lambda: signal_sample().drop(columns="nu_px"),
            ValueError,
            "events must be complete.*nu_px",
        ),
        (lambda: signal_sample(0), ValueError, "events must hold one event at least"),
        (lambda: [1, 2], TypeError, "events must be a DataFrame"),
        (
            lambda: pd.concat(
                [
                    background_sample(),
                    events.background_events(
                        replace(searches.STCF_4GEV), 5, rng=np.random.default_rng()
                    ),
                ]
            ),
            ValueError,
            "events must be of one collision energy",
        ),
    ],
)
def test_what_is_no_sample_is_refused(write, table, error, message, tmp_path):
    with pytest.raises(error, match=message):
        write(table(), tmp_path / "none.txt")
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_writing_takes_a_third_of_the_plain_route(tmp_path):
    """The route of objects of pylhe, with as many digits, in the same run."""
    table = signal_sample(5_000)
    export.lhe(table, tmp_path / "ours.lhe")
    read = pylhe.LHEFile.fromfile(tmp_path / "ours.lhe")
    assert len(list(read.events)) == len(table)
    numbers = "{px:.16e} {py:.16e} {pz:.16e} {e:.16e} {m:.16e} {lifetime:.16e} {spin:.1f}"
    rest = "{id:d} {status:d} {mother1:d} {mother2:d} {color1:d} {color2:d} "
    style = pylhe.LHEXMLFormat(particle=rest + numbers)
    Particle, Info = pylhe.LHEParticle, pylhe.LHEEventInfo

    def plain():
        for i in table.itertuples():
            N, anti = (i.N_px, i.N_py, i.N_pz, i.N_E), (i.antinu_px, i.antinu_py, i.antinu_pz)
            nu, photon = (i.nu_px, i.nu_py, i.nu_pz), (i.gamma_px, i.gamma_py, i.gamma_pz)
            particles = [
                Particle(11, -1, 0, 0, 0, 0, 0.0, 0.0, 7.0, 7.0, 0.0, 0.0, 9.0),
                Particle(-11, -1, 0, 0, 0, 0, 0.0, 0.0, -4.0, 4.0, 0.0, 0.0, 9.0),
                Particle(i.pdg_N, 2, 1, 2, 0, 0, *N, i.m_N, 1e3 * i.proper_time, 9.0),
                Particle(i.pdg_antinu, 1, 1, 2, 0, 0, *anti, i.antinu_E, 0.0, 0.0, 9.0),
                Particle(i.pdg_nu, 1, 3, 3, 0, 0, *nu, i.nu_E, 0.0, 0.0, 9.0),
                Particle(22, 1, 3, 3, 0, 0, *photon, i.gamma_E, 0.0, 0.0, 9.0),
            ]
            yield pylhe.LHEEvent(Info(6, 1, 1.0, 10.58, constants.ALPHA, 0.0), particles)

    def object_route():
        pylhe.LHEFile(init=read.init, events=plain()).tofile(tmp_path / "plain.lhe", style)

    ours, theirs = [], []
    for _ in range(5):  # in turns, and the best of each, on a machine that others use as well
        ours.append(seconds(lambda: export.lhe(table, tmp_path / "ours.lhe")))
        theirs.append(seconds(object_route))
    assert min(ours) < min(theirs) / 3


def seconds(work):
    start = process_time()
    work()
    return process_time() - start
