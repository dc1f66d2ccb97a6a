"""
``atimport run``: a program under the loader, otherwise as plain ``python`` runs it.

Question: "what does ``python SCRIPT`` or ``python -m MODULE`` do besides executing code?" It sets ``sys.argv``,
``sys.path[0]`` and ``__main__``, and shows an uncaught exception from the program's first frame on. Mirrored are
CPython's ``pymain_run_file`` and ``pymain_run_module`` (Modules/main.c); ``runpy._run_module_as_main`` is called.

It is separate from the other commands, and reads its few options by hand, because each module that it would import is
one that the program then finds already imported, and eager. So nothing here is imported that the interpreter has not
imported itself: no ``__future__``, and from ``_frozen_importlib`` what ``importlib.machinery`` only passes on.

```console
$ atimport run --defer 'rich.*' -m rich.table
```
"""

import os
import sys

from atimport import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import NoReturn

SUMMARY = "Run a program under the loader, as plain python runs it."
USAGE = """\
Usage: atimport run [OPTIONS] [-m MODULE | -c CODE | SCRIPT] [ARGS]...

  Run a program under the loader, as plain python runs it: sys.argv, sys.path, __main__, exit status and
  tracebacks are the same. What follows the module or the script belongs to the program.

Options:
  -m MODULE         Run a module, as `python -m` does.
  -c CODE           Run a program given as a string, as `python -c` does.
  --defer PATTERN   Treat matching modules as opted in: `pkg`, or `pkg.*` with all below it. Repeatable.
  --eager PATTERN   Execute matching modules eagerly, whatever they declare. Repeatable.
  -h, --help        Show this message and exit.
"""


class Command:
    """What to run: `target` is a module, code, or the path of a script, folder or zip file."""

    __slots__ = ("arguments", "defer", "eager", "is_code", "is_module", "target")

    def __init__(self) -> None:
        """Start empty; `parse` fills it."""
        self.target = ""
        self.is_module = self.is_code = False
        self.arguments: list[str] = []
        self.defer: list[str] = []
        self.eager: list[str] = []


class UsageError(Exception):
    """The command line of ``run`` can't be understood; the message says what is wrong."""


def run(words: "Sequence[str]") -> "NoReturn":
    """Carry out ``atimport run WORDS``; ends in SystemExit or in what the program raised."""
    try:
        command = parse(words)
        if command is None:
            sys.stdout.write(USAGE)
            raise SystemExit(0)
        if command.eager or command.defer:
            _apply_overrides(command)
    except UsageError as error:
        sys.stderr.write(f"{USAGE.partition(chr(10))[0]}\n\nError: {error}\n")
        raise SystemExit(2) from None

    # what is kept for an entry point is looked for by this
    sys.argv[:] = [_first_argument(command), *command.arguments]
    _native.install()
    _clear_main()
    try:
        if command.is_module:
            _run_module(command)
        elif command.is_code:
            _run_code(command)
        else:
            _run_script(command)
    except SystemExit:
        raise
    except BaseException as error:
        _hide_own_frames(error)
        raise
    raise SystemExit(0)


def _first_argument(command: Command) -> str:
    """Return what the program finds in ``sys.argv[0]`` when it begins."""
    return "-m" if command.is_module else "-c" if command.is_code else command.target


def parse(words: "Sequence[str]") -> "Command | None":
    """Read the command line; None when help is asked for. Raises UsageError."""
    command = Command()
    rest = list(words)
    patterns = {"--defer": command.defer, "--eager": command.eager}
    while rest:
        word = rest.pop(0)
        option, equals, value = word.partition("=")
        if word in ("-h", "--help"):
            return None
        if option in patterns:
            if not equals and not rest:
                raise UsageError(f"option {option} needs a pattern")
            patterns[option].append(value if equals else rest.pop(0))
        elif word.startswith(("-m", "-c")):
            command.is_module, command.is_code = word[1] == "m", word[1] == "c"
            if len(word) == 2 and not rest:
                raise UsageError(f"option {word} needs {'a module' if command.is_module else 'code'}")
            command.target = word[2:] or rest.pop(0)
            command.arguments = rest
            return command
        elif word == "--":
            if rest:
                command.target, *command.arguments = rest
                return command
        elif word.startswith("-"):
            raise UsageError(f"no such option: {word}")
        else:
            command.target, command.arguments = word, rest
            return command
    raise UsageError("a script, -m MODULE or -c CODE is missing")


