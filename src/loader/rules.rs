//! Rules from Python: pins and assumptions, withdrawing them, freezing.
//!
//! Terms: a *registration* is what adding a rule returns. It is the owner's token: only who holds it can withdraw the rule,
//! and it can't be made otherwise.
//!
//! Separate from [`super::policy`], which only asks.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::decision::{Decision, Rule};
use super::{late, lazy_filter, policy};
use crate::overrides::{self, Declared, Pattern, Source};
use crate::runtime::report::ResolveReport;
use crate::runtime::resolution::Resolution;
use crate::runtime::{audit, ffi, interpreter};

/// A rule that was added, and the right to withdraw it.
#[pyclass(frozen, module = "atimport._native")]
pub struct Registration {
    /// What was added.
    #[pyo3(get)]
    pub rule: Py<Rule>,
    /// What ran because it was still pending when the pin came.
    #[pyo3(get)]
    pub report: Py<ResolveReport>,
    serial: u64,
}

#[pymethods]
impl Registration {
    /// Takes the rule away again; what has run because of it has run.
    ///
    /// Raises FrozenRegistryError once the registry is frozen, LookupError when the rule has been withdrawn.
    fn withdraw(&self, py: Python<'_>) -> PyResult<()> {
        let rule = policy::with_registry(|registry| registry.rule(self.serial).cloned());
        if let Some(rule) = rule {
            announce(py, "withdraw", &rule)?;
        }
        policy::with_registry(|registry| registry.withdraw(self.serial))?;
        Ok(())
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("<atimport.Registration of {}>", self.rule.bind(py).repr()?))
    }
}

/// Adds a pin and runs what is pending in modules that it speaks about.
///
/// # Errors
/// `ValueError` for a malformed pattern, `FrozenRegistryError`, what an audit hook raises.
pub fn pin_eager(py: Python<'_>, pattern: &str, reason: &str, owner: &str, deep: bool) -> PyResult<Registration> {
    let pattern = Pattern::parse(pattern)?;
    let registration = add(py, overrides::Rule { deep, ..rule(py, pattern.clone(), Source::PinEager, reason, owner) })?;
    let done = late::settle(py, &pattern, deep)?;
    Ok(Registration { report: Py::new(py, ResolveReport::new(py, done)?)?, ..registration })
}

/// Adds an assumption.
///
/// # Errors
/// As of [`pin_eager`].
pub fn assume_deferred(py: Python<'_>, pattern: &str, reason: &str, owner: &str) -> PyResult<Registration> {
    let pattern = Pattern::parse(pattern)?;
    add(py, rule(py, pattern, Source::AssumeDeferred, reason, owner))
}

/// What the rules say about a name, and every rule that speaks.
///
/// # Errors
/// When a warning about a malformed variable or pattern is turned into an error.
pub fn decide(py: Python<'_>, name: &str, path: Option<&str>) -> PyResult<Decision> {
    let (decision, spoke) = policy::about(py, name, path, |registry, subject| {
        let spoke = registry.speaking(subject).into_iter().map(Rule::from).collect();
        (registry.decide(subject, Declared::Unknown), spoke)
    })?;
    Decision::new(py, decision, spoke)
}

/// Every rule, in the order in which they came.
///
/// # Errors
/// As of [`decide`].
pub fn all(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
    policy::read_environment(py)?;
    super::attribute::read(py)?;
    let rules: Vec<Rule> = policy::with_registry(|registry| registry.rules().map(Rule::from).collect());
    PyTuple::new(py, rules.into_iter().map(|rule| Bound::new(py, rule)).collect::<PyResult<Vec<_>>>()?)
}

/// Ends all change of rules.
///
/// # Errors
/// What an audit hook raises.
pub fn freeze(py: Python<'_>) -> PyResult<()> {
    policy::read_environment(py)?;
    super::attribute::read(py)?;
    audit::raise(py, c"atimport.override", || Ok(("freeze", "", caller(py).unwrap_or_default(), "")))?;
    policy::with_registry(overrides::Registry::freeze);
    Ok(())
}

/// Tells audit hooks that a rule is about to be added or withdrawn.
///
/// # Errors
/// What a hook raises.
pub fn announce(py: Python<'_>, action: &str, rule: &overrides::Rule) -> PyResult<()> {
    let owner = rule.owner.as_deref().unwrap_or_default();
    let reason = rule.reason.as_deref().unwrap_or_default();
    audit::raise(py, c"atimport.override", || Ok((action, rule.pattern.text(), owner, reason)))
}

fn add(py: Python<'_>, rule: overrides::Rule) -> PyResult<Registration> {
    policy::read_environment(py)?;
    announce(py, rule.source.name(), &rule)?;
    let serial = policy::with_registry(|registry| registry.add(rule.clone()))?;
    lazy_filter::keep(py)?;
    let report = Py::new(py, ResolveReport::new(py, Resolution::default())?)?;
    Ok(Registration { rule: Py::new(py, Rule::from(&rule))?, report, serial })
}

fn rule(py: Python<'_>, pattern: Pattern, source: Source, reason: &str, owner: &str) -> overrides::Rule {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    overrides::Rule {
        reason: given(reason),
        owner: given(owner).or_else(|| caller(py)),
        ..overrides::Rule::new(pattern, source)
    }
}

/// Name of the module whose code is running: native functions have no frame of their own.
fn caller(py: Python<'_>) -> Option<String> {
    let globals = ffi::globals_of(&interpreter::frame(py).ok()?)?;
    globals.get_item(intern!(py, "__name__")).ok()??.extract().ok()
}
