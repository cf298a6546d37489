"""Other people's files: every dialect they come in, and nothing guessed."""

import numpy as np
import pytest

from nudp import landscape
from nudp._tables import DataError
from nudp.beyond.loading import read_curve

UNITS = dict(mass_unit="GeV", coupling_unit="GeV^-1", convention="d")
BY_NUMBER = dict(m_N=0, d=1)


def written(tmp_path, text):
    path = tmp_path / "theirs.txt"
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("m_N,d\n0.1,2e-6\n1.5,3e-6\n", {}),
        ("# from a plot\nm_N,d\n\n0.1,2e-6\n1.5,3e-6\n", {}),
        ("\ufeffm_N,d\r\n0.1,2e-6\r\n1.5,3e-6\r\n", {}),
        ("0.1\t2e-6\n1.5\t3e-6\n", {**BY_NUMBER, "separator": "tab"}),
        ("% x  y\n  0.1   2E-6\n1.5 3e-06", {**BY_NUMBER, "separator": "space"}),
        ("0,1;2e-6\n1,5;3e-6\n", {**BY_NUMBER, "separator": ";", "decimal": ","}),
        (
            'x;"up, left";y\n0,1;7;2e-6\n1,5;7;3e-6\n',
            dict(m_N="x", d="y", separator=";", decimal=","),
        ),
        ("2e-6,0.1\n3e-6,1.5\n", dict(m_N=1, d=0)),
        ("Digitised by hand\non a Friday\n0.1,2e-6\n1.5,3e-6\n", {**BY_NUMBER, "skip": 2}),
        ("100,2e-6\n1500,3e-6\n", {**BY_NUMBER, "mass_unit": "MeV"}),
        ("0.1,4e-3\n1.5,6e-3\n", {**BY_NUMBER, "coupling_unit": "TeV^-1", "convention": "mu"}),
        (
            "0.1,500\n1.5,333.333333333333333\n",
            {**BY_NUMBER, "coupling_unit": "TeV", "convention": "Lambda"},
        ),
    ],
)
def test_every_dialect_gives_the_same_curve(tmp_path, text, options):
    m_N, d = read_curve(written(tmp_path, text), **{**UNITS, **options})
    np.testing.assert_allclose(m_N, [0.1, 1.5], rtol=1e-15)
    np.testing.assert_allclose(d, [2e-6, 3e-6], rtol=1e-14)


def test_bohr_magnetons(tmp_path):
    path = written(tmp_path, "0.1,3.9e-7\n0.2,3.9e-7\n")
    _, d = read_curve(path, mass_unit="GeV", coupling_unit="1", convention="mu_B", **BY_NUMBER)
    np.testing.assert_array_equal(d, landscape.convert([3.9e-7] * 2, "mu_B", "d"))


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("m_N,d\n0.1,2e-6,7\n", {}, "theirs.txt, line 2: 3 fields where line 1 has 2"),
        ("mass,d\n0.1,2e-6\n", {}, "theirs.txt, line 1: column 'm_N' for m_N found 0 times"),
        ("m_N,d\n", {}, "theirs.txt, line 1: no rows below the header"),
        ("# nothing\n", {}, "theirs.txt, line 1: nothing but comments"),
        ("m_N,d\n0.1,-2e-6\n", {}, "theirs.txt, line 2: '-2e-6' is not a positive number"),
        ("m_N,d\n0.1,inf\n", {}, "theirs.txt, line 2: 'inf' is not a positive number"),
        ("m_N,d\n0.1,\n", {}, "theirs.txt, line 2: '' is not a positive number"),
        ("m_N,d\n1_0,2e-6\n", {}, "theirs.txt, line 2: '1_0' is not a positive number"),
        ("m_N;d\n1.500,0;2\n", dict(separator=";", decimal=","), "line 2: '1.500,0' is not"),
        ("0,1,2e-6\n1,5,3e-6\n", BY_NUMBER, "theirs.txt, line 1: '0' is not a positive number"),
        ("mass d\n0.1 2e-6\n", {**BY_NUMBER, "separator": "space"}, "line 1: 'mass' is not"),
        ("m_N,d\n0.1,'2e-6\n", {}, "is not a positive number"),
        ('m_N,d\n0.1,"2e-6\n', {}, "theirs.txt, line 2: unexpected end of data"),
    ],
)
def test_a_line_that_does_not_fit_is_named(tmp_path, text, options, message):
    with pytest.raises(DataError, match=message):
        read_curve(written(tmp_path, text), **{**UNITS, **options})


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (dict(mass_unit="gev"), ValueError, "mass_unit must be one of eV, keV, MeV, GeV, TeV"),
        (dict(coupling_unit="GeV"), ValueError, "coupling_unit must be one of keV.-1.*got 'GeV'"),
        (dict(convention="g"), ValueError, "convention must be one of d, mu, mu_B, Lambda"),
        (dict(separator="|"), ValueError, "separator must be one of ,, ;, tab, space"),
        (dict(decimal=","), ValueError, "decimal must differ from separator, got ',' for both"),
        (dict(m_N=0), ValueError, "m_N and d must both be names or both numbers"),
        (dict(m_N=0, d=2), ValueError, "d must be a whole number, from 0 to 1, got 2"),
        (dict(skip=-1), ValueError, "skip must be a whole number"),
        (dict(comments=None), TypeError, "comments must be a str"),
    ],
)
def test_what_is_asked_must_be_said(tmp_path, options, error, message):
    path = written(tmp_path, "m_N,d\n0.1,2e-6\n")
    with pytest.raises(error, match=message):
        read_curve(path, **{**UNITS, **options})
    with pytest.raises(TypeError, match="mass_unit"):
        read_curve(path, coupling_unit="GeV^-1", convention="d")
