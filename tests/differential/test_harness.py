"""The harness against itself: a planted fault for everything that it compares, and no mismatch without one.

A comparison that cannot fail proves nothing.  Here the place of atimport is taken by a stand-in which imports a module
eagerly and then does some damage to it; `judge` has to find that damage, under the key that names it.
"""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator

import pytest

import atimport
from atimport.verification.compare import Mismatch, Verdict, baseline
from atimport.verification.judging import Trial, judge, shuffled
from atimport.verification.processes import How, Outcome, Setting, Worker
from atimport.verification.targets import Target
from fresh import ENDS

from . import corpus, expectations, report

# One of everything that a snapshot describes.
SUBJECT = '''
"""The module's docstring."""
import abc, enum, functools

__all__ = ["add", "Shape", "Colour", "LIMIT", "TABLE", "cached", "fields", "counter", "alias"]
LIMIT: int = 3
TABLE = {"a": (1, 2.5), "b": [b"x", {1, 2}]}

def add(a, b=1, *rest, key: "int" = 2, **more) -> int:
    """Add."""
    return sum([a, b, *rest, key])

@functools.cache
def cached(x=10):
    return x * 2

class Base(abc.ABC):
    slot = 1

class Shape(Base):
    """A shape."""
    side: float = 1.0
    def area(self, unit="cm"):
        "In units."
        return self.side ** 2
    @property
    def half(self):
        return self.side / 2
    @classmethod
    def make(cls, side=2):
        return cls()

class Colour(enum.Enum):
    RED = 1
    GREEN = 2

class Fields:
    __slots__ = ("x",)
fields = Fields()
fields.x = [1, 2]
alias = TABLE
shapes = [Shape()]

def closure(n):
    def count():
        return n
    return count
counter = closure(5)
_private = "p"
'''

PACKAGE = {"family/__init__.py": "from family import left\nVALUE = 1\n", "family/left.py": "SIDE = 'left'\n"}

STAND_IN = """
import importlib.machinery, sys, types

class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec and type(spec.loader) is importlib.machinery.SourceFileLoader:
            spec.loader.__class__ = Loader
        return spec

class Loader(importlib.machinery.SourceFileLoader):
    def exec_module(self, module):
        FOUND[module.__name__] = module
        super().exec_module(module)
        if module.__name__ in ("subject", "family", "noisy"):
            with open(FAULT) as file:
                exec(file.read(), {"m": module, "state": STATE, "Key": Key, "Placeholder": Placeholder, "sys": sys})

class Key(str):
    __hash__ = str.__hash__

class Placeholder:
    pass

class State:
    pending = ()
    errors = ()
    settle = staticmethod(lambda: None)

FOUND, STATE, FAULT = {}, State(), __file__.rpartition("/")[0] + "/fault"
Key.__module__ = Placeholder.__module__ = "atimport._native"
overrides = types.SimpleNamespace(assume_deferred=lambda pattern: None)

def install():
    sys.meta_path.insert(0, Finder)
def pending(module):
    return STATE.pending
def counts():
    return {name: types.SimpleNamespace(units=4, units_run=2, names=9, pending=3) for name in FOUND}
def resolve(target, *, lazy=True):
    STATE.settle()
    return types.SimpleNamespace(errors=STATE.errors)
def explain(name, wanted=None):
    note = types.SimpleNamespace(code="AT001", line=7, end_line=7, message="planted", advice="")
    return types.SimpleNamespace(diagnostics=[note], statements=[])
"""

