//! Rules and decisions of the registry as Python objects.

use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::overrides::{self, Mode};

/// A pattern, who said it, and why.
#[pyclass(frozen, get_all, module = "atimport._native")]
pub struct Rule {
    /// Which modules it speaks about; `*` for a switch.
    pub pattern: String,
    /// By which door it came: `"pin_eager"`, `"assume_deferred"`, `"sys.at_import_eager"` or a variable.
    pub source: &'static str,
    /// Whether it makes modules eager; otherwise it treats them as opted in.
    pub eager: bool,
    /// Whether it holds for all that a matching module imports, too.
    pub deep: bool,
    /// Who made it; empty for the environment's.
    pub owner: String,
    /// Why.
    pub reason: String,
}

impl From<&overrides::Rule> for Rule {
    fn from(rule: &overrides::Rule) -> Self {
        Self {
            pattern: rule.pattern.text().to_owned(),
            source: rule.source.name(),
            eager: rule.source.beats_declaration(),
            deep: rule.deep,
            owner: rule.owner.clone().unwrap_or_default(),
            reason: rule.reason(),
        }
    }
}

#[pymethods]
impl Rule {
    fn __repr__(&self) -> String {
        let deep = if self.deep { ", deep" } else { "" };
        format!(
            "Rule(pattern={:?}, source={:?}{deep}, owner={:?}, reason={:?})",
            self.pattern, self.source, self.owner, self.reason
        )
    }
}

/// How a module is executed, and who said so.
#[pyclass(frozen, get_all, module = "atimport._native")]
pub struct Decision {
    /// `"eager"`, `"deferred"`, or `"declaration"` when it is up to the module's own declaration.
    pub mode: &'static str,
    /// The pattern, or the variable, of the rule that won; `None` when no rule did.
    pub rule: Option<String>,
    /// Who made the rule.
    pub source: String,
    /// Why.
    pub reason: String,
    /// Every rule that speaks about the module, the strongest first.
    pub rules: Py<PyTuple>,
}

impl Decision {
    /// A decision, with the rules that spoke.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn new(py: Python<'_>, decision: overrides::Decision, spoke: Vec<Rule>) -> PyResult<Self> {
        let mode = match decision.mode {
            Mode::Eager => "eager",
            Mode::Declared | Mode::Assumed => "deferred",
            Mode::Undecided => "declaration",
        };
        let rules = spoke.into_iter().map(|rule| Bound::new(py, rule)).collect::<PyResult<Vec<_>>>()?;
        Ok(Self {
            mode,
            rule: decision.rule,
            source: decision.source.to_string(),
            reason: decision.reason,
            rules: PyTuple::new(py, rules)?.unbind(),
        })
    }
}

#[pymethods]
impl Decision {
    fn __repr__(&self) -> String {
        let rule = self.rule.as_ref().map_or_else(|| "None".to_owned(), |rule| format!("{rule:?}"));
        format!("Decision(mode={:?}, rule={rule}, source={:?}, reason={:?})", self.mode, self.source, self.reason)
    }
}
