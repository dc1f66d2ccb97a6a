//! Executing a module: deferred when somebody wants it and it can be, else exactly as the stock loader does.
//!
//! The question answered here is "what does `exec_module` do?" (`_LoaderBasics.exec_module`,
//! Lib/importlib/_bootstrap_external.py). The decision reads as little as possible: a valid image says all; without one,
//! the module's code object says whether `__at_import__` occurs at its top level, and only then the source is analysed.
//!
//! ```python
//! __at_import__ = None      # code.co_names contains '__at_import__': analyse, split, write the image
//! x = 1                     # not in co_names: execute the code object that the stock loader returned
//! ```

use std::path::PathBuf;
use std::sync::Arc;

use pyo3::exceptions::PyImportError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyBytes, PyString, PyTuple};

use super::cached::{self, Source};
use super::capture::{Captured, captured};
use super::compile::compile_plan;
use super::images::Images;
use super::policy::{self, Wish};
use super::{late, lazy_filter, seal};
use crate::analysis::plan::Declaration;
use crate::analysis::{self, Analysis, Input};
use crate::error::DeclarationWarning;
use crate::image::Image;
use crate::runtime::context::{self, EagerImports};
use crate::runtime::timing::{self, What};
use crate::runtime::{execute, ffi, report, table};

/// The hook's name.
const HOOK: &str = "__at_import__";

/// A module about to be executed.
struct Execution<'a, 'py> {
    captured: &'a Captured,
    loader: &'a Bound<'py, PyAny>,
    module: &'a Bound<'py, PyAny>,
    name: Arc<str>,
    /// The source file and what is cached for it, where that can be found natively.
    source: Option<Source>,
}

/// `exec_module` of our loaders.
///
/// # Errors
/// What the module raises, and what the stock loader raises for a module that can't be read, decoded or parsed.
pub fn exec_module(loader: &Bound<'_, PyAny>, module: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = loader.py();
    let name: Arc<str> = module.getattr(intern!(py, "__name__"))?.extract::<String>()?.into();
    let captured = captured(py)?;
    let source = cached::find(captured, loader)?;
    let execution = Execution { captured, loader, module, name, source };
    if table::find(module).is_some() {
        // a reload: what is pending belongs to the old execution and must not run after the new one
        report::resolve_target(module, false)?;
        return execution.eagerly();
    }
    if seal::is_sealed() {
        seal::before_reading(py, &execution.name, &execution.path()?)?;
    }
    let wish = policy::wish(py, &execution.name, || execution.path())?;
    lazy_filter::keep(py)?;
    late::settle_all(py)?;
    let _entered = context::enter(execution.name.clone(), None);
    match wish {
        Wish::EagerForImporter => execution.eagerly(),
        Wish::Pinned { deep } => {
            let eager = deep.then(EagerImports::begin);
            execution.eagerly()?;
            drop(eager);
            late::settle_aliased(py)
        }
        _ if !is_plain_module(module) => execution.eagerly(),
        wish => execution.as_wished(wish),
    }
}

/// What [`write_image`] is asked for.
#[derive(Clone, Copy)]
pub struct Request {
    /// Also for a module that declares nothing: somebody assumes that it may be deferred.
    pub assume: bool,
    /// The image says that the module is to be deferred, whatever it declares.
    pub flagged: bool,
    /// How the image knows its source: nothing for time and size, else by hash, and whether that is compared.
    pub hashed: Option<bool>,
    /// Also when there is one that can be used.
    pub force: bool,
}

