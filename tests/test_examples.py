"""Every example does what its README says, with and without atimport."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from fresh import ROOT, Outcome, Python

EXAMPLES = ROOT / "examples"


def start(python: Python, example: str, *words: str | Path, loader: bool = True) -> Outcome:
    """Run a program with `example` on its path, under the loader or not."""
    environment = {"PYTHONPATH": str(EXAMPLES / example), "PYTHONPYCACHEPREFIX": str(python.folder / "cache")}
    return python.start(*(["-m", "atimport", "run"] if loader else []), *words, environment=environment)


def test_each_has_a_readme_and_a_test() -> None:
    tests = Path(__file__).read_text()
    for folder in EXAMPLES.iterdir():
        assert (folder / "README.md").is_file(), folder
        assert f'"{folder.name}"' in tests, folder


def test_discussion(python: Python) -> None:
    python.write(
        "main.py",
        """
        import atimport, dice
        assert atimport.pending(dice) == ("random", "a", "b", "c", "d")
        dice.b
        assert atimport.pending(dice) == ("a", "c", "d")
        dice.c
        assert atimport.pending(dice) == ("d",)
        assert dice.c == (1 if dice.a else 2) and dice.d == (dice.b > 0 or dice.c)
        """,
    )
    start(python, "discussion", "main.py")


def test_library_none(python: Python) -> None:
    found = start(python, "library-none", EXAMPLES / "library-none" / "show.py", loader=False)
    assert found.lines[1:3] == ["decimal has been imported: False", "3 mi = 4.828032 km"]
    assert "convert" in found.lines[0]
    assert "convert" not in found.lines[3]


def test_library_none_without_atimport(python: Python) -> None:
    code = "import measures; print(measures.convert('2 lb', 'kg'), measures.parse('3 h').to('s'))"
    assert start(python, "library-none", "-c", code, loader=False).out == "0.90718474 kg 10800 s\n"


@pytest.mark.parametrize("loader", [True, False])
@pytest.mark.parametrize(
    ("text", "message"),
    [("3 parsecs", "unknown unit 'parsecs'"), ("3 km", "km is a length, kg a mass"), ("x", "not a quantity: 'x'")],
)
def test_library_none_errors(python: Python, loader: bool, text: str, message: str) -> None:
    python.write(
        "main.py",
        f"import measures\ntry:\n    measures.convert({text!r}, 'kg')\nexcept (LookupError, ValueError) as e:\n    print(type(e).__name__, e)\n",
    )
    assert message in start(python, "library-none", "main.py", loader=loader).out


def test_library_hook(python: Python) -> None:
    found = start(python, "library-hook", EXAMPLES / "library-hook" / "show.py", loader=False)
    assert found.lines[1] == "... --- ..."
    assert "ENCODING" in found.lines[0]
    assert "find" not in found.lines[0].split(": ")[1].split(", "), "the hook uses it"
    assert "ENCODING" not in found.lines[2]


@pytest.mark.parametrize("loader", [True, False])
def test_library_hook_registers_once(python: Python, loader: bool) -> None:
    python.write(
        "main.py",
        """
        import codecs
        calls = []
        register, codecs.register = codecs.register, lambda find: (calls.append(find), register(find))
        import morse
        assert len(calls) == 1, calls
        assert b"... --- ...".decode("morse") == "sos" and "a b".encode("morse") == b".- / -..."
        try:
            "%".encode("morse")
        except UnicodeEncodeError as error:
            print(error.reason)
        """,
    )
    assert start(python, "library-hook", "main.py", loader=loader).out == "no such letter in Morse code\n"


TOOL = {
    "stats": (["stats", "rain.csv", "mm"], ["mean", "65.50", "66.50", "12.94"]),
    "query": (["query", "rain.csv", "select max(mm) as most from data"], ["most", "81"]),
    "mail": (["mail", "box.mbox"], ["ada@example.org", "Notes on the engine", "A moth"]),
    "feed": (["feed", "feed.xml"], ["2026-01-05", "First", "Second"]),
    "help": (["--help"], ["usage: almanac", "stats", "query", "mail", "feed"]),
}


@pytest.mark.parametrize(("words", "texts"), TOOL.values(), ids=TOOL)
def test_tool(python: Python, words: list[str], texts: list[str]) -> None:
    words = [str(EXAMPLES / "tool" / "data" / word) if "." in word and " " not in word else word for word in words]
    plain = start(python, "tool", "-m", "almanac", *words, loader=False)
    found = start(python, "tool", "-m", "almanac", *words)
    assert found.out == plain.out
    for text in texts:
        assert text in found.out


def test_tool_help_imports_nothing_heavy(python: Python) -> None:
    python.write(
        "main.py",
        "import almanac, sys\ntry:\n    almanac.main(['--help'])\nfinally:\n    print(*sorted(sys.modules))\n",
    )
    heavy = {"rich", "sqlite3", "xml.etree.ElementTree", "mailbox", "statistics", "csv", "decimal", "email"}
    loaded = {mode: set(start(python, "tool", "main.py", loader=mode).lines[-1].split()) for mode in (False, True)}
    assert heavy <= loaded[False]
    assert heavy & loaded[True] == set()
    assert {"argparse", "almanac.commands.stats"} <= loaded[True]


def test_tool_errors(python: Python) -> None:
    found = python.start(
        "-m", "atimport", "run", "-m", "almanac", "stats", "no_such.csv", "mm",
        expect=1, environment={"PYTHONPATH": str(EXAMPLES / "tool")},
    )  # fmt: skip
    assert found.err == "almanac: no_such.csv: No such file or directory\n"


def test_pinned_tool(python: Python) -> None:
    found = start(python, "pinned-tool", "-m", "unpacker", "--show-pins")
    assert found.out == (
        "unpacker._vendor.report: eager, because of unpacker._vendor.*: "
        "unpacking may replace files that would be imported late\n"
    )
    with zipfile.ZipFile(python.folder / "archive.zip", "w") as archive:
        archive.writestr("a.txt", "a")
        archive.writestr("b.txt", "b")
    for loader in (True, False):
        found = start(python, "pinned-tool", "-m", "unpacker", "archive.zip", "out", loader=loader)
        assert found.out == "   1  a.txt\n   2  b.txt\n"


@pytest.mark.parametrize("pinned", [True, False])
def test_pinned_tool_unpacks_over_itself(python: Python, pinned: bool) -> None:
    """With the pin the planted module never runs; without it the hole is real, or this test would prove nothing."""
    source = EXAMPLES / "pinned-tool" / "unpacker"
    for path in source.rglob("*.py"):
        python.write(f"unpacker/{path.relative_to(source)}", path.read_bytes())
    if not pinned:
        python.write("unpacker/__init__.py", "")
    with zipfile.ZipFile(python.folder / "archive.zip", "w") as archive:
        archive.writestr("unpacker/_vendor/columns.py", "def align(left, right):\n    return 'PLANTED'\n")
    found = python.start("-m", "atimport", "run", "-m", "unpacker", "archive.zip", ".")
    assert ("PLANTED" in found.out) is not pinned
