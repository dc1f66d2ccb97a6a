"""The command line: `run` is held against plain python, `explain` and `demo` against what they should print."""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path

import pytest

from fresh import ROOT, Outcome, Python

SHOW = """
import sys, json
found = {
    name: repr(value) if name != "__loader__" else type(value).__name__
    for name, value in globals().items() if name not in ("sys", "json")
}
found["__loader__"] = found["__loader__"].replace("DeferringSourceLoader", "SourceFileLoader")
found["__loader__"] = found["__loader__"].replace("DeferringZipImporter", "zipimporter")
if __spec__ is not None:
    found["__spec__"] = [__spec__.name, __spec__.origin, __spec__.parent]
found |= {"argv": sys.argv, "path": sys.path, "main": sys.modules["__main__"].__dict__ is globals()}
print(json.dumps(found, indent=1, sort_keys=True))
"""


def ours(python: Python, *words: str, **options: object) -> Outcome:
    return python.start("-m", "atimport", *words, **options)  # type: ignore[arg-type]


def both(python: Python, *words: str, **options: object) -> tuple[Outcome, Outcome]:
    """Run ``python WORDS`` and ``python -m atimport run WORDS``."""
    return python.start(*words, **options), ours(python, "run", *words, **options)  # type: ignore[arg-type]


# --- run: what the program sees -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ["show.py"],
        ["show.py", "a", "--defer", "x", "-m", "--help", ""],
        ["./show.py"],
        ["folder/show.py", "a"],
        ["link.py"],
        ["folder"],
        ["folder", "a", "-b"],
        ["archive.zip", "a"],
        ["-m", "show", "a", "--help"],
        ["-m", "package.show", "a"],
        ["-m", "package", "a"],
        ["-m", "folder.show"],
        ["-c", SHOW, "a", "--defer", "-c"],
        ["-c" + SHOW],
    ],
)
def test_program_sees_what_plain_python_shows(python: Python, words: list[str]) -> None:
    python.write("show.py", SHOW)
    python.write("folder/show.py", SHOW)
    python.write("folder/__main__.py", SHOW)
    python.write("package/__init__.py", "")
    python.write("package/show.py", SHOW)
    python.write("package/__main__.py", SHOW)
    (python.folder / "link.py").symlink_to(python.folder / "folder" / "show.py")
    python.run("import zipfile; zipfile.ZipFile('archive.zip', 'w').write('show.py', '__main__.py')")
    plain, deferred = both(python, *words)
    assert deferred.out == plain.out
    assert deferred.err == plain.err == ""


def test_absolute_path(python: Python) -> None:
    plain, deferred = both(python, str(python.write("show.py", SHOW)))
    assert deferred.out == plain.out


def test_console_script_is_the_same_command(python: Python) -> None:
    python.write("show.py", SHOW)
    script = Path(sys.executable).with_name("atimport")
    plain = python.start("show.py", "a")
    assert python.start(script, "run", "show.py", "a").out == plain.out


def test_safe_path_is_respected(python: Python) -> None:
    python.write("folder/show.py", SHOW)
    for words in (["folder/show.py"], ["-m", "folder.show"], ["folder/show.py", "-m"]):
        plain = python.start("-P", *words)
        assert python.start("-P", "-m", "atimport", "run", *words).out == plain.out


def test_pickling_from_main(python: Python) -> None:
    python.write(
        "main.py",
        "import pickle\nclass Thing:\n    pass\nassert type(pickle.loads(pickle.dumps(Thing()))) is Thing\nprint(Thing)\n",
    )
    plain, deferred = both(python, "main.py")
    assert deferred.out == plain.out == "<class '__main__.Thing'>\n"


def test_program_finds_little_imported(python: Python) -> None:
    """What the command imports itself would be eager in the program."""
    python.write("main.py", "import sys; print(*sorted(sys.modules))")
    plain, deferred = both(python, "main.py")
    extra = set(deferred.out.split()) - set(plain.out.split())
    # of the rest, what belongs to `runpy`
    assert not {"click", "rich", "argparse", "inspect", "typing", "dataclasses", "re", "json", "__future__"} & extra
    expected = {"atimport", "atimport._native", "atimport.cli", "atimport.cli.run"}
    assert {name for name in extra if name.startswith("atimport")} == expected


