//! The rules by which wrong plans are kept out.
//!
//! Tests leave one out at a time ([`super::Input::without`]), to show what it is for: a rule that nothing needs is none. It is
//! apart from the rules themselves, which stand where they are applied, because a test walks through this list.

/// They join statements (`explain::Why`), find out what is changed and by whom, keep an order between units, run statements
/// at import (`reason::Reason`), or tell the runtime what to look out for. `"changes"` stands for all of it: that a change
/// disturbs a name as binding it does.
pub const RULES: [&str; 41] = [
    "binds",
    "changes",
    "aliases",
    "holders",
    "implicit",
    "assigned-methods",
    "set-name",
    "escapes",
    "reads-before",
    "functions-rebind",
    "snapshot",
    "assertions",
    "cycle",
    "certain-reads",
    "possible-reads",
    "rebinders-settle",
    "rebinders-wait",
    "opening",
    "effect",
    "system-name",
    "hook",
    "may-unbind-builtin",
    "subclasses",
    "subclass-checks",
    "lists-modules",
    "module-lookups",
    "any-name",
    "whole-namespace",
    "star-import",
    "computed-names",
    "silent-name",
    "before-barrier",
    "needed",
    "outside-order",
    "before-switch",
    "thread-bound",
    "straddles",
    "outside-writes",
    "guarded-imports",
    "checked-imports",
    "namespace-readers",
];
