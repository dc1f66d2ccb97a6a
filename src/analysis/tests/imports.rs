//! What import statements bind, here and behind our back.

use super::{analysis, analysis_for, check, compact};

#[test]
fn submodules_that_only_imports_bind_belong_to_the_first() {
    let package = |source: &str| compact(&analysis_for(source, (3, 12), "p", true).plan);
    assert_eq!(
        package("from .core import X\nif a: from .deep import Y\nfrom .deep import z"),
        "core,X: 1 | Y?: 2 | deep,z: 3"
    );
    assert_eq!(package("from .core import X\nfrom .core.deep import core"), "core,X: 1 2");
    assert_eq!(package("if a: from .core import X\nif b: from .core import Y"), "core,X?,Y?: 1 2");
    assert_eq!(package("from .core import X\nfrom . import core\nfrom .core.deep import Y"), "core,X,Y: 1 2 3");
}

#[test]
fn imports_of_several_modules_are_taken_apart() {
    check("import a, b.c as d, b.e\nx = a.y", "a: 1.0 | d: 1.1 | b: 1.2 | x: 2 <- a");
    check("import a.b, a.c", "a: 1.0 1.1");
    check("from a import b, c", "b,c: 1");
    let plan = |module: &str, source: &str| compact(&analysis_for(source, (3, 12), module, module == "p").plan);
    assert_eq!(plan("p", "from . import a, b"), "a: 1.0 | b: 1.1");
    assert_eq!(plan("p.q.r", "from . import a, b\nfrom p import c, d"), "a: 1.0 | b: 1.1 | c: 2.0 | d: 2.1");
    assert_eq!(plan("p.q.r", "from .s import a, b\nfrom pp import c, d"), "a,b: 1 | c,d: 2");
}

#[test]
fn what_may_fail_to_import() {
    let check = |source: &str, expected: &[&str]| {
        let plan = analysis(source).plan;
        let fails = |name: &&crate::plan::Name| name.unit.is_some_and(|unit| plan.units[unit.0 as usize].may_fail);
        let names: Vec<&str> = plan.names.iter().filter(fails).map(|name| name.text.as_str()).collect();
        assert_eq!(names, expected, "{source}");
    };
    check("import m\nx = m.f()\ny = m.x\nz = [x]", &["m", "x", "y"]);
    check("import re, enum\nX = re.compile('x')\nclass E(enum.Enum): a = 1\ndef f(): import q", &[]);
    check(
        "import ssl\nimport os.path as p\nfrom collections import abc, deque, UserString",
        &["ssl", "abc", "deque", "UserString"],
    );
    check("from typing import override\nfrom functools import wraps\nfrom . import os", &["override", "os"]);
    check("from math import sumprod\nimport math", &["sumprod"]);
    check("def f(): import q\nx = [f()]\ny = [f]", &["x"]);
    check("def f(): raise ValueError(1)\ndef g(): raise\nx = [f()]\ny = [g()]", &["y"]);
    check("def f(): raise ImportError\nx = [f()]", &["x"]);
    check("import m\n@m.d\ndef f(): pass\nclass C(m.C): pass\nclass D: pass", &["m", "f", "C"]);
    check("import logging, m\nx = logging.getLogger('a')\ny = logging.getLogger(m.x)", &["m", "y"]);
    let attempt = |handler: &str| format!("try: import m\n{handler}: m = [1]");
    check(&attempt("except ImportError"), &[]);
    check(&attempt("except (OSError, ImportError)"), &[]);
    check(&attempt("except"), &[]);
    check(&attempt("except ModuleNotFoundError"), &["m"]);
    check(&attempt("except OSError"), &["m"]);
    check(&format!("{}\nelse: import n", attempt("except ImportError")), &["m", "n"]);
    check("try: import m\nexcept ImportError: import n as m", &["m"]);
    check("def f(): import q\ntry: m = [f()]\nexcept ImportError: m = 1", &["m"]);
    check("def f():\n try: import q\n except ImportError: pass\nm = [f()]", &[]);
    check("import functools, m\nx = functools.reduce(m.f, [])\nwith m.x: z = [1]", &["m", "x", "z"]);
}

#[test]
fn modules_that_are_looked_up() {
    let check = |source: &str, expected: &str| check(&format!("import sys\nimport a.b, q\n{source}"), expected);
    let (after_a, first) = ("sys: 1 | a: 2.0 | q: 2.1 | x: 3 <- sys a", "prelude: 1 complete 3 | a: 2.0 | q: 2.1");
    check("x = sys.modules['a.b']", after_a);
    check("x = sys.modules.get('a')", after_a);
    check("x = 'a' not in sys.modules", after_a);
    check("def f(): return sys.modules.get('a.b')\nx = f()", "sys: 1 | a: 2.0 | q: 2.1 | f: 3 | x: 4 <- sys a f");
    check(
        "import module.r\nx = sys.modules[__name__ + '.r']",
        "sys: 1 | a: 2.0 | q: 2.1 | module: 3 | x: 4 <- sys module",
    );
    check("import a\nx = f(of=a)", "sys: 1 | a: 2.0 3 | q: 2.1 | x: 4 <- a");
    check("x = 'sys' in sys.modules, sys.modules['module']", "sys: 1 | a: 2.0 | q: 2.1 | x: 3 <- sys");
    check("x = 'a.c' in sys.modules", first);
    check("x = sys.modules[q]", "prelude: 1 2.1 complete 3 | a: 2.0");
    check("def f(): return 'c' in sys.modules\nx = f()", "prelude: 1 3 complete 4 | a: 2.0 | q: 2.1");
}

#[test]
fn lookups_count_unless_they_are_found_in_objects() {
    let check = |source: &str, expected: &[u32]| {
        let source =
            format!("import sys, m\ndef ask(): return 'q' in sys.modules\nclass C:\n def f(self): ask()\n{source}");
        let analysis = analysis(&source);
        let found = analysis.diagnostics.iter().filter(|found| found.code == "ATI135");
        let lines: Vec<u32> = found.map(|found| found.line - 4).collect();
        assert_eq!(lines, expected, "{source}");
    };
    check("x = ask()\ny = m.f(ask)\nz = C().f()\nask2 = ask\nw = ask2()", &[1, 2, 3, 5]);
    check("all = [ask, m.f]\nx = all[1]()\ny = m.f(all)", &[]);
}
