//! What generated modules (`tests/generated`), the fuzzer (`fuzz/`) and conformance cases have found: modules that could once
//! be told from their eager selves, or whose plans broke an invariant.
//!
//! Each test is a finding cut down, with the plan that it must have. They stand apart from the chapters because they came
//! from outside and follow no order but that of their coming.

use super::{Input, analysis, analysis_for, analyze, check, compact};

fn free_reads(source: &str, name: &str) -> Vec<String> {
    let plan = analysis(source).plan;
    let unit = plan.unit_of(name).expect("the name is deferred");
    plan.units[unit.index()].free_reads.clone()
}

#[test]
fn keys_of_the_namespace_are_names_after_star_imports_too() {
    check("n = f()\nfrom s import *\nA = n\nglobals()['n'] = 1", "prelude: 1 2 3 4");
    check("n = f()\nA = n\nglobals()['n'] = g()", "n,A: 1 2 3");
    assert!(free_reads("l = 0\nfrom s import *\nx = globals()['l']", "x").contains(&"l".to_owned()));
    check("a = f()\nfrom s import *\nexec('b = 1')\nc = f()", "prelude: 1 2 complete-namespace 3 | c: 4");
}

#[test]
fn asking_for_a_key_reads_the_name() {
    check("a = f()\nx = 'a' in globals()\ny = 'a' not in vars()", "a: 1 | x: 2 <- a | y: 3 <- a");
    check("a = f()\nx = globals().get('a', b)", "a: 1 | x: 2 <- a");
    check("a = f()\ndef g(): return globals()['a']\nx = g()", "a: 1 | g: 2 | x: 3 <- a g");
    check("a = f()\nx = globals().pop('a')\ny = g()", "a?,x: 1 2 | y: 3");
    check("x = globals().setdefault('a', [])\nb = list(a)\na.append(1)", "a?,x,b: 1 2 3");
    check("a = f()\nx = globals().setdefault('a', 1)", "a,x: 1 2");
    check("a = f()\ndel globals()['a']\nb = g()", "a?: 1 2 | b: 3");
    check("import sys\na = f()\nx = getattr(sys.modules[__name__], 'a')", "sys: 1 | a: 2 | x: 3 <- sys a");
}

#[test]
fn keys_with_lone_surrogates_are_any_names() {
    // Rust's strings can't hold them: the name would be another one, and never be found
    check(r"globals()['\udcff'] = f()", "prelude: 1");
    check(r"a = f(); globals().update({'\udcff': a})", "prelude: 1 2");
    check(r"setattr(__import__('sys').modules[__name__], '\udcff', 1)", "prelude: 1");
}

#[test]
fn keys_of_the_namespace_own_what_they_are_bound_to() {
    check("globals()['a'] = []\n*b, = a\na.extend([1])", "a?,b: 1 2 3");
    check("globals()['a'] = []\nfor c in a: pass\na.append(1)", "a?,c?: 1 2 3");
    check("from s import push\nglobals()['a'] = []\nb = push(a, 1)\nc = push(a, 2)", "push: 1 | a?,b,c: 2 3 4 <- push");
    check("globals().update(a=[], b={})\nc = list(a)\na.append(1)\nd = f()", "a?,b?,c: 1 2 3 | d: 4");
}

#[test]
fn slices_are_new_lists() {
    check("a: 'list[int]' = [][:]\nb = a[:5]\na.append(1)", "a,b: 1v 2 3 | __annotations__: 1a");
    check("a = [][:]\nb = a[:5]\na.append(1)", "a,b: 1 2 3");
    check("s = slice(1)\na = [1][s]\nb = a[:]\na.append(1)", "s: 1 | a,b: 2 3 4 <- s");
    check("from s import push\n(a := [][:5])\nb = a\nc = push(b, 0)", "push: 1 | a?,b,c: 2 3 4 <- push");
}

#[test]
fn what_may_be_the_modules_own_is_its_own() {
    let shared = "from s import f\na = [f]\nb, a = (a, 0)\nc = b[:]";
    check(shared, "f: 1 | a,b,c: 2 3 4 <- f");
    check("from s import f\na = f()\nb, a = (a, 0)\nc = b[:]", "f: 1 | a,b: 2 3 <- f | c: 4 <- a,b");
    check("from s import *\nx = list()\ny = [] + x", "prelude: 1 | x,y: 2 3");
    check("from s import *\nx = f()\ny = [] + x", "prelude: 1 | x: 2 | y: 3 <- x");
}

