"""
``atimport enable`` and ``disable``: the loader in every start of a virtual environment's interpreter.

Question: "how is the loader there without anybody calling `install`, and what does it cost who doesn't need it?" Two
files in ``site-packages``: a ``.pth`` file, which ``site`` reads at start-up, and the small module that it imports.
That puts a finder in front of ``sys.meta_path`` and nothing else. The first import from outside of the standard
library (or, where ``ATIMPORT_DEFER`` is set, the first of all) that isn't answered by ``sys.modules`` calls the finder,
which goes away again and installs the loader; so ``python -c pass`` never loads it.

Nothing is done under ``-I``, ``-S`` (then nobody reads the ``.pth`` file) and ``ATIMPORT=off``; and an environment
whose atimport is gone, or is not made for its interpreter, works as if it had not been enabled.
"""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

__all__ = ["disable", "enable"]

MODULE = "_atimport_enabled"
STARTER = '''\
"""Installs the loader of atimport at the first import; written by `atimport enable`, removed by `atimport disable`."""

import os
import sys


# what `site` looks for at every start
_SITE = ("sitecustomize", "usercustomize")


class _Starter:
    """A finder that finds nothing: being asked is the signal."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        top = name.partition(".")[0]
        # the standard library declares nothing
        if (top in sys.stdlib_module_names or top in _SITE) and not os.environ.get("ATIMPORT_DEFER"):
            return None
        sys.meta_path.remove(_Starter)
        try:
            import atimport

            atimport.install()
        except (ImportError, RuntimeError) as error:
            if sys.flags.verbose:
                print("atimport is enabled here, but:", error, file=sys.stderr)
        return None


if not sys.flags.isolated and os.environ.get("ATIMPORT", "").strip().lower() not in ("off", "0", "false", "no"):
    sys.meta_path.insert(0, _Starter)
'''


def enable() -> list[Path]:
    """
    Activate the loader for this virtual environment; idempotent. Returns the files that were written.

    Raises RuntimeError outside of a virtual environment, OSError when a file can't be written.
    """
    if sys.prefix == sys.base_prefix:
        raise RuntimeError(f"{sys.executable} is not of a virtual environment; make one, or call atimport.install()")
    module, path = _files()
    module.write_text(STARTER, encoding="utf-8")
    # last, because it is what makes the interpreter look for the other
    path.write_text(f"import {MODULE}\n", encoding="utf-8")
    return [module, path]


def disable() -> list[Path]:
    """Take back what `enable` did; returns the files that were removed. Raises OSError when one can't be removed."""
    removed = []
    for file in reversed(_files()):
        if file.exists():
            file.unlink()
            removed.append(file)
    for cached in (_files()[0].parent / "__pycache__").glob(f"{MODULE}.*"):
        cached.unlink(missing_ok=True)
    return removed


def _files() -> tuple[Path, Path]:
    folder = Path(sysconfig.get_path("purelib"))
    return folder / f"{MODULE}.py", folder / f"{MODULE}.pth"
