//! A decision of the registry as a Python object.

use pyo3::prelude::*;

use crate::overrides::{self, Mode};

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
}

impl From<overrides::Decision> for Decision {
    fn from(decision: overrides::Decision) -> Self {
        let mode = match decision.mode {
            Mode::Eager => "eager",
            Mode::Declared | Mode::Assumed => "deferred",
            Mode::Undecided => "declaration",
        };
        Self { mode, rule: decision.rule, source: decision.source.to_string(), reason: decision.reason }
    }
}

#[pymethods]
impl Decision {
    fn __repr__(&self) -> String {
        let rule = self.rule.as_ref().map_or_else(|| "None".to_owned(), |rule| format!("{rule:?}"));
        format!("Decision(mode={:?}, rule={rule}, source={:?}, reason={:?})", self.mode, self.source, self.reason)
    }
}
