//! The rules, one after the other, as in `PITFALLS.md`; the number of a pitfall stands in the test's name.

use super::{analysis, analysis_for, check, compact};
use crate::explain;

#[test]
fn the_classic() {
    let source = "import random\na = random.randrange(2)\nb = random.randrange(2)\nc = 2\nif a > 0:\n    c = 1\nd = b > 0 or c\n";
    check(source, "random: 1 | a: 2 <- random | b: 3 <- random | c: 4 5 <- a | d: 6 <- b c");
    let analysis = analysis(source);
    let lines = |name: &str| -> Vec<(u32, String)> {
        let explanation = explain(&analysis, Some(name)).expect("a name");
        explanation.statements.into_iter().map(|line| (line.first_line, line.reason)).collect()
    };
    assert_eq!(lines("d").len(), 6);
    assert_eq!(lines("b"), [(1, "binds `random`, read by line 3".to_owned()), (3, "binds `b`".to_owned())]);
    assert_eq!(lines("c")[2..], [(4, "binds `c`".to_owned()), (5, "may rebind `c`".to_owned())]);
}

#[test]
fn pitfall_21_readers_before_the_last_binding() {
    check("x = f()\ny = x\nx = g()\nz = x", "x,y: 1 2 3 | z: 4 <- x,y");
}

#[test]
fn pitfall_22_readers_before_the_first_binding() {
    check("_open = open\ndef open(): pass", "_open,open: 1 2");
}

#[test]
fn pitfall_23_changes() {
    check("def f(): pass\nH = []\nH.append(f)\nx = 1 + g()", "f: 1 | H: 2 3 <- f | x: 4");
}

#[test]
fn pitfall_24_aliases() {
    check("a = []\nb = a\nb.append(1)\nc = [a]\nd = f()", "a,b: 1 2 3 | c: 4 <- a,b | d: 5");
    check("a = []\nb = {'k': a}\nb['k'].append(1)", "a,b: 1 2 3");
}

#[test]
fn pitfall_25_and_38_snapshots() {
    check("L = [1]\nN = tuple(L)\nL.append(2)", "L,N: 1 2 3");
    check("L = ['a']\nT = tuple(L)\nA = L", "L,T: 1 2 | A: 3 <- L,T");
    // ... also where a function of the module looks into its argument, but not where it only passes it on.
    check("def f(x): return len(x)\nL = ['a']\nT = f(L)\ny = g()", "f: 1 | L,T: 2 3 <- f | y: 4");
    check("def f(x): return [x]\nL = ['a']\nT = f(L)\ny = g()", "f: 1 | L: 2 | T: 3 <- f L | y: 4");
}

#[test]
fn pitfall_26_registering_decorators() {
    check(
        "REG = {}\ndef reg(f):\n    REG[f.__name__] = f\n    return f\n@reg\ndef a(): pass\n@reg\ndef b(): pass\ndef c(): pass",
        "REG,a,b: 1 3 4 <- reg | reg: 2 | c: 5",
    );
}

#[test]
fn pitfall_27_singledispatch_and_repeated_names() {
    check(
        "from functools import singledispatch\n@singledispatch\ndef f(x): pass\n@f.register(int)\ndef _(x): pass\n@f.register(str)\ndef _(x): pass",
        "singledispatch: 1 | f,_: 2 3 4 <- singledispatch",
    );
}

#[test]
fn pitfall_28_registries_by_subclassing() {
    check(
        "class Base:\n    subs = []\n    def __init_subclass__(cls): Base.subs.append(cls)\nclass A(Base): pass\nclass B: pass\nclass C(B): pass",
        "Base,A: 1 2 | B: 3 | C: 4 <- B",
    );
    check(
        "class M(type):\n    def __new__(m, *a): return R.append(a)\nR = []\nclass A(metaclass=M): pass",
        "M,R,A: 1 2 3",
    );
}

