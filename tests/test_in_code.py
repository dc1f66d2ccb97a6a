"""Names in code objects: the back end of 3.11 to 3.14, which leaves the module's dict to the specialising interpreter."""

from __future__ import annotations

import sys

import pytest

from fresh import Python

pytestmark = pytest.mark.skipif(sys.version_info >= (3, 15), reason="3.15 has lazy objects of its own")

MODULE = """
    __at_import__ = None
    from _trace import ran
    limit = ran(3) or 5
    other = ran(4) or 'other'
    def read():
        return limit
    def count():
        return len([limit, limit])
    def missing():
        return nowhere
    def conditional(wanted):
        return other if wanted else 0
    def digest(thing):
        return thing.digest
    class Reader:
        def read(self):
            return limit
    def body():
        class Inner:
            value = other
        return Inner.value
    """


@pytest.fixture
def hooked(python: Python) -> Python:
    """Give a module whose names are hooked in code objects."""
    python.write("m.py", MODULE)
    return python


def check(python: Python, code: str, *, backend: str = "code") -> None:
    """Run `code` with the module `m`; afterwards its names are hooked by `backend`."""
    python.deferred(
        "import m\nfrom m import read, count, missing, conditional, digest, Reader, body\n"
        f"assert atimport.counts()['m'].backend == 'code'\n{code}\nassert atimport.counts()['m'].backend == {backend!r}"
    )


TOUCHES = {
    "a function": ("assert read() == 5 and LINES == [3]", "code"),
    "twice": ("assert (count(), read(), count()) == (2, 5, 2) and LINES == [3]", "code"),
    "a method": ("assert Reader().read() == 5 and LINES == [3]", "code"),
    "a branch": ("assert conditional(False) == 0 and LINES == []; assert conditional(True) == 'other'", "code"),
    "a class body": ("assert body() == 'other' and LINES == [4]", "code"),
    "an attribute": ("assert m.limit == 5 and LINES == [3]", "code"),
    "hasattr": ("assert hasattr(m, 'other') and not hasattr(m, 'nowhere') and LINES == [4]", "code"),
    "from": ("from m import other; assert other == 'other' and LINES == [4]", "code"),
    "the hash of code": ("{read.__code__, Reader.read.__code__, body.__code__}; assert LINES == []", "code"),
    "the hash of code by an attribute": (
        "class Digest(tuple): digest = property(hash)\nm.digest(Digest([read.__code__]))\nassert LINES == []",
        "code",
    ),
    "code compared": ("assert read.__code__ != count.__code__ and LINES == []", "code"),
    "dir": ("assert {'limit', 'other'} <= set(dir(m)) and len(set(dir(m))) == len(dir(m)) and LINES == []", "code"),
    "a write": ("m.limit = 9; assert read() == 9", "code"),
    "names of code": ("assert read.__code__.co_names == ('limit',) and read() == 5 and LINES == [3]", "key"),
    "code replaced": (
        "read.__code__ = read.__code__.replace(co_name='x'); assert LINES == []; assert read() == 5",
        "key",
    ),
    "f_globals": (
        "import sys\ndef at(frame, event, _):\n"
        "    if frame.f_code is read.__code__: assert eval('other', frame.f_globals) == 'other'\n"
        "sys.setprofile(at)\nread()\nsys.setprofile(None)\nassert LINES == [4, 3]",
        "key",
    ),
    "__dict__ by its descriptor": (
        "import types\nraw = types.ModuleType.__dict__['__dict__'].__get__(m)\n"
        "assert LINES == [3, 4] and raw['other'] == 'other' and read() == 5",
        "code",
    ),
    "another class": (
        "import types\nclass Module(types.ModuleType): pass\nm.__class__ = Module\n"
        "assert m.other == 'other' and read() == 5",
        "key",
    ),
    "a module that is gone": (
        "import gc, sys\ndel sys.modules['m'], m\ngc.collect()\nassert read() == 5 and body() == 'other'",
        "key",
    ),
    "other globals": (
        "import types\nassert types.FunctionType(read.__code__, {'limit': 7})() == 7 and LINES == []",
        "code",
    ),
    "other globals without it": (
        "import types\ntry: types.FunctionType(read.__code__, {})()\n"
        "except NameError as error: assert error.name == 'limit'\nelse: raise AssertionError\nassert LINES == []",
        "code",
    ),
}


@pytest.mark.parametrize(("code", "backend"), TOUCHES.values(), ids=TOUCHES)
def test_touch(hooked: Python, code: str, backend: str) -> None:
    """Each resolves what it looks up and no more; `backend` says whether the dict was shown."""
    check(hooked, code, backend=backend)


def test_the_dict_stays_plain(hooked: Python) -> None:
    """The collector shows it: while names are pending it holds strings only, and nothing stands for them."""
    check(
        hooked,
        "import gc\n"
        "[raw] = [d for d in gc.get_objects() if type(d) is dict and d.get('__name__') == 'm' and 'read' in d]\n"
        "assert atimport.pending(m) == ('ran', 'limit', 'other')\n"
        "assert {type(key) for key in raw} == {str} and not {'limit', 'other'} & set(raw)",
    )


