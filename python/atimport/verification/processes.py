"""Driving the fork servers: four for each worker, one job at a time.

    Worker.job("eager", target, ...)     -> Outcome     plain import
    Worker.job("again", target, ...)     -> Outcome     the same, in a server of its own: other addresses, other times
    Worker.job("control", target, ...)   -> Outcome     with atimport imported, and nothing deferred
    Worker.job("deferred", target, ...)  -> Outcome     under atimport

An `Outcome` is all that one process left behind: how it ended, its facts, its entries (kept as bytes until somebody has
to look into them) and its output.  `child/server.py` is the other end of the pipe.
"""

from __future__ import annotations

import dataclasses
import marshal
import os
import pathlib
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from typing import Any

from .targets import Target

SERVER = pathlib.Path(__file__).with_name("child") / "server.py"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Setting:
    """How processes are started: what all jobs of one interpreter have in common."""

    python: str  # the interpreter; a path that holds wherever a process works, or a name on the PATH
    path: tuple[str, ...]  # folders in front of the interpreter's own `sys.path`
    atimport: str  # the folder that contains the package
    scratch: pathlib.Path  # where workers make the folders that their processes work in
    caches: pathlib.Path  # PYTHONPYCACHEPREFIX: nothing is written beside the sources
    timeout: int  # seconds for one job
    assume: tuple[str, ...] = ("*",)  # patterns of the modules that are assumed deferred
    hooks: bool = True  # an eager import is followed by the module's hook
    control: bool = False  # import atimport, defer nothing
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)  # beside what every process gets


@dataclasses.dataclass(frozen=True, kw_only=True)
class How:
    """In which order and by which route (`child/orders.py`) a process touches, and whether it settles at the end."""

    seed: int = 0  # of the shuffled order
    route: int = 0
    settle: bool = False
    names: dict[str, list[str]] = dataclasses.field(default_factory=dict)  # module -> public names, as far as known
    touches: list[str] | None = None  # "module:name" each: instead of a shuffled order


@dataclasses.dataclass
class Outcome:
    """What one process left behind."""

    ending: str  # "ok", "hang", "crash", "failure"; only "ok" has entries
    detail: str  # for the other endings: signal, where it was, traceback
    facts: dict[str, Any]
    blob: bytes  # the marshalled entries
    out: str
    err: str

    @property
    def entries(self) -> dict[str, str]:
        """What the process described, by key."""
        return dict(marshal.loads(self.blob)) if self.blob else {}

    @property
    def completed(self) -> bool:
        """The process ended as it should, and the import raised nothing."""
        return self.ending == "ok" and not self.raised

    @property
    def raised(self) -> str:
        """The exception that the import itself raised, or nothing."""
        return str(self.facts.get("raised", ""))


@dataclasses.dataclass(frozen=True)
class Note:
    """A diagnostic of `atimport.explain`: the statement is in lines `line` to `end_line` of its module's file."""

    code: str
    line: int
    end_line: int
    message: str
    advice: str


@dataclasses.dataclass(frozen=True)
class Explained:
    """What `atimport.explain` says of a module."""

    diagnostics: list[Note]
    lines: dict[str, list[tuple[int, int]]]  # name -> first and last line of each statement that touching it runs


