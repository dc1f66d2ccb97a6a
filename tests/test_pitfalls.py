"""Every pitfall of spec/pitfalls.toml is shown by something; and those that only a test of ours can show."""

from __future__ import annotations

import re
import tomllib

import pytest

from fresh import ROOT, Python

PITFALLS = tomllib.loads((ROOT / "spec" / "pitfalls.toml").read_text())["pitfall"]


def test_pitfalls_are_all_there() -> None:
    assert len(PITFALLS) == 76
    assert len({pitfall["says"] for pitfall in PITFALLS}) == len(PITFALLS)


@pytest.mark.parametrize("pitfall", PITFALLS, ids=lambda pitfall: pitfall["says"][:40])
def test_pitfall_is_shown(pitfall: dict[str, object]) -> None:
    assert pitfall["shown"], "nothing shows it"
    for shown in pitfall["shown"]:
        path, _, test = shown.partition("::")
        if test:
            assert re.search(rf"^def {test}\(", (ROOT / path).read_text(), flags=re.M), shown
        else:
            assert (ROOT / path / "case.toml").is_file(), shown
    if "deviates" in pitfall:
        rows = (ROOT / "spec" / "deviations.md").read_text().splitlines()
        assert any(row.startswith(f"| {pitfall['deviates']}") for row in rows), "no such row in spec/deviations.md"


@pytest.mark.parametrize(
    ("source", "code", "line"),
    [
        pytest.param("import os\nhome = os.environ['HOME']", "ATI110", 2, id="environment"),
        pytest.param("import time\nstarted = time.time()", "ATI110", 2, id="clock"),
        pytest.param("import sys\nwords = sys.argv[1:]", "ATI110", 2, id="command line"),
        pytest.param("text = open('f').read()", "ATI110", 1, id="file"),
        pytest.param("import random\ndraw = random.random()", "ATI110", 2, id="shared generator"),
        pytest.param("import pytest\nnp = pytest.importorskip('numpy')", "ATI111", 2, id="raises on purpose"),
        pytest.param("import elsewhere\n@elsewhere.public\ndef f(): pass", "ATI101", 2, id="decorator"),
        pytest.param(
            "import elsewhere\nclass C:\n    @elsewhere.public\n    def f(self): pass",
            "ATI101",
            3,
            id="decorated method",
        ),
        pytest.param("import elsewhere\nclass C(elsewhere.Base): pass", "ATI102", 2, id="base class"),
        pytest.param("import elsewhere\ndef f(): pass\nx = elsewhere.keep(f)", "ATI112", 3, id="handed over"),
        pytest.param("import plugin", "ATI121", 1, id="import for its effect"),
        pytest.param("import sys\nsys.modules['x'] = None", "ATI133", 2, id="sys.modules"),
        pytest.param("import sys\nx = list(sys.modules)", "ATI135", 2, id="all of sys.modules"),
        pytest.param("import sys\nx = 'gevent' in sys.modules", "ATI135", 2, id="another module"),
        pytest.param(
            "import os\nos.environ['x'] = 'y'\nimport elsewhere\ndel os.environ['x']",
            "ATI136",
            3,
            id="import between switches",
        ),
        pytest.param("from elsewhere import *", "ATI131", 1, id="star import"),
    ],
)
def test_what_a_module_relies_on_is_named(python: Python, source: str, code: str, line: int) -> None:
    path = python.write("m.py", source)
    found = python.run(f"""
        import atimport
        for found in atimport.explain({str(path)!r}).diagnostics:
            print(found.code, found.line)
    """)
    assert f"{code} {line}" in found.lines


def test_lookups_that_swallow_errors(python: Python) -> None:
    python.write("elsewhere.py", "fails = [ValueError('once')]\n")
    python.write(
        "m.py",
        """
        __at_import__ = None
        import elsewhere
        def make():
            if elsewhere.fails:
                raise elsewhere.fails.pop()
            return 'made'
        value = make()
        other = str(1)
        """,
    )
    python.deferred("""
        import ctypes, gc, m
        # PyDict_GetItemString is documented to suppress all errors; the result is borrowed, so only its address is read
        get = ctypes.pythonapi.PyDict_GetItemString
        get.argtypes, get.restype = (ctypes.py_object, ctypes.c_char_p), ctypes.c_void_p
        raw = next(one for one in gc.get_objects() if type(one) is dict and dict.get(one, "__name__") == "m")
        assert get(raw, b"no such name") is None
        get(raw, b"value")
        try:
            m.value
        except ValueError:
            pass  # on 3.15 the dict gave a lazy object, and this is the first touch
        assert m.value == "made"
        assert m.other == "1"
    """)
