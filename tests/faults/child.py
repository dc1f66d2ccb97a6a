"""The process in which imports have faults: under the shim, one import a fork.

    LD_PRELOAD=shim.so python child.py shim.so FOLDER ours|plain all|some NUMBER     ->  JSON

NUMBER is a position of `scenarios.SCENARIOS`; with "some" each scenario has an error of its own. First the import is made without a fault, to learn which calls there are;
then each of them fails in each way, once and from then on. After every fault the import is repeated without one.
"""

from __future__ import annotations

import ctypes
import errno
import importlib
import json
import os
import pathlib
import shutil
import signal
import sys
import types

from scenarios import KINDS, SCENARIOS, Scenario

#: Ways in which a call fails: the first two need a transfer of bytes.
TRANSFERS = {"short": -1, "end of file": -2}
ERRORS = {name: getattr(errno, name) for name in ("ENOSPC", "EROFS", "EACCES", "EIO", "ENOENT", "EMFILE", "EINTR")}
#: An import that takes longer hangs, in seconds.
HANG = 10


class Tally(types.ModuleType):
    """What the module's statements say of themselves."""

    lines: list[str]

    def late(self, value: int) -> int:
        self.lines.append("late")
        return value


class Bench:
    """Imports of a scenario."""

    def __init__(self, shim: str, folder: pathlib.Path, how: str, errors: list[str], scenario: Scenario) -> None:
        self.library = ctypes.CDLL(shim)
        self.library.fault_log.restype = ctypes.c_char_p
        self.folder = folder / "root"
        self.template = folder / "template"
        self.how, self.errors, self.scenario = how, errors, scenario
        os.environ["XDG_CACHE_HOME"] = str(self.folder / "cache")
        sys.modules["tally"] = tally = Tally("tally")
        tally.lines = []
        sys.path.insert(0, str(self.folder))

    def prepare(self) -> None:
        """Make the template."""
        self.template.mkdir(parents=True)
        (self.template / "m.py").write_text(self.scenario.source, encoding="utf-8")
        os.utime(self.template / "m.py", (1_500_000_000, 1_500_000_000))
        self.reset()
        late = self.scenario.prepare
        if late and late.__name__ == "block":
            late(self.folder)
            late = None
        for before in self.scenario.before:
            self.child(before, disarmed=True)
        if late:
            late(self.folder)
        shutil.rmtree(self.template)
        shutil.copytree(self.folder, self.template)

    def reset(self) -> None:
        """Put everything back as it was."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.template, self.folder)

    def child(self, how: str, position: int = 0, way: int = 0, onwards: bool = False, disarmed: bool = False) -> dict:
        """Import in a fork; returns the outcome and the calls."""
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            signal.alarm(HANG)
            found = self.attempt(how, position, way, onwards, disarmed)
            with open(writer, "w", encoding="utf-8") as file:
                json.dump(found, file)
            os._exit(0)
        os.close(writer)
        with open(reader, encoding="utf-8") as file:
            text = file.read()
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        return json.loads(text) if status == 0 else {"outcome": f"dies: {status}", "calls": [], "fired": 1}

    def attempt(self, how: str, position: int, way: int, onwards: bool, disarmed: bool) -> dict:
        """Import, use the module, and say what came of it."""
        tally = sys.modules["tally"]
        deferred = None
        if atimport := sys.modules.get("atimport"):
            deferred = atimport.is_deferred
            if how == "plain":
                atimport.uninstall()
            elif self.scenario.pinned:
                atimport.overrides.pin_eager("m")
        importlib.invalidate_caches()
        self.library.fault_root(os.fsencode(self.folder))
        self.library.fault_arm(0 if disarmed else self.scenario.kinds, position, way, onwards)
        try:
            module = importlib.import_module("m")
            state = "deferred" if deferred and deferred(module) else "eager"
            answer = module.answer()
        except BaseException as error:
            outcome = f"{type(error).__name__}: {error}"
        else:
            outcome = state if answer == 42 else f"{state}, but the answer is {answer}"
            if tally.lines != [*self.scenario.lines, *["hook"] * (deferred is not None and self.scenario.hook)]:
                outcome = f"{state}, but ran {tally.lines}"
        calls, fired = self.library.fault_log().decode().splitlines(), self.library.fault_fired()
        self.library.fault_arm(0, 0, 0, 0)
        return {"outcome": outcome.replace(str(self.folder), "R"), "calls": calls, "fired": fired}

    def strange(self) -> list[str]:
        """Files that nobody asked for."""
        known = (".py", ".pyc", ".ati")
        return sorted(path.name for path in self.folder.rglob("*") if path.is_file() and path.suffix not in known)

    def run(self) -> list[dict]:
        """Every call, in every way."""
        self.prepare()
        self.reset()
        whole = self.child(self.how)
        rows = [{"call": "", "way": "", "onwards": False, "position": 0, "outcome": whole["outcome"]}]
        before = self.template_strange()
        for position, line in enumerate(whole["calls"], 1):
            call, kind = line.split()
            for way, onwards in self.ways(call):
                self.reset()
                found = self.child(self.how, position, (TRANSFERS | ERRORS)[way], onwards)
                left = [name for name in self.strange() if name not in before]
                again = self.child(self.how, disarmed=True)["outcome"]
                rows.append(
                    {
                        "call": f"{call} {KINDS[int(kind)]}",
                        "way": way,
                        "onwards": onwards,
                        "position": position,
                        "outcome": found["outcome"] if found["fired"] else "did not happen",
                        "again": again,
                        "left": len(left),
                    }
                )
        return rows

    def ways(self, call: str) -> list[tuple[str, bool]]:
        """Ways in which a call is to fail, and whether all later ones do too."""
        transfers = {"read": list(TRANSFERS), "write": ["short"]}.get(call, [])
        ways = [(way, onwards) for onwards in (False, True) for way in [*transfers, *self.errors]]
        # a call that is interrupted for ever may well be made for ever
        return [way for way in ways if way != ("EINTR", True)]

    def template_strange(self) -> list[str]:
        """Files of the scenario itself."""
        self.reset()
        return self.strange()


def main() -> None:
    shim, folder, how, every, number = sys.argv[1:]
    names = list(ERRORS)
    errors = names if every == "all" else [names[int(number) % (len(names) - 1)], "EINTR"]
    bench = Bench(shim, pathlib.Path(folder).resolve(), how, errors, SCENARIOS[int(number)])
    if how == "ours":
        import atimport  # once, for all forks

        atimport.install()
    print(json.dumps(bench.run()))


main()
