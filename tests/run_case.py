"""
Runs one conformance case of spec/cases in this process and prints, as JSON, what happened.

    python run_case.py FOLDER deferred|eager CACHES

Separate from test_cases.py because a case's modules must be imported in a fresh process. It reports facts only; what
they should have been is known to `case.toml` and judged by the test.

One process runs all sessions of a case: before each, the case's modules and the trace are forgotten.
"""

from __future__ import annotations

import ast
import contextlib
import gc
import itertools
import json
import random
import sys
import tomllib
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

# Up to so many names are touched in all orders; more in a sample of as many orders.
ALL_ORDERS, ORDERS = 6, 720


def main() -> None:
    """Run the case that the command line names."""
    folder, mode = Path(sys.argv[1]), sys.argv[2]
    if mode == "deferred":
        import atimport
        from atimport.installer import write_images
    # The case's own folder stays clean. Set late: what this file imports has its pycs elsewhere.
    sys.pycache_prefix = sys.argv[3]
    case = tomllib.loads((folder / "case.toml").read_text())
    sys.path.insert(0, str(folder))
    if mode == "deferred":
        atimport.install()
        if "entry_points" in case:
            files = [str(file.relative_to(folder)) for file in folder.glob("**/*.py")]
            write_images(files, root=folder, modules=case["entry_points"])
    case["names"] = {}
    exec(case.get("setup", ""), case["names"])
    case["call hook"] = mode == "eager" and has_plain_hook(folder)
    names = list(case.get("values", {}))
    orders = itertools.permutations(names)
    if len(names) > ALL_ORDERS:
        orders = [random.Random(seed).sample(names, len(names)) for seed in range(ORDERS)]
    report = {
        "import": run_session(case, []),
        "sessions": [run_session(case, session["touch"]) for session in case.get("session", ())],
        "orders": [run_session(case, order, final=True) for order in map(list, orders)] if names else [],
    }
    if "fails" in case:
        report["second_import"] = run_session(case, [])
    json.dump(report, sys.stdout)


def run_session(case: dict[str, Any], steps: list[str], *, final: bool = False) -> dict[str, Any]:
    """Import the module afresh, do `steps`, and say what ran when; with `final`, evaluate values and checks too."""
    from _trace import LINES

    case["names"].pop("module", None)
    forget()
    LINES.clear()
    found: dict[str, Any] = {"warnings": [], "fails": None, "steps": [], "touch": steps}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            import module

            if case["call hook"]:
                vars(module).update(module.__at_import__() or {})
        except Exception as error:
            found["fails"] = kinds(error)
    found["warnings"] = [[warning.filename, warning.lineno, str(warning.message)] for warning in caught]
    found["at_import"] = LINES[:]
    if found["fails"] is None:
        case["names"]["module"] = module
        found["steps"] = [do(module, step, case["names"]) for step in steps]
        if final:
            found["values"] = {name: plain(getattr(module, name)) for name in case["values"]}
            found["false"] = [check for check in case.get("check", ()) if not eval(check, case["names"])]
            found["all"] = LINES[:]
    return found


def has_plain_hook(folder: Path) -> bool:
    """Whether the module declares a hook that a plain interpreter doesn't call: the eager run is followed by it."""
    body = ast.parse((folder / "module.py").read_text()).body
    hooks = [n for n in body if isinstance(n, ast.FunctionDef) and n.name == "__at_import__" and not n.args.args]
    declared_otherwise = any("__at_import__" in ast.unparse(n) for n in body if n not in hooks)
    return len(hooks) == 1 and not declared_otherwise


def do(module: ModuleType, step: str, names: dict[str, Any]) -> dict[str, Any]:
    """Do one step with the names of the case's setup; say which lines it ran and what it raised."""
    from _trace import LINES

    before, raised = len(LINES), None
    try:
        if step.isidentifier():
            getattr(module, step)
        else:
            exec(step, names)
    except Exception as error:
        raised = kinds(error)
    return {"step": step, "ran": LINES[before:], "raised": raised}


def forget() -> None:
    """Make the next import of the case's modules a first one."""
    folder = sys.path[0]
    for name, module in list(sys.modules.items()):
        file = None
        with contextlib.suppress(AttributeError):
            file = module.__spec__.origin
        if file is not None and file.startswith(folder):
            del sys.modules[name]
    # what is pending in a module that nobody has any more still counts, until the collector comes
    del module
    gc.collect()


def kinds(error: BaseException) -> list[str]:
    """Return the names of an exception's classes, its own first, and at the end its message."""
    return [*(kind.__name__ for kind in type(error).__mro__), str(error)]


def plain(value: Any) -> Any:
    """Return `value` in what JSON can say; anything else as its repr."""
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return value if isinstance(value, (int, float, str, bool)) or value is None else repr(value)


if __name__ == "__main__":
    main()
