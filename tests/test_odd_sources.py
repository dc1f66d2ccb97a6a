"""Arbitrary bytes as a source, and names that no identifier can be: what plain Python makes of them, ours does too.

Every example is imported in forks of one process, plainly and deferred; a difference is a finding. `fuzz/` has the layers
that know no Python; here is how a source reaches them: its encoding, its line ends, and what CPython refuses.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fresh import Python

#: Reads a source in hexadecimal from a line, and answers with what the import came to, plainly and deferred.
SERVER = """
import importlib, json, os, sys, warnings
import importlib.metadata  # `invalidate_caches` imports it, and would in every fork
import atimport
warnings.simplefilter("ignore")
sys.path.insert(0, os.getcwd())
number = 0

def shown(value):
    known = (int, str, bytes, float, list, tuple, dict, type(None))
    return ascii(value) if type(value) in known else str(type(value))

def outcome(name, deferred, touched):
    if deferred:
        atimport.install()
        if deferred == "assumed":
            atimport.overrides.assume_deferred(name)
    importlib.invalidate_caches()
    try:
        module = importlib.import_module(name)
        # touched one by one before anything completes the namespace
        values = [shown(getattr(module, eval(key), "missing")) for key in touched]
        space = {
            ascii(key): shown(value)
            for key, value in vars(module).items()
            if not (isinstance(key, str) and key.startswith("__") and key != "__doc__")
        }
        strings = sorted(key for key in space if key[0] in "'\\"")
        return [sorted(space.items()), strings, values if deferred else [space[key] for key in strings]]
    except BaseException as error:
        while isinstance(error, atimport.DeferredExecutionError):
            error = error.__cause__
        told = [type(error).__name__, str(error)]
        return told + ([error.lineno, error.offset, error.text] if isinstance(error, SyntaxError) else [])

def forked(name, deferred, touched=()):
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        with open(writer, "w", encoding="utf-8", errors="backslashreplace") as file:
            json.dump(outcome(name, deferred, touched), file)
        os._exit(0)
    os.close(writer)
    with open(reader, encoding="utf-8") as file:
        text = file.read()
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return json.loads(text) if status == 0 else ["dies", status]

for line in sys.stdin:
    number += 1
    name = f"m{number}"
    how, _, source = line.strip().partition(" ")
    with open(f"{name}.py", "wb") as file:
        file.write(bytes.fromhex(source))
    plain = forked(name, "")
    touched = plain[1] if isinstance(plain[1], list) else ()
    found = [plain] + [forked(name, how, touched) for _ in range(2)]
    os.unlink(f"{name}.py")
    print(json.dumps(found), flush=True)
"""


class Server:
    """The process that imports."""

    def __init__(self, python: Python) -> None:
        environment = python.environment(PYTHONDONTWRITEBYTECODE="")
        words = [sys.executable, "-c", SERVER]
        self.process = subprocess.Popen(
            words, cwd=python.folder, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def check(self, source: bytes, how: str) -> None:
        """Compare plain Python with a first import, and with one that finds an image."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{how} {source.hex()}\n")
        self.process.stdin.flush()
        plain, first, second = json.loads(self.process.stdout.readline())
        assert first == plain
        assert second == plain


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(Python(Path(tmp_path_factory.mktemp("sources"))))
    yield made
    made.process.communicate(timeout=60)


LINES = st.sampled_from(
    [
        b"x = 1",
        b"y = len('x')",
        b"z = [y]",
        b"t = '\xc3\xa9'",
        b"u = '\xe9'",
        b"v = '\xff'",
        b"\xc3\xa9 = 1",
        b"w = '\\udcff'",
        b"globals()['\\udcff'] = 1",
        b"globals()['a b'] = [1]",
        b"globals()['class'] = len('x')",
        b"globals()['None'] = 2",
        b"globals()[''] = 3",
        b"globals()[3] = 4",
        b"None = 1",
        b"def f(): return y",
        b"class C:\n    k = 1",
        b"if x:\n    a = 2",
        b"s = '''one\r\ntwo'''",
        b"l = b'\\xff'; n = 1",
        b"x = \\",
        b"\x0c",
        b"\t",
        b"#",
        b"# \xe9",
        b"\x00",
        b"\x1a",
        b"\xef\xbb\xbf",
        b"return",
        b"(",
        b"'''",
        b"print",
        b"",
    ]
)
COOKIES = st.sampled_from(
    [
        b"",
        b"",
        b"\xef\xbb\xbf",
        b"# coding: latin-1",
        b"# -*- coding: utf-8 -*-",
        b"\xef\xbb\xbf# coding: utf-8",
        b"\xef\xbb\xbf# coding: latin-1",
        b"# coding: cp1252",
        b"# coding: utf-7",
        b"# coding: utf-16",
        b"# coding: klingon",
        b"# vim: set fileencoding=iso8859-15 :",
        b"#!/usr/bin/python\n# coding=ascii",
        b"x = 1 # coding: latin-1",
        b"\n\n# coding: latin-1",
        b"\x0c# coding: latin-1",
        b"# coding: latin-1\r",
        b"'''\n# coding: latin-1\n'''",
        b"# coding: rot13",
    ]
)
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r", b"\n\x0c"])
DECLARATION = b"__at_import__ = None"
COUNT = int(os.environ.get("ATIMPORT_ODD_SOURCES", "60"))
CALM = settings(
    max_examples=COUNT, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@CALM
@given(COOKIES, st.lists(LINES, max_size=8), ENDS, st.booleans())
@example(b"# coding: latin-1", [b"u = '\xe9'", b"t = '\xc3\xa9'"], b"\r", True)
@example(b"", [b"globals()['\\udcff'] = 1", b"y = len('x')"], b"\n", True)
def test_sources_of_odd_lines(server: Server, cookie: bytes, lines: list[bytes], end: bytes, declared: bool) -> None:
    head = [cookie] if cookie else []
    server.check(end.join([*head, *([DECLARATION] if declared else []), *lines]), "declared" if declared else "assumed")


@CALM
@given(st.binary(max_size=60), st.booleans())
def test_arbitrary_bytes(server: Server, data: bytes, first: bool) -> None:
    server.check(data + b"\n" + DECLARATION if first else DECLARATION + b"\n" + data, "declared")


@CALM
@given(st.text(max_size=12))
@example("\udcff")
@example("\0")
@example("ﬁ")
@example("__class__")
@example("__dict__")
def test_names_through_globals(server: Server, name: str) -> None:
    """Whatever a string may be: bound by its literal, read, tested and deleted."""
    key = ascii(name)
    lines = [
        f"globals()[{key}] = len('x')",
        f"a = globals()[{key}]",
        f"b = {key} in globals()",
        f"globals().update({{{key}: [a]}})",
        f"c = globals().get({key})",
        "d = len('y')",
    ]
    server.check("\n".join(["__at_import__ = None", *lines]).encode(), "declared")
