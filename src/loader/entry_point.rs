//! What is kept for an entry point from one run to the next.
//!
//! Terms: the *entry point* is what the interpreter was started for, a script or `-m module`. What is kept for it is text,
//! one thing a line, below a head line that says what it is. It stands in the per-user cache ([`super::user_cache`]), never
//! beside the script: programs stand in folders where nobody expects a `__pycache__`.
//!
//! ```text
//! /opt/app/tool.py  ->  ~/.cache/atimport/opt/app/__pycache__/tool.cpython-313.prefetch
//! ```
//!
//! Question: "which file belongs to this run, and may it be written?" What the lines mean is for those who keep them:
//! [`super::prefetch`], [`super::start_profile`].

use std::path::{Path, PathBuf};

use pyo3::intern;
use pyo3::prelude::*;

use super::capture::Captured;
use super::{cached, policy, user_cache};

/// A file that is kept for the entry point of this process.
pub struct Kept {
    file: PathBuf,
    /// Its first line.
    head: &'static str,
    /// A child of `fork` writes none.
    process: u32,
}

/// Whether the environment's `variable` has the one value that asks for something; a warning tells of another.
///
/// # Errors
/// When the warning is turned into an error.
pub fn asks(py: Python<'_>, variable: &str, value: &str) -> PyResult<bool> {
    let Some(found) = std::env::var_os(variable).filter(|found| !found.is_empty()) else { return Ok(false) };
    if found != value {
        let found = found.to_string_lossy();
        policy::warn(py, &format!("{variable}: {found:?} is not {value:?}; it is ignored"))?;
        return Ok(false);
    }
    Ok(true)
}

impl Kept {
    /// The file with that suffix and that first line; nothing when there is no entry point to be known again (`-c`,
    /// interactive).
    ///
    /// # Errors
    /// What reading `sys.pycache_prefix` and its like raises.
    pub fn of(captured: &Captured, py: Python<'_>, suffix: &str, head: &'static str) -> PyResult<Option<Self>> {
        let Some(source) = source(py, captured) else { return Ok(None) };
        let Some(pyc) = cached::pyc_path(captured, py, &source)? else { return Ok(None) };
        Ok(Some(Self { file: pyc.with_extension(suffix), head, process: std::process::id() }))
    }

    /// The lines below the head; nothing when there is no such file, or it is damaged or another's.
    ///
    /// # Errors
    /// What an audit hook raises.
    pub fn read(&self, captured: &Captured, py: Python<'_>) -> PyResult<Option<String>> {
        let file = user_cache::read(captured, py, &self.file)?;
        let text = file.and_then(|file| String::from_utf8(file.to_vec()).ok());
        Ok(text.and_then(|text| Some(text.strip_prefix(self.head)?.strip_prefix('\n')?.to_owned())))
    }

    /// Replaces it, unless the interpreter was told not to write bytecode or this is a child of the process that has
    /// opened it. Failing is not an error: then the next run finds what this one has found.
    ///
    /// # Errors
    /// What reading `sys.dont_write_bytecode` raises.
    pub fn write<'l>(
        &self,
        captured: &Captured,
        py: Python<'_>,
        lines: impl IntoIterator<Item = &'l str>,
    ) -> PyResult<()> {
        let refused = captured.sys.bind(py).getattr(intern!(py, "dont_write_bytecode"))?.is_truthy()?;
        if !refused && self.process == std::process::id() {
            let text: String = std::iter::once(self.head).chain(lines).flat_map(|line| [line, "\n"]).collect();
            user_cache::write(captured, &self.file, text.as_bytes(), 0o644);
        }
        Ok(())
    }
}

/// The path of the entry point's source, as far as it can be told before it runs.
fn source(py: Python<'_>, captured: &Captured) -> Option<String> {
    let sys = captured.sys.bind(py);
    let words: Vec<String> = sys.getattr(intern!(py, "orig_argv")).ok()?.extract().ok()?;
    let script = sys.getattr(intern!(py, "argv")).and_then(|words| words.get_item(0)?.extract::<String>());
    let path = match script.unwrap_or_default().as_str() {
        "" | "-" | "-c" => return None,
        // of a module that is still being looked for; its name stands in the same folder as the interpreter
        "-m" => Path::new(&words[0]).with_file_name(format!("{}.py", module_of(&words)?)),
        script => PathBuf::from(script),
    };
    let mut path = std::path::absolute(path).ok()?;
    if path.extension().is_none_or(|suffix| suffix != "py") {
        path.as_mut_os_string().push(".py");
    }
    path.into_os_string().into_string().ok()
}

/// The module that `-m` names: the last one in `python -m atimport run -m tool`.
fn module_of(words: &[String]) -> Option<&str> {
    let place = words.iter().position(|word| word == "-m")?;
    match words.get(place + 1..)? {
        [own, command, rest @ ..] if own == "atimport" && command == "run" => module_of(rest),
        [name, ..] => Some(name),
        [] => None,
    }
}
