"""Draw the book's icon: an exclusion curve on a tile. Run it to renew book/_static/favicon.png."""

from pathlib import Path

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt  # the backend comes first
import numpy as np

TARGET = Path(__file__).resolve().parent / "_static" / "favicon.png"


def main() -> None:
    """Write the icon, 64 pixels wide, the same bytes every time."""
    fig = plt.figure(figsize=(0.64, 0.64), dpi=100, facecolor="#0072b2")
    ax = fig.add_axes((0, 0, 1, 1))
    x = np.linspace(0.08, 0.92, 200)
    y = 0.3 + 0.5 * np.exp(-(x - 0.08) / 0.09) + 0.5 * np.exp(-(0.92 - x) / 0.05)
    ax.fill_between(x, y, 0.86, color="#f0e442")
    ax.plot(x, y, color="white", linewidth=2.5)
    ax.set(xlim=(0, 1), ylim=(0, 1))
    ax.axis("off")
    fig.savefig(TARGET, facecolor=fig.get_facecolor(), metadata={"Software": None})


if __name__ == "__main__":
    main()