# (what is damaged, the damage, the key that must tell of it)
FAULTS = [
    ("a name is lost", "del m._private", "subject#names"),
    ("a name too many", "m.extra = 1", "subject:extra#value"),
    ("the order of names", "v = m.__dict__.pop('LIMIT'); m.LIMIT = v", "subject#order"),
    ("a plain value", "m.LIMIT = 4", "subject:LIMIT#value"),
    ("its type", "m.LIMIT = 3.0", "subject:LIMIT#kind"),
    ("a value deep inside", "m.TABLE['b'][1].add(3)", "subject:TABLE#value"),
    ("the order of a dict", "m.TABLE['a'] = m.TABLE.pop('a')", "subject:TABLE#value"),
    ("the module's docstring", "m.__doc__ = None", "subject:__doc__#value"),
    ("__all__", "m.__all__.reverse()", "subject:__all__#value"),
    ("star import", "m.__all__.remove('add')", "subject#star import"),
    ("annotations", "m.__annotations__ = {'y': int}", "subject#annotations"),
    ("a default", "m.add.__defaults__ = (2,)", "subject:add#signature"),
    ("a keyword default", "m.add.__kwdefaults__ = {'key': 3}", "subject:add#signature"),
    ("an annotation", "m.add.__annotations__['a'] = 'str'", "subject:add#signature"),
    ("a function's docstring", "m.add.__doc__ = 'Subtract.'", "subject:add#doc"),
    ("a function's attributes", "m.add.x = 1", "subject:add#attributes"),
    ("a function's name", "m.add.__qualname__ = 'sub'", "subject:add#name"),
    ("a line number", "m.add.__code__ = m.add.__code__.replace(co_firstlineno=1)", "subject:add#code"),
    (
        "columns",
        "c = m.add.__code__; m.add.__code__ = c.replace(co_linetable=c.co_linetable[:-2])",
        "subject:add#lines",
    ),
    ("flags", "c = m.add.__code__; m.add.__code__ = c.replace(co_flags=c.co_flags | 0x20000)", "subject:add#code"),
    ("a constant", "c = m.add.__code__; m.add.__code__ = c.replace(co_consts=(None, 9))", "subject:add#code"),
    ("a closure", "m.counter.__closure__[0].cell_contents = 6", "subject:counter#closure n"),
    ("under a decorator", "m.cached.__wrapped__.__defaults__ = (11,)", "subject:cached.__wrapped__#signature"),
    ("bases", "m.Shape.__bases__ = (type('Other', (m.Base,), {}),)", "subject:Shape#class"),
    ("a class attribute", "m.Base.slot = 2", "subject:Base.slot#value"),
    ("a class name more", "m.Base.more = 2", "subject:Base#names"),
    ("a class docstring", "m.Shape.__doc__ = 'x'", "subject:Shape#doc"),
    ("a method", "m.Shape.area.__defaults__ = ('m',)", "subject:Shape.area#signature"),
    ("a property", "m.Shape.half.fget.__doc__ = 'x'", "subject:Shape.half.fget#doc"),
    ("a class method", "m.Shape.make.__func__.__defaults__ = (3,)", "subject:Shape.make#signature"),
    ("a registration", "m.Base.register(int)", "subject:Base#abc"),
    ("an enum member", "m.Colour.RED._value_ = 7", "subject:Colour.RED#value"),
    ("a slot", "m.fields.x.append(3)", "subject:fields#value"),
    ("identity of two names", "m.alias = dict(m.TABLE)", "subject:alias#same as"),
    ("a class that ran twice", "m.Shape = type('Shape', (m.Base,), dict(vars(m.Shape)))", "subject:shapes#value"),
    ("the base that ran twice", "m.Base = type(m.Base)('Base', (), {'__module__': 'subject'})", "subject:Shape#class"),
    ("the module's type", "m.__class__ = type('Sub', (type(sys),), {})", "subject#type"),
    ("the spec", "m.__spec__.origin = 'elsewhere'", "subject#spec"),
    ("the builtins", "m.__builtins__ = {**m.__builtins__}", "subject#builtins"),
    ("still pending", "state.pending = ('add',)", "subject#pending at the end"),
    ("a key that is no str", "m.__dict__[Key('add2')] = 1", "subject#key types"),
    ("a placeholder as a value", "m.TABLE['a'] = Placeholder()", "subject#placeholders"),
    ("a placeholder in a default", "m.add.__defaults__ = (Placeholder(),)", "subject#placeholders"),
    ("a placeholder in a class", "m.Shape.made = [Placeholder()]", "subject#placeholders"),
    ("an exception at import", "raise ValueError('planted')", "#import"),
    ("an exception at a touch", "del m.LIMIT; m.__dir__ = lambda: ['LIMIT']", "subject:LIMIT#touch"),
    ("an exception of resolve", "state.errors = (('subject.add', ValueError()),)", "outside#resolve"),
    ("a crash", "import ctypes; ctypes.string_at(0)", "#crash"),
    ("a hang", "while True: pass", "#hang"),
    ("an exit", "import posix; posix._exit(3)", "#failure"),
    ("output", "print('planted')", "#out"),
    ("a warning", "import warnings; warnings.warn('planted')", "#err"),
    ("an effect: atexit", "import atexit; atexit.register(print)", "outside#atexit callbacks"),
    ("an effect: builtins", "import builtins; builtins.planted = 1", "outside#builtins"),
    ("an effect: sys", "sys.planted = 1", "outside#sys names"),
    ("an effect: sys.path", "sys.path.append('/planted')", "outside#sys.path"),
    ("an effect: environment", "import os; os.environ['PLANTED'] = '1'", "outside#os.environ"),
    ("an effect: copyreg", "import copyreg; copyreg.pickle(m.Shape, print)", "outside#copyreg"),
    ("an effect: recursion limit", "sys.setrecursionlimit(1234)", "outside#recursion limit"),
    ("an effect: signals", "import _signal; _signal.signal(10, _signal.SIG_IGN)", "outside#signal handlers"),
    ("a module that nobody asked for", "import this_is_planted", "outside#sys.modules"),
]


