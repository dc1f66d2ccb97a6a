//! Spans added up, for the public API: what each module cost, and each name that was touched.
//!
//! Separate from [`super::timing`], which records and knows nothing of sums or Python objects.

use std::collections::HashMap;

use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::timing::{self, Span, What};

/// What a module cost; microseconds are own times: without what was done for other modules meanwhile.
#[pyclass(frozen, get_all, module = "atimport._native")]
#[derive(Clone, Debug, Default)]
pub struct ModuleCost {
    /// Dotted name.
    pub module: String,
    /// Its execution was deferred.
    pub deferred: bool,
    /// Looking for its file.
    pub find: f64,
    /// Reading its pyc or image.
    pub read: f64,
    /// Making code objects of bytes.
    pub unmarshal: f64,
    /// Analysing and compiling its source, for want of an image.
    pub split: f64,
    /// Executing it, at import.
    pub execute: f64,
    /// Running units of it, because names were touched.
    pub touched: f64,
    /// All of these.
    pub total: f64,
    /// Bytes read for it.
    pub bytes: usize,
}

/// What touching a name cost.
#[pyclass(frozen, get_all, module = "atimport._native")]
#[derive(Clone, Debug)]
pub struct NameCost {
    /// Dotted name of the module.
    pub module: String,
    /// The name.
    pub name: String,
    /// Microseconds, with all that it needed: other modules' imports, too.
    pub microseconds: f64,
    /// Microseconds in units of this module.
    pub own: f64,
}

/// Where the time went.
#[pyclass(frozen, get_all, module = "atimport._native")]
pub struct Stats {
    /// The modules, the most expensive first.
    pub modules: Py<PyTuple>,
    /// The names that were touched, the most expensive first.
    pub names: Py<PyTuple>,
}

fn microseconds(duration: std::time::Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// Adds up what has been recorded.
///
/// # Errors
/// When there is no memory for the result.
pub fn stats(py: Python<'_>) -> PyResult<Stats> {
    let mut modules: HashMap<String, ModuleCost> = HashMap::new();
    let mut names: Vec<NameCost> = Vec::new();
    for span in timing::spans() {
        let cost = modules
            .entry(span.module.clone())
            .or_insert_with(|| ModuleCost { module: span.module.clone(), ..ModuleCost::default() });
        add(cost, &span);
        if let Some(name) = span.name {
            names.push(NameCost {
                module: span.module,
                name,
                microseconds: microseconds(span.duration),
                own: microseconds(span.own),
            });
        }
    }
    let mut modules: Vec<ModuleCost> = modules.into_values().collect();
    modules.sort_by(|a, b| b.total.total_cmp(&a.total).then_with(|| a.module.cmp(&b.module)));
    names.sort_by(|a, b| b.microseconds.total_cmp(&a.microseconds));
    Ok(Stats { modules: PyTuple::new(py, modules)?.unbind(), names: PyTuple::new(py, names)?.unbind() })
}

fn add(cost: &mut ModuleCost, span: &Span) {
    let own = microseconds(span.own);
    *match span.what {
        What::Find => &mut cost.find,
        What::Read => &mut cost.read,
        What::Unmarshal => &mut cost.unmarshal,
        What::Split => &mut cost.split,
        What::Execute | What::Defer => &mut cost.execute,
        What::Touch => &mut cost.touched,
    } += own;
    cost.total += own;
    cost.deferred |= span.what == What::Defer;
    if span.what == What::Read {
        cost.bytes += span.bytes;
    }
}

/// A span, as the stub has it: what, module, name, begin, duration and own time in microseconds, bytes, thread.
pub type Row = (&'static str, String, Option<String>, f64, f64, f64, usize, u64);

/// What has been recorded, in the order in which it ended.
#[must_use]
pub fn rows() -> Vec<Row> {
    timing::spans()
        .into_iter()
        .map(|span| {
            let [begin, duration, own] = [span.begin, span.duration, span.own].map(microseconds);
            (span.what.label(), span.module, span.name, begin, duration, own, span.bytes, span.thread)
        })
        .collect()
}