def _apply_overrides(command: Command) -> None:
    from atimport import overrides

    for apply, option, patterns in (
        (overrides.pin_eager, "--eager", command.eager),
        (overrides.assume_deferred, "--defer", command.defer),
    ):
        for pattern in patterns:
            try:
                apply(pattern, reason=f"atimport run {option}")
            except ValueError as error:
                raise UsageError(f"{option}: {error}") from None


def _clear_main() -> None:
    """Leave in ``__main__`` what an interpreter has there before it runs anything."""
    namespace = sys.modules["__main__"].__dict__
    for name in [name for name in namespace if name not in ("__name__", "__builtins__")]:
        del namespace[name]
    namespace.update(__doc__=None, __package__=None, __loader__=None, __spec__=None)
    if sys.version_info < (3, 14):
        namespace.update(__annotations__={})


def _set_path(first: str) -> None:
    # With -P, -I or PYTHONSAFEPATH the interpreter has put nothing at the front, and neither do we.
    if not sys.flags.safe_path:
        sys.path[0] = first


def _run_module(command: Command) -> None:
    import runpy

    _set_path(os.getcwd())
    runpy._run_module_as_main(command.target)  # type: ignore[attr-defined]  # what `python -m` itself calls


def _run_code(command: Command) -> None:
    from _frozen_importlib import BuiltinImporter

    _set_path("")
    namespace = sys.modules["__main__"].__dict__
    namespace.update(__loader__=BuiltinImporter)
    # Not by `compile`: its first call makes all classes of `ast`. A string inherits what this file has from __future__:
    # nothing.
    exec(command.target, namespace)


def _run_script(command: Command) -> None:
    path = command.target
    if _importer(path) is not None:
        import runpy

        first = os.path.abspath(path)
        # pymain_run_python inserts the folder or archive even with -P
        if sys.flags.safe_path:
            sys.path.insert(0, first)
        else:
            sys.path[0] = first
        runpy._run_module_as_main("__main__", False)  # type: ignore[attr-defined]
        return
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError as error:
        sys.stderr.write(
            f"atimport: can't open file {os.path.abspath(path)!r}: [Errno {error.errno}] {error.strerror}\n"
        )
        raise SystemExit(2) from None
    _set_path(os.path.dirname(os.path.realpath(path)))
    from _frozen_importlib_external import SourceFileLoader

    # as `config_run_filename_abspath` (Python/initconfig.c): absolute, and not normalised
    file_name = os.path.join(os.getcwd(), path)
    namespace = sys.modules["__main__"].__dict__
    namespace.update(__file__=file_name, __loader__=SourceFileLoader("__main__", file_name))
    if sys.version_info < (3, 15):
        namespace.update(__cached__=None)
    # as for -c; the built-in knows how each version words a null byte
    if b"\0" in source:
        compile(source, file_name, "exec", dont_inherit=True)
    exec(_native.compile_script(source, os.fsencode(file_name)), namespace)


def _importer(path: str) -> object:
    """Return an importer when `path` is a folder or an archive that holds a ``__main__`` (``pymain_get_importer``)."""
    for hook in sys.path_hooks:
        try:
            return hook(path)
        except ImportError:
            continue
    return None


def _hide_own_frames(error: BaseException) -> None:
    """
    Make the interpreter show `error` from the program's first frame on.

    The exception itself travels on, because what the interpreter does when one arrives at the top (``sys.excepthook``,
    exit status 1, death by SIGINT after a KeyboardInterrupt) is what a program expects.
    """
    shown = error.__traceback__
    while shown is not None and shown.tb_frame.f_code.co_filename == __file__:
        shown = shown.tb_next
    program_hook = sys.excepthook

    def hook(kind: type[BaseException], value: BaseException, traceback: "TracebackType | None") -> None:
        sys.excepthook = program_hook
        if value is error:
            traceback = shown
            value.__traceback__ = sys.last_traceback = shown
        program_hook(kind, value, traceback)

    sys.excepthook = hook
