"""
Images for many sources at once: what ``atimport compile PATH…`` does, and what ``atimport clean PATH…`` takes back.

Questions: "under which name would this file be imported?" (an image belongs to a name, because relative imports were
resolved against it) and "how are all processors kept busy?": by processes, because the interpreter's own compiler has
a large part in the work and holds the GIL. Each runs `work`: a request a line, an answer a line. ``-o`` is a switch of
those processes, so that what they compile is what an import under ``python -O`` would.

>>> [source.module for source in sources([os.path.dirname(os.__file__) + "/json/tool.py"])]
['json.tool']
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import site
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from atimport import _native, overrides

SUFFIX = ".ati"
#: First bytes of an image (spec/image-format.md).
MAGIC = b"\x93atimg\r\n"
CACHE = "__pycache__"


@dataclass(frozen=True, kw_only=True)
class Source:
    """A source file, the name under which it is imported, and whether it is a package's."""

    path: str
    module: str
    is_package: bool


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a source: `what` as of `_native.write_image`, or "failed" with the `error`; the image's bytes."""

    path: str
    what: str
    size: int = 0
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class Options:
    """`checked_hash` and `force` as of `_native.write_image`; modules that match `assume` need not opt in."""

    checked_hash: bool | None = None
    force: bool = False
    assume: tuple[str, ...] = ()


def sources(paths: Sequence[str | os.PathLike[str]]) -> list[Source]:
    """
    Find the Python sources that the paths are or have below them, each once; nothing is imported.

    Raises LookupError for a path that doesn't exist or is no Python source.
    """
    found: dict[str, Source] = {}
    for words in paths:
        path = Path(os.path.abspath(words))
        if not path.exists():
            raise LookupError(f"no such file or folder: {words}")
        if path.is_file() and path.suffix != ".py":
            raise LookupError(f"not a Python source: {words}")
        root = _root(path if path.is_dir() else path.parent)
        for file in _files(path) if path.is_dir() else [path]:
            parts = [*file.relative_to(root).parent.parts, file.stem]
            is_package = parts[-1] == "__init__"
            name = parts[:-1] if is_package else parts
            # what has no such name can't be imported: scripts, templates
            if name and all(part.isidentifier() for part in name):
                found[str(file)] = Source(path=str(file), module=".".join(name), is_package=is_package)
    return list(found.values())


def compile_all(found: Sequence[Source], options: Options, *, optimize: int, jobs: int) -> Iterator[Outcome]:
    """
    Write images in `jobs` processes, and tell of each source what came of it, as soon as it is known.

    optimize: 0 to 2, as of ``python -O``.
    """
    # the folder that this package was imported from need not be on the path of another process
    folder = str(Path(__file__).parents[1])
    code = f"import sys; sys.path.append({folder!r}); from atimport.compilation import work; work()"
    switches = ["-P", "-W", "ignore", *(["-" + "O" * optimize] if optimize else [])]
    if sys.pycache_prefix is not None:
        switches += ["-X", f"pycache_prefix={sys.pycache_prefix}"]
    requests: queue.SimpleQueue[Source] = queue.SimpleQueue()
    answers: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
    for source in found:
        requests.put(source)
    workers = [_Worker([sys.executable, *switches, "-c", code], options, requests, answers) for _ in range(jobs)]
    try:
        for worker in workers:
            worker.start()
        for _ in found:
            yield answers.get()
    finally:
        for worker in workers:
            worker.stop()


