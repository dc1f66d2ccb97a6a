"""
The pytest plugin once it was asked for: a project's own tests with its modules deferred.

Question: "does this project still pass its tests when it is deferred, and what did they never need?" The loader is
installed before the first conftest is imported, so conftests and tests meet deferred modules. At the end each module is
listed with the units that ran, and with the names that nothing resolved. Test modules and conftests themselves are
loaded by pytest, which rewrites their assertions, and so are never deferred.

Under pytest-xdist every worker is a process of its own, and does all of this for itself: the units are summed, and a
name was never resolved if it wasn't in any worker. `atimport_pytest` has the options.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TypedDict

import pytest

import atimport
from atimport import overrides

__all__ = ["Deferral"]

#: Names in one line of the report, unless it is verbose.
SHOWN = 6


class ModuleReport(TypedDict):
    """One module in one process or more: `processes` that deferred it; `units` and `units_run`, summed over them."""

    processes: int
    units: int
    units_run: int
    never: list[str]


class Report(TypedDict):
    """What one process or more have to say: by module; and matching modules that were `early`, so not deferred."""

    modules: dict[str, ModuleReport]
    early: list[str]


class Deferral:
    """The plugin object of one run: rules in force from its making to `pytest_unconfigure`."""

    def __init__(self, config: pytest.Config, *, defer: Sequence[str], eager: Sequence[str]) -> None:
        """Install the loader and the rules; pytest.UsageError for a malformed pattern."""
        self.config = config
        self.workers: list[Report] = []
        self.was_installed = atimport.is_installed()
        self.registrations: list[overrides.Registration] = []
        for apply, option, patterns in (
            (overrides.pin_eager, "--atimport-eager", eager),
            (overrides.assume_deferred, "--atimport-defer", defer),
        ):
            for pattern in patterns:
                try:
                    self.registrations.append(apply(pattern, reason=f"pytest {option}", owner=__name__))
                except ValueError as error:
                    self.withdraw()
                    raise pytest.UsageError(f"{option}: {error}") from None
        self.patterns = defer
        self.early = sorted(name for name in sys.modules if self.is_early(name))
        atimport.install()

    def is_early(self, name: str) -> bool:
        """Whether an imported module would have been deferred, had it not been imported before."""
        if overrides.decide(name).mode != "deferred" or name in atimport.counts():
            return False
        return getattr(getattr(sys.modules[name], "__spec__", None), "has_location", False)

    def withdraw(self) -> None:
        """Take back what was installed."""
        for registration in self.registrations:
            try:
                registration.withdraw()
            except (
                LookupError,
                overrides.FrozenRegistryError,
            ):  # a test has frozen the registry: it is the process's now
                break
        if not self.was_installed:
            atimport.uninstall()

    def pytest_report_header(self) -> str:
        """Say at the top that this is no ordinary run."""
        patterns = ", ".join(self.patterns) or "what declares it"
        return f"atimport: deferred: {patterns}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Hand a worker's report to the process that prints it."""
        output = getattr(self.config, "workeroutput", None)
        if output is not None:
            output["atimport"] = report(self.early)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """Take a worker's report (pytest-xdist); a worker that crashed has none."""
        found = getattr(node, "workeroutput", {}).get("atimport")
        if found is not None:
            self.workers.append(found)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write the report."""
        distributed = self.config.pluginmanager.has_plugin("dsession")
        reports = self.workers if distributed else [report(self.early)]
        terminalreporter.section("atimport")
        for line in lines(summed(reports), len(reports), verbose=self.config.get_verbosity() > 0):
            terminalreporter.line(line)

    def pytest_unconfigure(self) -> None:
        """End the deferral: a run of pytest inside of another process leaves nothing behind."""
        self.withdraw()


def report(early: Sequence[str]) -> Report:
    """Ask what this process has deferred so far; runs nothing."""
    modules: dict[str, ModuleReport] = {}
    for name, count in atimport.counts().items():
        module = sys.modules.get(name)
        never = list(atimport.pending(module)) if module is not None else []
        modules[name] = {"processes": 1, "units": count.units, "units_run": count.units_run, "never": never}
    return {"modules": modules, "early": list(early)}


def summed(reports: Iterable[Report]) -> Report:
    """Add the reports of several processes up."""
    modules: dict[str, ModuleReport] = {}
    early: set[str] = set()
    for one in reports:
        early.update(one["early"])
        for name, found in one["modules"].items():
            if name not in modules:
                modules[name] = {**found, "never": list(found["never"])}
                continue
            total = modules[name]
            total["processes"] += found["processes"]
            total["units"] += found["units"]
            total["units_run"] += found["units_run"]
            total["never"] = [text for text in total["never"] if text in found["never"]]
    return {"modules": dict(sorted(modules.items())), "early": sorted(early)}


def lines(total: Report, processes: int, *, verbose: bool) -> list[str]:
    """Lay a report out; `verbose`: with every name."""
    modules = total["modules"]
    if processes == 0:
        return ["no worker has reported"]
    found = []
    if modules:
        run = sum(one["units_run"] for one in modules.values())
        units = sum(one["units"] for one in modules.values())
        never = sum(len(one["never"]) for one in modules.values())
        where = f", summed over {processes} workers" if processes > 1 else ""
        what = f"{len(modules)} module{'s' * (len(modules) != 1)} deferred"
        names = f"{never} name was" if never == 1 else f"{never} names were"
        found.append(f"{what}: {run} of {units} units ran{where}; {names} never resolved")
    else:
        found.append("no module was deferred")
    for name, one in modules.items():
        if not one["units"]:
            continue
        line = f"{name}: {one['units_run']} of {one['units']} units"
        if 1 < processes != one["processes"]:
            line += f" (in {one['processes']} workers)"
        if one["never"]:
            shown = one["never"] if verbose else one["never"][:SHOWN]
            left = len(one["never"]) - len(shown)
            line += f"; never resolved: {', '.join(shown)}" + (f" and {left} more (-v)" if left else "")
        found.append(line)
    if total["early"]:
        found.append(f"imported before atimport was installed, so not deferred: {', '.join(total['early'])}")
    return found