#[test]
fn assertions_are_part_of_what_they_are_about() {
    check("A = [2]\nB = sorted(A)\nassert B == A", "A,B: 1 2 3");
    check("def f(): return [1]\nA = f()\nfor x in A: assert x\nC = g()", "f: 1 | A,x?: 2 3 <- f | C: 4");
    check("def f(): return [1]\nassert f() == [1]\nC = g()", "f: 1 2 | C: 3");
    // What comes from elsewhere may be why the module is not to be imported.
    check("import sys\nA = [sys.platform]\nassert A == ['x']\nC = g()", "prelude: 1 2 3 | C: 4");
    check("import sys\nA = []\nA.append(sys)\nB = len(A)\nassert B\nC = g()", "prelude: 1 2 3 4 5 | C: 6");
    check("from s import *\nA = list(x)\nassert A\nC = g()", "prelude: 1 2 3 | C: 4");
    check("A = g()\nassert A\nassert 0\nC = g()", "prelude: 1 2 3 | C: 4");
    check("try:\n    import a\n    A = 1\nexcept ImportError: A = 0\nassert A\nC = g()", "prelude: 1 2 | C: 3");
}

#[test]
fn pitfall_29_subclasses_are_asked_for() {
    check("class A: pass\nclass B(A): pass\ndef f(): return A.__subclasses__()", "prelude: 1 2 | f: 3");
}

#[test]
fn pitfall_30_changes_of_functions_and_classes() {
    check("class A: pass\ndef f(): pass\nA.m = f\ndef g(): pass", "A: 1 3 <- f | f: 2 | g: 4");
    check(
        "def a(): pass\ndef b(): pass\nfrom functools import update_wrapper\nupdate_wrapper(b, a)",
        "a: 1 | b: 2 4 <- a update_wrapper | update_wrapper: 3",
    );
    check("class A: pass\nsetattr(A, 'x', 1)", "A: 1 2");
}

#[test]
fn pitfall_31_and_32_global_writers() {
    check(
        "count = f()\ndef inc():\n    global count\n    count += 1\nSTART = count",
        "count,START: 1 3 | inc: 2 <- count,START",
    );
    check("def set_theme():\n    global _theme\n    _theme = 1\nset_theme()", "set_theme,_theme?: 1 2");
    check("def later():\n    global unborn\n    unborn = 1", "later: 1");
}

#[test]
fn pitfall_33_draws_keep_their_order() {
    check("it = iter([1, 2])\na = next(it)\nb = next(it)", "it,a,b: 1 2 3");
    check(
        "import random\nrng = random.Random(1)\na = rng.random()\nb = rng.random()",
        "random: 1 | rng,a,b: 2 3 4 <- random",
    );
}

#[test]
fn pitfall_34_every_binder() {
    check("T = {}\nfor i in range(3): T[i] = f(i)\ndel i", "T,i?: 1 2 3");
    check("import sys\ntry: x = f()\nexcept E as e: x = 2\ny = g()", "sys: 1 | x,e?: 2 | y: 3");
    check("a, b = f()\na, b = b, a\nc = g()", "a,b: 1 2 | c: 3");
    check("x = [y := f(z) for z in w()]\nq = y", "y?,x: 1 | q: 2 <- y?,x");
}

#[test]
fn pitfall_35_code_that_runs_later_sees_later_values() {
    check("fs = []\nfor k in 'ab': fs.append(lambda: k)\nd = lambda a=k: a", "fs,k?: 1 2 | d: 3 <- fs,k?");
}

#[test]
fn pitfall_36_effects_outside_run_at_import() {
    check("import atexit\ndef bye(): pass\natexit.register(bye)\nx = f()", "prelude: 1 2 3 | x: 4");
    check("import os\nos.environ['a'] = 'b'\nx = f()", "prelude: 1 2 | x: 3");
}

#[test]
fn pitfall_37_shared_objects_run_at_import() {
    check("import logging\nlog = logging.getLogger('x')\nlog.addHandler(h())\ny = f()", "prelude: 1 2 3 | y: 4");
}

#[test]
fn pitfall_41_raising_on_purpose() {
    check("x = f()\nif x: raise ImportError\ny = f()", "prelude: 1 2 | y: 3");
    check("x = f()\nassert x\ny = f()", "prelude: 1 2 | y: 3");
}

