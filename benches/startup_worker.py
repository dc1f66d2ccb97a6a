"""
Runs inside a measured process: ``startup_worker.py MODE FOLDER task NAME``, or ``… statements NAME``.

MODE says who defers; FOLDER has what is imported, and is put on the path. ``task`` imports the module NAME and calls
its `main`; ``statements`` imports the module NAME, which has timed its own imports. The last line of output is a
Python literal.
"""

import sys
import time

MODES = ("eager", "atimport", "stock finder", "LazyLoader", "lazy_loader", "defer_imports", "-X lazy_imports=all")

LOADED = ("argparse", "typing", "inspect", "tarfile", "_pydecimal", "logging")


def begin(mode):
    """Start what defers in `mode`; nothing for the interpreter itself, and lazy_loader, whose calls the task has."""
    if mode in ("atimport", "stock finder"):
        import atimport

        atimport.install()
    if mode == "stock finder":
        # the loader of ours behind the finder of the interpreter
        from importlib.machinery import FileFinder

        from atimport._native import DeferringSourceLoader

        sys.path_hooks.insert(0, FileFinder.path_hook((DeferringSourceLoader, [".py"])))
        sys.path_importer_cache.clear()
    elif mode == "LazyLoader":
        import threading  # noqa: F401  (which LazyLoader imports while it works)
        from importlib.util import LazyLoader

        sys.meta_path[:] = [Lazy(finder, LazyLoader) for finder in sys.meta_path]
    elif mode == "defer_imports":
        # which defer_imports itself imports while it works
        import ast  # noqa: F401
        import tokenize  # noqa: F401

        import defer_imports

        defer_imports.install_import_hook(apply_all=True)


class Lazy:
    """A finder of another's specs, each source module lazy: the recipe of importlib's documentation, for all."""

    def __init__(self, finder, lazy):
        """Wrap `finder`."""
        self.finder, self.lazy = finder, lazy

    def find_spec(self, name, path=None, target=None):
        """As `finder` does."""
        spec = self.finder.find_spec(name, path, target)
        if spec is not None and spec.has_location and str(spec.origin).endswith(".py"):
            spec.loader = self.lazy(spec.loader)
        return spec

    def __getattr__(self, name):
        return getattr(self.finder, name)


def peak():
    """Give the peak of resident memory in kB: `ru_maxrss` begins with what the parent had when it forked."""
    with open("/proc/self/status") as file:
        (line,) = (line for line in file if line.startswith("VmHWM"))
    return int(line.split()[1])


def main(mode, folder, what, name):
    """Measure, print."""
    sys.path[:1] = [folder]
    if what == "statements":
        # what the copies import is there already, whoever defers
        for each in LOADED:
            __import__(each)
    start = time.perf_counter()
    begin(mode)
    ready = time.perf_counter()
    module = __import__(name)
    if what == "statements":
        print("\n" + repr(module.FOUND))
        return
    module.main()
    end = time.perf_counter()
    used = time.process_time()
    modules = sum(type(each).__name__ != "_LazyModule" for each in list(sys.modules.values()))
    found = {"install": ready - start, "seconds": end - ready, "cpu": used, "peak": peak(), "modules": modules}
    print("\n" + repr(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