def test_code_inherits_nothing(python: Python) -> None:
    """Neither what the command has from __future__, nor a coding that only bytes have."""
    code = "# coding: ascii\ndef function(x: 1 + 1): 'ä'\nprint(function.__annotations__, len(function.__doc__))"
    plain, deferred = both(python, "-c", code)
    assert deferred.out == plain.out == "{'x': 2} 1\n"


def test_run_defers(python: Python) -> None:
    python.write("m.py", "__at_import__ = None\nvalue = len('x')\n")
    python.write("n.py", "value = len('x')\n")
    python.write("main.py", "import atimport, m, n; print(atimport.is_deferred(m), atimport.is_deferred(n))")
    assert ours(python, "run", "main.py").out == "True False\n"
    assert ours(python, "run", "--defer", "n", "main.py").out == "True True\n"
    assert ours(python, "run", "--defer=*", "--eager=m", "main.py").out == "False True\n"
    assert ours(python, "run", "--eager", "m", "--eager", "n", "--defer", "*", "main.py").out == "False False\n"
    assert ours(python, "run", "main.py", environment={"ATIMPORT": "off"}).out == "False False\n"


def test_main_module_is_never_deferred(python: Python) -> None:
    python.write("main.py", "__at_import__ = None\nprint('ran')\nprint(len('deferred'))\n")
    for words in (["main.py"], ["-m", "main"], ["--defer", "*", "-m", "main"]):
        assert ours(python, "run", *words).out == "ran\n8\n"


# --- run: how it ends -----------------------------------------------------------------------------------------------

ENDS = {
    "normally": "print('done')",
    "exit 3": "import sys; sys.exit(3)",
    "exit with a message": "import sys; sys.exit('message')",
    "exit None": "raise SystemExit",
    "exception": "def f():\n    1 / 0\nf()\n",
    "chained exception": "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise ValueError('second') from e\n",
    "exception group": "raise ExceptionGroup('several', [ValueError(1), KeyError(2)])",
    "syntax error": "x = (\n",
    "warning of the compiler": "print(1 is 1)\n",
    "import error": "import no_such_module\n",
    "error in an imported module": "import broken\n",
    "own excepthook": "import sys\nsys.excepthook = lambda *a: print('mine', a[0].__name__, a[2].tb_lineno)\n1 / 0\n",
    "os._exit": "import os; os._exit(7)",
    "output at exit": "import atexit; atexit.register(print, 'at exit')\nx = 1\natexit.register(lambda: print(x))",
    "error in a thread": "import threading\nt = threading.Thread(target=lambda: 1 / 0, name='t')\nt.start(); t.join()\n",
    "recursion": "def f(): f()\nf()\n",
}


@pytest.mark.parametrize("as_module", [False, True], ids=["script", "module"])
@pytest.mark.parametrize("source", ENDS.values(), ids=ENDS)
def test_program_ends_as_with_plain_python(python: Python, source: str | bytes, as_module: bool) -> None:
    python.write("main.py", source)
    python.write("broken.py", "def f():\n    raise OSError('broken')\nf()\n")
    plain, deferred = both(python, *(["-m", "main"] if as_module else ["main.py"]), expect=None)
    assert deferred.status == plain.status
    assert deferred.out == plain.out
    assert anonymous(deferred.err) == anonymous(plain.err)


@pytest.mark.parametrize("source", [b"x = '\xff'\n", b"x = '\0'\n"], ids=["not UTF-8", "null byte"])
def test_script_that_cannot_be_decoded(python: Python, source: bytes) -> None:
    """The words differ from plain python's, which reads a script through a file and not as bytes."""
    python.write("main.py", source)
    plain, deferred = both(python, "main.py", expect=1)
    assert "SyntaxError: " in plain.err
    assert "SyntaxError: " in deferred.err
    assert "Traceback" not in deferred.err


SCRIPTS = {
    "a cookie": b"# coding: latin-1\nprint(ascii('\xe4'))\n",
    "a mark": b"\xef\xbb\xbfprint(ascii('\xc3\xa4'))\n",
    "carriage returns": b'x = """\r\n"""\rprint(ascii(x))\r\n',
    "no end of line": b"if 1:\n  print(__file__)",
    "a future": b"from __future__ import annotations\ndef f(x: 1 + 1): 0\nprint(f.__annotations__)\n",
    "its place": b"import sys\nprint(sys._getframe().f_code.co_filename == __file__, sys._getframe().f_lineno)\n",
}


@pytest.mark.parametrize("source", SCRIPTS.values(), ids=SCRIPTS)
def test_script_is_read_as_by_plain_python(python: Python, source: bytes) -> None:
    python.write("main.py", source)
    plain, deferred = both(python, "main.py")
    assert (deferred.out, deferred.err) == (plain.out, plain.err)


