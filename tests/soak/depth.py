"""
A chain of units, each of which needs the one before, and a module of very many statements: time and memory stay sane.

Whoever touches the end of the chain runs all of it, without recursion.
"""

from __future__ import annotations

import argparse
import importlib
import json
import resource
import sys
import tempfile
import time
import warnings
from pathlib import Path

import atimport


def main() -> None:
    """Write, import and touch both."""
    parser = argparse.ArgumentParser(prog="soak.depth")
    parser.add_argument("--units", type=int, default=1000)
    parser.add_argument("--statements", type=int, default=5000)
    options = parser.parse_args()
    atimport.install()
    found: dict[str, float] = {"units": options.units, "statements": options.statements}
    with tempfile.TemporaryDirectory() as folder:
        sys.path.insert(0, folder)
        links = [f"x{n} = x{n - 1} + len('y')" for n in range(1, options.units)]
        Path(folder, "chain.py").write_text(
            "\n".join(["__at_import__ = None", "x0 = len('x')", *links]), encoding="utf-8"
        )
        begin = time.perf_counter()
        chain = importlib.import_module("chain")
        found["chain_import"] = time.perf_counter() - begin
        assert len(atimport.pending(chain)) == options.units
        begin = time.perf_counter()
        assert getattr(chain, f"x{options.units - 1}") == options.units
        found["chain_touch"] = time.perf_counter() - begin
        assert atimport.counts()["chain"].units_run == options.units
        assert atimport.pending(chain) == ()

        kinds = ("v{n} = len('x' * {m})", "def f{n}(x): return v{p}", "class C{n}: value = {m}", "w{n} = [v{p}, {m}]")
        lines = [
            "__at_import__ = None",
            *(kinds[n % 4].format(n=n, m=n % 9, p=n - n % 4) for n in range(options.statements)),
        ]
        Path(folder, "large.py").write_text("\n".join(lines), encoding="utf-8")
        for label in ("first_import", "second_import"):
            sys.modules.pop("large", None)
            begin = time.perf_counter()
            with warnings.catch_warnings():
                # more than 50,000 statements are not split, and the warning says so
                warnings.simplefilter("ignore", atimport.DeclarationWarning)
                large = importlib.import_module("large")
            found[label] = time.perf_counter() - begin
        found["deferred"] = atimport.is_deferred(large)
        assert found["deferred"] is (len(lines) <= 50_000)
        begin = time.perf_counter()
        last = options.statements - options.statements % 4 - 4
        assert getattr(large, f"w{last + 3}") == [last % 9, (last + 3) % 9]
        found["one_touch"] = time.perf_counter() - begin
        begin = time.perf_counter()
        assert len(vars(large)) > options.statements
        found["all_touches"] = time.perf_counter() - begin
    found["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(json.dumps({label: round(value, 3) if isinstance(value, float) else value for label, value in found.items()}))


if __name__ == "__main__":
    main()
