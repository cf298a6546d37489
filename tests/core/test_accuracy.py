"""nudp's one-dimensional quadrature against integrals done the other way round, at 1e-10."""

import numpy as np
import pytest
from independent import CUTS, ROOT_S_BELLE2, background_density, integral, photon_density

import nudp
from nudp import selections

MASSES = np.array([1e-3, 0.03, 0.3, 0.62, 0.7, 0.76, 0.85, 0.93, 0.999])
MODELS = [nudp.TEXT, nudp.PUBLISHED, nudp.DIRAC, nudp.MAJORANA, nudp.SignalModel(1, +1.0)]

CASES = [
    ("belle2_basic", ROOT_S_BELLE2),
    ("belle2_bbg", ROOT_S_BELLE2),
    ("belle2_low_mass", ROOT_S_BELLE2),
    ("belle2_high_mass", ROOT_S_BELLE2),
    ("besiii_basic", 3.0969),
    ("besiii_advanced", 2.125),
    ("besiii_advanced", 4.0),
    ("besiii_advanced", 7.0),
]


def test_every_selection_of_the_paper_is_covered():
    assert {name for name, _ in CASES} == set(CUTS)
    named = {name for name in selections.__all__ if name.startswith(("belle2_", "besiii_"))}
    assert named == set(CUTS)


@pytest.mark.parametrize(("cut", "root_s"), CASES)
def test_acceptance_to_1e10_for_every_model_and_mass(cut, root_s):
    ratios = np.tile(MASSES**2, len(MODELS))
    decays = np.repeat([model.decay for model in MODELS], len(MASSES)).astype(object)
    slopes = np.array([0.0 if decay == "exact" else float(decay) for decay in decays])
    exact = decays == "exact"

    def density(E, z):
        x = 2 * E / root_s
        r = ratios[:, None]
        plain = photon_density(x, z, r, slopes[:, None])
        return np.where(exact[:, None], photon_density(x, z, r, "exact"), plain) * 2 / root_s

    expected = integral(cut, root_s, density, ratios * root_s / 2)
    selection = getattr(selections, cut)()
    got = [nudp.signal.acceptance(selection, root_s, MASSES * root_s, model) for model in MODELS]
    np.testing.assert_allclose(np.ravel(got), expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize(("cut", "root_s"), [case for case in CASES if "belle2_basic" not in case])
def test_background_to_1e10(cut, root_s):
    scale = nudp.background.cross_section(getattr(selections, cut)(), root_s)
    [expected] = integral(
        cut,
        root_s,
        lambda E, z: background_density(E, z, root_s) / scale,
        [1e-6],
        tolerance=1e-11,
    )
    assert expected == pytest.approx(1.0, rel=1e-10)
