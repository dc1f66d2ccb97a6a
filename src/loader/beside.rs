//! The analysis, by a thread of its own, while the interpreter reads the file.
//!
//! Both take about as long, and only one of them needs the interpreter's lock. The result is the same either way; without a
//! second processor, for a short file, and where no thread can be had, one comes after the other.
//!
//! ```text
//! thread:   statements ──── effects ─── partition ─── plan ┐
//! import:             └─ outline: trees, bodies ───────────┴─ units ─ image
//! ```

use std::sync::OnceLock;
use std::sync::mpsc;
use std::{panic, process, thread};

use crate::analysis::plan::Statement;
use crate::analysis::{Analysis, Input, Unparsable, analyze, analyze_telling};

/// Size in bytes from which on a source is worth a thread.
const LARGE: usize = 8 << 10;

/// Analyses a module, and does `meanwhile` with its statements.
///
/// # Errors
/// As [`analyze`]; `meanwhile` is not done then.
pub fn analysed<R>(input: &Input<'_>, meanwhile: impl FnOnce(&[Statement]) -> R) -> Result<(Analysis, R), Unparsable> {
    static PROCESSORS: OnceLock<usize> = OnceLock::new();
    let processors = || *PROCESSORS.get_or_init(|| thread::available_parallelism().map_or(1, usize::from));
    if input.source.len() < LARGE || processors() == 1 {
        return one_by_one(input, meanwhile);
    }
    let Input { is_package, version, .. } = *input;
    let [source, module, platform, without] =
        [input.source, input.module, input.platform, input.without].map(str::to_owned);
    let (tell, told) = mpsc::channel();
    let analysing = thread::Builder::new().name("atimport-analysis".to_owned()).spawn(move || {
        let input =
            Input { source: &source, module: &module, is_package, version, platform: &platform, without: &without };
        // nobody listens any more in a child process
        analyze_telling(&input, |statements| drop(tell.send(statements.to_vec())))
    });
    let Ok(analysing) = analysing else { return one_by_one(input, meanwhile) };
    let here = process::id();
    let done = told.recv().ok().map(|statements| meanwhile(&statements));
    let analysis = if process::id() == here {
        analysing.join().unwrap_or_else(|panicked| panic::resume_unwind(panicked))
    } else {
        // the compiler warned, and what was called for that has forked: here is no such thread
        analyze(input)
    }?;
    done.map_or_else(
        || unreachable!("the statements are told before the analysis succeeds"),
        |done| Ok((analysis, done)),
    )
}

fn one_by_one<R>(input: &Input<'_>, meanwhile: impl FnOnce(&[Statement]) -> R) -> Result<(Analysis, R), Unparsable> {
    let analysis = analyze(input)?;
    let done = meanwhile(&analysis.plan.statements);
    Ok((analysis, done))
}
