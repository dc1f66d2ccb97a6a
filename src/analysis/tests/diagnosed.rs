//! What each diagnostic names, by its smallest example.

use super::{analysis, analysis_for};

/// Codes and lines of a module's diagnostics, without those that say what runs at import.
fn check(source: &str, expected: &str) {
    told(&analysis(source), source, expected);
}

fn told(analysis: &super::Analysis, source: &str, expected: &str) {
    let found: Vec<String> = analysis
        .diagnostics
        .iter()
        .filter(|one| one.code != "ATI142")
        .map(|one| format!("{}:{}", one.code, one.line))
        .collect();
    assert_eq!(found.join(" "), expected, "\n{source}\n");
}

#[test]
fn what_may_register() {
    check("from m import d\n@d\ndef f(): pass", "ATI101:2");
    check("from m import B\nclass C(B): pass", "ATI102:2");
    check("from m import g\ndef f(): pass\nx = g(f)", "ATI111:3 ATI112:3");
}

#[test]
fn code_of_the_module_that_goes_outside() {
    check("from m import g\ndef f(): return g()\nx = f()", "ATI113:3");
    check("from m import g\nclass M(type):\n    def __init__(cls, *a): g(cls)\nclass C(metaclass=M): pass", "ATI113:4");
    check("def f(): return len('x')\nx = f()", "");
    check("from m import g\ndef f(): return g()", "");
}

#[test]
fn imports_for_their_effect() {
    check("import a.b\nimport c\nx = c.d", "ATI121:1");
    check("try:\n    import a\nexcept ImportError:\n    a = None", "ATI120:2");
    let source = "from . import a, b\nx = b.c";
    told(&analysis_for(source, (3, 12), "p", true), source, "ATI121:1");
    let source = "from . import a\nfrom .c import d";
    told(&analysis_for(source, (3, 12), "p", true), source, "ATI121:1");
}

#[test]
fn what_is_read_from_the_surroundings() {
    check("import time\nx = time.time()", "ATI110:2");
    check("import os\nx = os.environ['HOME']", "ATI110:2");
}

#[test]
fn methods_of_built_in_types_that_make_atoms() {
    check("x = float.fromhex('0x1p+1')\nassert pow(2, x) < 10\ny = bytes.fromhex('00')\nz = int.from_bytes(y)", "");
    check("x = float.from_m('1')", "ATI111:1");
}
