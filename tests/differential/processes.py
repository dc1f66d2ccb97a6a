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

from .corpus import Target
from .interpreters import Interpreter

SERVER = pathlib.Path(__file__).with_name("child") / "server.py"


@dataclasses.dataclass
class Outcome:
    """What one process left behind."""

    ending: str  # "ok", "hang", "crash", "failure"; only "ok" has entries
    detail: str  # for the other endings: signal, where it was, traceback
    facts: dict
    blob: bytes  # the marshalled entries
    out: str
    err: str

    @property
    def entries(self) -> dict[str, str]:
        return dict(marshal.loads(self.blob)) if self.blob else {}

    @property
    def completed(self) -> bool:
        """The process ended as it should, and the import raised nothing."""
        return self.ending == "ok" and not self.raised

    @property
    def raised(self) -> str:
        """The exception that the import itself raised, or nothing."""
        return self.facts.get("raised", "")


class Server:
    """One fork server; started at the first job, and again when it has died."""

    def __init__(
        self,
        interpreter: Interpreter,
        scratch: pathlib.Path,
        site: pathlib.Path,
        *,
        options: list[str],
        eager: str = "",
    ):
        self.interpreter, self.scratch, self.site, self.options = interpreter, scratch, site, options
        self.eager = eager  # patterns for ATIMPORT_EAGER, in every server: an environment is compared too
        self.process: subprocess.Popen | None = None
        self.modules: frozenset[str] = frozenset()  # what is in sys.modules before a job begins

    def start(self) -> None:
        command = [self.interpreter.path, "-S", "-s", "-X", "frozen_modules=off", str(SERVER), "--path", str(self.site)]
        command += self.options
        caches = self.scratch.parent / f"pycache-{self.interpreter.version}"
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(self.scratch),
            "LANG": "C.UTF-8",
            "PYTHONHASHSEED": "0",  # sets of strings come out in one order, hashes of long texts can be compared
            "PYTHONPYCACHEPREFIX": str(caches),  # nothing is written beside the sources
            "PYTHONUTF8": "1",
            "ATIMPORT_EAGER": self.eager,
        }
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, cwd=self.scratch
        )
        self.modules = frozenset(self.receive()["modules"])

    def run(self, request: dict) -> dict:
        """Send one request and wait for its answer.  Raises `ConnectionError` when the server died of it."""
        if self.process is None:
            self.start()
        data = marshal.dumps(request, 2)
        self.process.stdin.write(len(data).to_bytes(4, "little") + data)
        self.process.stdin.flush()
        return self.receive()

    def receive(self) -> dict:
        size = self.process.stdout.read(4)
        if len(size) < 4:
            status = self.process.wait()
            self.process = None
            raise ConnectionError(f"the fork server of {self.interpreter.version} ended with status {status}")
        return marshal.loads(self.process.stdout.read(int.from_bytes(size, "little")))

    def stop(self) -> None:
        if self.process is not None:
            self.process.stdin.close()
            self.process.stdout.close()
            self.process.wait(10)
            self.process = None


class Worker:
    """One of the few that run at a time: a scratch folder and the two servers."""

    def __init__(
        self,
        interpreter: Interpreter,
        build: pathlib.Path,
        site: pathlib.Path,
        *,
        timeout: int,
        control: bool,
        pins: frozenset[str] = frozenset(),
    ):
        under_test = ["--control" if control else "--atimport", str(interpreter.atimport)]
        build.mkdir(parents=True, exist_ok=True)
        self.folder = tempfile.TemporaryDirectory(prefix="scratch-", dir=build)
        self.scratch = pathlib.Path(self.folder.name)
        self.timeout = timeout
        options: dict[str, list[str]] = {
            "eager": [],
            "again": [],
            "control": ["--control", str(interpreter.atimport)],
            "deferred": under_test,
        }
        self.servers = {
            name: Server(interpreter, self.scratch, site, options=given, eager=",".join(sorted(pins)))
            for name, given in options.items()
        }

    def diagnostics(self, target: Target) -> list[str]:
        """What `atimport.explain` says is not deferrable, or not safe, in a module: "CODE line N: message"."""
        return self.job("deferred", target, explain=True).facts.get("diagnostics", [])

    @property
    def start_up(self) -> frozenset[str]:
        """Modules loaded before any job by one of the servers: they say nothing about the module under test."""
        return frozenset().union(*(server.modules for server in self.servers.values()))

    def job(
        self, server: str, target: Target, *, seed: int = 0, route: int = 0, settle: bool = False, explain: bool = False
    ) -> Outcome:
        """Import one module on one server, and bring back what its process left."""
        result = self.scratch / "result"
        result.unlink(missing_ok=True)
        request = {
            "module": target.module,
            "seed": seed,
            "route": route,
            "settle": settle,
            "explain": explain,
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
        return path.read_text(errors="replace") if path.exists() else ""

    def stop(self) -> None:
        for server in self.servers.values():
            server.stop()
        self.folder.cleanup()