#[test]
fn functions_beside_classes_are_called_as_functions() {
    check("from s import f\nif f:\n class C: 0\n def g(): f()\n g()\na = 0 or []", "prelude: 1 2 | a: 3");
    check("from s import f\nif f:\n class g: 0\nelse:\n def g(): f()\ng()\na = 0 or []", "prelude: 1 2 3 | a: 4");
}

#[test]
fn methods_of_strings_make_lists() {
    check("a = 'x y'.split()\nb = tuple(a)\na.append('z')", "a,b: 1 2 3");
    check(
        "import re\nP = re.compile('x')\na = P.findall('xx')\nb = len(a)\na.clear()",
        "re: 1 | P: 2 <- re | a,b: 3 4 5 <- P",
    );
    check("a = 'x'.upper()\nb = len(a)\nc = g(a)", "a: 1 | b: 2 <- a | c: 3 <- a");
}

#[test]
fn outside_writes_run_what_may_read_the_name() {
    let source = "x = f()\nclass C:\n    def m(self): return str(x)\nc = C()\ny = c.m()";
    check(source, "x: 1 | C: 2 | c,y: 3 4 <- C");
    assert!(free_reads(source, "y").contains(&"x".to_owned()));
    assert!(
        free_reads("x = 1\nclass C:\n    def m(self): return x\nc = C()\ny = c.m()", "y").contains(&"x".to_owned())
    );
}

#[test]
fn dicts_that_may_be_the_namespace_are_noticed() {
    let readers = |source: &str| analysis(source).plan.namespace_readers;
    assert!(readers("def f(): pass\nd = f.__globals__"));
    assert!(readers("import sys\ndef f(m): return sys.modules[m].__dict__"));
    assert!(readers("import sys\nd = vars(sys.modules['x'])"));
    assert!(readers("import sys\nd = sys.modules.get('x').__dict__"));
    assert!(!readers("class C: pass\nd = C.__dict__\ndef f(x): return vars(x)"));
}

#[test]
fn what_may_not_be_evaluated_is_not_needed() {
    let called = "a = f()\nb = f()\ndef g(x):\n    if x: return a\n    return b\n";
    let names = "a: 1 | b: 2 | g: 3";
    check(&format!("{called}c = g(1)\n"), &format!("{names} | c: 4 <- g"));
    check(&format!("{called}c = a and b\n"), &format!("{names} | c: 4 <- a b"));
    check(&format!("{called}c = a if b else g(0)\n"), &format!("{names} | c: 4 <- b"));
    check("a = f()\nif g():\n    b = a\ntry:\n    c = a\nexcept E:\n    c = b", "a: 1 | b?: 2 | c: 3 <- a");
    check("a = f()\ndef g():\n    def h(): return a\n    return h\nb = g()", "a: 1 | g: 2 | b: 3 <- g");
}

#[test]
fn who_is_needed_behind_an_effect_runs_at_import() {
    let source = "def f():\n    global n\n    n = 0\nprint(m.a)\nx = n if g() else 1\ny = g()";
    check(source, "prelude: 1 2 3 | y: 4");
    check("def f():\n    global n\n    n = 0\nx = n if c else 1\nprint(m.a)", "prelude: 3 | f: 1 <- x | x: 2");
}

#[test]
fn annotations_exist_before_the_first_statement() {
    let plan = analysis("a = f()\nb: int = g()").plan;
    let name = plan.names.iter().find(|name| name.text == "__annotations__").expect("there are annotations");
    assert_eq!(name.first.0, 0);
    let newer = analysis_for("a = f()\n__annotations__ = {}\nb: int = g()", (3, 14), "m", false);
    assert_eq!(compact(&newer.plan), "prelude: 3a 2 | a: 1 | b: 3v");
    let names: Vec<&str> =
        newer.plan.names.iter().filter(|name| name.unit.is_none()).map(|name| name.text.as_str()).collect();
    assert_eq!(names, ["__annotations__", "__annotate__", "__conditional_annotations__"]);
}