class Bench:
    """A worker whose atimport is the stand-in, and a folder of modules under test."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.site, self.shim = folder / "site", folder / "shim"
        for base, files in (
            (self.site, {"subject.py": SUBJECT, "this_is_planted.py": "", **PACKAGE}),
            (self.shim, {"atimport/__init__.py": STAND_IN, "atimport/fault": ""}),
        ):
            for name, text in files.items():
                path = base / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        setting = Setting(
            python=sys.executable,
            path=(str(self.site),),
            atimport=str(self.shim),
            scratch=folder / "build",
            caches=folder / "build" / "pycache",
            timeout=5,
        )
        self.worker = Worker(setting)

    def judge(self, fault: str, module: str = "subject", orders: int = 3) -> Verdict:
        """Do `fault` to the module in the deferred processes."""
        (self.shim / "atimport" / "fault").write_text(fault)
        return judge(Trial(self.worker, Target("group", module), seed=1), shuffled(1, orders))


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made = Bench(tmp_path_factory.mktemp("differential"))
    yield made
    made.worker.stop()


def test_no_fault_no_mismatch(bench: Bench) -> None:
    for module in ("subject", "family", "family.left"):
        verdict = bench.judge("", module)
        assert (verdict.state, verdict.mismatches, verdict.watched, verdict.noise) == ("compared", [], [], ())
        assert (verdict.deferred, verdict.units) == (True, 4)


@ENDS
@pytest.mark.parametrize(("fault", "key"), [pytest.param(*row[1:], id=row[0]) for row in FAULTS])
def test_every_fault_is_found(bench: Bench, fault: str, key: str) -> None:
    verdict = bench.judge(fault, orders=1)
    assert key in [mismatch.key for mismatch in verdict.mismatches], report.mismatches(verdict, verdict.mismatches)


@pytest.mark.parametrize(("route", "seen"), [(0, False), (1, True), (2, True)])
def test_a_placeholder_that_is_gone_at_the_end_is_seen_half_way(bench: Bench, route: int, seen: bool) -> None:
    fault = """
class Sub(type(sys)):
    def __getattribute__(self, name):
        if name == "_private":  # only the snapshot, at the end, asks for it
            namespace.pop("extra", None)
        return super().__getattribute__(name)
