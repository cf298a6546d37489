"""What ``python -m nudp`` does, told in `nudp.beyond.command`."""

import sys

from nudp.beyond.command import CITE, about, main

__all__ = ["CITE", "about", "main"]

if __name__ == "__main__":
    main(sys.argv[1:])