#[test]
fn names_that_only_functions_bind_are_asked_for_first() {
    let source = "def f():\n    global n\n    n = 0\nx = 'n' in globals()\ny = g()";
    check(source, "f: 1 <- x | x: 2 | y: 3");
    check(
        "def f():\n    def g():\n        global n\n        n = 0\n    return g\nh = f()\nx = 'n' in globals()",
        "f: 1 <- x | h: 2 <- f | x: 3",
    );
}

#[test]
fn descriptors_are_told_their_names() {
    let descriptor = "R = []\nclass D:\n    def __set_name__(self, owner, name): R.append(name)\n";
    check(&format!("{descriptor}class A:\n    x = D()\nB = f()"), "R,A: 1 3 <- D | D: 2 | B: 4");
    check(&format!("{descriptor}d = D()\nclass A:\n    x = d\nB = f()"), "R,d,A: 1 3 4 <- D | D: 2 | B: 5");
    // Its own methods are no instances of it, and subclassing it runs nothing.
    check(&format!("{descriptor}class E(D):\n    def m(self): return D()\nB = f()"), "R: 1 | D: 2 | E: 3 <- D | B: 4");
}

#[test]
fn statements_that_bind_nothing_run_at_import() {
    check("x = f()\nif g(): pass\n() = f()\nwith g(): pass\ny = f()", "prelude: 2 3 4 | x: 1 | y: 5");
    check("x = f()\nif x: pass\nmatch x:\n case 1: pass", "prelude: 1 2 3");
}

#[test]
fn what_an_effect_changes_outside_is_read_before() {
    check("import sys\na = sys.hook\nsys.hook = f\nb = sys.hook", "prelude: 1 2 3 | b: 4");
    check("import sys\ndef f(): return sys.path\na = f()\nsys.path.append(1)\nb = g()", "prelude: 1 2 3 4 | b: 5");
    check("from m import hook\n@hook\ndef f(): pass\nhook.freeze()\ng = h()", "prelude: 1 2 3 | g: 4");
    check("import sys\ndef f(): return sys.path\nsys.path.append(1)\na = f()", "prelude: 1 3 | f: 2 | a: 4 <- f");
}

#[test]
fn future_imports_that_cpython_refuses_are_refused() {
    let source = "'doc'\nfrom __future__ import annotations\na = f()\nfrom __future__ import division";
    let input = Input { source, module: "m", is_package: false, version: (3, 12), platform: "linux", without: "" };
    assert_eq!(analyze(&input).map(|_| ()).map_err(|refused| refused.line), Err(4));
}

#[test]
fn what_an_effect_hands_over_later_effects_may_change() {
    check(
        "import e\nl = e.new()\ne.keep(l)\nb = len(l)\ne.fill()\na = len(l)\nc = f()",
        "prelude: 1 2 3 4 5 | a: 6 | c: 7",
    );
}

#[test]
fn what_holds_a_function_made_by_a_class_body_is_no_class() {
    let source = "l = [f()]\ndef g(p=[]):\n    p.append(lambda: 0)\n    global l\n    l = 0\nclass C:\n    g()\nx = [l]\ny = f()";
    check(source, "l,g,C,x: 1 2 3 4 | y: 5");
}

#[test]
fn what_runs_at_import_does_not_wait_for_names_that_are_bound_later() {
    check("import e\ndef f(): return a\ne.call(f)\na = g()", "prelude: 1 2 3 | a: 4");
    check(
        "import e\nl = []\ndef f(): m.append(l.pop())\ne.call(f)\nm = g()\nn = h()",
        "prelude: 1 2 3 4 | m: 5 | n: 6",
    );
    // bound before it, changed by it, and changed again: all of that in order
    check(
        "import e\nl = []\ndef f(): l.append(a)\ne.call(f)\na = g()\nl.append(1)\nn = h()",
        "prelude: 1 2 3 4 6 | a: 5 | n: 7",
    );
    // a statement that may wait stays with what it may read
    check("import e\ndef f(): return a\nb = e.call(f)\na = g()", "e: 1 | f,b,a: 2 3 4 <- e");
    // a unit that has begun goes on
    check("import e\ndef f(): return a, b\na = g()\ne.call(f)\na, b = h()\nc = i()", "prelude: 1 2 3 4 5 | c: 6");
    check("import e\nprint(a)\na = g()\na = h()", "prelude: 2 | e: 1 | a: 3 4");
}