/// Splits the module of a source file and writes its image beside it; nothing is executed. Returns what came of it and the
/// image's path: `written`; `fresh`, there was one; `undeclared`, the module doesn't ask for one; `eager`, the module can't
/// be deferred, and so isn't flagged; `uncached`, there is no place for one.
///
/// # Errors
/// `SyntaxError` and its like for a source that can't be compiled, `OSError` when the image can't be written.
pub fn write_image(
    py: Python<'_>,
    path: &str,
    name: &str,
    package: bool,
    request: Request,
) -> PyResult<(&'static str, Option<PathBuf>)> {
    let captured = captured(py)?;
    let loader = captured.external.bind(py).getattr("SourceFileLoader")?.call1((name, path))?;
    let module = pyo3::types::PyModule::new(py, name)?.into_any();
    if package {
        module.setattr("__path__", PyTuple::empty(py))?;
    }
    let source = cached::find(captured, &loader)?;
    let execution = Execution { captured, loader: &loader, module: &module, name: name.into(), source };
    let Some(mut images) = execution.images(path) else { return Ok(("uncached", None)) };
    let Some((data, text)) = execution.source_text()? else { return Ok(("uncached", None)) };
    // the analysis is the authority; this only saves it
    if !(request.assume || request.flagged || text.contains(HOOK)) {
        return Ok(("undeclared", None));
    }
    let former = images.read_beside()?;
    let mut flagged = request.flagged;
    if let Some((former, hashed)) = former {
        // what an installer wrote stays what it is
        flagged |= former.flagged;
        let fresh = former.flagged == flagged && hashed.is_none() && request.hashed.is_none();
        if fresh && !request.force {
            return Ok(("fresh", Some(images.into_path())));
        }
    }
    let image = execution.split_text(&data, &text, path)?;
    if image.unsplittable.is_some() {
        // a source that CPython refuses too gets CPython's error
        captured.compile.bind(py).call1((&data, path, intern!(py, "exec"), 0, true))?;
    }
    if flagged && (image.unsplittable.is_some() || image.invalid.is_some()) {
        return Ok(("eager", None));
    }
    if !(request.assume || flagged || image.declared || image.invalid.is_some()) {
        return Ok(("undeclared", None));
    }
    let file = images.write_beside(&Image { flagged, ..image }, &data, request.hashed)?;
    Ok(("written", Some(file)))
}

/// Modules of another class (made by somebody's `create_module`) keep that class, and so can't be deferred.
fn is_plain_module(module: &Bound<'_, PyAny>) -> bool {
    module.get_type().is(module.py().get_type::<pyo3::types::PyModule>())
}

