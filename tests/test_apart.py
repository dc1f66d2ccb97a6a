"""Bodies compiled from text (``src/analysis/apart.rs``) are what they are when compiled as part of their statements."""

from __future__ import annotations

import sys

import pytest

from fresh import Python

#: Prints all that can be told of the functions and classes of a module, and what was warned of.
TELL = r"""
import dis, marshal, sys, types, warnings
import atimport; atimport.install()

def tell(code):
    kept = {name: getattr(code, name) for name in dir(code) if name.startswith("co_") and name not in SKIPPED}
    kept = {name: value for name, value in kept.items() if not callable(value)}
    kept["consts"] = [tell(value) if isinstance(value, types.CodeType) else repr(value) for value in code.co_consts]
    kept["positions"] = list(code.co_positions())
    return kept

SKIPPED = {"co_consts", "co_lnotab", "_co_code_adaptive"}
LINES = []
def trace(frame, event, argument):
    if frame.f_code.co_filename.endswith("odd.py"):
        LINES.append((frame.f_code.co_name, event, frame.f_lineno))
        return trace

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    sys.settrace(trace)
    import odd
    was_deferred = atimport.is_deferred(odd)
    names = dir(odd)
    found = {name: getattr(odd, name) for name in names}
    sys.settrace(None)
print(was_deferred, names)
print(LINES)
print(sorted((str(each.message), each.category.__name__, each.lineno) for each in caught))
for name, value in found.items():
    for each in [value, *vars(value).values()] if isinstance(value, type) else [value]:
        if isinstance(each, types.FunctionType):
            print(name, each.__defaults__, each.__kwdefaults__, each.__doc__, tell(each.__code__))
        elif not name.startswith("__"):
            print(name, type(each), each if isinstance(each, (str, int)) else "")
"""
HEAD = "__at_import__ = None\nimport os, sys as system\nfrom functools import wraps as w\ntry:\n    import re\nexcept ImportError: pass\n"
SOURCES = {
    "calls of imported and other names": HEAD + "def f(x): return os.getcwd(), re.compile(x), x.y(), w.z(), f.z()\n",
    "semicolons": HEAD + "def f(): a = 1; return a;\nx = 1; y = 2\nclass C: a = 1; b = 2 # c\ndef g(): return 1;\n",
    "decorators": HEAD + "@w(os)\n# a comment\n@w(os.path)\n\ndef f(a, b: int = 1, /, *c, d=(2, os), **e) -> 'x':\n\n  # c\n  '''d'''\n",
    "decorators inside": HEAD + "def f():\n    @w(f)\n    def g(): pass\n    return g\nclass C:\n    @property\n    def g(self): pass\n",
    "continued lines": HEAD + "def f(a,\n  b): \\\n  return a + \\\n   b\nclass C(\n object): \\\n x = 1\ny = \\\n 2\n\\\ndef g(): 1\n",
    "form feeds and tabs": HEAD + "\x0c\ndef f():\n\tif f:\n\t    return 1\n\x0cclass C:\n\tx = 1\n\x0c\ty = 2\n\x0c\ndef g():\n  \x0c  return 1\n",
    "strings": HEAD + "def f():\n  '''a\n  b'''; x = '''\ndef g(): 0\n'''\n  return x, f'{x!r:>{10}} {f\"{1}\"}'\nclass C:\n  r'''\\d\n'''\n",
    "names": HEAD + "class _C:\n  __x = 1\n  def __f(self, __y=__x): self.__z = __y; return __class__\n  def ﬁ(self): return super().__init__()\n",
    "nesting": HEAD + "def f(n):\n  def g():\n    nonlocal n\n    n = [m for m in n if (lambda: m)()]\n    class C:\n      n = n\n    return C\n  return g\n",
    "globals": HEAD + "def f():\n  global x\n  x = 1\nx = 2\ndef g(): 'global'; return x\nclass C:\n  global y\n  y = 3\n",
    "annotations": HEAD + "a: int = 1\ndef f(x: a, *y: 'b') -> w[int] if 0 else int:\n  z: a = 1\nclass C:\n  x: a\n  y: int = 1\nb: a = 1\n",
    "annotations as text": "'''d'''\nfrom __future__ import annotations\n" + HEAD + "def f(x: a) -> (b): z: a = 1\nclass C:\n  x: a\n",
    "asynchronous": HEAD + "async def f():\n  async with a as b: return [c async for c in b]\nasync def g(): yield 1\n",
    "end of file": HEAD + "class C:\n  pass\ndef f(): return 1 # c",
    "line ends": (HEAD + "@w\ndef f():\n  '''a\n  '''\n  return 1\n\nclass C: pass\n").replace("\n", "\r\n"),
    "old line ends": (HEAD + "@w\ndef f():\n  '''a\n  '''\n  return 1\n\nclass C: pass\n").replace("\n", "\r"),
    "byte order mark": "\ufeff" + HEAD + "def f(): return 'é'\n",
    "the compiler's own name": HEAD + "def __annotate__(): return 1\ndef f(x: int): 1\n",
    "equal on many lines": HEAD + "def f(): 1\ndef f(): 1\nif f:\n  def f(): 1\nf = lambda: 1\n",
    "warnings": HEAD + "def f(x='\\d'):\n  return x is 1, '\\d', 1()\ndef g(x=1 is 1): assert (x, 1)\nclass C:\n  x = '\\d'\n",
    "super": HEAD + "class C:\n  def f(self): return super().f()\n",
    "another super": HEAD + "class C:\n  def f(self): return super().f()\nsafe = super\n",
    "docstrings": "'''module'''\n" + HEAD + "def f():\n    '''\n    a\n      b\n    '''\nclass C:\n    '''c'''\n    def f(self): 'd'\n",
    "parameters": HEAD + "@w(w)\ndef f[T: int](x: T): return x\nclass C[T]:\n  def f[U](self, x: U): 1\n",
}  # fmt: skip


def told(python: Python, options: list[str]) -> list[str]:
    """Return what the module is both ways, which must be the same."""
    apart, whole = (
        python.start(*options, "-c", TELL, environment={"ATI_WITHOUT_RULE": without}).out for without in ("", "apart")
    )
    assert apart == whole
    return apart.splitlines()


@pytest.mark.parametrize("options", [[], ["-O"], ["-OO"]], ids=str)
@pytest.mark.parametrize("name", SOURCES)
def test_odd_sources(python: Python, name: str, options: list[str]) -> None:
    if name == "parameters" and sys.version_info < (3, 12):
        pytest.skip("PEP 695")
    python.write("odd.py", SOURCES[name].encode())
    assert told(python, options)[0].startswith("True")


def test_other_encodings(python: Python) -> None:
    source = "# -*- coding: latin-1 -*-\n" + HEAD + "def f():\n  x = 'é'; return x\nclass Ä: pass\n"
    python.write("odd.py", source.encode("latin-1"))
    assert told(python, [])[0].startswith("True")


def test_what_cpython_refuses(python: Python) -> None:
    for body in ("return = 1", "nonlocal x", "x = 1\n   y = 2", "yield: 1", "break"):
        python.write("odd.py", f"{HEAD}def f():\n  {body}\n")
        message = python.start("-c", "import atimport; atimport.install(); import odd", expect=1).err
        plain = python.start("-c", "import odd", expect=1).err
        assert message.splitlines()[-3:] == plain.splitlines()[-3:]
        assert "SyntaxError" in message or "IndentationError" in message