def test_names_that_class_bodies_bind_too(python: Python) -> None:
    """The global has an entry of its own among the names; what the class body binds is a plain string."""
    python.write(
        "m.py",
        """
        __at_import__ = None
        import time
        from _trace import ran
        value = time.time()
        size = ran(6)
        def change():
            class Inner:
                value = value
                @property
                def size(self):
                    return 1
                @size.setter
                def size(self, new):
                    self.new = new
            return Inner
        """,
    )
    python.deferred("""
        import m
        body = m.change.__code__.co_consts[0 if m.change.__code__.co_consts[0] else 1]
        Inner = m.change()
        assert Inner.value == m.value and {type(key) for key in vars(Inner)} == {str}
        thing = Inner()
        thing.size = 5
        assert (thing.size, thing.new) == (1, 5)
        assert atimport.counts()["m"].backend == "code" and "size" in atimport.pending(m)
        assert [name for name in body.co_names if name in ("value", "size")] == ["value", "size"]
    """)


def test_names_that_are_attributes_too(python: Python) -> None:
    """Reading the attribute resolves nothing; the global has an entry of its own among the names."""
    python.write(
        "m.py",
        """
        __at_import__ = None
        from _trace import ran
        size = ran(3) or 3
        def either(thing, wanted):
            return thing.size if wanted else size
        def nested(thing):
            return [lambda: thing.size, lambda: thing.size + size]
        """,
    )
    python.deferred("""
        import m, types
        thing = types.SimpleNamespace(size=7)
        either, (attribute, both) = m.either, m.nested(thing)
        assert (either(thing, True), attribute()) == (7, 7) and LINES == []
        assert (either(thing, False), both()) == (3, 10) and LINES == [3]
        assert atimport.counts()["m"].backend == "code"
        plain = {}
        exec(compile(m.__loader__.get_source("m"), "m.py", "exec"), plain)
        expected = plain["either"].__code__, plain["nested"](thing)[1].__code__
        for code, other in zip((either.__code__, both.__code__), expected, strict=True):
            assert (code.co_names, code.co_code) == (other.co_names, other.co_code) and code.co_names == ("size",)
    """)


def test_many_names(python: Python) -> None:
    """An index that would need a longer instruction is left alone: such a module uses keys."""
    lines = "".join(f"    thing.a{number}\n" for number in range(200))
    python.write(
        "m.py", f"__at_import__ = None\nimport time\na7 = time.time()\ndef f(thing):\n{lines}    return a7, thing.a7\n"
    )
    python.deferred("""
        import m, unittest.mock
        assert m.f(unittest.mock.Mock())[0] == m.a7 and atimport.counts()["m"].backend == "key"
    """)


def test_functions_that_change_globals(python: Python) -> None:
    python.write(
        "m.py",
        """
        __at_import__ = None
        import time
        value = time.time()
        def change():
            global value
            value = 2
        def delete():
            global value
            del value
        """,
    )
    python.deferred("""
        import m
        m.change()
        assert m.value == 2
        m.delete()
        assert not hasattr(m, "value") and {type(key) for key in vars(m)} == {str}
    """)


def test_names_that_may_be_left_unbound(python: Python) -> None:
    python.write(
        "m.py",
        """
        __at_import__ = None
        import time
        if time.time() < 0:
            rare = 1
        def read():
            return rare
        def builtin():
            return max
        if time.time() < 0:
            max = min
        """,
    )
    python.deferred("""
        import m
        for touch in (m.read, lambda: m.rare):
            try:
                touch()
            except (NameError, AttributeError) as error:
                assert (error.name, type(error.name)) == ("rare", str)
            else:
                raise AssertionError
        assert m.builtin() is max and not hasattr(m, "max")
    """)


def test_annotations_of_classes_are_their_own(python: Python) -> None:
    """`__annotations__` of the module is pending while class bodies make theirs."""
    python.write(
        "m.py",
        """
        __at_import__ = None
        import time
        class Point:
            x: int = time.time()
        origin: Point = Point()
        def make():
            class Local:
                y: int = 1
            return Local
        """,
    )
    python.deferred("""
        import m
        assert m.make().__annotations__ == {"y": int} and m.Point.__annotations__ == {"x": int}
        assert m.__annotations__ == {"origin": m.Point}
    """)


def test_errors_leave_the_name_pending(python: Python) -> None:
    python.write(
        "m.py",
        """
        __at_import__ = None
        import stage
        value = stage.check() or 4
        def read():
            return value
        """,
    )
    python.write("stage.py", "fails = True\ndef check():\n    if fails:\n        raise OSError('no')\n")
    python.deferred("""
        import m, stage
        for _ in range(2):
            try:
                m.read()
            except OSError as error:
                assert "deferred until `value` was touched" in error.__notes__[0]
            else:
                raise AssertionError
        stage.fails = False
        assert m.read() == 4 and atimport.counts()["m"].backend == "code"
    """)


def test_others_wait_for_a_unit_that_has_stored_its_name(python: Python) -> None:
    """
    A value that a unit has bound and not yet completed is for itself only.

    thread 1: m.items -> stores [] -> (waits) -> fills it
    thread 2:                         m.items, read() -> wait
    """
    python.write(
        "m.py",
        """
        __at_import__ = None
        import stage
        items = []
        total = stage.fill(items)
        def read():
            return len(items)
        """,
    )
    python.write(
        "stage.py",
        "import threading\nreached, go = threading.Event(), threading.Event()\n"
        "def fill(items):\n    reached.set()\n    assert go.wait(10)\n    items.extend([1, 2])\n",
    )
    python.deferred("""
        import threading, m, stage
        read, seen = m.read, []
        first = threading.Thread(target=lambda: m.items)
        first.start()
        assert stage.reached.wait(10)
        others = [threading.Thread(target=lambda: seen.append(len(m.items))), threading.Thread(target=lambda: seen.append(read()))]
        for other in others: other.start()
        threading.Timer(0.1, stage.go.set).start()
        for thread in (first, *others): thread.join()
        assert seen == [2, 2], seen
    """)