#[test]
fn metaclasses_from_outside_are_named_because_they_do_something() {
    check("from m import M, f\nclass A(metaclass=M): pass\na = f()", "prelude: 1 2 | a: 3");
    check("from m import B, f\nclass A(B): pass\na = f()", "B,f: 1 | A: 2 <- B,f | a: 3 <- B,f");
    check("from abc import ABCMeta\nclass A(metaclass=ABCMeta): pass", "ABCMeta: 1 | A: 2 <- ABCMeta");
    check("from m import M\ndef f():\n    class A(metaclass=M): pass\nb = g()", "M: 1 | f: 2 | b: 3");
}

#[test]
fn frames_of_a_module_that_asks_them_for_no_namespace_are_harmless() {
    let caller = |look: &str| format!("import sys\na = f()\ndef caller(): return {look}\nx = caller()\nb = f()");
    let split = "sys: 1 | a: 2 | caller: 3 | x: 4 <- sys caller | b: 5";
    check(&caller("sys._getframe(1).f_code.co_name"), split);
    check(&caller("sys._getframe(1), getattr(sys, 'f_locals', 0)"), "prelude: 1 2 3 4 | b: 5");
}

#[test]
fn closures_may_change_later_what_made_them_was_handed() {
    let made = "from m import g\nl = g(1)\ndef a(k):\n    def i(): k.append(0)\n    return i\nf = a(l)\n";
    check(&format!("{made}n = len(l)"), "g: 1 | l,n: 2 5 <- g | a: 3 | f: 4 <- l,n a");
}

#[test]
fn looking_at_all_modules() {
    check("import sys\na = f()\nx = list(sys.modules)\nb = g()", "prelude: 1 complete 3 | a: 2 | b: 4");
    check("import sys\nif f(): x = list(sys.modules)", "sys: 1 | x?: 2");
    check("from sys import modules\nfor m in modules.items(): pass", "prelude: 1 complete 2");
    check("import sys\ndef f(): return [m for m in sys.modules]\nx = f()", "prelude: 1 2 complete 3");
    check(
        "import sys\ndef f(): return {**sys.modules}\nx = sys.modules[__name__ + 'b']",
        "sys: 1 | f: 2 | x: 3 <- sys",
    );
}

#[test]
fn named_tuples_keep_nothing() {
    let made = "import os\nfrom collections import namedtuple\nif os.name == 'a':\n  U = namedtuple('U', 'a b')\n";
    let used = "  U.a.__doc__ = 'a'\n  def f(): return U(os.stat(1), 2)\nx = g()";
    check(&format!("{made}{used}"), "os: 1 | namedtuple: 2 | U?,f?: 3 <- os | x: 4");
    // what makes them may have been replaced by something that keeps its arguments
    let replaced = "  U.__new__ = outside\n";
    let plan = compact(&analysis(&format!("{made}{replaced}{used}")).plan);
    assert!(plan.starts_with("prelude: 1 3"), "{plan}");
}

#[test]
fn what_is_kept_for_later_is_not_run_now() {
    let source = "import atexit, elsewhere\nl = []\ndef f(): l.append(0)\n";
    check(&format!("{source}n = len(l)\natexit.register(f)"), "prelude: 1.0 3 5 | elsewhere: 1.1 | l,n: 2 4");
    // but by what comes later
    check(
        &format!("{source}n = len(l)\natexit.register(f)\nelsewhere.run()\nm = len(l)"),
        "prelude: 1.0 1.1 2 3 4 5 6 7",
    );
    check(
        &format!("{source}n = len(l)\natexit.register(lambda: f())\nelsewhere.run()"),
        "prelude: 1.0 1.1 2 4 5 6 | f: 3",
    );
}

