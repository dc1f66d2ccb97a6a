"""What copies and sends: pickle, cloudpickle, `copy`, and other processes; equal to what is made of an eager module."""

from __future__ import annotations

import pytest

from fresh import Python
from machinery.shapes import SHAPES


@pytest.fixture
def shapes(python: Python) -> Python:
    """Give a Python that has the module `shapes`."""
    python.write("shapes.py", SHAPES)
    return python


@pytest.mark.parametrize("pickler", ["pickle", "cloudpickle"])
def test_pickles(shapes: Python, pickler: str) -> None:
    """Lengths are compared for pickles by name; what cloudpickle sends by value has strings by identity."""
    shapes.same(f"""
        import pickle, shapes, {pickler}
        for name in [name for name in dir(shapes) if name[:2] != "__"]:
            value = getattr(shapes, name)
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                try:
                    data = {pickler}.dumps(value, protocol)
                except Exception as error:
                    print(name, protocol, type(error).__name__)
                    continue
                back = pickle.loads(data)
                by_value = name in ("area", "cached")
                print(name, protocol, by_value or len(data), type(back), back is value, back == value)
    """)


def test_what_one_process_pickles_another_loads(shapes: Python) -> None:
    """An eager process and a deferred one, both ways; loading runs what it needs and no more."""
    write = "import pickle, shapes; open('p', 'wb').write(pickle.dumps((shapes.Point(1), shapes.add, shapes.Colour.RED, shapes.BOXES)))"
    read = "import pickle; got = pickle.load(open('p', 'rb')); import shapes; assert got == (shapes.Point(1), shapes.add, shapes.Colour.RED, shapes.BOXES) and got[1] is shapes.add"
    shapes.run(write)
    shapes.deferred(f"{read}; assert 'area' in atimport.pending(shapes) and 'LIMITS' in atimport.pending(shapes)")
    shapes.deferred(write)
    shapes.run(read)


def test_cloudpickle_by_value(shapes: Python) -> None:
    """Functions that are sent by value take along the globals that they read, also pending ones."""
    python = shapes
    python.write(
        "m.py",
        "__at_import__ = None\nfactor = len('ab')\nunused = len('u')\n\ndef scale(x):\n    return x * factor + helper()\n\ndef helper():\n    return len('abc')\n",
    )
    python.deferred("""
        import cloudpickle, m
        cloudpickle.register_pickle_by_value(m)
        with open("sent", "wb") as file: cloudpickle.dump(m.scale, file)
    """)
    python.run("""
        import os, pickle, sys
        os.remove("m.py")
        with open("sent", "rb") as file: scale = pickle.load(file)
        assert scale(5) == 13 and "unused" not in scale.__globals__ and "m" not in sys.modules
    """)


@pytest.mark.parametrize("way", ["copy", "deepcopy", "replace"])
def test_copies(shapes: Python, way: str) -> None:
    shapes.same(f"""
        import copy, shapes
        for name in [name for name in dir(shapes) if name[:2] != "__"]:
            value = getattr(shapes, name)
            try:
                made = getattr(copy, {way!r})(value)
                print(name, made is value, made == value, type(made))
            except Exception as error:
                print(name, type(error).__name__, error)
    """)


WORK = """
    import os, sys
    if len(sys.argv) > 2 or os.environ.get("DEFER"):
        os.environ["DEFER"] = "yes"
        import atimport
        atimport.install()
    import multiprocessing, shapes

    def work(point):
        return shapes.add(point, shapes.Point(1)), shapes.BOXES[1], __name__ == "__main__"

    def fail(_):
        raise ValueError(shapes.BOXES)

    if __name__ == "__main__":
        assert multiprocessing.get_start_method(allow_none=True) is None, "importing pins nothing"
        context = multiprocessing.get_context(sys.argv[1])
        with context.Pool(2) as pool:
            if os.environ.get("DEFER"):
                assert atimport.is_deferred(shapes)
            print(pool.map(work, [shapes.Point(3), shapes.Point(4)]))
            print(pool.starmap(shapes.add, [(shapes.Point(3), shapes.Point(4))]), pool.apply(shapes.Colour.first))
            try:
                pool.map(fail, [1])
            except ValueError as error:
                print(error)
        queue = context.Queue()
        process = context.Process(target=queue.put, args=(shapes.Colour.BLUE,))
        process.start()
        print(queue.get(), process.join(), process.exitcode)
"""


@pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])
def test_multiprocessing(shapes: Python, method: str) -> None:
    """The worker of `spawn` runs the main module again, and so installs the loader too."""
    program = shapes.write("program.py", WORK)
    # 3.12 and newer warn of a fork with threads about, which the pool of the parent has
    plain = shapes.start(program, method, warnings="ignore")
    deferred = shapes.start(program, method, "deferred", warnings="ignore")
    assert (deferred.out, deferred.err) == (plain.out, plain.err)
