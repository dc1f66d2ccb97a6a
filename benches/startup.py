"""
What an import costs, and what deferral saves: ``startup.py --record FILE --tools PYTHON PYTHON…``.

See ``make bench-startup``. Fresh processes in turns, in one run with the peers: importing modules that opt in, and ones
that don't; without a cache; tasks, the import and the use of a package, with everything deferred; and what the loader
itself costs. Figures are medians, "×" is the ratio to what stands in the table's head.
"""

from __future__ import annotations

import argparse
import ast
import functools
import itertools
import os
import re
import shutil
import statistics
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import startup_modules as modules
from processes import cost_of_enable, environment, in_turns, install, made_by, publish, starter, version_of, wall
from startup_tasks import AMOUNTS, TASKS, Task
from startup_worker import MODES

HERE = Path(__file__).resolve().parent
EXAMPLE = HERE.parent / "examples" / "tool"
PEERS = MODES[3:]
#: Modules of one kind in a process; processes of one mode.
COUNT = 12
TURNS = 9
MANY = 300
#: Processes of one mode where a package is large.
FEWER = 3


class Bench:
    """One interpreter: its packages from PyPI, and a scratch folder."""

    def __init__(self, python: str, tools: str, scratch: Path, turns: int) -> None:
        """Install what is needed; `tools` is an interpreter that has pip."""
        self.python, self.scratch, self.turns = python, scratch, turns
        self.version = version_of(python)
        self.modes = [mode for mode in MODES if mode != MODES[-1] or self.version >= "3.15"]
        self.site = HERE.parent / "build" / "startup" / f"site-{self.version}"
        wanted = HERE / "startup-requirements.txt"
        stamp = self.site / "installed"
        if not stamp.exists() or stamp.read_text() != wanted.read_text():
            shutil.rmtree(self.site, ignore_errors=True)
            install(tools, python, self.site, "-r", str(wanted))
            stamp.write_text(wanted.read_text())

    def worker(self, mode: str, folder: Path, what: str, name: str) -> tuple[float, Any]:
        """Run the worker; milliseconds of the process, and what it found."""
        env = environment(
            PYTHONPATH=os.pathsep.join(map(str, (self.site, EXAMPLE))),
            RAIN=str(EXAMPLE / "data" / "rain.csv"),
            XDG_CACHE_HOME=str(self.scratch / "cache"),
            **({"ATIMPORT_DEFER": "*"} if mode == "atimport" and what == "task" else {}),
            # its pycs have a head of their own: others would write theirs again and again
            **({"PYTHONPYCACHEPREFIX": str(self.scratch / "pycs")} if mode == "defer_imports" else {}),
        )
        switch = ["-X", "lazy_imports=all"] if mode == MODES[-1] else []
        words = [self.python, *switch, "-W", "ignore", HERE / "startup_worker.py", mode, folder, what]
        name += "_lazy_loader" if mode == "lazy_loader" else ""
        milliseconds, said = wall([*words, name], env)
        return milliseconds, ast.literal_eval(said.rpartition("\n{")[1].strip() + said.rpartition("\n{")[2])

    def statements(
        self, name: str, modes: Iterable[str], folder: Path, *, before: Callable[[], None] | None = None
    ) -> dict[str, dict[str, float]]:
        """Microseconds of an import statement: mode, kind. `before` is called before each process."""

        def once(mode: str) -> dict[str, list[int]]:
            if before is not None:
                before()
            return self.worker(mode, folder, "statements", name)[1]

        failures: dict[str, str] = {}
        found = in_turns({mode: functools.partial(once, mode) for mode in modes}, self.turns, failures)
        # the last line of a process that failed says enough: it stands for the whole column
        for mode, words in failures.items():
            print(f"{self.version}, {name}, {mode}: {words}")
        medians = {}
        for mode, values in found.items():
            medians[mode] = {
                kind: statistics.median(statistics.median(value[kind]) for value in values) / 1e3 for kind in values[0]
            }
        return medians


