"""The modules: every way of one kind with every way of another.

log = []                            a way to see that `f` has run
def f(*a, **k): log.append(1)       a way to have `f`
m = max([f], key=lambda g: g())     a way to run `f`
n = len(log)                        touched first, when it is deferred

l = []
x = {'k': l}                        a way in which `l` gets somewhere
r = x['k'].extend([1])              a way to change it there
n = len(l)

globals()['x'] = 'a'                a way to bind `x`
m = f'{x}'                          a way to read it
for x in ['b']: pass                another way to bind it
n = (lambda: x)()                   another way to read it

import sys                          a way to tell what has been imported
m = 'crossed_family.sub' in sys.modules
__import__('crossed_family.sub')    a way to import it
import crossed_family               another way to tell
n = 'sub' in dir(crossed_family)

os.environ['X'] = 'a'               a way to change something outside
m = getenv('X')                     a way to read it
environ.update(X='b')               another way to change it
n = expandvars('$X')                another way to read it

n = vars(MODULE_of)['x']            a way for another module to touch `x`
# the module MODULE_of
y, x = 3, 'a'                       a way to bind it
"""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

HERE = pathlib.Path(__file__).parent

#: Ways to have a function `f` that appends to `log`.
FUNCTIONS = {
    "def": "def f(*a, **k): log.append(1); return 7",
    "lambda": "f = lambda *a, **k: log.append(1) or 7",
    "method": "class Q:\n    def f(self, *a, **k): log.append(1); return 7\nf = Q().f",
    "instance": "class Q:\n    def __call__(self, *a, **k): log.append(1); return 7\nf = Q()",
    "partial": "import functools\ndef g0(*a, **k): log.append(1); return 7\nf = functools.partial(g0)",
    "closure": "def make0():\n    def f(*a, **k): log.append(1); return 7\n    return f\nf = make0()",
    "static": "class Q:\n    @staticmethod\n    def f(*a, **k): log.append(1); return 7\nf = Q.f",
    "table": "def g0(*a, **k): log.append(1); return 7\nT0 = {'f': g0}\nf = T0['f']",
    "decorated": "import functools\ndef d0(g):\n    @functools.wraps(g)\n    def w(*a, **k): log.append(1); return g(*a, **k)\n"
    "    return w\n@d0\ndef f(*a, **k): return 7",
    "indirect": "def h0(): log.append(1)\ndef f(*a, **k): h0(); return 7",
    "default": "def f(*a, l0=log, **k): l0.append(1); return 7",
    "class": "class f(int):\n    def __new__(cls, *a, **k): log.append(1); return int.__new__(cls, 7)",
}

#: Ways to see that `f` has run: what defines both, and the expression.
SEEN = {
    "attribute": ("class St: pass\nst = St(); st.c = 0\ndef f(*a, **k): st.c += 1; return 7", "st.c"),
    "global": ("c0 = 0\ndef f(*a, **k):\n    global c0; c0 += 1; return 7", "c0"),
    "item": ("d0 = {}\ndef f(*a, **k): d0['x'] = d0.get('x', 0) + 1; return 7", "d0.get('x', 0)"),
    "class attribute": ("class St: c = 0\ndef f(*a, **k): St.c += 1; return 7", "St.c"),
    "cell": (
        "def make0():\n    c = 0\n    def f(*a, **k):\n        nonlocal c; c += 1; return 7\n    return f, lambda: c\n"
        "f, get0 = make0()",
        "get0()",
    ),
    "iterator": ("import itertools\nct = itertools.count()\ndef f(*a, **k): next(ct); return 7", "next(ct)"),
    "function attribute": ("def f(*a, **k): f.c = getattr(f, 'c', 0) + 1; return 7", "getattr(f, 'c', 0)"),
    "alias": ("log = []\nlog2 = log\ndef f(*a, **k): log2.append(1); return 7", "len(log)"),
    "nested": ("reg = {'a': []}\nlog = reg['a']\ndef f(*a, **k): reg['a'].append(1); return 7", "len(log)"),
    "stream": ("import io\nbuf = io.StringIO()\ndef f(*a, **k): buf.write('x'); return 7", "buf.getvalue()"),
    "method": (
        "class Cn:\n    def __init__(self): self.k = 0\n    def up(self): self.k += 1\ncn = Cn()\n"
        "def f(*a, **k): cn.up(); return 7",
        "cn.k",
    ),
    "deque": ("import collections\ndq = collections.deque()\ndef f(*a, **k): dq.append(1); return 7", "len(dq)"),
    "removal": ("d0 = {i: 1 for i in range(50)}\ndef f(*a, **k): d0.popitem(); return 7", "len(d0)"),
    "slot": ("class Sl:\n    __slots__ = ('c',)\nsl = Sl(); sl.c = 0\ndef f(*a, **k): sl.c += 1; return 7", "sl.c"),
}

