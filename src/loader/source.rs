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

use std::cell::OnceCell;
use std::sync::Arc;

use pyo3::exceptions::PyImportError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyString, PyTuple};

use super::cached::{self, Source};
use super::capture::{Captured, captured};
use super::compile::compile_plan;
use super::declared::{self, defines_hook, mentions_declaration};
use super::images::Images;
use super::outline::Outline;
use super::policy::{self, Wish};
use super::text::{self, SourceText};
use super::{beside, late, lazy_filter, seal, sourceless, start_profile};
use crate::analysis::plan::Declaration;
use crate::analysis::{Analysis, Input, analyze};
use crate::error::DeclarationWarning;
use crate::image::Image;
use crate::runtime::context::{self, Imports};
use crate::runtime::early::HeadStart;
use crate::runtime::timing::{self, What};
use crate::runtime::{execute, ffi, reload};

/// A module about to be executed.
pub struct Execution<'a, 'py> {
    captured: &'a Captured,
    loader: &'a Bound<'py, PyAny>,
    module: &'a Bound<'py, PyAny>,
    /// `__name__`, for the loader's methods.
    full_name: Bound<'py, PyAny>,
    /// The same as text: what it has of lone surrogates is replaced.
    name: Arc<str>,
    /// The source file and what is cached for it, where that can be found natively.
    source: Option<Source>,
    /// What [`Execution::source_text`] has read.
    text: OnceCell<Option<SourceText<'py>>>,
}

/// `exec_module` of our loaders.
///
/// # Errors
/// What the module raises, and what the stock loader raises for a module that can't be read, decoded or parsed.
pub fn exec_module(loader: &Bound<'_, PyAny>, module: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = loader.py();
    let captured = captured(py)?;
    let stock = captured.source_loader.bind(py).getattr(intern!(py, "exec_module"))?;
    if !stock.is(&captured.exec_module) && loader.is_instance(captured.source_loader.bind(py))? {
        // somebody has replaced the stock method, and expects to be asked
        stock.call1((loader, module))?;
        return Ok(());
    }
    let full_name = module.getattr(intern!(py, "__name__"))?;
    let source = cached::find(captured, loader)?;
    let execution = Execution::new(captured, loader, module, full_name, source)?;
    if reload::asks_for_itself(module)? {
        return execution.eagerly();
    }
    if seal::is_sealed() {
        seal::before_reading(py, &execution.name, &execution.path()?)?;
    }
    let wish = policy::wish(py, &execution.name, || execution.path())?;
    lazy_filter::keep(py)?;
    late::settle_all(py)?;
    let _entered = context::enter(execution.name.clone(), None);
    let _check = policy::is_checked(&execution.name).then(|| Imports::Checked.begin());
    match wish {
        Wish::EagerForImporter => execution.eagerly(),
        Wish::Pinned { deep } => {
            let eager = deep.then(|| Imports::Eager.begin());
            execution.eagerly()?;
            drop(eager);
            late::settle_aliased(py)
        }
        _ if !is_plain_module(module) || !execution.is_plain()? => execution.eagerly(),
        wish => execution.as_wished(wish),
    }
}

/// Modules of another class (made by somebody's `create_module`) keep that class, and so can't be deferred.
fn is_plain_module(module: &Bound<'_, PyAny>) -> bool {
    module.get_type().is(module.py().get_type::<pyo3::types::PyModule>()) || ffi::module_type::is_watched(module)
}

impl<'a, 'py> Execution<'a, 'py> {
    /// A module that is to be executed by `loader` and called `full_name`.
    ///
    /// # Errors
    /// When a name that is no string can't be made one.
    pub fn new(
        captured: &'a Captured,
        loader: &'a Bound<'py, PyAny>,
        module: &'a Bound<'py, PyAny>,
        full_name: Bound<'py, PyAny>,
        source: Option<Source>,
    ) -> PyResult<Self> {
        let name = full_name.str()?.to_string_lossy().into();
        Ok(Self { captured, loader, module, full_name, name, source, text: OnceCell::new() })
    }

    fn as_wished(&self, wish: Wish) -> PyResult<()> {
        let path = self.path()?;
        let mut images = if left_out().is_empty() { self.images(&path) } else { None };
        if let Some(images) = &mut images
            && let Some(image) = images.read()?
        {
            let start = start_profile::of(&self.name, images.checksum());
            return self.with_image(wish, (image, start), &path, None);
        }
        if wish == Wish::AsDeclared
            && let Some(code) = self.undeclared()?
        {
            return self.execute(&code);
        }
        match self.split(&path) {
            Ok(Some((image, data))) => {
                let mut whole = None;
                if image.unsplittable.is_some() || (wish == Wish::AsDeclared && !image.declared) {
                    // a source that CPython refuses too gets CPython's error and nothing else; what is going to run in
                    // units is not compiled as a whole, because the compiler would warn twice
                    let code = self.code()?;
                    if wish == Wish::AsDeclared && !mentions_declaration(&code)? {
                        return self.execute(&code);
                    }
                    whole = Some(code);
                }
                let mut checksum = None;
                if let Some(mut images) = images {
                    images.write(&image, data);
                    checksum = images.checksum();
                }
                self.with_image(wish, (image, start_profile::of(&self.name, checksum)), &path, whole)
            }
            Ok(None) => self.eagerly(),
            // plain Python's own error, or its own success, for what we could not read
            Err(_) => self.execute(&self.code()?),
        }
    }