def opted_in(bench: Bench) -> list[str]:
    """Show 1: modules that opt in, against an empty one of the stock import system."""
    folder = bench.scratch / "opted"
    modules.write(bench.python, folder, count=COUNT, undeclared=False)
    modules.statements(folder, "opted", (modules.EMPTY, *modules.STDLIB), count=COUNT)
    found = bench.statements("opted", bench.modes, folder)
    empty = found["eager"][modules.EMPTY]
    rows = []
    for kind in (modules.EMPTY, *modules.STDLIB):
        eager, ours, stock = (found[mode][kind] for mode in ("eager", "atimport", "stock finder"))
        peers = [f"{found[peer][kind]:.0f}" if peer in found else "–" for peer in PEERS]
        figures = [f"{ours:.0f}", f"{ours / empty:.2f}", f"{stock / empty:.2f}", f"{ours / eager:.3f}", *peers]
        rows.append(row(bench.version, kind, f"{eager:.0f}", *figures))
    return rows


def not_opted_in(bench: Bench) -> list[str]:
    """Show 2: modules that don't opt in, and a package of empty ones."""
    folder, many = bench.scratch / "plain", bench.scratch / "many"
    modules.write(bench.python, folder, count=COUNT, declared=False)
    kinds = [modules.plain(kind) for kind in modules.STDLIB]
    modules.statements(folder, "plain", kinds, count=COUNT)
    found = bench.statements("plain", ("eager", "atimport"), folder)
    modules.write(bench.python, many, count=MANY, declared=False, undeclared=False)
    modules.statements(many, "many", (modules.EMPTY,), count=MANY)
    empty = bench.statements("many", ("eager", "atimport"), many)
    pairs = [(kind.removeprefix("plain_"), found["eager"][kind], found["atimport"][kind]) for kind in kinds]
    pairs.append((f"{MANY} empty, each", empty["eager"][modules.EMPTY], empty["atimport"][modules.EMPTY]))
    return [row(bench.version, kind, f"{a:.0f}", f"{b:.0f}", f"{b / a:.2f}") for kind, a, b in pairs]


def without_cache(bench: Bench) -> list[str]:
    """
    Show 3: the first import of all, and imports where no cache can be written.

    Modules that opt in and those that don't have processes of their own: what the former do to a process, such as
    making it grow in one of the two that are compared, is none of the latter's price.
    """
    count = 2
    rows = []
    groups = (("opted in", list(modules.STDLIB)), ("not opted in", [modules.plain(kind) for kind in modules.STDLIB]))
    for what, (label, kinds) in itertools.product(("no cache", "unwritable"), groups):
        folder = bench.scratch / f"{what}, {label}"
        opted = label == "opted in"
        modules.write(bench.python, folder, count=count, declared=opted, undeclared=not opted)
        modules.statements(folder, "cold", kinds, count=count)
        cache = folder / "copies" / "__pycache__"
        if what == "unwritable":
            cache.write_text("a file, so that nobody can write below it, the superuser included")

        def before(what: str = what, cache: Path = cache) -> None:
            if what == "no cache":
                shutil.rmtree(cache, ignore_errors=True)

        found = bench.statements("cold", ("eager", "atimport"), folder, before=before)
        a, b = (sum(found[mode][kind] for kind in kinds) / 1e3 for mode in ("eager", "atimport"))
        ratios = sorted(found["atimport"][kind] / found["eager"][kind] for kind in kinds)
        figures = [f"{a:.1f}", f"{b:.1f}", f"{b / a:.2f}", f"{ratios[0]:.2f} to {ratios[-1]:.2f}"]
        rows.append(row(bench.version, what, label, *figures))
    return rows