namespace = m.__dict__
namespace["extra"] = Placeholder()
m.__all__.append("extra")
m.__class__ = Sub
"""
    verdict = bench.judge(fault, orders=3)
    assert any(one.aspect == "placeholders" and one.route == route for one in verdict.mismatches) is seen


def test_what_two_eager_runs_disagree_on_is_noise(bench: Bench) -> None:
    (bench.site / "noisy.py").write_text("import posix\nPID = posix.getpid()\nKEPT = 1\n")
    verdict = bench.judge("m.PID = 0", "noisy")
    assert (verdict.noise, verdict.mismatches) == (("noisy:PID#value",), [])
    assert bench.judge("m.KEPT = 0", "noisy").mismatches


def test_an_eager_run_that_fails_excuses_nothing(bench: Bench) -> None:
    whole = bench.worker.job("eager", Target("group", "subject"), How(settle=True))
    for failed in (Outcome("crash", "", {}, b"", "", ""), Outcome("ok", "", {"raised": "x"}, b"", "", "")):
        assert baseline(whole, failed, frozenset()) == baseline(failed, whole, frozenset()) == frozenset()


def test_a_module_that_fails_eagerly_is_left_out(bench: Bench) -> None:
    (bench.site / "failing.py").write_text("import does_not_exist\n")
    verdict = bench.judge("", "failing")
    assert verdict.state == "left out"
    assert "does_not_exist" in verdict.reason


def test_bytecode_is_watched_not_failed(bench: Bench) -> None:
    fault = "c = m.add.__code__; m.add.__code__ = c.replace(co_code=c.co_code + c.co_code[-2:])"
    assert "subject:add#bytecode" in [one.key for one in bench.judge(fault).watched]


def test_a_lost_submodule_is_found(bench: Bench) -> None:
    verdict = bench.judge("sys.modules.pop('family.left')", "family")
    assert "family#submodules" in [one.key for one in verdict.mismatches]


def test_expectations_cover_what_they_name_and_nothing_else(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "expected.toml"
    file.write_text("""
        [[mismatch]]
        module = "pkg.mod"
        names = ["known"]
        pythons = ["3.14"]
        code = "AT001"
        line = 7
        why = "planted"
    """)
    listed = expectations.load(file)
    known, other = (Mismatch(f"pkg.mod:{name}#value", "1", "2", 1, 0) for name in ("known", "other"))
    verdict = Verdict(Target("group", "pkg.mod"), mismatches=[known, other], diagnostics=["AT001 line 7: planted"])
    assert expectations.unexpected(verdict, listed, "3.14") == [other]
    assert expectations.unexpected(verdict, listed, "3.13") == [known, other]
    assert expectations.outdated([verdict], listed, "3.14") == []
    agreed = Verdict(Target("group", "pkg.mod"))
    assert expectations.outdated([agreed], listed, "3.14") == listed
    assert expectations.outdated([agreed], listed, "3.13") == []
    verdict.diagnostics = ["AT001 line 8: elsewhere"]
    assert expectations.unexpected(verdict, listed, "3.14") == [known, other]


@pytest.mark.parametrize("entry", ['module = "m"', 'module = "m"\ncode = "c"\nwhy = "w"\nstrange = 1'])
def test_an_expectation_has_all_its_fields_and_no_other(tmp_path: pathlib.Path, entry: str) -> None:
    file = tmp_path / "expected.toml"
    file.write_text(f"[[mismatch]]\n{entry}\n")
    with pytest.raises(SystemExit, match="mismatch 1 lacks"):
        expectations.load(file)


def test_a_pin_needs_its_diagnostic(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "expected.toml"
    file.write_text('[[pin]]\nmodule = "pkg.mod"\npythons = ["3.14"]\ncode = "AT001"\nline = 7\nwhy = "planted"\n')
    pins = expectations.load(file, "pin")
    assert expectations.pinned(pins, "3.14") == {"pkg.mod"}
    assert expectations.pinned(pins, "3.13") == frozenset()
    named = Verdict(Target("group", "pkg.mod"), diagnostics=["AT001 line 7: planted"])
    assert expectations.unfounded([named], pins, "3.14") == []
    named.diagnostics = ["AT001 line 8: elsewhere"]
    assert expectations.unfounded([named], pins, "3.14") == pins
    assert expectations.unfounded([named], pins, "3.13") == []


@pytest.mark.parametrize("pins", ["", "breaks"])
def test_a_pinned_module_is_eager(tmp_path: pathlib.Path, pins: str) -> None:
    (tmp_path / "breaks.py").write_text("import textwrap\nmade = textwrap.dedent('')\ntextwrap.planted = 1\n")
    worker = Worker(
        Setting(
            python=sys.executable,
            path=(str(tmp_path),),
            atimport=str(pathlib.Path(atimport.__file__).parents[1]),
            scratch=tmp_path / "scratch",
            caches=tmp_path / "caches",
            timeout=20,
            environment={"ATIMPORT_EAGER": pins},
        )
    )
    trial = Trial(worker, Target("group", "breaks"), seed=1)
    try:
        verdict = judge(trial, shuffled(1, 1))
        assert (verdict.state, verdict.mismatches) == ("compared", [])
        assert verdict.deferred is not bool(pins)
        assert any("ATI" in line for line in trial.diagnostics())
    finally:
        worker.stop()


def test_a_sample_has_every_group_and_is_reproducible() -> None:
    found = [Target(corpus.STDLIB, f"m{number}") for number in range(90)]
    found += [Target("large", f"l{number}") for number in range(90)] + [Target("small", "only")]
    chosen = corpus.sample(found, 20, 3)
    assert chosen == corpus.sample(found, 20, 3) != corpus.sample(found, 20, 4)
    assert [target.group for target in chosen] == [corpus.STDLIB] * 10 + ["large"] * 5 + ["small"]
    assert len(corpus.sample(found[:90], 20, 3)) == 20