#: Ways to change the list that stands for `@`.
CHANGES = [
    "@.append(1)",
    "r0 = @.append(1)",
    "r0 = @.extend([1])",
    "r0 = list.append(@, 1)",
    "r0 = [@.append(1) for _ in '1']",
    "r0 = @; r0 += [1]",
    "for e0 in [@]: r0 = e0.append(1)",
    "def append0(v): v.append(1)\nr0 = append0(@)",
    "class K0:\n    def __init__(s, v): s.v0 = v\n    def go(s): s.v0.append(1)\nr0 = K0(@).go()",
    "class K0:\n    def __init__(s, v): s.v0 = v\n    def go(s): s.v0.append(1)\nc0 = K0(@); r0 = c0.go()",
    "r0 = (lambda q: q.append(1))(@)",
    "r0 = sorted([1], key=lambda _: @.append(1) or 1)",
    "r0 = (@,)[0].append(1)",
    "r0 = {'z': @}['z'].append(1)",
    "import operator\nr0 = operator.iadd(@, [1])",
    "ap0 = @.append; r0 = ap0(1)",
]

HEAD = "__at_import__ = None\n"
#: Names of which every module has at least one more.
TAIL = "\nother = 1\n"
#: Between a module and another one that it imports, which is `MODULE_of`.
OF = "\n# the module MODULE_of\n"


def blocks(name: str, between: str = "%") -> list[str]:
    """The blocks of one of the files beside this one."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("# "))
    return [block.strip("\n") for block in text.split(f"\n{between}\n")]


def pairs(ways: list[str], others: list[str], every: int) -> Iterator[tuple[int, str, int, str]]:
    """Ways with ways of another kind, each with its number: one pair of `every` so many."""
    for one, way in enumerate(ways):
        for two, other in enumerate(others):
            if (one + two) % every == 0:
                yield one, way, two, other


def rebinding() -> Iterator[tuple[str, str]]:
    """Modules that bind and read a name twice: each way of binding with a quarter of the ways of reading."""
    binding, reading = blocks("binding.txt"), blocks("reading.txt")
    for one, first, two, seen in pairs(binding, reading, 4):
        last, again = (7 * one + 3 * two) % len(binding), (5 * one + 11 * two) % len(reading)
        begun = first.replace("~", "1").replace("VALUE", "'a'"), seen.replace("~", "m")
        ended = binding[last].replace("~", "2").replace("VALUE", "'b'"), reading[again].replace("~", "n")
        words = f"binding {one}, reading {two}, binding {last}, reading {again}"
        yield words, HEAD + "\n".join([*begun, *ended]) + TAIL


def importing() -> Iterator[tuple[str, str]]:
    """Modules that ask what has been imported, import it, and ask again: a third of the ways to import with the ways to ask."""
    asking = blocks("asking.txt")
    # An attribute of a package that is asked for before it is there is one of spec/deviations.md.
    before = [number for number, way in enumerate(asking) if "modules" in way]
    for one, way, two, last in pairs(blocks("importing.txt"), asking, 3):
        first = before[(7 * one + 3 * two) % len(before)]
        ways = asking[first].replace("~", "m"), way.replace("~", "1"), last.replace("~", "n")
        yield f"asking {first}, importing {one}, asking {two}", HEAD + "\n".join(ways) + TAIL


def changing() -> Iterator[tuple[str, str]]:
    """Modules that change something outside and read it, twice: of each kind each way to change with each way to read."""
    for kind, ways in enumerate(blocks("state.txt", "%%")):
        changes, reads = (part.split("\n%\n") for part in ways.split("\n---\n"))
        for one, change in enumerate(changes):
            for two, read in enumerate(reads):
                again, last = (one + two + 1) % len(changes), (one + 2 * two + 1) % len(reads)
                begun = change.replace("VALUE", "'a'"), read.replace("~", "m")
                ended = changes[again].replace("VALUE", "'b'"), reads[last].replace("~", "n")
                words = f"state {kind}: changing {one}, reading {two}, changing {again}, reading {last}"
                yield words, HEAD + "\n".join([*begun, *ended]) + TAIL


def touching() -> Iterator[tuple[str, str]]:
    """Modules that touch `x` of another one that binds it: an eighth of the ways to touch with the ways to bind."""
    after = "\nimport sys\nm = getattr(sys.modules['MODULE'], 'x', 'none')\nx = sorted(vars(sys.modules['MODULE']))\nother = 1\n"
    for one, way, two, touch in pairs(blocks("binding.txt"), blocks("touching.txt"), 8):
        bound = HEAD + way.replace("~", "1").replace("VALUE", "'a'") + TAIL
        source = (touch + after).replace("MODULE", "MODULE_of") + OF + bound.replace("MODULE", "MODULE_of")
        yield f"touching {two}, binding {one}", source


def modules() -> Iterator[tuple[str, str]]:
    """Every module: what it crosses, in words, and its source, where `MODULE` is its name. The same in every run."""
    running = blocks("running.txt")
    for number, way in enumerate(running):
        for kind, function in FUNCTIONS.items():
            yield f"running {number} by {kind}", f"{HEAD}log = []\n{function}\n{way}\nn = len(log){TAIL}"
        for kind, (function, seen) in SEEN.items():
            yield f"running {number}, {kind}", f"{HEAD}{function}\n{way}\nn = {seen}{TAIL}"
    for number, way in enumerate(blocks("flowing.txt")):
        flow, _, found = way.rpartition("\n")
        for kind, change in enumerate(CHANGES):
            changed = change.replace("@", found)
            yield f"flowing {number}, change {kind}", f"{HEAD}l = []\n{flow}\n{changed}\nn = len(l){TAIL}"
    yield from rebinding()
    yield from importing()
    yield from changing()
    yield from touching()