def tasks(bench: Bench, wanted: dict[str, Task], turns: int) -> tuple[list[str], list[str], list[str]]:
    """Show 4: import and use. Rows of ratios, rows of what a process needs, and words of what failed."""
    folder = bench.scratch / "tasks"
    folder.mkdir(exist_ok=True)
    modes = [mode for mode in bench.modes if mode != "stock finder"]
    rows, needs = [], []
    failed: dict[str, list[str]] = {}
    ratios: dict[str, list[float]] = {mode: [] for mode in modes}
    for title, each in wanted.items():
        name = "task_" + re.sub(r"\W+", "_", title)
        (folder / f"{name}.py").write_text(each.source() + "\n")
        (folder / f"{name}_lazy_loader.py").write_text(each.source(lazy_loader=True) + "\n")
        failures: dict[str, str] = {}
        kinds = {mode: functools.partial(bench.worker, mode, folder, "task", name) for mode in modes}
        found = in_turns(kinds, turns, failures)
        for mode, words in failures.items():
            failed.setdefault(f"{bench.version}, {mode}: `{without_paths(words)}`", []).append(title)
        if "eager" not in found:
            continue
        middle = {mode: medians(values) for mode, values in found.items()}
        eager, ours = middle["eager"], middle.get("atimport")
        cells = [f"{eager['seconds'] * 1e3:.1f}"]
        for mode in modes[1:]:
            if mode in middle:
                ratios[mode].append(middle[mode]["seconds"] / eager["seconds"])
            cells.append(f"{ratios[mode][-1]:.2f}" if mode in middle else "fails")
        rows.append(row(bench.version, title, *cells, *([] if MODES[-1] in modes else ["–"])))
        if ours is not None:
            pairs = (
                ("wall", 1, "{:.0f}"),
                ("cpu", 1e3, "{:.0f}"),
                ("peak", 1 / 1024, "{:.1f}"),
                ("modules", 1, "{:.0f}"),
            )
            figures = [" → ".join(form.format(one[key] * unit) for one in (eager, ours)) for key, unit, form in pairs]
            needs.append(row(bench.version, title, *figures, f"{ours['install'] * 1e3:.1f}"))
    cells = []
    for mode in modes[1:]:
        some = "" if len(ratios[mode]) == len(wanted) else f" of {len(ratios[mode])}"
        cells.append(f"**{statistics.median(ratios[mode]):.2f}**{some}" if ratios[mode] else "–")
    rows.append(row(bench.version, "**median**", "", *cells, *([] if MODES[-1] in modes else ["–"])))
    return rows, needs, [f"{words}: {', '.join(titles)}" for words, titles in failed.items()]


def without_paths(words: str) -> str:
    """Take the paths of this machine out of an error's words."""
    return re.sub(r"(?: from)? ?'?/[^' ]*'?", "", words)


def medians(values: list[tuple[float, dict[str, float]]]) -> dict[str, float]:
    """Take the median of each figure, `wall` being the whole process in ms."""
    columns = [{"wall": wall_time, **found} for wall_time, found in values]
    return {key: statistics.median(column[key] for column in columns) for key in columns[0]}


def start(bench: Bench) -> list[str]:
    """Show 4: what `atimport run` and an enabled environment add to ``python -c pass``."""
    empty = bench.scratch / "empty.py"
    empty.write_text("pass\n")
    enabled, plain = bench.scratch / "enabled", bench.scratch / "not-enabled"
    pythons = []
    for folder in (plain, enabled):
        wall([bench.python, "-m", "venv", "--without-pip", folder], environment())
        pythons.append(folder / "bin" / "python")
    (site,) = (enabled / "lib").glob("python*/site-packages")
    (site / "_atimport_enabled.py").write_text(starter(bench.python))
    (site / "_atimport_enabled.pth").write_text("import _atimport_enabled\n")
    commands = {
        "`python -c pass`": [bench.python, "-c", "pass"],
        "`python empty.py`": [bench.python, empty],
        "`python -c 'import atimport; atimport.install()'`": [
            bench.python,
            "-c",
            "import atimport; atimport.install()",
        ],
        "`python -m atimport run empty.py`": [bench.python, "-m", "atimport", "run", empty],
        "`python -c pass`, another environment": [pythons[0], "-c", "pass"],
        "the same, enabled": [pythons[1], "-c", "pass"],
    }
    kinds = {title: functools.partial(wall, words, environment()) for title, words in commands.items()}
    found = {title: statistics.median(ms for ms, _ in each) for title, each in in_turns(kinds, 5 * bench.turns).items()}
    first, *_ = found
    bases = {title: found[first] for title in found} | {
        "the same, enabled": found["`python -c pass`, another environment"]
    }
    rows = [row(bench.version, title, f"{ms:.1f}", f"{ms - bases[title]:+.1f}") for title, ms in found.items()]
    return [
        *rows,
        row(
            bench.version,
            "import of the starter (`-X importtime`)",
            f"{cost_of_enable(bench.python, bench.turns) / 1e3:.2f}",
            "",
        ),
    ]