def test_running_makes_no_classes_of_ast(python: Python) -> None:
    """The first call of `compile` does, which costs as much as loading everything else."""
    python.write("main.py", "print(any(kind.__module__ == 'ast' for kind in object.__subclasses__()))")
    plain, deferred = both(python, "main.py")
    assert deferred.out == plain.out


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not have such names")
def test_script_whose_name_is_not_text(python: Python) -> None:
    name = os.fsdecode(b"m\xffin.py")
    python.write(name, "import sys\nprint(ascii(sys._getframe().f_code.co_filename), ascii(__file__))\n")
    plain, deferred = both(python, name)
    assert deferred.out == plain.out


def anonymous(text: str) -> str:
    """Return `text` without addresses of objects, and without how much of the stack was left."""
    return re.sub(r"repeated \d+ more", "repeated … more", re.sub(r"0x[0-9a-f]+", "0x…", text))


def test_keyboard_interrupt_kills_by_signal(python: Python) -> None:
    python.write("main.py", "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(30)\n")
    plain, deferred = both(python, "main.py", expect=None)
    assert deferred.status == plain.status == -signal.SIGINT
    assert deferred.err == plain.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["no_such.py"], "can't open file '{folder}/no_such.py': [Errno 2] No such file or directory"),
        (["-m", "no_such"], "No module named no_such"),
        (["-m", "package"], "No module named package.__main__; 'package' is a package and cannot be directly executed"),
        (["folder"], "can't find '__main__' module in"),
    ],
)
def test_program_that_does_not_exist(python: Python, words: list[str], message: str) -> None:
    python.write("package/__init__.py", "")
    python.write("folder/other.py", "")
    plain, deferred = both(python, *words, expect=None)
    assert deferred.status == plain.status != 0
    assert message.format(folder=python.folder) in deferred.err
    assert message.format(folder=python.folder) in plain.err
    assert "Traceback" not in deferred.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "a script, -m MODULE or -c CODE is missing"),
        (["--"], "a script, -m MODULE or -c CODE is missing"),
        (["-m"], "option -m needs a module"),
        (["--defer"], "option --defer needs a pattern"),
        (["--no-such", "main.py"], "no such option: --no-such"),
        (["-"], "no such option: -"),
        (["--defer", "a..b", "main.py"], "a..b"),
        (["--eager=", "main.py"], "--eager: "),
    ],
)
def test_run_usage_errors(python: Python, words: list[str], message: str) -> None:
    found = ours(python, "run", *words, expect=2)
    assert message in found.err
    assert found.err.startswith("Usage: atimport run ")
    assert found.out == ""


# --- help -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [["run", "-h"], ["run", "--help"], ["run", "--defer", "x", "--help"]])
def test_run_help(python: Python, words: list[str]) -> None:
    found = ours(python, *words)
    for text in ("-m MODULE", "--defer PATTERN", "--eager PATTERN"):
        assert text in found.out


def test_help_lists_every_command(python: Python) -> None:
    found = ours(python, "--help")
    commands = {path.stem for path in (ROOT / "python" / "atimport" / "cli").glob("*.py")} - {"__init__", "group"}
    assert commands == set(re.findall(r"^  (\w+) ", found.out.split("Commands:")[1], flags=re.M))


def test_version(python: Python) -> None:
    version = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), flags=re.M)
    assert version is not None
    assert ours(python, "--version").out == f"atimport {version[1]}\n"


def test_unknown_command(python: Python) -> None:
    found = ours(python, "frobnicate", expect=2)
    assert "No such command 'frobnicate'" in found.err


# --- explain --------------------------------------------------------------------------------------------------------


def test_explain_a_name(python: Python) -> None:
    found = ours(python, "explain", str(ROOT / "examples" / "discussion" / "dice.py"), "d")
    lines = found.lines
    for number, text in [(5, "a = random.randrange(2)"), (8, "if a > 0:"), (9, "    c = 1"), (10, "d = b > 0 or c")]:
        assert f"{number:>2} | {text}" in lines
    assert "touching d runs 6 statements: lines 3, 5, 6, 7, 8-9, 10" in lines


