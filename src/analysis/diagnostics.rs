//! What a reader of the module should know before deferring it.
//!
//! Terms: a *diagnostic* names statements that rely on a promise that only the author can make, or that cost laziness; it
//! never changes the plan. A module deferred by assumption has promised nothing: what differs from eager execution then
//! must have been named here.
//!
//! ```python
//! app = register(App)            # ATI112: `register` may keep `App` somewhere, later than it would have
//! HOME = os.environ["HOME"]      # ATI110: reads the environment when `HOME` is touched
//! print("x")                     # ATI142: runs at import
//! ```
//!
//! | code | what it names |
//! |---|---|
//! | ATI101 | a decorator from outside, which may register what it decorates |
//! | ATI102 | a base class from outside, which may register its subclasses |
//! | ATI110 | reading the environment, the clock, the command line, the file system, a shared random generator |
//! | ATI111 | a binding statement that calls unknown code, which may raise on purpose (`importorskip`) |
//! | ATI112 | handing a function or class of the module to code outside |
//! | ATI113 | running code of the module that calls outside, or changes something there, to bind a name |
//! | ATI120 | an import inside a `try` |
//! | ATI121 | an import that nothing in the module reads: kept for its effect, or re-exported |
//! | ATI130 | looking at the module's namespace as a whole |
//! | ATI131 | a star import |
//! | ATI132 | asking for `__subclasses__` |
//! | ATI133 | writing to `sys.modules` |
//! | ATI134 | access to frames |
//! | ATI135 | looking at all of `sys.modules`, or for a module that nothing above imports |
//! | ATI136 | an import between two changes of the same object from outside (`sys.path`) |
//! | ATI140 | a barrier: everything up to it runs at import |
//! | ATI141 | the module is one unit |
//! | ATI142 | a statement that runs at import |
//!
//! The texts stand here, in one table, so that they can be kept consistent; where they apply is decided where it is known.

use std::collections::{BTreeMap, BTreeSet};

use super::Found;
use super::ids::StmtId;
use super::names::Symbol;
use super::parse::Lines;
use super::parse::ast::Stmt;
use super::pieces::Role;
use super::plan::Statement;
use super::reason::Reason;

/// Something that a reader of the module should know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// First line concerned, 1-based.
    pub line: u32,
    /// Last line concerned, 1-based.
    pub end_line: u32,
    /// See the table in the module's documentation.
    pub code: &'static str,
    /// What stands there: a clause that completes "line 3 …".
    pub message: String,
    /// What the author can do about it.
    pub advice: &'static str,
}

/// What the author can do about a finding.
fn advice(code: &str) -> &'static str {
    match code {
        "ATI101" | "ATI102" | "ATI112" | "ATI113" => "if it registers something, do that in the hook",
        "ATI110" => "read it in the hook if it has to be read at import",
        "ATI111" => "move it into the hook if it has to run, or may raise, at import",
        "ATI120" => "nothing: the imported modules execute eagerly, so that their failures are seen here",
        "ATI136" => "nothing: the imported modules execute eagerly, so that they see what is meant for them",
        "ATI121" => "import it in the hook if other modules rely on its being loaded",
        "ATI130" | "ATI134" => "write the names out, or move it into the hook",
        "ATI131" => "import the names that are needed",
        "ATI132" => "register subclasses explicitly",
        "ATI135" => "look up the modules that are meant",
        "ATI133" => "do it in the hook",
        "ATI140" => "move it to the top of the module, or into the hook",
        "ATI141" => "split the module, or declare nothing",
        _ => "move it into the hook, or bind its result to a name",
    }
}

/// All findings, by line.
pub(super) fn collect(all: &Found<'_>, lines: &Lines, statements: &[Statement]) -> Vec<Diagnostic> {
    let Found { body, shape, summary, touches, partition, at_import, .. } = *all;
    let mut found: BTreeSet<Diagnostic> = BTreeSet::new();
    let mut add = |line: u32, end_line: u32, code: &'static str, message: String| {
        found.insert(Diagnostic { line, end_line, code, message, advice: advice(code) });
    };
    let span = |statement: StmtId| {
        let statement = statements[statement.index()];
        (statement.first_line, statement.last_line)
    };
    let mut readers: BTreeMap<Symbol, BTreeSet<usize>> = BTreeMap::new();
    for (position, outcome) in summary.outcomes.iter().enumerate() {
        for symbol in outcome.now.reads.iter().chain(&outcome.made.code.reads) {
            readers.entry(symbol).or_default().insert(position);
        }
        for note in &outcome.notes {
            let line = lines.line(note.at);
            add(line, line, note.code, note.detail.clone());
        }
    }
    for (position, outcome) in summary.outcomes.iter().enumerate() {
        let statement = summary.pieces[position].statement;
        let (line, end) = span(statement);
        let read = |symbol| readers.get(symbol).is_some_and(|readers| readers.iter().any(|reader| *reader != position));
        let unread = !outcome.bound.iter().any(|(symbol, _)| read(symbol));
        let for_effect = match &body[statement.index()] {
            Stmt::Import(_) => true,
            Stmt::ImportFrom(import) => import.level > 0 && import.module.is_none(),
            _ => false,
        };
        if for_effect && unread {
            let names: Vec<&str> = outcome.imports.iter().map(String::as_str).collect();
            add(line, end, "ATI121", format!("imports `{}`, which nothing here reads", names.join("`, `")));
        }
        if touches.pieces[position].goes_outside && !at_import.contains(partition.unit_of[position]) {
            let what = "runs code of this module that calls code outside, which may register something".to_owned();
            add(line, end, "ATI113", what);
        }
        if shape.switches.get(&statement.index()).is_some_and(|before| before.eagerly) {
            let what = "imports between two changes of what the imported modules may see".to_owned();
            add(line, end, "ATI136", what);
        }
        if touches.pieces[position].lists_modules && !outcome.notes.iter().any(|note| note.code == "ATI135") {
            let what = "asks `sys.modules` for what nothing above imports: what may import, in any module, runs before";
            add(line, end, "ATI135", what.to_owned());
        }
        let any = touches.pieces[position].any_name;
        if any || outcome.star {
            add(line, end, "ATI140", "may bind any name, so that all before it runs at import".to_owned());
        }
    }
    for (unit, (position, why)) in &at_import.reasons {
        let quiet =
            summary.roles[*position] != Role::Ordinary || matches!(why, Reason::Literal | Reason::BeforeBarrier(_));
        if !quiet {
            let (line, end) = span(summary.pieces[*position].statement);
            let others = partition.units[*unit].len() - 1;
            let together = if others == 0 { String::new() } else { format!(" (with {others} more statements)") };
            add(line, end, "ATI142", format!("runs at import: {why}{together}"));
        }
    }
    if partition.units.len() == 1 && summary.pieces.len() > 1 {
        let last = statements.last().map_or(1, |statement| statement.last_line);
        let why = if summary.exhausted { "it is too large to be analysed" } else { "everything depends on everything" };
        add(1, last, "ATI141", format!("the module is one unit: {why}"));
    }
    if shape.asks_subclasses {
        add(1, 1, "ATI132", "the module asks for `__subclasses__`: its subclasses run at import".to_owned());
    }
    found.into_iter().collect()
}