#[test]
fn computed_names_with_a_head() {
    let computed = "for k in ks: globals()['A_' + k] = g(k)\n";
    check(&format!("a = f()\n{computed}b = f()"), "prelude: 2 | a: 1 | b: 3");
    check(&format!("A_b = f()\nc = h(A_b)\n{computed}b = A_b"), "prelude: 1 2 3 | b: 4");
    // nothing is known of its end, and much of what begins so
    check("a = f()\nfor k in ks: globals()[k + '_A'] = g(k)\nb = f()", "prelude: 1 2 | b: 3");
    check("a = f()\nfor k in ks: globals()['_' + k] = g(k)\nb = f()", "prelude: 1 2 | b: 3");
    // the object is in others' hands then
    check("l = []\nfor k in ks: globals()['A_' + k] = l\nn = len(l)\nm()", "prelude: 1 2 3 4");
}

#[test]
fn pitfall_63_guarded_imports() {
    let plan = analysis("try:\n    from . import fast\nexcept ImportError:\n    fast = None\nimport os\ndef f():\n    try: import zlib\n    except ImportError: pass").plan;
    assert!(plan.units[0].checked_imports && !plan.units[0].guarded_imports && !plan.units[1].checked_imports);
    assert_eq!(plan.checked_targets, ["zlib"]);
    let guarded = |handler: &str| {
        let source = format!("try:\n    from . import fast\n{handler}:\n    fast = None");
        let plan = analysis_for(&source, (3, 12), "p", true).plan;
        assert!(plan.units.iter().all(|unit| unit.guarded_imports != unit.checked_imports));
        (plan.guarded_targets, plan.checked_targets)
    };
    let (both, none) = (vec!["p".to_owned(), "p.fast".to_owned()], Vec::new());
    assert_eq!(guarded("except ImportError"), (none.clone(), both.clone()));
    assert_eq!(guarded("except (ImportError, ModuleNotFoundError)"), (none.clone(), both.clone()));
    assert_eq!(guarded("except (ImportError, OSError)"), (both.clone(), none.clone()));
    assert_eq!(guarded("except ImportError: pass\nexcept OSError"), (both.clone(), none.clone()));
    assert_eq!(guarded("except"), (both.clone(), none.clone()));
    assert_eq!(guarded("except m.ImportError"), (both.clone(), none.clone()));
    assert_eq!(guarded("except ImportError: from m import ImportError\nexcept ImportError"), (both, none));
}

#[test]
fn calling_what_remembers_its_results_changes_it() {
    let cached = |calls: &str| format!("from functools import cache\nn = 2\n@cache\ndef f(): return n\n{calls}");
    check(&cached("if f(): n = 3"), "cache: 1 | n,f: 2 3 4 <- cache");
    check(&cached("def g(): return f()\nif g(): n = 3"), "cache: 1 | n,f: 2 3 5 <- cache g | g: 4");
    check(&cached("a = f()"), "prelude: 2 | cache: 1 | f,a: 3 4 <- cache");
    let list = "from functools import lru_cache\n@lru_cache(None)\ndef f(): return []\na = f()\nb = f()\na.append(1)\nc = b[:]";
    check(list, "lru_cache: 1 | f,a,b,c: 2 3 4 5 6 <- lru_cache");
    check(
        "from functools import cache\nclass C:\n @cache\n def f(s): return n\nn = 1\nx = C().f()\nn = 2",
        "cache: 1 | C,n,x: 2 3 4 5 <- cache",
    );
}

#[test]
fn star_imports_may_bind_again_what_stands_before_them() {
    let called = "x = []\nclass C:\n def __init__(s, a): 0\nfrom s import *\ny = C(x)\nz = x[:]";
    check(called, "prelude: 1 2 3 4 5");
    check(
        "from s import *\nx = []\nclass C:\n def __init__(s, a): 0\ny = C(x)\nz = x[:]",
        "prelude: 1 | x,z: 2 5 | C: 3 | y: 4 <- x,z C",
    );
    check("import re\nfrom s import *\nx = []\ny = re.compile(x)\nz = x[:]", "prelude: 1 2 | x,y,z: 3 4 5");
}

#[test]
fn what_one_statement_binds_is_one_object() {
    check("from s import f\na = b = f()\nc = b[:]\nd = a.pop()", "f: 1 | a,b,c,d: 2 3 4 <- f");
    check("from s import f\na = b = f()\nc = f()", "f: 1 | a,b: 2 <- f | c: 3 <- f");
}

