"""The UFO model, read by programs of others: Eqs. (2) to (4), the spin of N, the Standard Model."""

import importlib
import json
import subprocess
import sys

import numpy as np
import pytest
import spinors
from numpy.polynomial.legendre import leggauss

from nudp import constants, signal
from nudp.beyond import export

ufo_model = pytest.importorskip("ufoamp.ufo_model")
couplings = pytest.importorskip("ufoamp.couplings")
Process = pytest.importorskip("ufoamp.process").Process
rambo = pytest.importorskip("ufoamp.phasespace").rambo

# ufoamp leaves the files of a model to the collector
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

ROOT_S, M_N, D = 4.0, 1.0, 1e-5
BEAMS = [np.array([2.0, 0, 0, 2.0]), np.array([2.0, 0, 0, -2.0])]
MODELS = {
    "dirac": {},
    "majorana": {"majorana": True},
    "hypercharge": {"d_W": [0.0, 0.0, 0.0]},
    "isospin": {"d_W": [1e-7, 2e-7, 3e-7]},
}
# massless widths: a width of a W breaks gauge invariance by itself
STABLE = {"WW": 0.0, "WZ": 0.0, "WT": 0.0, "WH": 0.0}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Each model where it was written."""
    path = tmp_path_factory.mktemp("models")
    for name, options in MODELS.items():
        export.ufo(path / name, M_N, [D, 2e-6, 3e-6], **options)
    return path


@pytest.fixture(scope="module")
def models(folders):
    return {name: ufo_model.load(str(folders / name)) for name in MODELS}


def produced(model, flavour, **options):
    """The differential cross section of e+e- -> N nubar at some angles, over Eq. (2)."""
    process = Process(model, [11, -11], [signal.PDG_ID, -flavour], **options)
    E, p = (ROOT_S**2 + M_N**2) / (2 * ROOT_S), (ROOT_S**2 - M_N**2) / (2 * ROOT_S)
    ratios = []
    for z in leggauss(5)[0]:
        direction = np.array([np.sqrt(1 - z * z), 0, z])
        square = process.m2([*BEAMS, np.r_[E, p * direction], np.r_[p, -p * direction]])
        found = constants.FB_GEV2 * square * p / (ROOT_S / 2) / (32 * np.pi * ROOT_S**2)
        ratios.append(found / signal.differential_cross_section(z, ROOT_S, M_N, 1.0))
    return np.array(ratios)


@pytest.mark.parametrize("name", ["dirac", "majorana"])
def test_production_is_eq_2_and_eq_3(models, name):
    for flavour, d in ((12, D), (14, 2e-6), (16, 3e-6)):
        np.testing.assert_allclose(produced(models[name], flavour), d**2, rtol=1e-12)


@pytest.mark.parametrize(("name", "factor"), [("dirac", 1), ("majorana", 2), ("isospin", 1)])
def test_decay_is_eq_4(models, name, factor):
    rest, k = np.array([M_N, 0, 0, 0]), np.array([0.5, 0.3, 0, 0.4])
    back = np.array([0.5, -0.3, 0, -0.4])
    total = 0.0
    for flavour in (12, 14, 16):
        for sign in (1, -1)[:factor]:
            square = Process(models[name], [signal.PDG_ID], [sign * flavour, 22]).m2(
                [rest, back, k]
            )
            total += square / (16 * np.pi * M_N)
    expected = factor * sum(signal.decay_width(M_N, d) for d in (D, 2e-6, 3e-6))
    assert total == pytest.approx(float(expected), rel=1e-12)
    assert couplings.evaluate(models[name])[0]["WN"] == pytest.approx(float(expected), rel=1e-12)


@pytest.mark.parametrize("name", ["dirac", "majorana"])
def test_spin_correlation_on_the_pole(models, name):
    # a wide N, so that the rounding of its mass is no matter; no Z and W beside it
    process = Process(
        models[name],
        [11, -11],
        [12, -12, 22],
        overrides={"de": 1e-3, "dmu": 0.0, "dtau": 0.0},
        drop_vertex=lambda _, ids: any(abs(one) in (23, 24) for one in ids),
    )
    rng = np.random.default_rng(1)
    closed, explicit = [], []
    for _ in range(5):
        x, z, psi = rng.uniform([1 / 16, -1, 0], [1, 1, 2 * np.pi])
        k, nu, antinu = spinors.three_body(ROOT_S, M_N, x, z, psi)
        square = process.m2([*BEAMS, nu, antinu, k])
        closed.append(square / (nu[0] * antinu[0] + nu[3] * antinu[3]))
        explicit.append(square / spinors.chain(ROOT_S, M_N, k, nu, antinu))
    np.testing.assert_allclose(closed, closed[0], rtol=1e-10)
    np.testing.assert_allclose(explicit, explicit[0], rtol=1e-10)


@pytest.mark.parametrize("name", ["hypercharge", "isospin"])
def test_z_beside_the_photon(models, name):
    """Chirality by chirality, without the exchange of a W."""
    values, _ = couplings.evaluate(models[name])
    sw, cw, vev = (float(np.real(values[key])) for key in ("sw", "cw", "vev"))
    # of the couplings to the fields B and W
    d_W = 0.0 if name == "hypercharge" else 1e-7
    d_B = (np.sqrt(2) * D / vev - d_W * sw / 2) / cw
    d_Z = vev / np.sqrt(2) * (d_W * cw / 2 - d_B * sw)
    s, M_Z = ROOT_S**2, constants.M_Z
    pole = s / (s - M_Z**2 + 1j * M_Z * constants.GAMMA_Z)
    g = np.array([sw**2 - 0.5, sw**2]) / (sw * cw)
    factor = np.mean(np.abs(1 - g * d_Z / D * pole) ** 2)
    got = produced(models[name], 12, drop_vertex=lambda _, ids: any(abs(i) == 24 for i in ids))
    # forward and backward differ by the interference of the two chiralities; the mean does not
    weights = leggauss(5)[1] * signal.differential_cross_section(leggauss(5)[0], ROOT_S, M_N, D)
    assert np.average(got, weights=weights) == pytest.approx(D**2 * factor, rel=1e-12)


BOOSTS = ([0.3, 0.2, -0.4], [-0.1, 0.5, 0.2])


def boosted(p, b):
    b = np.asarray(b)
    gamma, along = 1 / np.sqrt(1 - b @ b), b @ p[1:]
    return np.r_[gamma * (p[0] + along), p[1:] + ((gamma - 1) * along / (b @ b) + gamma * p[0]) * b]


def square(model, initial, final, root_s, **overrides):
    """|M|^2 of a fixed point of phase space, and after boosts."""
    process = Process(model, initial, final, overrides=STABLE | overrides)
    masses = [float(np.real(process.amp.mass(i))) for i in initial + final]
    first = (root_s**2 + masses[0] ** 2 - sum(m**2 for m in masses[1 : len(initial)])) / (
        2 * root_s
    )
    p = np.sqrt(first**2 - masses[0] ** 2)
    beams = [np.array([first, 0, 0, p]), np.array([root_s - first, 0, 0, -p])][: len(initial)]
    out = rambo(root_s, masses[len(initial) :], np.random.default_rng(5))
    momenta = [*beams, *(out[0] if isinstance(out, tuple) else out)]
    return [process.m2([boosted(p, b) for p in momenta]) for b in ([0, 0, 1e-9], *BOOSTS)]


@pytest.mark.parametrize(
    ("initial", "final"),
    [
        ([signal.PDG_ID], [11, 24, 22]),
        ([signal.PDG_ID, -12], [24, -24, 22]),
        ([11, -11], [24, -24, 22]),
        ([4, -3], [24, 22]),
        ([22, 23], [24, -24]),
        ([2, -2], [21, 21]),
        ([21, 21], [21, 21]),
    ],
)
def test_no_frame_is_preferred(models, initial, final):
    """A boost changes polarisations by a gauge transformation: charges and signs must fit."""
    heavy = {"mN": 200.0, "de": 0.0, "dmu": 0.0, "dtau": 0.0, "dmuW": 0.0, "dtauW": 0.0}
    root_s = 200.0 if len(initial) == 1 else 500.0
    first, *others = square(models["isospin"], initial, final, root_s, **heavy)
    assert first > 0
    np.testing.assert_allclose(others, first, rtol=1e-10)


@pytest.mark.parametrize(
    ("initial", "final"),
    [
        ([24, -24], [24, -24]),
        ([23, 23], [24, -24]),
        ([24, -24], [25, 25]),
        ([23, 23], [25, 25]),
        ([11, -11], [24, -24]),
        ([6, -6], [24, -24]),
        ([6, -6], [23, 23]),
        ([2, -1], [24, 23]),
        ([15, -15], [23, 25]),
    ],
)
def test_amplitudes_of_the_standard_model_do_not_grow(models, initial, final):
    """Each diagram grows like s or s^2; their sum does so only if all couplings fit."""
    low, high = (square(models["dirac"], initial, final, s)[0] for s in (1e4, 1e5))
    assert high < 1.1 * low


def test_ufo_model_loader_reads_it_and_writes_json(folders, tmp_path):
    # not in the lock file: it needs symbolica, which asks professionals for a licence
    commands = pytest.importorskip("ufo_model_loader.commands", reason="needs a licence")
    for name, options in MODELS.items():
        model, _ = commands.load_model(str(folders / name), None, False)
        assert model.raw_ufo_error is None
        heavy = {particle.name: particle for particle in model.particles}["N"]
        assert (heavy.pdg_code, heavy.antiname == "N") == (72, "majorana" in options)
        assert len(model.vertex_rules) == len(json.loads(model.to_json())["vertex_rules"])


def test_names_of_structures_begin_with_their_spins(models):
    """MadGraph 3.1 reads the spins from the names, and stops at others."""
    letters = {1: "S", 2: "F", 3: "V"}
    for structure in models["isospin"].lorentz:
        assert structure.name.startswith("".join(letters[spin] for spin in structure.spins))


def test_no_coupling_vanishes_unseen(models):
    """What ufoamp cannot evaluate is 0 to it."""
    _, found = couplings.evaluate(models["isospin"], overrides={"Me": 1e-3})
    assert all(value != 0 for value in found.values())


@pytest.mark.parametrize("name", MODELS)
def test_every_particle_says_itself_that_it_is_no_goldstone_boson(folders, name, monkeypatch):
    """Sherpa 3.0.3 asks the particle, not its class, and drops every vertex of one that is mute."""
    monkeypatch.syspath_prepend(folders)
    vertices = importlib.import_module(f"{name}.vertices").all_vertices
    used = {id(particle): particle for vertex in vertices for particle in vertex.particles}
    assert len(used) > 30
    assert all(vars(particle).get("goldstoneboson") is False for particle in used.values())


def test_card_is_written_as_a_module_and_as_a_script(folders, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(folders)
    module = importlib.import_module("dirac.write_param_card")
    module.ParamCardWriter(tmp_path / "card.dat", generic=True)
    script = [sys.executable, str(folders / "dirac" / "write_param_card.py")]
    subprocess.run(script, cwd=tmp_path, check=True)
    cards = [tmp_path / "card.dat", tmp_path / "param_card.dat", folders / "dirac/param_card.dat"]
    first, *others = (card.read_text().split() for card in cards)
    assert all(card == first for card in others)
    assert f"{D!r}" in first and "DECAY" in first


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"folder": "2dipole"}, "folder must end in a name for a Python module, got '2dipole'"),
        ({"folder": "SM"}, "folder must end in a name"),
        ({"d": [1e-5, 0.0]}, "d must be three numbers"),
        ({"m_N": 90.0, "d_W": [0.0, 0.0, 0.0]}, "m_N must be below M_W"),
    ],
)
def test_what_is_refused_leaves_nothing(arguments, message, tmp_path):
    given = {"folder": "dipole", "m_N": 1.0, "d": [1e-5, 0, 0]} | arguments
    given["folder"] = tmp_path / given["folder"]
    with pytest.raises(ValueError, match=message):
        export.ufo(**given)
    assert not list(tmp_path.iterdir())


def test_a_folder_is_not_written_over_and_never_half_there(tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    with pytest.raises(ValueError, match="folder must not exist yet"):
        export.ufo(tmp_path / "mine", 1.0, [1e-5, 0, 0])
    module = importlib.import_module("nudp.beyond.export._ufo")

    def fails(path, content):
        if path.name == "vertices.py":
            raise KeyboardInterrupt

    monkeypatch.setattr(module, "write_whole", fails)
    with pytest.raises(KeyboardInterrupt):
        export.ufo(tmp_path / "other", 1.0, [1e-5, 0, 0])
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
