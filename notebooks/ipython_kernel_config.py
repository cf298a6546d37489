"""Settings of the kernels that build the book; `make` puts them where kernels look.

What a cell prints leaves in one piece when the cell ends, not every 0.2 s: where a slow cell is
cut would be chance, and two builds would differ by an empty line.
"""

c = get_config()  # noqa: F821 -- IPython calls this file with it

# the notice on stderr that a kernel talks over TCP is no fault of a notebook
c.IPKernelApp.log_level = 40
c.InteractiveShellApp.exec_lines = [
    f"__import__('sys').{name}.flush_interval = 3600.0" for name in ("stdout", "stderr")
]
