"""The interpreters under test, asked about themselves.

An `Interpreter` is a path plus what only that interpreter can tell: its version, where its standard library is, and
where it would find atimport.  The questions are put in a process of its own, because the driver runs on one version
and tests five.
"""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import subprocess

PROBE = """
import importlib.util, json, sys, sysconfig
spec = importlib.util.find_spec("atimport")
print(json.dumps({
    "version": "%d.%d" % sys.version_info[:2],
    "full_version": sys.version.split()[0],
    "stdlib": sysconfig.get_path("stdlib"),
    "atimport": spec.submodule_search_locations[0] if spec and spec.submodule_search_locations else None,
}))
"""


@dataclasses.dataclass(frozen=True)
class Interpreter:
    """One CPython: `path` to its executable, `version` as "3.13", `stdlib` and `atimport` as folders."""

    path: str
    version: str
    full_version: str
    stdlib: pathlib.Path
    atimport: pathlib.Path | None  # the folder that *contains* the package, None when it is not installed

    @property
    def lacks_atimport(self) -> bool:
        return self.atimport is None


def ask(path: str, *, atimport: str | None = None) -> Interpreter:
    """Start the interpreter at `path` and let it describe itself.

    `atimport` overrides the folder that holds the package.  Raises `SystemExit` when there is no such interpreter.
    """
    try:
        answer = subprocess.run([path, "-c", PROBE], capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as error:
        detail = getattr(error, "stderr", "") or error
        raise SystemExit(f"differential: {path} is not a Python that runs: {detail}") from None
    told = json.loads(answer.stdout)
    found = pathlib.Path(told["atimport"]).parent if told["atimport"] else None
    return Interpreter(
        path=os.path.abspath(path) if os.sep in path else path,  # servers work in folders of their own
        version=told["version"],
        full_version=told["full_version"],
        stdlib=pathlib.Path(told["stdlib"]),
        atimport=pathlib.Path(atimport).resolve() if atimport else found,
    )
