"""``__at_import__`` in every odd place: declared, diagnosed or plain; the same on every version, with and without an image."""

from __future__ import annotations

import json
import sys

import pytest

from fresh import Python

# Source, and what it is: "declared"; "plain", it says nothing about the module; or line and words of the warning.
PLACES: dict[str, tuple[str, str | tuple[int, str]]] = {
    'in a class': ('class C:\n    __at_import__ = None\n', 'plain'),
    'a method': ('class C:\n    def __at_import__(self): pass\n', 'plain'),
    'in a function': ('def f():\n    __at_import__ = None\n', 'plain'),
    "in a lambda's parameter": ('f = lambda __at_import__=None: __at_import__\n', 'plain'),
    'a parameter': ('def f(__at_import__=None): return __at_import__\n', 'plain'),
    'an attribute': ('import types\no = types.SimpleNamespace()\no.__at_import__ = None\n', 'plain'),
    'an item': ("d = {}\nd['__at_import__'] = None\n", 'plain'),
    'through globals': ("globals()['__at_import__'] = None\n", 'plain'),
    'setattr': ("import sys\nsetattr(sys.modules[__name__], '__at_import__', None)\n", 'plain'),
    'exec': ("exec('__at_import__ = None')\n", 'plain'),
    'only a string': ("x = '__at_import__ = None'\n", 'plain'),
    'only a comment': ('# __at_import__ = None\nx = 1\n', 'plain'),
    'docstring': ("'''__at_import__ = None'''\n", 'plain'),
    'f-string': ("__x = 1\ny = f'{__x} __at_import__'\n", 'plain'),
    'read': ('try:\n    __at_import__\nexcept NameError:\n    x = 1\n', 'plain'),
    'read in f-string': ("try:\n    y = f'{__at_import__}'\nexcept NameError:\n    x = 1\n", 'plain'),
    'read by a function': ('def f(): return __at_import__\n', 'plain'),
    'import': ('import sys as __at_import__\n', (1, 'is bound by an import')),
    'from': ('from sys import path as __at_import__\n', (1, 'is bound by an import')),
    'from name': ('from given import __at_import__\n', (1, 'is bound by an import')),
    'for': ('for __at_import__ in (None,): pass\n', (1, 'is bound in a loop')),
    'for tuple': ('for x, __at_import__ in ((1, None),): pass\n', (1, 'is bound in a loop')),
    'comprehension': ('x = [__at_import__ for __at_import__ in (1,)]\n', 'plain'),
    'with': ('import contextlib\nwith contextlib.nullcontext() as __at_import__: pass\n', (2, 'is bound inside a `with` statement')),
    'except': ('try:\n    1 / 0\nexcept ZeroDivisionError as __at_import__: pass\n', (1, 'is bound under a condition')),
    'walrus': ('x = (__at_import__ := None)\n', (1, 'is bound to something else than `None`')),
    'walrus alone': ('(__at_import__ := None)\n', (1, 'is bound in a form that is not a declaration')),
    'walrus in comprehension': ('x = [(__at_import__ := None) for _ in (1,)]\n', (1, 'is bound to something else than `None`')),
    'global': ('def f():\n    global __at_import__\n    __at_import__ = None\n', 'plain'),
    'global at top': ('global __at_import__\n__at_import__ = None\n', (1, 'is declared `global`')),
    'augmented in if': ('__at_import__ = 1\n__at_import__ += 1\n', (1, 'is bound to something else than `None`')),
    'deleted': ('__at_import__ = None\ndel __at_import__\n', (2, 'is deleted')),
    'deleted in function': ('__at_import__ = None\ndef f():\n    global __at_import__\n    del __at_import__\n', (3, 'is declared `global`')),
    'starred': ('*__at_import__, x = 1, 2\n', (1, 'is bound together with other names')),
    'tuple': ('__at_import__, x = None, 1\n', (1, 'is bound together with other names')),
    'tuple of one': ('(__at_import__) = None\n', 'declared'),
    'one-tuple': ('__at_import__, = None,\n', (1, 'is bound together with other names')),
    'list': ('[__at_import__] = [None]\n', (1, 'is bound together with other names')),
    'chained': ('x = __at_import__ = None\n', (1, 'is bound together with other names')),
    'annotated': ('__at_import__: None = None\n', (1, 'is annotated')),
    'annotated without value': ('__at_import__: None\nx = 1\n', 'plain'),
    'type alias': ('type __at_import__ = None\n', (1, 'is bound in a form that is not a declaration')),
    'twice': ('__at_import__ = None\n__at_import__ = None\n', (2, 'is bound more than once')),
    'none then def': ('__at_import__ = None\ndef __at_import__(): pass\n', (2, 'is bound more than once')),
    'TYPE_CHECKING': ('from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    __at_import__ = None\nx = 1\n', 'plain'),
    'not TYPE_CHECKING': ('from typing import TYPE_CHECKING\nif not TYPE_CHECKING:\n    __at_import__ = None\nx = 1\n', (2, 'is bound under a condition')),
    'version': ('import sys\nif sys.version_info >= (3, 11):\n    __at_import__ = None\n', (2, 'is bound under a condition')),
    'never version': ('import sys\nif sys.version_info < (3, 0):\n    __at_import__ = None\nx = 1\n', 'plain'),
    'main': ("if __name__ == '__main__':\n    __at_import__ = None\nx = 1\n", 'plain'),
    'if 0': ('if 0:\n    __at_import__ = None\nx = 1\n', 'plain'),
    'try': ('try:\n    __at_import__ = None\nfinally: pass\n', (1, 'is bound under a condition')),
    'while': ('while True:\n    __at_import__ = None\n    break\n', (1, 'is bound under a condition')),
    'match capture': ('match None:\n    case __at_import__: pass\n', (1, 'is bound under a condition')),
    'match star': ('match [1, 2]:\n    case [*__at_import__]: pass\n', (1, 'is bound under a condition')),
    'match as': ('match None:\n    case None as __at_import__: pass\n', (1, 'is bound under a condition')),
    'match rest': ('match {}:\n    case {**__at_import__}: pass\n', (1, 'is bound under a condition')),
    'match in body': ('match 1:\n    case 1:\n        __at_import__ = None\n', (1, 'is bound under a condition')),
    'class': ('class __at_import__: pass\n', (1, 'is bound by a class statement')),
    'async': ('async def __at_import__(): pass\n', (1, 'is an async function')),
    'generator': ('def __at_import__(): yield\n', (1, 'is a generator function')),
    'decorated': ('def d(f): return f\n@d\ndef __at_import__(): pass\n', (2, 'is decorated')),
    'generic': ('def __at_import__[T](): pass\n', (1, 'has type parameters')),
    'lambda': ('__at_import__ = lambda: None\n', (1, 'is bound to something else than `None`')),
    'false': ('__at_import__ = False\n', (1, 'is bound to something else than `None`')),
    'ellipsis': ('__at_import__ = ...\n', (1, 'is bound to something else than `None`')),
    'none expression': ('__at_import__ = None if True else 1\n', (1, 'is bound to something else than `None`')),
    'parenthesised None': ('__at_import__ = (None)\n', 'declared'),
    'semicolon': ("x = 1; __at_import__ = None; y = len('y')\n", 'declared'),
    'nfkc': ("__at_impoｒt__ = None\nx = len('x')\n", 'declared'),
    'nonlocal': ('def f():\n    __at_import__ = 1\n    def g():\n        nonlocal __at_import__\n        __at_import__ = 2\n    return g\n', 'plain'),
    'keyword argument': ('def f(**k): return k\nx = f(__at_import__=None)\n', 'plain'),
    'parameter with a type': ("def __at_import__() -> None: pass\nx = len('x')\n", 'declared'),
    'default in nested': ("def __at_import__():\n    def inner(x=1): yield\nx = len('x')\n", 'declared'),
    'call of it not last': ("def __at_import__(): pass\n__at_import__()\nx = len('x')\n", 'declared'),
    'type parameter': ('class C[__at_import__]: pass\n', 'plain'),
    'last line without newline': ("x = len('x')\n__at_import__ = None", 'declared'),
    'after the future': ("from __future__ import annotations\n__at_import__ = None\nx = len('x')\n", 'declared'),
    'name of an except star': ("try:\n    raise ExceptionGroup('g', [ValueError()])\nexcept* ValueError as __at_import__: pass\n", (1, 'is bound under a condition')),
    'mangled': ('class __C:\n    def f(self): self.__at_import__ = None\n', 'plain'),
    "augmented and bound": ("__at_import__ = 1\n__at_import__ += 1\n", (1, "is bound to something else than `None`")),
    "lazy": ("lazy import sys as __at_import__\n", (1, "is bound by an import")),
}  # fmt: skip
SINCE = {"type alias": (3, 12), "generic": (3, 12), "type parameter": (3, 12), "lazy": (3, 15)}
# Imports the module of each folder in a fork, and says which warnings it gave and whether it is deferred, or that it ended badly.
PROGRAM = """
    import json, os, sys, warnings
    import atimport
    for folder in sys.argv[1:]:
        if os.fork():
            status = os.wait()[1]
            if status:
                print(json.dumps([folder, status]), flush=True)
            continue
        sys.path.insert(0, folder)
        with warnings.catch_warnings(record=True) as caught, atimport.install():
            warnings.simplefilter("always")
            try:
                import m
            except SyntaxError:
                print(json.dumps([folder, "SyntaxError"]))
                break
        told = [[one.lineno, str(one.message)] for one in caught if one.category is atimport.DeclarationWarning]
        print(json.dumps([folder, [told, "m" in atimport.counts()]]))
        break
"""
SHOW = """
    import m
    for name, value in vars(m).items():
        if name[:2] != "__" or name == "__at_import__":
            print(name, value.__name__ if hasattr(value, "__name__") else type(value))
"""


