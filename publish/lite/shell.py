"""What runs the cells of a page: a notebook's kernel, as small as the chapters allow.

Pyodide has no kernel, and IPython with what it needs would take longer to load than all the rest.
The chapters ask for little of either: printed lines, tables as Markdown, figures, numbers for the
text. `run` gives them in the form in which a notebook stores them, so that a page can compare.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import io
import json
import linecache
import os
import sys
import traceback
import types

MAIN = types.ModuleType("__main__")
OUTPUTS: list[dict] = []
RICH = {"text/html": "_repr_html_", "text/markdown": "_repr_markdown_"}


class Stream(io.TextIOBase):
    """Standard output or error of a cell."""

    def __init__(self, name: str) -> None:
        self.name = name

    def write(self, text: str) -> int:
        """Add to the last piece of output, or begin another."""
        if OUTPUTS and OUTPUTS[-1].get("name") == self.name:
            OUTPUTS[-1]["text"] += text
        elif text:
            OUTPUTS.append({"output_type": "stream", "name": self.name, "text": text})
        return len(text)


class Markdown:
    """Text that a page sets."""

    def __init__(self, data: str) -> None:
        self.data = data

    def __repr__(self) -> str:
        return "<IPython.core.display.Markdown object>"

    def _repr_markdown_(self) -> str:
        return self.data


def display(*values: object) -> None:
    """Show values as richly as they can be."""
    for value in values:
        data = {"text/plain": repr(value)}
        for kind, method in RICH.items():
            rich = getattr(value, method, lambda: None)()
            if rich is not None:
                data[kind] = rich
        if hasattr(value, "savefig"):
            picture = io.BytesIO()
            value.savefig(picture, format="png", dpi="figure", bbox_inches="tight")
            data["image/png"] = base64.b64encode(picture.getvalue()).decode()
        OUTPUTS.append({"output_type": "display_data", "data": data})


def glue(name: str, variable: object, display: bool = True) -> None:
    """Keep a number for the text."""
    record = {"application/papermill.record/text/plain": repr(variable)}
    OUTPUTS.append(
        {"output_type": "display_data", "data": record, "metadata": {"scrapbook": {"name": name}}}
    )


def show(*args: object, **kwargs: object) -> None:
    """Display the figures that are open, and close them."""
    from matplotlib._pylab_helpers import Gcf

    for manager in Gcf.get_all_fig_managers():
        display(manager.canvas.figure)
    Gcf.destroy_all()


def __getattr__(name: str) -> object:
    """Let matplotlib, which takes this module for a backend, find its canvas."""
    if name == "FigureCanvas":
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        globals()[name] = FigureCanvasAgg  # it also looks at what stands here
        return FigureCanvasAgg
    raise AttributeError(name)


def module(name: str, **content: object) -> types.ModuleType:
    """Return a module that holds a few names, known to `import`."""
    made = types.ModuleType(name)
    made.__dict__.update(content)
    sys.modules[name] = made
    return made


def install() -> None:
    """Stand in for what chapters import of IPython and myst_nb, and take their output."""
    inner = module("IPython.display", Markdown=Markdown, display=display)
    module("IPython", display=inner, get_ipython=lambda: None, version_info=(9, 0))
    module("myst_nb", glue=glue)
    os.environ["MPLBACKEND"] = f"module://{__name__}"
    sys.modules["__main__"] = MAIN
    MAIN.__dict__.update(display=display, __builtins__=__builtins__)


def run(code: str, name: str) -> str:
    """Run a cell.

    Parameters
    ----------
    code : str
        Its code.
    name : str
        What a traceback calls it.

    Returns
    -------
    str
        Its outputs as JSON, in the form of a notebook.
    """
    OUTPUTS.clear()
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    with (
        contextlib.redirect_stdout(Stream("stdout")),
        contextlib.redirect_stderr(Stream("stderr")),
    ):
        try:
            execute(code, name)
        except BaseException as error:  # noqa: BLE001 -- a cell may fail in any way, and the page goes on
            OUTPUTS.append(failure(error))
        if "matplotlib.pyplot" in sys.modules:
            show()
    return json.dumps(OUTPUTS)


def execute(code: str, name: str) -> None:
    """Run statements, and display what the last one is if it is an expression."""
    tree = ast.parse(code, name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, name, "exec", dont_inherit=True), MAIN.__dict__)
    if last:
        value = eval(
            compile(ast.Expression(last.value), name, "eval", dont_inherit=True), MAIN.__dict__
        )
        if value is not None and not code.rstrip().endswith(";"):
            display(value)


def failure(error: BaseException) -> dict:
    """Return an error as a notebook stores it, with the lines of the page's cells alone."""
    if hint := hasattr(error, "_render_traceback_"):  # an error that is meant for readers
        lines = error._render_traceback_()
    else:
        whole = traceback.TracebackException.from_exception(error)
        whole.stack[:] = [frame for frame in whole.stack if frame.filename != __file__]
        lines = "".join(whole.format()).splitlines()
    kind = type(error).__name__
    told = {"ename": kind, "evalue": str(error), "traceback": lines}
    return {"output_type": "error", "hint": hint, **told}