impl<'py> Execution<'_, 'py> {
    fn as_wished(&self, wish: Wish) -> PyResult<()> {
        let path = self.path()?;
        let mut images = if left_out().is_empty() { self.images(&path) } else { None };
        if let Some(images) = &mut images
            && let Some(image) = images.read()?
        {
            return self.with_image(wish, image, &path);
        }
        if wish == Wish::AsDeclared
            && let Some(code) = self.undeclared()?
        {
            return self.execute(&code);
        }
        match self.split(&path) {
            Ok(Some((image, data))) => {
                if !image.declared || image.unsplittable.is_some() {
                    // a source that CPython refuses too gets CPython's error and nothing else
                    let code = self.code()?;
                    if wish == Wish::AsDeclared && !mentions_declaration(&code)? {
                        return self.execute(&code);
                    }
                }
                if let Some(images) = images {
                    images.write(&image, &data);
                }
                self.with_image(wish, image, &path)
            }
            // plain Python's own error, or its own success, for what we could not read
            Ok(None) | Err(_) => self.execute(&self.code()?),
        }
    }

    /// The code object of a module that doesn't use the name of the declaration at its top level.
    ///
    /// Where there is no pyc but the source has the name, splitting it comes first: compiling the whole only to learn the
    /// same would take as long as half of that.
    fn undeclared(&self) -> PyResult<Option<Bound<'py, PyAny>>> {
        let code = match &self.source {
            Some(source) => match source.code(self.captured, self.loader.py())? {
                Some(code) => code,
                None if self.source_text().is_ok_and(|found| found.is_some_and(|(_, text)| text.contains(HOOK))) => {
                    return Ok(None);
                }
                None => self.code()?,
            },
            None => self.code()?,
        };
        Ok(if mentions_declaration(&code)? { None } else { Some(code) })
    }

    /// Executes with a split that is known to belong to this source.
    fn with_image(&self, wish: Wish, image: Image, path: &str) -> PyResult<()> {
        policy::guard(&image.guarded_targets);
        if let Some((line, reason)) = &image.invalid {
            self.warn_of_declaration(path, *line, reason)?;
            return self.execute(&self.code()?);
        }
        if let Some(reason) = &image.unsplittable {
            if wish == Wish::Assumed || image.declared {
                self.warn(
                    path,
                    1,
                    &format!("module {} can't be split ({reason}); it was executed eagerly", self.name),
                )?;
            }
            return self.execute(&self.code()?);
        }
        if !(image.declared || image.flagged || wish == Wish::Assumed) {
            return self.execute(&self.code()?);
        }
        let _span = timing::span(What::Defer, || self.name.to_string());
        execute::execute(self.module, &self.name, path, image, &|function, arguments| self.run(function, arguments))
    }

    /// Executes everything now, and the hook after it.
    fn eagerly(&self) -> PyResult<()> {
        let _guard = policy::is_guarded(&self.name).then(EagerImports::begin);
        let code = self.code()?;
        if !mentions_declaration(&code)? {
            return self.execute(&code);
        }
        let declaration = self.analyse().ok().flatten().map(|analysis| analysis.plan.declaration);
        if let Some(Declaration::Invalid { line, reason }) = &declaration {
            self.warn_of_declaration(&self.path()?, *line, reason)?;
        }
        self.execute(&code)?;
        if declaration == Some(Declaration::Hook { portable: false })
            && let Some(dict) = ffi::raw_dict(self.module)
        {
            execute::call_hook(&dict, &self.name, &|function, arguments| self.run(function, arguments))?;
        }
        Ok(())
    }

    /// Path of the source file.
    fn path(&self) -> PyResult<String> {
        match &self.source {
            Some(source) => Ok(source.path.clone()),
            None => self.loader.call_method1(intern!(self.loader.py(), "get_filename"), (&*self.name,))?.extract(),
        }
    }

    /// The stock loader's code object.
    fn code(&self) -> PyResult<Bound<'py, PyAny>> {
        let py = self.loader.py();
        if let Some(source) = &self.source
            && let Some(code) = source.code(self.captured, py)?
        {
            return Ok(code);
        }
        let code = self.loader.call_method1(intern!(py, "get_code"), (&*self.name,))?;
        if code.is_none() {
            // the words of `_LoaderBasics.exec_module`
            return Err(PyImportError::new_err(format!(
                "cannot load module {} when get_code() returns None",
                PyString::new(py, &self.name).repr()?
            )));
        }
        Ok(code)
    }

    /// Executes a code object in the module.
    fn execute(&self, code: &Bound<'py, PyAny>) -> PyResult<()> {
        let py = code.py();
        let _span = timing::span(What::Execute, || self.name.to_string());
        let dict = ffi::raw_dict(self.module)
            .map_or_else(|| self.module.getattr(intern!(py, "__dict__")), |dict| Ok(dict.into_any()))?;
        let exec = self.captured.exec.bind(py);
        let arguments = PyTuple::new(py, [exec, code, &dict])?;
        ffi::exit::call(self.captured.call_with_frames_removed.bind(py), &arguments)?;
        Ok(())
    }

    /// Runs a code object (with the module's dict as argument) or calls a function, below the frame at which importlib
    /// cuts tracebacks.
    fn run(&self, function: &Bound<'py, PyAny>, arguments: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        let py = function.py();
        let cut = self.captured.call_with_frames_removed.bind(py);
        if function.is_callable() {
            let mut all = vec![function.clone()];
            all.extend(arguments.iter());
            return ffi::exit::call(cut, &PyTuple::new(py, all)?);
        }
        let all = PyTuple::new(py, [self.captured.exec.bind(py), function, &arguments.get_item(0)?])?;
        ffi::exit::call(cut, &all)
    }

    /// The images of the source; `None` when nothing can be cached.
    fn images<'a>(&'a self, path: &'a str) -> Option<Images<'a, 'py>> {
        Images::of(self.captured, self.loader, self.source.as_ref(), path, &self.name)
    }

    /// Reads, analyses and compiles the source, and gives it back, too; `None` when there is none.
    fn split(&self, path: &str) -> PyResult<Option<(Image, Bound<'py, PyAny>)>> {
        let _span = timing::span(What::Split, || self.name.to_string());
        let Some((data, text)) = self.source_text()? else { return Ok(None) };
        let image = self.split_text(&data, &text, path)?;
        Ok(Some((image, data)))
    }

    fn split_text(&self, data: &Bound<'py, PyAny>, text: &str, path: &str) -> PyResult<Image> {
        let shown = PyString::new(data.py(), path).into_any();
        let analysis = match self.analyse_text(text) {
            Ok(analysis) => analysis,
            // CPython may accept it all the same: it decides, in `compile_plan`'s place
            Err(unparsable) => {
                let declared = text.contains(HOOK);
                return Ok(Image { declared, unsplittable: Some(unparsable.to_string()), ..Image::default() });
            }
        };
        Ok(match compile_plan(self.captured, data, &shown, &self.name, &analysis.plan)? {
            Ok(image) => image,
            Err(reason) => Image {
                declared: matches!(analysis.plan.declaration, Declaration::Nothing | Declaration::Hook { .. }),
                unsplittable: Some(reason),
                ..Image::default()
            },
        })
    }

    /// The source as the compiler gets it, and as text.
    fn source_text(&self) -> PyResult<Option<(Bound<'py, PyAny>, String)>> {
        let py = self.loader.py();
        let path = self.path()?;
        if !path.ends_with(".py") && !path.ends_with(".pyw") {
            return Ok(None);
        }
        let data = self.loader.call_method1(intern!(py, "get_data"), (path,))?;
        if !data.is_instance_of::<PyBytes>() {
            return Ok(None);
        }
        let text = match utf8(data.cast::<PyBytes>()?.as_bytes()) {
            Some(text) => text.to_owned(),
            None => self.captured.decode_source.bind(py).call1((&data,))?.extract()?,
        };
        Ok(Some((data, text)))
    }

    fn analyse(&self) -> PyResult<Option<Analysis>> {
        Ok(self.source_text()?.and_then(|(_, text)| self.analyse_text(&text).ok()))
    }

    fn analyse_text(&self, text: &str) -> Result<Analysis, analysis::Unparsable> {
        let is_package = ffi::raw_dict(self.module).is_some_and(|dict| dict.contains("__path__").unwrap_or(false));
        analysis::analyze(&Input {
            source: text.strip_prefix('\u{feff}').unwrap_or(text),
            module: &self.name,
            is_package,
            version: self.captured.version,
            platform: &self.captured.platform,
            without: &left_out(),
        })
    }

    /// Warns of a declaration that is none, at its line.
    fn warn_of_declaration(&self, path: &str, line: u32, reason: &str) -> PyResult<()> {
        self.warn(path, line, &format!("`{HOOK}` of module {} {reason}; the module was executed eagerly", self.name))
    }

    /// Warns at a line of the module's source.
    fn warn(&self, path: &str, line: u32, text: &str) -> PyResult<()> {
        let py = self.loader.py();
        let category = py.get_type::<DeclarationWarning>();
        self.captured.warn_explicit.bind(py).call1((text, category, path, line, &*self.name))?;
        Ok(())
    }
}

/// The text of a source file in the default encoding (PEP 3120); `None` when an encoding cookie may say otherwise (PEP 263)
/// or the bytes are not valid. Saves the import of `tokenize`, which decoding by cookie needs.
fn utf8(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let cookie = text.split_inclusive(['\n', '\r']).take(3).any(|line| line.contains("coding"));
    if cookie { None } else { Some(text) }
}

/// The rule of the analysis that the tests of a debug build leave out (`tests/test_mutations.py`); nothing otherwise.
fn left_out() -> String {
    if cfg!(debug_assertions) { std::env::var("ATI_WITHOUT_RULE").unwrap_or_default() } else { String::new() }
}

/// Whether the top level of a module's code uses the name of the declaration.
fn mentions_declaration(code: &Bound<'_, PyAny>) -> PyResult<bool> {
    code.getattr(intern!(code.py(), "co_names"))?.contains(intern!(code.py(), "__at_import__"))
}