def is_valid(place: str) -> bool:
    """Whether this interpreter knows the syntax."""
    return sys.version_info >= SINCE.get(place, (3, 0))


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[object]]:
    """What importing the module of each place came to: without an image, with one, and with one of `atimport compile`."""
    python = Python(tmp_path_factory.mktemp("places"))
    folders = {str(number): place for number, place in enumerate(PLACES)}
    for folder, place in folders.items():
        python.write(f"{folder}/m.py", PLACES[place][0].encode())
        python.write(f"{folder}/given.py", "__at_import__ = None\n")
    found = [python.run(PROGRAM, *folders).lines for _ in range(2)]
    valid = [folder for folder, place in folders.items() if is_valid(place)]
    python.start("-m", "atimport", "compile", "-f", *valid)
    found.append(python.run(PROGRAM, *folders).lines)
    told = [dict(map(json.loads, lines)) for lines in found]
    return {place: [by_folder.get(folder) for by_folder in told] for folder, place in folders.items()}


@pytest.mark.parametrize("place", PLACES)
def test_place(python: Python, outcomes: dict[str, list[object]], place: str) -> None:
    source, expected = PLACES[place]
    if not is_valid(place):
        assert outcomes[place] == ["SyntaxError"] * 3
        return
    if isinstance(expected, tuple):
        line, reason = expected
        told = [[line, f"`__at_import__` of module m {reason}; the module was executed eagerly"]]
        assert outcomes[place] == [[told, False]] * 3
    else:
        assert outcomes[place] == [[[], expected == "declared"]] * 3
    python.write("m.py", source.encode())
    python.write("given.py", "__at_import__ = None\n")
    python.same(SHOW, warnings="ignore")


def test_star_import_of_it(python: Python) -> None:
    """The star brings a name that the source doesn't tell: no declaration of this module, and no fault of it."""
    python.write("given.py", "__all__ = ['__at_import__']\n__at_import__ = None\n")
    python.write("m.py", "from given import *\nx = len('x')\n")
    python.deferred("import m; assert m.__at_import__ is None and 'm' not in atimport.counts()")


def test_what_fails_fails_as_always(python: Python) -> None:
    python.write("m.py", "__at_import__ = None\n__at_import__ += 1\n")
    python.write("n.py", "import __at_import__\n")
    python.same(
        """
        for name in ("m", "n"):
            try:
                __import__(name)
            except Exception as error:
                print(type(error).__name__, error)
    """,
        warnings="ignore",
    )