class _Worker(threading.Thread):
    """A process that compiles, and the thread that talks to it; a process that dies costs one source."""

    def __init__(
        self,
        command: list[str],
        options: Options,
        requests: queue.SimpleQueue[Source],
        answers: queue.SimpleQueue[Outcome],
    ) -> None:
        super().__init__(daemon=True)
        self.command, self.options, self.requests, self.answers = command, options, requests, answers
        self.process: subprocess.Popen[str] | None = None
        self.stopped = False

    def run(self) -> None:
        while not self.stopped:
            try:
                source = self.requests.get_nowait()
            except queue.Empty:
                break
            self.answers.put(self.ask(source))
        self.stop()

    def ask(self, source: Source) -> Outcome:
        """Have one source compiled."""
        if self.process is None:
            pipe = subprocess.PIPE
            self.process = subprocess.Popen(self.command, stdin=pipe, stdout=pipe, text=True, encoding="utf-8")
        process, answer = self.process, ""
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps({**vars(self.options), **vars(source)}) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except (BrokenPipeError, ValueError):  # ValueError: closed by `stop`
            pass
        if not answer:
            status = process.wait()
            self.stop_process()
            return Outcome(path=source.path, what="failed", error=f"the process that compiled it ended: {status}")
        return Outcome(**json.loads(answer))

    def stop(self) -> None:
        """End the work; safe to call twice, and from another thread."""
        self.stopped = True
        self.stop_process()

    def stop_process(self) -> None:
        """End the process; the next source gets another one."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(BrokenPipeError):  # what was not written to a process that died
                        pipe.close()


def work() -> None:
    """Answer the requests on standard input: what runs in each process of `compile_all`."""
    known: set[str] = set()
    for line in sys.stdin:
        request = json.loads(line)
        for pattern in set(request["assume"]) - known:
            overrides.assume_deferred(pattern, reason="atimport compile --assume")
            known.add(pattern)
        print(json.dumps(vars(_compile(request))), flush=True)


def _compile(request: dict[str, object]) -> Outcome:
    path, module = str(request["path"]), str(request["module"])
    try:
        what, image = _native.write_image(
            path,
            module,
            bool(request["is_package"]),
            assume=overrides.decide(module, path=path).mode == "deferred",
            checked_hash=request["checked_hash"],  # type: ignore[arg-type]  # as it was sent
            force=bool(request["force"]),
        )
        return Outcome(path=path, what=what, size=image.stat().st_size if image is not None else 0)
    except (SyntaxError, ValueError, OSError, RecursionError, MemoryError) as error:
        return Outcome(path=path, what="failed", error=f"{type(error).__name__}: {error}")


def images(paths: Sequence[str | os.PathLike[str]]) -> Iterator[Path]:
    """
    Find the images of the sources that the paths are or have below them: beside the sources, in the folder of
    ``PYTHONPYCACHEPREFIX`` if there is one, and in the per-user cache.

    Of every interpreter and level of optimisation, also if the source is gone. What has the name of an image and isn't
    one is left out. Raises LookupError for a path that doesn't exist.
    """
    yield from _kept(paths, [sys.pycache_prefix, _native.user_cache()], [SUFFIX], MAGIC, beside=True)


def profiles(paths: Sequence[str | os.PathLike[str]]) -> Iterator[Path]:
    """
    Find what ``ATIMPORT_PROFILE`` and ``ATIMPORT_PREFETCH`` have kept of the programs that the paths are or have below
    them. Of every interpreter. Raises LookupError for a path that doesn't exist.
    """
    yield from _kept(paths, [_native.user_cache()], [".prefetch", ".start"], b"atimport ", beside=False)


def _kept(
    paths: Sequence[str | os.PathLike[str]],
    roots: Sequence[str | os.PathLike[str] | None],
    suffixes: Sequence[str],
    beginning: bytes,
    *,
    beside: bool,
) -> Iterator[Path]:
    elsewhere = [Path(root) for root in roots if root is not None]
    for words in paths:
        path = Path(os.path.abspath(words))
        if not path.exists():
            raise LookupError(f"no such file or folder: {words}")
        for root in [*([None] if beside else []), *elsewhere]:
            place = path if root is None else root / path.relative_to(path.anchor)
            if path.is_dir():
                candidates = sorted(each for suffix in suffixes for each in place.rglob(f"*{suffix}"))
            else:
                # a program's name may have dots, a cache tag hasn't
                stem, ends = re.escape(path.name.removesuffix(".py")), "|".join(map(re.escape, suffixes))
                name = re.compile(rf"{stem}\.[^.]+(\.opt-[^.]+)?({ends})")
                folders = [folder for folder in (place.parent, place.parent / CACHE) if folder.is_dir()]
                found = (each for folder in folders for each in folder.iterdir())
                candidates = sorted(each for each in found if name.fullmatch(each.name))
            # beside sources only in the folders that caches have; elsewhere there is nothing else
            yield from (each for each in candidates if (root or each.parent.name == CACHE) and _begins(each, beginning))


def _begins(path: Path, beginning: bytes) -> bool:
    try:
        with path.open("rb") as file:
            return path.is_file() and file.read(len(beginning)) == beginning
    except OSError:
        return False


def _files(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.is_dir():
            # a linked folder is compiled where it is (`compileall._walk_dir` leaves such folders out, too)
            if entry.name != CACHE and not entry.is_symlink():
                yield from _files(entry)
        elif entry.suffix == ".py":
            yield entry


def _root(folder: Path) -> Path:
    """
    Find the folder that is on the path when what is in `folder` is imported.

    The closest one at or above it into which distributions are installed, or the standard library's (there, folders
    without an ``__init__.py`` are namespace packages); or else the first upwards that is no package.
    """
    installed = {Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    installed |= {Path(name) for name in (*site.getsitepackages(), site.getusersitepackages())}
    for each in (folder, *folder.parents):
        if each in installed:
            return each
    while (folder / "__init__.py").exists():
        folder = folder.parent
    return folder