def test_explain_a_module(python: Python) -> None:
    python.write("m.py", "__at_import__ = None\nimport os\nhome = os.getcwd()\nprint(home)\nother = len(home)\n")
    found = ours(python, "explain", "m")
    assert found.lines[0] == f"{python.folder}/m.py: __at_import__ = None"
    assert "4 | print(home)" in found.lines
    assert "5 | other = len(home)" in found.lines
    assert found.lines[-1].startswith("5 statements: ")


def test_explain_prints_no_colours_into_a_pipe_and_source_as_it_is(python: Python) -> None:
    python.write(
        "m.py", "__at_import__ = None\nlong = '" + "x" * 300 + "'; markup = '[bold]not markup[/bold] :smile:'\n"
    )
    found = ours(python, "explain", "m")
    assert "\x1b" not in found.out
    assert "x" * 300 in found.out
    assert "'[bold]not markup[/bold] :smile:'" in found.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["no_such_module"], "Error: no module named 'no_such_module'"),
        (["no_such.py"], "Error: no such file: no_such.py"),
        (["sys"], "Error: module 'sys' has no Python source: it is built-in"),
        (["textwrap", "no_such_name"], "no_such_name"),
        (["broken.py"], "broken.py"),
        ([], "Missing argument 'PATH_OR_MODULE'"),
        (["a", "b", "c"], "unexpected extra argument"),
    ],
)
def test_explain_errors(python: Python, words: list[str], message: str) -> None:
    python.write("broken.py", "x = (\n")
    found = ours(python, "explain", *words, expect=2)
    assert message in found.err
    assert "Traceback" not in found.err
    assert found.out == ""


# --- demo -----------------------------------------------------------------------------------------------------------


def test_demo_prints_a_table(python: Python) -> None:
    python.write("silent.py", "import decimal\nvalue = decimal.Decimal(3)\nother = len('x')\n")
    python.write("declared.py", "__at_import__ = None\nvalue = len('x')\n")
    found = ours(python, "demo", "--rounds", "1", "silent", "--declared", "declared")
    assert sys.executable in found.lines[0]
    assert re.search(r"silent +│ assumption +│ import +│ +[\d.]+ → [\d.]+ │", found.out)
    assert re.search(r"declared +│ declaration +│ import +│.*│ +1 │ +0 of \d+ │", found.out)
    assert "\x1b" not in found.out


def test_demo_of_a_module_that_does_not_exist(python: Python) -> None:
    found = ours(python, "demo", "no_such_module", "--rounds", "1", expect=1)
    assert "eager import of no_such_module failed" in found.err


def test_demo_usage_errors(python: Python) -> None:
    assert "is not in the range" in ours(python, "demo", "--rounds", "0", expect=2).err


# --- overrides ------------------------------------------------------------------------------------------------------


def test_overrides_prints_the_rules_of_the_environment(python: Python) -> None:
    environment = {"ATIMPORT_EAGER": "pip.*", "ATIMPORT_DEFER": "pkg.*", "EAGER_IMPORT": "1"}
    assert ours(python, "overrides", environment=environment).lines == [
        "eager pip.*  [ATIMPORT_EAGER] pinned eager by ATIMPORT_EAGER pip.*",
        "defer pkg.*  [ATIMPORT_DEFER] assumed deferred by ATIMPORT_DEFER pkg.*",
        'eager *  [EAGER_IMPORT] the environment sets EAGER_IMPORT to "1"',
    ]
    assert ours(python, "overrides").lines == ["no rules: it is up to each module's own declaration"]


def test_overrides_says_which_rule_won(python: Python) -> None:
    python.write("pkg/mod.py", "raise SystemExit('imported')\n")
    words = ["overrides", "pkg.mod", "other", "--defer", "pkg.*", "--eager", str(python.folder)]
    assert ours(python, *words, environment={"ATIMPORT_DEFER": "*"}).lines == [
        f"pkg.mod: eager (pinned eager by pin_eager {python.folder})",
        f"  won:    eager {python.folder}  [pin_eager, atimport overrides --eager] pinned eager by pin_eager {python.folder}",
        "  spoke:  defer pkg.*  [assume_deferred, atimport overrides --defer] assumed deferred by assume_deferred pkg.*",
        "  spoke:  defer *  [ATIMPORT_DEFER] assumed deferred by ATIMPORT_DEFER *",
        "other: deferred (assumed deferred by ATIMPORT_DEFER *)",
        "  won:    defer *  [ATIMPORT_DEFER] assumed deferred by ATIMPORT_DEFER *",
    ]
    assert "invalid pattern" in ours(python, "overrides", "--eager", "a..b", expect=2).err