#[test]
fn pitfall_42_and_43_settled_conditions() {
    check(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from x import y\n    z: int = 1\nif __name__ == '__main__':\n    print(1)\nw = f()",
        "TYPE_CHECKING: 1 | w: 4",
    );
    check(
        "import sys\nif sys.version_info >= (3, 8):\n    from a import b\nelse:\n    from c import d\n",
        "sys: 1 | b: 2 <- sys",
    );
}

#[test]
fn pitfall_44_and_45_names_that_definitions_read() {
    check("def f(): pass\n__name__ = 'decimal'\ndef g(): pass", "prelude: 1 2 | g: 3");
}

#[test]
fn pitfall_46_to_50_dynamic_namespaces() {
    check("a = f()\nglobals()[n()] = 1\nb = f()", "prelude: 1 2 | b: 3");
    check("a = f()\nALL = [n for n in globals()]\nb = f()", "prelude: 1 2 | b: 3");
    check("a = f()\nx = globals()['a']\nb = f()", "a: 1 | x: 2 <- a | b: 3");
    check("a = f()\ndef mk(): globals().update(x=1)\nOPS = mk()\nb = f()", "a: 1 | mk,OPS,x?: 2 3 | b: 4");
    check("a = f()\ndef mk(): globals().update(t)\nOPS = mk()\nb = f()", "prelude: 1 2 3 | b: 4");
    check("a = f()\nfrom enum import IntEnum\nIntEnum._convert_('F', __name__, str)\nb = f()", "prelude: 1 2 3 | b: 4");
    check("import enum\na = f()\n@enum.global_enum\nclass E(enum.Enum): X = 1\nb = f()", "prelude: 1 2 3 | b: 4");
    check("import sys\na = f()\nfr = sys._getframe(0).f_globals\nb = f()", "prelude: 1 2 3 | b: 4");
    check("a = f()\nexec('b = 1')\nc = f()", "prelude: 1 2 | c: 3");
}

#[test]
fn pitfall_51_star_imports() {
    check("import os\na = f()\nfrom m import *\nb = f()\nc = b", "prelude: 1 2 3 | b: 4 | c: 5 <- b");
    check("from m import *\nx = isdir\ndef isdir(): pass", "prelude: 1 | x,isdir: 2 3");
}

#[test]
fn pitfall_52_cycles_are_one_unit() {
    check("def f():\n    global x\n    x = 2\nx = f\ny = g()", "f,x: 1 2 | y: 3");
}

#[test]
fn pitfall_53_annotations() {
    let source = "x: int = f()\ny: str = g()\nz: T\n";
    check(source, "x: 1v | __annotations__: 1a 2a 3a | y: 2v");
    let newer = analysis_for(source, (3, 14), "m", false);
    assert_eq!(compact(&newer.plan), "prelude: 1a 2a 3a | x: 1v | y: 2v");
    let names: Vec<&str> =
        newer.plan.names.iter().filter(|name| name.unit.is_none()).map(|name| name.text.as_str()).collect();
    assert_eq!(names, ["__annotate__", "__conditional_annotations__"]);
    check("x: int = f()\nif x:\n    y: int = g()\nz = f()", "__annotations__,x,y?: 1 2 | z: 3");
}

#[test]
fn pitfall_54_annotations_of_functions() {
    check("T = f()\ndef g(x: T): pass", "T: 1 | g: 2 <- T");
    check("from __future__ import annotations\nT = f()\ndef g(x: T): pass", "prelude: 1 | T: 2 | g: 3");
    let newer = analysis_for("T = f()\ndef g(x: T): pass", (3, 14), "m", false);
    assert_eq!(compact(&newer.plan), "T: 1 | g: 2");
}

