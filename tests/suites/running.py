"""One suite, plainly and deferred, and what came out test by test.

Outcomes are read from JUnit's XML, which both `python -m test` and pytest write: a test is "passed", "failed", "error"
or "skipped".  A test that is named twice (subtests, parameters with equal ids) has its outcomes counted together.
"""

from __future__ import annotations

import collections
import dataclasses
import fnmatch
import json
import os
import pathlib
import re
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree

from . import catalogue

CHILD = pathlib.Path(__file__).with_name("child.py")
ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}")
# What must not decide an outcome, nor what is deferred.
CLEARED = ("ATIMPORT", "EAGER_IMPORT", "PYTHON", "COLUMNS", "PYTEST")

SAID = 60_000  # characters of the output of a run that differs

Outcomes = dict[str, str]


@dataclasses.dataclass(frozen=True)
class Bench:
    """An interpreter that has atimport, and a folder to work in; `timeout` in seconds, for one run of a suite."""

    python: str
    version: str
    full_version: str
    tests: frozenset[str]  # what its `test` package has
    build: pathlib.Path
    timeout: int
    enabled: bool = False  # every process that a suite starts has the loader, too (`atimport enable`)

    @classmethod
    def of(cls, python: str, build: pathlib.Path, timeout: int) -> Bench:
        """Ask the interpreter about itself.  Raises `SystemExit` when it does not run or has no atimport."""
        probe = (
            "import atimport, importlib.util, json, os, sys; s = importlib.util.find_spec('test');"
            "print(json.dumps([sys.version.split()[0], os.listdir(s.submodule_search_locations[0]) if s else []]))"
        )
        told = subprocess.run([python, "-c", probe], capture_output=True, text=True, check=False)
        if told.returncode:
            raise SystemExit(f"suites: {python} does not run, or has no atimport:\n{told.stderr}")
        full, files = json.loads(told.stdout)
        version = ".".join(full.split(".")[:2])
        names = frozenset(name.removesuffix(".py") for name in files)
        return cls(os.path.abspath(python), version, full, names, build / version, timeout)

    def enable(self) -> Bench:
        """The same interpreter in an environment in which atimport is enabled, made when there is none.

        Raises `SystemExit` when that can't be made.
        """
        folder = self.build / "enabled"
        python = folder / "bin" / "python"
        where = "import sysconfig; print(sysconfig.get_path('purelib'))"
        if not (folder / "ready").exists():
            command(self.python, "-m", "venv", "--without-pip", "--clear", str(folder))
            packages = pathlib.Path(command(str(python), "-c", where))
            (packages / "suites.pth").write_text(command(self.python, "-c", where) + "\n", encoding="utf-8")
            command(str(python), "-m", "atimport", "enable")
            (folder / "ready").touch()
        return dataclasses.replace(self, python=str(python), enabled=True)

    def has(self, suite: str) -> bool:
        """Whether this interpreter came with that suite of CPython's own."""
        return suite in self.tests

    def cpython(self, suite: str, patterns: list[str]) -> Run:
        """A suite of `python -m test`."""
        ways = ("installed", "deferred") if self.enabled else ("deferred",)
        return Run(self, suite, tuple(patterns), ("test", "--junit-xml", "{xml}", suite), ways=ways)


def command(*words: str) -> str:
    """What a command prints.  Raises `SystemExit` with its words when it fails."""
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"suites: {' '.join(words)}:\n{ended.stdout}{ended.stderr}")
    return ended.stdout.strip()


@dataclasses.dataclass(frozen=True)
class Run:
    """A suite that can be run: `command` is a module and its arguments, with ``{xml}`` where the outcomes go."""

    bench: Bench
    suite: str
    patterns: tuple[str, ...]
    command: tuple[str, ...]
    folder: pathlib.Path | None = None  # where it runs; a scratch folder when there is none
    site: pathlib.Path | None = None  # what it imports, besides the interpreter's own
    ways: tuple[str, ...] = (
        "deferred",
    )  # what is compared with a plain run; "installed": the loader, nothing deferred


@dataclasses.dataclass
class Once:
    """What one process left behind."""

    outcomes: Outcomes
    counts: dict[str, dict[str, int]]
    ending: str  # nothing, or what went wrong with the run as a whole
    said: str


@dataclasses.dataclass
class Judgement:
    """What came of one suite."""

    suite: str
    patterns: tuple[str, ...]
    how: str  # of `Run.ways`
    outcomes: Outcomes = dataclasses.field(default_factory=dict)
    modules: int = 0
    units: int = 0
    units_run: int = 0
    ending: str = ""
    differing: dict[str, tuple[str, str]] = dataclasses.field(default_factory=dict)
    explained: dict[str, str] = dataclasses.field(default_factory=dict)  # test -> why it differs
    unstable: dict[str, tuple[str, str]] = dataclasses.field(default_factory=dict)
    said: str = ""  # the end of the deferred run's output, when something differs

    @property
    def failed(self) -> bool:
        return bool(self.ending or self.differing)

    @property
    def proves_nothing(self) -> bool:
        """No unit ran deferred, where some should have."""
        return self.how == "deferred" and not self.units_run

    def count(self, outcome: str) -> int:
        """How many tests came out so, plainly."""
        return sum(one.split()[0] == outcome for one in self.outcomes.values())

    def as_dict(self) -> dict:
        return dataclasses.asdict(self)