    /// The code object of a module that doesn't use the name of the declaration at its top level.
    ///
    /// Where there is no pyc but the source has the name, splitting it comes first: compiling the whole only to learn the
    /// same would take as long as half of that.
    fn undeclared(&self) -> PyResult<Option<Bound<'py, PyAny>>> {
        let code = match self.cached_code()? {
            Some(code) => code,
            None => {
                let has_name = || {
                    self.source_text().is_ok_and(|found| found.is_some_and(|(_, text)| text.contains(declared::NAME)))
                };
                if self.source.is_some() && has_name() {
                    return Ok(None);
                }
                self.stock_code()?
            }
        };
        Ok(if mentions_declaration(&code)? { None } else { Some(code) })
    }

    /// Executes with a split that is known to belong to this source; `whole` is the module's code object if it is there.
    fn with_image(
        &self,
        wish: Wish,
        (image, start): (Image, HeadStart),
        path: &str,
        whole: Option<Bound<'py, PyAny>>,
    ) -> PyResult<()> {
        let eagerly = || self.execute(&whole.map_or_else(|| self.code(), Ok)?);
        policy::guard(&image.guarded_targets, &image.checked_targets);
        if let Some((line, reason)) = &image.invalid {
            self.warn_of_declaration(path, *line, reason)?;
            return eagerly();
        }
        if let Some(reason) = &image.unsplittable {
            if wish == Wish::Assumed || image.declared {
                self.warn(
                    path,
                    1,
                    &format!("module {} can't be split ({reason}); it was executed eagerly", self.name),
                )?;
            }
            return eagerly();
        }
        if !(image.declared || image.flagged || wish == Wish::Assumed) {
            return eagerly();
        }
        reload::retire(self.module)?;
        let _span = timing::span(What::Defer, || self.name.to_string());
        let run = |function: &_, arguments: &_| self.run(function, arguments);
        execute::execute(self.module, &self.name, path, (image, start), &run)
    }

    /// Executes everything now, and the hook after it.
    fn eagerly(&self) -> PyResult<()> {
        let _guard = policy::is_guarded(&self.name).then(|| Imports::Eager.begin());
        let code = self.code()?;
        if !mentions_declaration(&code)? {
            return self.execute(&code);
        }
        let declaration = match self.analyse() {
            Ok(analysis) => analysis.map(|analysis| analysis.plan.declaration),
            // a hook must not be lost because its source could not be read to the end
            Err(error) if defines_hook(&code)? => return Err(error),
            Err(_) => None,
        };
        if declaration == Some(Declaration::Absent) && defines_hook(&code)? {
            let message = format!(
                "the source of {} changed while it was imported, and its hook is not known; import it again",
                self.name
            );
            return Err(PyImportError::new_err(message));
        }
        if let Some(Declaration::Invalid { line, reason }) = &declaration {
            self.warn_of_declaration(&self.path()?, *line, reason)?;
        }
        self.execute(&code)?;
        let Some(dict) = ffi::raw_dict(self.module) else { return Ok(()) };
        let waits = match declaration {
            Some(declaration) => declaration == Declaration::Hook { portable: false },
            None => sourceless::wants_hook(self.captured, &code, &dict)?,
        };
        if waits {
            execute::call_hook(&dict, &self.name, &|function, arguments| self.run(function, arguments))?;
        }
        Ok(())
    }

    /// Whether name and path are plain text, which rules, images and the files behind them need. A module of which they
    /// aren't is executed eagerly.
    fn is_plain(&self) -> PyResult<bool> {
        let name = self.full_name.cast::<PyString>();
        Ok(name.is_ok_and(|name| name.to_str().is_ok())
            && (self.source.is_some() || self.captured.native_path(&self.full_path()?).is_some()))
    }

    /// Path of the source file; lone surrogates in it are replaced.
    fn path(&self) -> PyResult<String> {
        match &self.source {
            Some(source) => Ok(source.path.clone()),
            None => Ok(self.full_path()?.str()?.to_string_lossy().into_owned()),
        }
    }

    /// Path of the source file, as the loader has it.
    fn full_path(&self) -> PyResult<Bound<'py, PyAny>> {
        match &self.source {
            Some(source) => Ok(PyString::new(self.loader.py(), &source.path).into_any()),
            None => self.loader.call_method1(intern!(self.loader.py(), "get_filename"), (&self.full_name,)),
        }
    }

    /// The code object of the whole module.
    fn code(&self) -> PyResult<Bound<'py, PyAny>> {
        self.cached_code()?.map_or_else(|| self.stock_code(), Ok)
    }

    /// That of a valid pyc, where one is found natively.
    fn cached_code(&self) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.source.as_ref().map_or(Ok(None), |source| source.code(self.captured, self.loader.py()))
    }

    /// That of the stock loader.
    fn stock_code(&self) -> PyResult<Bound<'py, PyAny>> {
        let py = self.loader.py();
        let code = self.loader.call_method1(intern!(py, "get_code"), (&self.full_name,))?;
        if code.is_none() {
            // the words of `_LoaderBasics.exec_module`
            return Err(PyImportError::new_err(format!(
                "cannot load module {} when get_code() returns None",
                self.full_name.repr()?
            )));
        }
        Ok(code)
    }

    /// Executes a code object in the module.
    fn execute(&self, code: &Bound<'py, PyAny>) -> PyResult<()> {
        let py = code.py();
        reload::retire(self.module)?;
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
    pub fn images<'i>(&'i self, path: &'i str) -> Option<Images<'i, 'py>> {
        Images::of(self.captured, self.loader, self.source.as_ref(), path, &self.name)
    }

    /// Reads, analyses and compiles the source, and gives it back, too; `None` when there is none.
    fn split(&self, path: &str) -> PyResult<Option<(Image, &Bound<'py, PyAny>)>> {
        let _span = timing::span(What::Split, || self.name.to_string());
        let Some((data, text)) = self.source_text()? else { return Ok(None) };
        Ok(Some((self.split_text(data, text, path)?, data)))
    }

    pub fn split_text(&self, data: &Bound<'py, PyAny>, text: &str, path: &str) -> PyResult<Image> {
        let shown = PyString::new(data.py(), path).into_any();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let outline = |statements: &[_]| Outline::of(self.captured, data, text, &shown, &self.name, statements);
        let (analysis, outline) = match beside::analysed(&self.input(text, &left_out()), outline) {
            Ok((analysis, outline)) => (analysis, outline?),
            // CPython may accept it all the same: it decides, in `compile_plan`'s place
            Err(unparsable) => {
                let declared = text.contains(declared::NAME);
                return Ok(Image { declared, unsplittable: Some(unparsable.to_string()), ..Image::default() });
            }
        };
        Ok(match outline {
            Ok(outline) => compile_plan(data.py(), self.captured, outline, &shown, &self.name, &analysis.plan)?,
            Err(reason) => Image {
                declared: matches!(analysis.plan.declaration, Declaration::Nothing | Declaration::Hook { .. }),
                unsplittable: Some(reason),
                ..Image::default()
            },
        })
    }

    /// The source, read once; `None` when there is none.
    pub fn source_text(&self) -> PyResult<Option<&SourceText<'py>>> {
        let text = match self.text.get() {
            Some(text) => text,
            None => {
                let text = text::read(self.captured, self.loader, &self.full_path()?)?;
                self.text.get_or_init(|| text)
            }
        };
        Ok(text.as_ref())
    }

    fn analyse(&self) -> PyResult<Option<Analysis>> {
        Ok(self.source_text()?.and_then(|(_, text)| analyze(&self.input(text, &left_out())).ok()))
    }

    fn input<'t>(&'t self, text: &'t str, without: &'t str) -> Input<'t> {
        Input {
            source: text.strip_prefix('\u{feff}').unwrap_or(text),
            module: &self.name,
            is_package: ffi::raw_dict(self.module).is_some_and(|dict| dict.contains("__path__").unwrap_or(false)),
            version: self.captured.version,
            platform: &self.captured.platform,
            without,
        }
    }

    /// Warns of a declaration that is none, at its line.
    fn warn_of_declaration(&self, path: &str, line: u32, reason: &str) -> PyResult<()> {
        self.warn(
            path,
            line,
            &format!("`{}` of module {} {reason}; the module was executed eagerly", declared::NAME, self.name),
        )
    }

    /// Warns at a line of the module's source.
    fn warn(&self, path: &str, line: u32, text: &str) -> PyResult<()> {
        let py = self.loader.py();
        let category = py.get_type::<DeclarationWarning>();
        self.captured.warn_explicit.bind(py).call1((text, category, path, line, &*self.name))?;
        Ok(())
    }
}

/// The rule of the analysis that the tests of a debug build leave out (`tests/test_mutations.py`); nothing otherwise.
fn left_out() -> String {
    if cfg!(debug_assertions) { std::env::var("ATI_WITHOUT_RULE").unwrap_or_default() } else { String::new() }
}
