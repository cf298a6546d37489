"""Launch buttons where there is something to launch: Colab opens notebooks, and nothing else.

The theme puts the buttons on every page with code. Lists that are made by a cell or two, such as
that of the exercises, are no notebooks in the repository, and Colab would find nothing.
"""

from __future__ import annotations

from sphinx.application import Sphinx

OPTION = "launch_buttons"


def choose(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Let the theme see its option on notebooks alone."""
    wanted = app.config.launch_on_notebooks if page.startswith("notebooks/") else {}
    app.config.html_theme_options[OPTION] = wanted


def keep(app: Sphinx, config: object) -> None:
    """Remember which buttons are wanted."""
    config.launch_on_notebooks = dict(config.html_theme_options.get(OPTION, {}))


def setup(app: Sphinx) -> dict[str, bool]:
    """Run before the theme, which adds its buttons at 501."""
    app.add_config_value("launch_on_notebooks", {}, "html", types=(dict,))
    app.connect("config-inited", keep)
    app.connect("html-page-context", choose, priority=450)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
