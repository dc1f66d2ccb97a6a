//! Pins as plain data: the patterns in `sys.at_import_eager`.
//!
//! Who can't import atimport (because it may not be installed, or because only pure Python may be vendored) says what has
//! to be eager by an attribute of `sys`, which is read on every decision:
//!
//! ```python
//! sys.at_import_eager = (*getattr(sys, "at_import_eager", ()), "pip.*")
//! ```
//!
//! A tuple that is the same object is not looked at again; anything else is compared item by item. A single string is one
//! pattern. What can't be understood becomes a warning, once, and the rest counts. A pattern that is taken out again is
//! withdrawn; once the registry is frozen, nothing changes.

use std::collections::HashMap;
use std::sync::Mutex;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use super::{capture, late, policy, rules};
use crate::overrides::rule::ATTRIBUTE;
use crate::overrides::{Pattern, Rule, Source};
use crate::runtime::sync::lock;

/// What was read last.
static READ: Mutex<Option<Snapshot>> = Mutex::new(None);

struct Snapshot {
    object: Py<PyAny>,
    /// The strings that were in it, and what was wrong with the rest.
    texts: Vec<String>,
    problem: Option<String>,
    /// Text of each pattern that is a rule → the rule's serial.
    serials: HashMap<String, u64>,
}

/// Reads the attribute and brings the registry up to date.
///
/// # Errors
/// When a warning about what can't be understood is turned into an error; what an audit hook raises.
pub fn read(py: Python<'_>) -> PyResult<()> {
    let sys = capture::captured(py)?.sys.bind(py);
    let dict = sys.getattr(intern!(py, "__dict__"))?.cast_into::<PyDict>()?;
    let found = dict.get_item(intern!(py, "at_import_eager"))?;
    let unchanged = match (&found, &*lock(&READ)) {
        (None, None) => true,
        (Some(found), Some(read)) => read.object.is(found) && found.is_exact_instance_of::<PyTuple>(),
        _ => false,
    };
    if unchanged || policy::with_registry(|registry| registry.is_frozen()) {
        return Ok(());
    }
    let (texts, problem) = match &found {
        Some(found) => texts(found),
        None => (Vec::new(), None),
    };
    let serials = match &mut *lock(&READ) {
        Some(read) if read.texts == texts && read.problem == problem && found.is_some() => return Ok(()),
        Some(read) => read.serials.clone(),
        None => HashMap::new(),
    };
    let mut problems: Vec<String> = problem.iter().cloned().collect();
    let mut kept = HashMap::with_capacity(texts.len());
    let mut added: HashMap<&String, Rule> = HashMap::new();
    for text in &texts {
        if let Some(serial) = serials.get(text) {
            kept.insert(text.clone(), *serial);
            continue;
        }
        match Pattern::parse(text) {
            Ok(pattern) => {
                let owner = Some(format!("sys.{ATTRIBUTE}"));
                let rule = Rule { owner, ..Rule::new(pattern, Source::Attribute) };
                rules::announce(py, "pin_eager", &rule)?;
                added.insert(text, rule);
            }
            Err(error) => problems.push(format!("sys.{ATTRIBUTE}: {error}; it is ignored")),
        }
    }
    for serial in serials.iter().filter(|(text, _)| !kept.contains_key(*text)).map(|(_, serial)| *serial) {
        policy::with_registry(|registry| registry.withdraw(serial))?;
    }
    for (text, rule) in added {
        late::remember(rule.pattern.clone());
        kept.insert(text.clone(), policy::with_registry(|registry| registry.add(rule))?);
    }
    let read = found.map(|found| Snapshot { object: found.unbind(), texts, problem, serials: kept });
    let before = std::mem::replace(&mut *lock(&READ), read);
    drop(before); // after the lock: dropping an object may run Python code
    problems.iter().try_for_each(|text| policy::warn(py, text))
}

/// The strings in the attribute's value, and what is wrong with the rest.
fn texts(found: &Bound<'_, PyAny>) -> (Vec<String>, Option<String>) {
    if let Ok(one) = found.cast::<PyString>() {
        return (vec![one.to_string_lossy().into_owned()], None);
    }
    let expected = |got: &Bound<'_, PyAny>| {
        let kind = got.get_type().name().map_or_else(|_| "something else".to_owned(), |name| name.to_string());
        Some(format!("sys.{ATTRIBUTE}: expected a tuple of strings, got {kind}; it is ignored"))
    };
    let Ok(items) = found.try_iter() else { return (Vec::new(), expected(found)) };
    let (mut texts, mut problem) = (Vec::new(), None);
    for item in items {
        match item {
            Ok(item) => match item.cast::<PyString>() {
                Ok(text) => texts.push(text.to_string_lossy().into_owned()),
                Err(_) => problem = expected(&item),
            },
            Err(_) => {
                problem = expected(found);
                break;
            }
        }
    }
    (texts, problem)
}
