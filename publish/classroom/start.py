"""Start the class from this folder. Nothing is fetched, and only Python is needed.

start.py             the worksheets, the book and the slides in the browser of this machine
start.py room        the same for every browser that reaches this machine
start.py notebooks   the worksheets in JupyterLab, installed from `wheels` the first time
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import venv
import webbrowser
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

FOLDER = Path(__file__).resolve().parent
FIRST = "README.html"
WHEELS = FOLDER / "wheels"
ENVIRONMENT = FOLDER / ".environment"
READY = ENVIRONMENT / "ready"
WORKSHEETS = FOLDER / "worksheets"
PORT = 8000
PAGES = "The worksheets run in the browser without it: start.py with no word after it."
# JupyterLab neither asks for news nor whether it may.
SETTINGS = ENVIRONMENT / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
QUIET = {"fetchNews": "false", "checkForUpdates": False}


# ---- pages -------------------------------------------------------------------


class Handler(SimpleHTTPRequestHandler):
    """A file server that asks no registry of Windows for types, and keeps its log to itself."""

    extensions_map: ClassVar[dict[str, str]] = {
        "": "application/octet-stream",
        ".css": "text/css",
        ".html": "text/html",
        ".ipynb": "application/x-ipynb+json",
        ".js": "text/javascript",
        ".json": "application/json",
        ".mjs": "text/javascript",
        ".pdf": "application/pdf",
        ".png": "image/png",
        ".svg": "image/svg+xml",
        ".wasm": "application/wasm",
        ".woff2": "font/woff2",
    }

    def translate_path(self, path: str) -> str:
        """Return the file of an address; that of the folder is the first page."""
        return super().translate_path(FIRST if path == "/" else path)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def server(host: str) -> ThreadingHTTPServer:
    """Return a server of this folder, on the first port that is free."""
    handler = partial(Handler, directory=str(FOLDER))
    for port in (*range(PORT, PORT + 20), 0):
        try:
            return ThreadingHTTPServer((host, port), handler)
        except OSError:
            continue
    sys.exit("No port is free.")


def address() -> str:
    """Return the address of this machine in its network; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return probe.getsockname()[0]
        except OSError:
            return socket.gethostname()


def pages(room: bool) -> None:
    """Serve the folder until somebody stops it."""
    with server("0.0.0.0" if room else "127.0.0.1") as serving:
        here = f"http://127.0.0.1:{serving.server_port}/"
        print(f"The class is at {here}", flush=True)
        if room:
            print(f"and for the room at http://{address()}:{serving.server_port}/", flush=True)
        print("Ctrl+C ends it.", flush=True)
        webbrowser.open(here)
        try:
            serving.serve_forever()
        except KeyboardInterrupt:
            print()


# ---- notebooks ---------------------------------------------------------------


def python() -> Path:
    """Return the Python of the environment."""
    return ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def install() -> None:
    """Make the environment from the wheels alone, each accepted by its hash."""
    if not (3, 11) <= sys.version_info < (3, 14):
        sys.exit(f"Python 3.11 to 3.13 is needed, this is {sys.version.split()[0]}. {PAGES}")
    print("Installing, which takes a minute or two.", flush=True)
    try:
        venv.EnvBuilder(clear=True, with_pip=True).create(ENVIRONMENT)
    except OSError as error:
        sys.exit(f"{error}. Copy the folder to a disk of your own, and start it there. {PAGES}")
    except subprocess.CalledProcessError:
        sys.exit(f"This Python cannot make environments (Debian: python3-venv). {PAGES}")
    command = [python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-index", "--find-links", WHEELS, "--no-deps", "--require-hashes"]
    command += ["--no-compile", "-r", WHEELS / "requirements.txt"]
    alone = {key: value for key, value in os.environ.items() if not key.startswith("PIP_")}
    alone["PIP_CONFIG_FILE"] = os.devnull
    if subprocess.run(command, env=alone).returncode:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        sys.exit(
            f"Not installed: are there wheels for {sys.platform} and Python {version}? A teacher "
            f'makes others by `make classroom PLATFORMS="windows macos linux"`. {PAGES}'
        )
    SETTINGS.parent.mkdir(parents=True, exist_ok=True)
    SETTINGS.write_text(json.dumps({"@jupyterlab/apputils-extension:notification": QUIET}))
    READY.touch()


def notebooks() -> None:
    """Open the worksheets in JupyterLab."""
    if not READY.exists():
        install()
    command = [python(), "-m", "jupyterlab", f"--ServerApp.root_dir={WORKSHEETS}"]
    try:
        sys.exit(subprocess.run(command).returncode)
    except KeyboardInterrupt:
        print()


def main() -> None:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    how = ("room", "notebooks", "install")
    parser.add_argument("how", nargs="?", choices=how, help="install: and do not open")
    asked = parser.parse_args().how
    if asked == "install":
        install()
    elif asked == "notebooks":
        notebooks()
    else:
        pages(room=asked == "room")


if __name__ == "__main__":
    main()