#[test]
fn pitfall_60_and_61_submodules() {
    let package = |source: &str| compact(&analysis_for(source, (3, 12), "p", true).plan);
    assert_eq!(package("from .core import X\nfrom .core.deep import Y\nz = f()"), "core,X: 1 | Y: 2 | z: 3");
    assert_eq!(package("from .glob import glob"), "glob: 1");
    assert_eq!(package("from . import sub"), "sub: 1");
    assert_eq!(package("import p.core"), "core,p: 1");
    let plan = analysis_for("from .glob import glob\nfrom .core import X", (3, 12), "p", true).plan;
    let submodules: Vec<&str> =
        plan.names.iter().filter(|name| name.submodule).map(|name| name.text.as_str()).collect();
    assert_eq!(submodules, ["glob", "core"]);
}

#[test]
fn system_names_and_builtins_run_at_import() {
    check("def __getattr__(n): pass\n__all__ = [f()]\nx = f()", "prelude: 1 | __all__: 2 | x: 3");
    check("import os\nif os.sep == '?':\n    WindowsError = f()\nx = f()", "prelude: 1 2 | x: 3");
}

#[test]
fn literals_are_bound_at_import() {
    check("'''doc'''\nA = 1\nB = ('x', -1)\nC = f()\n'stray'\npass\nD = []", "prelude: 1 2 3 | C: 4 | D: 7");
}

#[test]
fn the_declaration_and_what_the_hook_changes() {
    check("__at_import__ = None\nx = f()", "prelude: 1 | x: 2");
    check(
        "x = f()\ny = f()\ndef h():\n    global x\n    x = 2\ndef __at_import__(): h()\n__at_import__()",
        "prelude: 1 4 | y: 2 | h: 3",
    );
    check("L = []\nT = tuple(L)\ny = f()\ndef __at_import__(): L.append(1)", "prelude: 1 2 4 | y: 3");
}

#[test]
fn effects_on_own_names_join_their_units() {
    check("T = {}\nT['a'] = f()\nT.update(b=1)\nU = {}", "T: 1 2 3 | U: 4");
    check("def add(l, x): l.append(x)\nL = []\nadd(L, 1)", "add: 1 | L: 2 3 <- add");
    check(
        "class R:\n    def __init__(self): self.items = []\n    def add(self, x): self.items.append(x)\nr = R()\nr.add(1)",
        "R: 1 | r: 2 3 <- R",
    );
}

#[test]
fn unknown_calls_may_change_what_they_get() {
    check("L = []\nx = f(L)\ny = g()", "L,x: 1 2 | y: 3");
    check("L = []\nx = len(L)\ny = {}\nz = f(str(3))", "L,x: 1 2 | y: 3 | z: 4");
}

#[test]
fn names_that_are_deleted_do_not_exist() {
    let plan = analysis("x = f()\ny = g(x)\ndel x").plan;
    assert_eq!(compact(&plan), "x?,y: 1 2 3");
}

#[test]
fn wrappers_that_are_handed_back_run_when_they_are_called() {
    let source = "N = {}\ndef deco(f):\n    def wrapper():\n        N['x'] = 1\n        return f()\n    return wrapper\n@deco\ndef g(): pass\n";
    check(source, "N: 1 | deco: 2 | g: 3 <- deco");
    // Calling the decorated function runs the wrapper, so it changes N.
    check(&format!("{source}y = g()\nz = h()"), "N,g,y: 1 3 4 <- deco | deco: 2 | z: 5");
}

#[test]
fn what_dormant_functions_store_does_not_count() {
    check("A = {}\nB = {}\ndef link(): A['b'] = B\nB['x'] = 1\nC = A", "A: 1 | B: 2 4 | link: 3 | C: 5 <- A");
}

#[test]
fn class_bodies_have_namespaces_of_their_own() {
    check("a = f()\nclass C:\n    for n in 'ab': locals()[n] = 1\nb = f()", "a: 1 | C: 2 | b: 3");
}

#[test]
fn private_names_are_mangled() {
    check("_C__x = f()\nclass C:\n    y = __x\n", "_C__x: 1 | C: 2 <- _C__x");
}

