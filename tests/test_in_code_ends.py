"""Names in code objects (`test_in_code.py`) at the end of their lives: what an instruction borrows must not be gone."""

from __future__ import annotations

import sys

import pytest

from fresh import Python

pytestmark = pytest.mark.skipif(sys.version_info >= (3, 15), reason="3.15 has lazy objects of its own")

#: So that what is used after it has been freed shows.
FREED_IS_OVERWRITTEN = {"PYTHONMALLOC": "debug"}


def test_functions_of_an_execution_that_is_over(python: Python) -> None:
    """Their hooks have nobody left to tell; the names are those of the new execution."""
    python.write(
        "m.py",
        """
        __at_import__ = None
        import stage
        value = stage.check()
        def read():
            return value
        """,
    )
    python.write("stage.py", "fails = True\ndef check():\n    if fails:\n        raise OSError('no')\n    return 4\n")
    python.deferred(
        """
        import contextlib, gc, importlib, m, stage
        old = m.read
        with contextlib.suppress(OSError):
            importlib.reload(m)
        gc.collect()
        [bytearray(size) for size in range(1, 2000, 8)]
        stage.fails = False
        assert old() == 4 and m.read() == 4
    """,
        environment=FREED_IS_OVERWRITTEN,
    )


def test_a_module_that_goes_while_its_last_name_resolves(python: Python) -> None:
    """The dict keeps the state, and that the hook which the instruction is using."""
    python.write(
        "m.py",
        """
        __at_import__ = None
        import stage
        value = stage.vanish() or 3
        def read():
            return value
        """,
    )
    python.write("stage.py", "import sys\ndef vanish():\n    del sys.modules['m']\n")
    python.deferred(
        """
        import importlib, gc
        for _ in range(300):
            m = importlib.import_module("m")
            read = m.read
            atimport.resolve("m.stage")
            del m
            assert read() == 3
            [bytearray(size) for size in range(1, 600, 8)]
    """,
        environment=FREED_IS_OVERWRITTEN,
    )


def test_hooks_outlive_the_instruction_that_uses_them(python: Python) -> None:
    """The last name resolves while the instruction still borrows its hook, and memory is used again at once."""
    python.write(
        "m.py", "__at_import__ = None\nimport time\nvalue = time.time() and 3\ndef read():\n    return value\n"
    )
    python.deferred(
        """
        import importlib, sys
        for _ in range(300):
            sys.modules.pop("m", None)
            m = importlib.import_module("m")
            read = m.read
            atimport.resolve("m.time")
            del m
            assert read() == 3
            [bytearray(size) for size in range(1, 600, 8)]
    """,
        environment=FREED_IS_OVERWRITTEN,
    )


def test_the_descriptors_look_the_same(module: Python) -> None:
    """What stands in the place of the interpreter's own descriptors has their names, documentation and signatures."""
    module.run("""
        import inspect, types
        import atimport

        PLACES = [(types.FunctionType, "__globals__"), (types.FrameType, "f_globals"), (types.FrameType, "f_locals"),
                  (types.ModuleType, "__dict__"), (types.ModuleType, "__dir__"), (types.ModuleType, "__getattribute__"),
                  (types.ModuleType, "__setattr__"), (types.ModuleType, "__delattr__"), (types.CodeType, "co_names"), (types.CodeType, "co_code"),
                  (types.CodeType, "replace"), (types.CodeType, "__replace__")]

        PLACES = [(kind, name) for kind, name in PLACES if name in vars(kind)]

        def look():
            found = [vars(kind)[name] for kind, name in PLACES]
            return found, [
                [getattr(it, name, "none") for name in ("__name__", "__qualname__", "__doc__", "__text_signature__")]
                + [it.__objclass__, inspect.isroutine(it), str(inspect.signature(it)) if getattr(it, "__text_signature__", None) else ""]
                for it in found
            ]

        before, seen = look()
        atimport.install()
        import m
        after, seen_after = look()
        assert all(one is not other for one, other in zip(before, after, strict=True))
        assert seen == seen_after, (seen, seen_after)
    """)


def test_a_module_spec_can_be_copied_and_pickled(module: Python) -> None:
    module.deferred("""
        import copy, pickle
        import m
        assert atimport.pending(m)
        for again in (copy.copy(m.__spec__), copy.deepcopy(m.__spec__), pickle.loads(pickle.dumps(m.__spec__))):
            assert again == m.__spec__ and again.loader == m.__loader__ and type(again.loader) is type(m.__loader__)
        assert atimport.pending(m) and m.derived == 10
    """)
