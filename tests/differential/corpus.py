"""The modules that are compared: the standard library of each interpreter, and packages from PyPI.

A corpus is a list of `Target`s: a group (``stdlib``, ``rich``, ...) and a dotted module name.  Both kinds are found by
walking folders, without importing anything; a module that does not import eagerly is found out when it is run, left out
and counted.  PyPI packages have pinned versions (`requirements.txt`) and are pure Python: extension modules are
removed after the installation, and each of these packages then falls back to its Python code.
"""

from __future__ import annotations

import hashlib
import pathlib
import random
import shutil
import subprocess

from atimport.verification.targets import Target, modules_below

from .interpreters import Interpreter

# sympy, mpmath, django and twisted do not work by assumption: `tests/record/README.md`.
PACKAGES = {
    "rich": "rich",
    "networkx": "networkx",
    "sqlalchemy": "sqlalchemy",
    "click": "click",
    "jinja2": "jinja2",
    "attrs": ("attr", "attrs"),
    "packaging": "packaging",
    "pygments": "pygments",
    "httpx": "httpx",
    "docutils": "docutils",
    "werkzeug": "werkzeug",
    "flask": "flask",
    "babel": "babel",
    "lark": "lark",
    "jsonschema": "jsonschema",
    "boltons": "boltons",
    "more-itertools": "more_itertools",
    "trio": "trio",
    "marshmallow": "marshmallow",
    "requests": "requests",
    "beautifulsoup4": "bs4",
    "peewee": ("peewee", "playhouse", "pwiz"),
    "pydantic": "pydantic",
    "urllib3": "urllib3",
    "idna": "idna",
    "charset-normalizer": "charset_normalizer",
    "pyparsing": "pyparsing",
    "tomlkit": "tomlkit",
    "pyyaml": "yaml",
    "python-dateutil": "dateutil",
    "mako": "mako",
    "markdown": "markdown",
    "mistune": "mistune",
    "bottle": "bottle",
    "tornado": "tornado",
    "anyio": "anyio",
    "sortedcontainers": "sortedcontainers",
    "tqdm": "tqdm",
    "cachetools": "cachetools",
    "pluggy": "pluggy",
}
STDLIB = "stdlib"
GROUPS = (STDLIB, *PACKAGES)
REQUIREMENTS = pathlib.Path(__file__).with_name("requirements.txt")

# Each with the reason why comparing it says nothing, or cannot be done unattended.
LEFT_OUT = {
    "test": "CPython's own tests",
    "tests": "tests of a package",
    "_tests": "tests of a package",
    "idlelib": "a graphical program",
    "turtledemo": "graphical programs",
    "lib2to3": "parses with tables that it writes at import",
    "this": "prints at import, which is its purpose",
    "antigravity": "opens a browser at import",
    "__main__": "a program, not a module",
    "__phello__": "a frozen test package",
    "__hello__": "a frozen test module",
    "sitecustomize": "belongs to the machine, not to Python",
    "usercustomize": "belongs to the machine, not to Python",
    "site-packages": "not the standard library",
    "dist-packages": "not the standard library",
    "lib-dynload": "extension modules",
}


def targets(interpreter: Interpreter, site: pathlib.Path, groups: list[str]) -> list[Target]:
    """Every target of `groups`; `site` is the folder that `install` filled."""
    found = []
    for group in groups:
        if group == STDLIB:
            found += [Target(STDLIB, name) for name in modules_below(interpreter.stdlib, skip=LEFT_OUT)]
            continue
        tops = PACKAGES[group]
        for top in (tops,) if isinstance(tops, str) else tops:
            found.append(Target(group, top))
            if (site / top).is_dir():
                found += [Target(group, name) for name in modules_below(site / top, f"{top}.", skip=LEFT_OUT)]
    return found


def sample(found: list[Target], size: int, seed: int) -> list[Target]:
    """About `size` targets: half of them from the standard library, the others in equal parts from the packages.

    In proportion to their sizes, the packages that are slowest to import would take nearly all the time.
    """
    chooser = random.Random(seed)
    chosen = []
    groups = list(dict.fromkeys(target.group for target in found))
    for group in groups:
        members = [target for target in found if target.group == group]
        half = size // 2 if len(groups) > 1 else size
        share = half if group == STDLIB or len(groups) == 1 else max(1, half // (len(groups) - 1))
        chosen += chooser.sample(members, min(share, len(members)))
    return chosen


def install(folder: pathlib.Path, pythons: list[str]) -> pathlib.Path:
    """Install `requirements.txt` into `folder`, once, with the pip of the first of `pythons` that has one.

    One folder serves every interpreter: what stays of the wheels is pure Python.  Raises `SystemExit` with pip's words
    when that fails.
    """
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    stamp = folder / ".installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    options = ["--no-deps", "--no-compile", "--quiet", "--disable-pip-version-check", "--root-user-action=ignore"]
    said = ""
    for python in pythons:
        pip = [python, "-m", "pip", "install", *options, "--target", str(folder), "-r", str(REQUIREMENTS)]
        run = subprocess.run(pip, capture_output=True, text=True)
        if run.returncode == 0:
            break
        said += f"{python}: {run.stderr}\n"
    else:
        raise SystemExit(f"differential: no pip could install the corpus:\n{said}")
    for extension in folder.rglob("*.so"):
        extension.unlink()
    stamp.write_text(wanted)
    return folder