#[test]
fn hostile_sizes_end_soon() {
    let chain: String = (0..3000).map(|i| format!("x{i} = [x{}]\n", i + 1)).collect();
    analysis(&chain);
    let appends: String = (0..3000).map(|i| format!("def f{i}(): return f{}()\nL.append(f{i})\n", i + 1)).collect();
    analysis(&format!("L = []\n{appends}"));
    let calls: String = (0..3000).map(|i| format!("v{i} = g(v{}, v{})\n", i / 2, i / 3)).collect();
    analysis(&calls);
}

#[test]
fn iterators_made_and_consumed_in_one_statement_change_nothing_else() {
    check("L = [f()]\nx = ' '.join(str(a) for a in L)\ny = {}\nz = g()", "L,x: 1 2 | y: 3 | z: 4");
    check("def f(): pass\nx = sorted(str(f) for a in 'ab')\ny = f", "f: 1 | x: 2 <- f | y: 3 <- f");
    check("L = ['a']\nx = dict(zip(L, L))\ny = 'x'.join(map(str, L))\nz = L", "L,x,y: 1 2 3 | z: 4 <- L,x,y");
    // The iterator that a generator draws from is changed where the generator is consumed, wherever that is.
    check("it = iter([1, 2])\na = list(x for x in it)\nb = next(it)", "it,a,b: 1 2 3");
    check("it = iter([1, 2])\ng = (x for x in it)\na = next(g)\nb = next(it)", "it,g,a,b: 1 2 3 4");
    check("it = iter([1, 2])\nz = zip(it, it)\na = next(z)\nb = next(it)", "it,z,a,b: 1 2 3 4");
    check("it = iter([1, 2])\nL = [it]\na = list(zip(*L))\nb = next(it)", "it,L,a,b: 1 2 3 4");
    check("T = [1]\nL = [T]\na = list(map(list.pop, L))\nb = len(T)", "T,L,a,b: 1 2 3 4");
}

#[test]
fn arguments_are_changed_by_iterating_when_they_are_iterators() {
    let total = "def total(xs):\n    n = 0\n    for x in xs: n += 1\n    return n\n";
    check(&format!("{total}L = [1]\nx = total(L)\ny = g()"), "total: 1 | L,x: 2 3 <- total | y: 4");
    check(
        &format!("{total}def f(): pass\nx = total({{'f': f}})\ny = f"),
        "total: 1 | f: 2 | x: 3 <- total f | y: 4 <- f",
    );
    check(&format!("{total}it = iter([1])\nx = total(it)\ny = next(it)"), "total: 1 | it,x,y: 2 3 4 <- total");
}

#[test]
fn storing_into_oneself_is_not_changing_the_arguments() {
    let class =
        "class C:\n    def __init__(self, f, n):\n        self.f = f\n        assert n in (1, 2)\n        self.n = n\n";
    check(&format!("{class}def f(): pass\na = C(f, 1)\nb = C(f, 2)"), "C: 1 | f: 2 | a: 3 <- C f | b: 4 <- C f");
    let inside = "class C:\n    def __init__(self, f):\n        self.f = f\n        self.f.x = 1\n";
    check(&format!("{inside}def f(): pass\na = C(f)\nb = C(f)"), "C: 1 | f,a,b: 2 3 4 <- C");
}

#[test]
fn only_what_using_an_object_runs_is_taken_to_run() {
    let class =
        |method: &str| format!("L = []\nclass C:\n    def __init__(self): pass\n{method}\nc = C()\nd = c\ne = g()");
    check(&class("    def __reduce__(self): L.append(1)"), "L: 1 | C: 2 | c: 3 <- C | d: 4 <- c | e: 5");
    check(&class("    @classmethod\n    def m(cls): L.append(1)"), "L: 1 | C: 2 | c: 3 <- C | d: 4 <- c | e: 5");
    check(&class("    @property\n    def m(self): L.append(1)"), "L,d: 1 4 <- c | C: 2 | c: 3 <- C | e: 5");
    check(&class("    @deco\n    def m(self): L.append(1)"), "L,d: 1 4 <- c | C: 2 | c: 3 <- C | e: 5");
    check(&class("    def __len__(self): L.append(1)"), "L,d: 1 4 <- c | C: 2 | c: 3 <- C | e: 5");
}

