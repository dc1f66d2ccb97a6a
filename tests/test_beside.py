"""A long source is analysed by a thread of its own while the interpreter reads it: nobody should be able to tell."""

from __future__ import annotations

import os

import pytest

from fresh import Python

LONG = "__at_import__ = None\nlimit = len('limit')\n" + "".join(
    f"def f{number}(x, y=limit):\n    '''Number {number}.'''\n    return x.method(y) + f{number - 1}(x) + limit\n"
    for number in range(1, 400)
)
# what takes the analysis longer than the interpreter
TANGLED = "".join(
    f"class C{n}:\n    def m(self, x): return C{n * 7 % 200}().m(x, C{(n + 1) % 200}) + x{n * 3 % 200}.m(x)\n"
    for n in range(200)
) + "".join(f"x{n} = C{n}()\n" for n in range(200))


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no way to take processors away")
def test_image_is_the_same_with_one_processor(python: Python) -> None:
    python.write("m.py", LONG)
    images = []
    for alone in ("", "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])\n"):
        python.deferred(alone + "import m; assert m.f1.__defaults__ == (5,)")
        (image,) = (python.folder / "__pycache__").glob("m.*.ati")
        images.append(image.read_bytes())
        image.unlink()
    assert images[0] == images[1]


def test_sources_that_only_one_of_them_can_read(python: Python) -> None:
    """The interpreter's error is the one that is raised, wherever it stands."""
    for number, end in enumerate(
        ["x = (\n", "return\n", "def f(x, x): 0\n", "from __future__ import nothing\n", "é = 'é\n"]
    ):
        name = f"m{number}"
        python.write(f"{name}.py", LONG + end)
        code = f"""
            try:
                import {name}
            except SyntaxError as error:
                print(error.msg, error.lineno, error.offset, error.text)
        """
        assert python.deferred(code).out == python.run(code).out != ""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_forking_meanwhile(python: Python) -> None:
    """A warning of the compiler may be answered by anything; a child process has no such thread to wait for."""
    python.write("m.py", LONG + TANGLED + "def odd(): return 1 is 1\n")
    done = python.deferred(
        """
            import os, sys, warnings
            children = []
            def show(message, category, *rest, **more):
                if category is SyntaxWarning and not children:
                    children.append(os.fork())
            warnings.showwarning = show
            import m
            assert m.odd() and m.f1.__defaults__ == (5,) and atimport.is_deferred(m)
            (child,) = children
            if child == 0:
                os._exit(7)
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """,
        warnings="always",
    )
    assert done.out == "7\n"