def judge(run: Run) -> list[Judgement]:
    """Run a suite plainly and in all its other ways, and compare the outcomes."""
    plain = once(run, "plain")
    return [compare(run, plain, how) for how in run.ways]


def compare(run: Run, plain: Once, how: str) -> Judgement:
    """Run a suite in another way, and compare the outcomes with those of a plain run."""
    other = once(run, how)
    judgement = Judgement(run.suite, run.patterns, how, plain.outcomes)
    judgement.modules = len(other.counts)
    judgement.units = sum(count["units"] for count in other.counts.values())
    judgement.units_run = sum(count["units_run"] for count in other.counts.values())
    if plain.ending != other.ending:
        judgement.ending = f"plain: {plain.ending or 'ended well'}; {how}: {other.ending or 'ended well'}"
    judgement.differing = differences(plain, other)
    if judgement.differing or judgement.ending:
        judgement.said = other.said[-SAID:]
        again, other_again = once(run, "plain"), once(run, how)
        shaky = differences(plain, again).keys() | differences(other, other_again).keys()
        # what differed once, and not the second time, is no more stable than what two plain runs disagree on
        shaky |= judgement.differing.keys() - differences(again, other_again).keys()
        judgement.unstable = {name: judgement.differing.pop(name) for name in shaky if name in judgement.differing}
        if again.ending != plain.ending:
            judgement.ending = ""
        judgement.explained = explanations(run.suite, judgement.differing)
        for name in judgement.explained:
            del judgement.differing[name]
    return judgement


def explanations(suite: str, differing: dict[str, tuple[str, str]]) -> dict[str, str]:
    """Test -> reason, for those of `differing` that the catalogue explains."""
    return {
        name: why
        for name in differing
        for pattern, why in catalogue.EXPLAINED.get(suite, [])
        if fnmatch.fnmatchcase(name, pattern)
    }


def differences(one: Once, other: Once) -> dict[str, tuple[str, str]]:
    """Test -> its two outcomes, where they differ."""
    names = [*one.outcomes, *(name for name in other.outcomes if name not in one.outcomes)]
    pairs = {name: (one.outcomes.get(name, "missing"), other.outcomes.get(name, "missing")) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def once(run: Run, how: str) -> Once:
    """Run the suite in a process of its own."""
    run.bench.build.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{run.suite}-", dir=run.bench.build) as scratch:
        xml, counts = pathlib.Path(scratch, "outcomes.xml"), pathlib.Path(scratch, "counts.json")
        words = [run.bench.python, str(CHILD), how, str(counts), *run.patterns, "--"]
        words += [part.replace("{xml}", str(xml)) for part in run.command]
        environment = {key: value for key, value in os.environ.items() if not key.startswith(CLEARED)}
        environment |= {"PYTHONPYCACHEPREFIX": str(run.bench.build / "pycache"), "TMPDIR": scratch, "LANG": "C.UTF-8"}
        if run.site:
            environment["PYTHONPATH"] = str(run.site)
        if run.bench.enabled and how == "plain":
            environment["ATIMPORT"] = "off"
        if run.bench.enabled and how == "deferred":
            environment["ATIMPORT_DEFER"] = ",".join(run.patterns)
        try:
            ended = subprocess.run(
                words,
                cwd=run.folder or scratch,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                timeout=run.bench.timeout,
                check=False,
            )
            said, ending = ended.stdout, f"signal {-ended.returncode}" if ended.returncode < 0 else ""
        except subprocess.TimeoutExpired as expired:
            text = expired.stdout or b""
            said = text if isinstance(text, str) else text.decode(errors="replace")
            ending = f"no end within {run.bench.timeout} s"
        outcomes = read_outcomes(xml)
        if not outcomes and not ending:
            ending = "no outcomes"
        return Once(outcomes, json.loads(counts.read_text()) if counts.exists() else {}, ending, said)


def read_outcomes(xml: pathlib.Path) -> Outcomes:
    """Test -> "passed", "failed", "error" or "skipped", or several of these for a name that occurs several times."""
    if not xml.exists():
        return {}
    found: dict[str, list[str]] = collections.defaultdict(list)
    for case in ElementTree.parse(xml).iter("testcase"):
        kinds = {"failure": "failed", "error": "error", "skipped": "skipped"}
        outcome = next((kinds[child.tag] for child in case if child.tag in kinds), "passed")
        name = ".".join(part for part in (case.get("classname"), case.get("name")) if part)
        found[ADDRESS.sub("0x…", name)].append(outcome)
    return {name: " ".join(sorted(outcomes)) for name, outcomes in found.items()}