#[test]
fn a_store_changes_the_object_alone_unless_a_method_hooks_it() {
    let class = |method: &str| format!("L = []\nclass C:\n{method}\nc = C()\nc.x = 1\ny = g()");
    check(&class("    def m(self): L.append(1)"), "L: 1 | C: 2 | c: 3 4 <- C | y: 5");
    check(&class("    def __setattr__(self, k, v): L.append(v)"), "L,c: 1 3 4 <- C | C: 2 | y: 5");
    check(
        &class("    @property\n    def x(self): pass\n    @x.setter\n    def x(self, v): L.append(v)"),
        "L,c: 1 3 4 <- C | C: 2 | y: 5",
    );
    check(&class("    def s(self, v): L.append(v)\n    x = property(None, s)"), "L,c: 1 3 4 <- C | C: 2 | y: 5");
    check(
        "L = []\nclass D:\n    def __set__(self, o, v): L.append(v)\nclass C:\n    x = D()\nc = C()\nc.x = 1\ny = g()",
        "L,C,c: 1 3 4 5 <- D | D: 2 | y: 6",
    );
    // An inherited method stores, and the subclass hooks it.
    check(
        "L = []\nclass A:\n    def __init__(self): self.x = 1\nclass B(A):\n    def __setattr__(self, k, v): L.append(v)\nb = B()\nc = len(L)",
        "L,b,c: 1 4 5 <- B | A: 2 | B: 3 <- A",
    );
    // Registering a function doesn't run it; hashing a key of this module's making does run code.
    check(
        "L = []\ndef f(): L.append(1)\nR = {}\nR['f'] = f\nR['g'] = 1\ny = g()",
        "L: 1 | f: 2 | R: 3 4 5 <- f | y: 6",
    );
    check(
        "L = []\nclass K:\n    def __hash__(self): return len(L) + L.append(1)\nk = K()\nR = {}\nR[k] = 1\ny = g()",
        "L,k,R: 1 3 4 5 <- K | K: 2 | y: 6",
    );
    check("class A: pass\nclass B: a = A\nB.b = 1\nc = A", "A: 1 | B: 2 3 <- A | c: 4 <- A");
    check("class A: pass\nclass B: a = A\nB.a.b = 1\nc = A", "A,B,c: 1 2 3 4");
}

#[test]
fn documented_constants_are_atoms() {
    check("import os\nF = os.O_RDWR | os.O_CREAT\nF |= os.O_EXCL\nG = F", "os: 1 | F: 2 3 <- os | G: 4 <- F");
    check("import os\nF = os.flags | os.more\nF |= os.environ\nG = g()", "prelude: 1 2 3 | G: 4");
    check("import sys\nassert all(len(s) == 1 for s in sys.version)\nL = [g()]", "prelude: 1 2 | L: 3");
}

#[test]
fn frames_that_are_asked_for_one_name_read_that_name() {
    let caller = |body: &str| format!("import sys\na = f()\ndef caller(): return {body}\nx = caller()\nb = f()");
    let split = "sys: 1 | a: 2 | caller: 3 | x: 4 <- sys caller | b: 5";
    check(&caller("sys._getframe(1).f_globals.get('__name__', '')"), split);
    check(&caller("sys._getframe(1).f_back.f_globals['__name__']"), split);
    check(&caller("sys._getframe(1).f_globals['a']"), "sys: 1 | a: 2 | caller: 3 | x: 4 <- sys a caller | b: 5");
    check(&caller("sys._getframe(1).f_globals[sys.argv[0]]"), "prelude: 1 2 3 4 | b: 5");
    check(&caller("sys._getframe(1).f_globals.setdefault('q', 1)"), "prelude: 1 2 3 4 | b: 5");
    check("import sys\na = f()\nsys._getframe(1).f_globals['a'] = 1\nb = f()", "prelude: 1 2 3 | b: 4");
}
