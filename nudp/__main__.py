"""What ``python -m nudp`` prints: the version, the constants with their editions, how to cite."""

from nudp import __version__, constants

__all__ = ["CITE", "about", "main"]

#: How to cite the package and the paper behind it.
CITE = (
    f"Cite: arXiv:2204.07802 for the physics and the searches, nudp {__version__} for the code "
    "and its results (CITATION.cff)."
)


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


def main() -> None:
    """Print what `about` returns.

    Examples
    --------
    >>> main()
    nudp ...
    """
    print(about())


if __name__ == "__main__":
    main()