def row(*cells: str) -> str:
    """Make a line of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def table(head: str, rows: list[str]) -> str:
    """Make a Markdown table; the first two columns are words."""
    columns = head.count("|") - 1
    return "\n".join([head, "|---|---|" + "--:|" * (columns - 2), *rows])


def report(benches: list[Bench]) -> str:
    """Measure everything, interpreter by interpreter, and write the record."""
    parts: dict[str, list[str]] = {
        key: [] for key in ("opted", "plain", "cold", "tasks", "needs", "amounts", "start", "failed")
    }
    for bench in benches:
        parts["opted"] += opted_in(bench)
        parts["plain"] += not_opted_in(bench)
        parts["cold"] += without_cache(bench)
        rows, needs, failed = tasks(bench, TASKS, bench.turns)
        parts["tasks"] += rows
        parts["needs"] += needs
        parts["failed"] += failed
        for amount in AMOUNTS.values():
            rows, needs, failed = tasks(bench, amount, min(bench.turns, FEWER))
            parts["amounts"] += rows
            parts["needs"] += needs
            parts["failed"] += failed
        parts["start"] += start(bench)
    peers = " | ".join(PEERS)
    opted = "| CPython | module | eager | atimport | × empty | × empty, stock finder | × eager "
    ratios = f"| CPython | task | eager, ms | atimport | {peers} |"
    cold = "| CPython | cache | modules | stock | atimport | × stock | × stock, least to most |"
    needs = "| CPython | task | wall, ms | CPU, ms | peak, MB | modules loaded | atimport, ms |"
    return RECORD.format(
        made_by=made_by("bench-startup"),
        turns=benches[0].turns,
        count=COUNT,
        opted=table(f"{opted}| {peers} |", parts["opted"]),
        plain=table("| CPython | module | stock | atimport | × stock |", parts["plain"]),
        cold=table(cold, parts["cold"]),
        tasks=table(ratios, parts["tasks"]),
        fewer=min(benches[0].turns, FEWER),
        amounts=table(ratios, parts["amounts"]),
        needs=table(needs, parts["needs"]),
        failed="\n".join(f"- {words}" for words in parts["failed"] or ["nothing"]),
        start=table("| CPython | command | ms | more |", parts["start"]),
    )


RECORD = """\
# Start-up: what an import costs, and import with use

{made_by}
Medians of {turns} processes of each kind, in turns. Peers as in `benches/startup-requirements.txt`: importlib's
LazyLoader around every finder; lazy_loader's `load` for the program's own imports; defer_imports for every module
(`apply_all=True`). What the first and the last of them need themselves (`threading`; `ast`, `tokenize`) is imported
before. `–`: does not exist there; `fails`: see below.

## Modules that opt in

µs of one import statement, {count} fresh names of each kind in a process, their own imports loaded, caches warm.
*× empty* is the ratio to the stock import of an empty module, with the native and with the stock finder.
defer_imports and `-X lazy_imports=all` don't look for the module at that statement.

{opted}

## Modules that don't opt in

µs of one import statement, stock and with atimport installed; caches warm.

{plain}

## No cache

ms for the six modules together: their very first import, and a later one where `__pycache__` can't be written.

{cold}

## Import and use

Everything deferred by assumption (`ATIMPORT_DEFER=*`). Eager: ms of the import and the use, inside the process; the
others: ratio to that, what they take to start not included.

{tasks}

Packages, of which nothing is used, one name, a task's worth, and every name of every module that was imported or is by
that; medians of {fewer} processes:

{amounts}

The process as a whole, eager → atimport; the last column is what importing and installing atimport took of it.

{needs}

What fails:

{failed}

## Start

ms of the whole process, and what it is more than `python -c pass`.

{start}
"""


def main() -> None:
    """Measure, print, write the record."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--record", type=Path, help="file for the Markdown tables")
    parser.add_argument("--tools", required=True, help="an interpreter that has pip, to fetch packages with")
    parser.add_argument("--turns", type=int, default=TURNS, help="processes of each kind")
    parser.add_argument("pythons", nargs="+", metavar="PYTHON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        benches = []
        for python in options.pythons:
            folder = Path(scratch) / str(len(benches))
            folder.mkdir()
            benches.append(Bench(python, options.tools, folder, options.turns))
        text = report(benches)
    publish(text, options.record)


if __name__ == "__main__":
    main()