#[test]
fn a_defaultdict_keeps_what_it_was_asked_for() {
    check(
        "from collections import defaultdict\nD = defaultdict(list)\nx = D[0]\ny = g()",
        "defaultdict: 1 | D,x: 2 3 <- defaultdict | y: 4",
    );
    check(
        "import collections\nfrom s import *\nD = collections.defaultdict(list)\nx = D[0]\ny = g()",
        "prelude: 1 2 | D,x: 3 4 | y: 5",
    );
}

#[test]
fn attributes_of_classes_that_no_def_makes() {
    let class = |attribute: &str, then: &str| {
        format!(
            "l = []\ndef f(s): l.append(0)\nclass C:\n def _g(s): l.append(0)\n {attribute}\nc = C()\n{then}\nn = len(l)"
        )
    };
    check(&class("__len__ = _g", "x = len(c)"), "l,c,x,n: 1 4 5 6 <- C | f: 2 | C: 3");
    check(&class("__len__ = lambda s: l.append(0)", "x = len(c)"), "l,c,x,n: 1 4 5 6 <- C | f: 2 | C: 3");
    check(&class("size = property(_g)", "x = c.size"), "l,c,x,n: 1 4 5 6 <- C | f: 2 | C: 3");
    check(&class("size = f", "x = c.size"), "l,n: 1 6 | f: 2 | C: 3 <- f | c,x: 4 5 <- C");
    check(&class("locals()['size'] = property(f)", "x = c.size"), "l,c,x,n: 1 4 5 6 <- C | f: 2 | C: 3 <- f");
    check(&class("locals().update(size=property(f))", "x = c.size"), "l,C,c,x,n: 1 3 4 5 6 <- f | f: 2");
    check(&class("exec('')", "x = len(c)"), "prelude: 1 2 3 4 5 6");
    check(&class("pass", "C.__len__ = f\nx = len(c)"), "l,C,c,x,n: 1 3 4 5 6 7 <- f | f: 2");
    // handing something back runs nothing of what is handed back
    let made = "from m import e\nclass F(e): pass\nclass S:\n def make(o):\n  def b(s): return F.x\n  return b\n __add__ = make(e.x)";
    check(made, "e: 1 | F: 2 <- e | S: 3 <- e");
}

#[test]
fn what_nobody_runs_has_put_nothing_anywhere() {
    let keeps =
        "K = [[]]\nL = [1]\nclass C:\n    def keep(self): K.append(L)\n    def __len__(self): return self.size\n";
    check(&format!("{keeps}K[0].append(1)"), "K: 1 4 | L: 2 | C: 3");
    check(&format!("{keeps}n = len(C())\nK[0].append(1)"), "K: 1 5 | L: 2 | C: 3 | n: 4 <- C");
    check(&format!("{keeps}C().keep()\nK[0].append(1)"), "K,L,C: 1 2 3 4 5");
    check(
        &format!("{keeps}def f(): K.append(C().keep)\nn = len(C())\nK[0].append(1)"),
        "K: 1 6 | L: 2 | C: 3 | f: 4 | n: 5 <- C",
    );
    check(&format!("{keeps}def f(): K.append(C().keep)\nf()\nK[0].append(1)"), "K,L: 1 2 5 6 <- C f | C: 3 | f: 4");
}

#[test]
fn what_an_effect_may_show() {
    let before = |source: &str, at_import: &str| {
        let plan =
            compact(&analysis(&format!("import os\nfrom os import getenv\n{source}\nos.environ['a'] = 'b'")).plan);
        assert!(plan.starts_with(&format!("prelude: {at_import}")), "{source}: {plan}");
    };
    before("x = os.environ", "1 3 4");
    before("x = getenv('a')", "1 2 3 4");
    before("from m import f\nx = f()", "1 3 4 5");
    before("def f(): return getenv('a')\nx = f()", "1 2 3 4 5");
    before("from pathlib import Path\np = Path('a')\nx = p.exists()", "1 3 4 5 6");
    before("from m import y\nx = [y]", "1 5");
    before("import atexit\natexit.register(print)\nx = 1", "1 3 4 5 6");
}