class Server:
    """One fork server; started at the first job, and again when it has died."""

    def __init__(self, setting: Setting, folder: pathlib.Path, *, options: list[str]) -> None:
        """`folder` is the working folder of all jobs, `options` are those of `child/server.py`."""
        self.setting, self.folder, self.options = setting, folder, options
        self.process: subprocess.Popen[bytes] | None = None
        self.modules: frozenset[str] = frozenset()  # what is in sys.modules before a job begins

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server and wait until it is ready.  Raises `ConnectionError` when it ends instead."""
        command = [self.setting.python, "-S", "-s", "-X", "frozen_modules=off", str(SERVER), *self.options]
        for entry in self.setting.path:
            command += ["--path", entry]
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            **self.setting.environment,
            "PYTHONHASHSEED": "0",  # sets of strings come out in one order, hashes of long texts can be compared
            "PYTHONPYCACHEPREFIX": str(self.setting.caches),
            "PYTHONUTF8": "1",
        }
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            cwd=self.folder,
            start_new_session=True,  # Ctrl-C is the driver's affair
        )
        self.modules = frozenset(self.receive(self.process)["modules"])
        return self.process

    def run(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send one request and wait for its answer.  Raises `ConnectionError` when the server died of it."""
        process = self.process or self.start()
        assert process.stdin is not None
        data = marshal.dumps(request, 2)
        process.stdin.write(len(data).to_bytes(4, "little") + data)
        process.stdin.flush()
        return self.receive(process)

    def receive(self, process: subprocess.Popen[bytes]) -> dict[str, Any]:
        """Wait for one answer."""
        assert process.stdout is not None
        size = process.stdout.read(4)
        if len(size) < 4:
            status = process.wait()
            self.process = None
            raise ConnectionError(f"the fork server of {self.setting.python} ended with status {status}")
        answer: dict[str, Any] = marshal.loads(process.stdout.read(int.from_bytes(size, "little")))
        return answer

    def stop(self) -> None:
        """End the server."""
        if self.process is not None:
            for pipe in (self.process.stdin, self.process.stdout):
                if pipe is not None:
                    pipe.close()
            self.process.wait(10)
            self.process = None


class Worker:
    """One of the few that run at a time: a scratch folder and the servers."""

    def __init__(self, setting: Setting) -> None:
        """Make the folder; servers start when they are needed."""
        setting.scratch.mkdir(parents=True, exist_ok=True)
        self.folder = tempfile.TemporaryDirectory(prefix="scratch-", dir=setting.scratch)
        self.scratch = pathlib.Path(self.folder.name)
        self.timeout = setting.timeout
        eager = ["--hooks", "call"] if setting.hooks else []
        control = [*eager, "--control", setting.atimport]
        deferred = ["--atimport", setting.atimport]
        for pattern in setting.assume:
            deferred += ["--assume", pattern]
        self.servers = {
            "eager": Server(setting, self.scratch, options=eager),
            "again": Server(setting, self.scratch, options=eager),
            "control": Server(setting, self.scratch, options=control),
            "deferred": Server(setting, self.scratch, options=control if setting.control else deferred),
        }

    def explain(self, target: Target, names: Iterable[str] = ()) -> Explained:
        """Ask `atimport.explain` about a module, and about some of its names; imports nothing."""
        facts = self.job("deferred", target, How(), explain=list(names)).facts
        notes = [Note(*fields) for fields in facts.get("diagnostics", ())]
        return Explained(notes, facts.get("lines", {}))

    @property
    def start_up(self) -> frozenset[str]:
        """Modules loaded before any job by one of the servers: they say nothing about the module under test."""
        return frozenset().union(*(server.modules for server in self.servers.values()))

    def job(self, server: str, target: Target, how: How, *, explain: list[str] | None = None) -> Outcome:
        """Import one module on one server, and bring back what its process left."""
        result = self.scratch / "result"
        result.unlink(missing_ok=True)
        request = {
            "module": target.module,
            "explain": explain,
            **dataclasses.asdict(how),
            "timeout": self.timeout,
            "result": str(result),
        }
        try:
            answer = self.servers[server].run(request)
        except ConnectionError as error:
            return Outcome("failure", str(error), {}, b"", "", "")
        out, err, crash = (self.read(result.with_name("result" + suffix)) for suffix in (".out", ".err", ".crash"))
        ending, detail = "ok", ""
        if answer["signal"] == signal.SIGALRM:
            ending, detail = "hang", f"no end within {self.timeout} s\n{crash}"
        elif answer["signal"]:
            ending, detail = "crash", f"{signal.Signals(answer['signal']).name}\n{crash}\n{err[-2000:]}"
        elif answer["exit"] or not result.exists():
            ending, detail = "failure", f"exit status {answer['exit']}\n{err[-4000:]}"
        if ending != "ok":
            return Outcome(ending, detail, {}, b"", out, err)
        facts, blob = marshal.loads(result.read_bytes())
        return Outcome(ending, detail, marshal.loads(facts), blob, out, err)

    @staticmethod
    def read(path: pathlib.Path) -> str:
        """Return a file's text, or nothing when there is no such file."""
        return path.read_text(errors="replace") if path.exists() else ""

    def stop(self) -> None:
        """End the servers and remove the folder."""
        for server in self.servers.values():
            server.stop()
        self.folder.cleanup()
