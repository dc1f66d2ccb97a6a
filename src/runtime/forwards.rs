//! Forwards: names that a star import has copied from a deferred module, in which they are still pending.
//!
//! A star import runs at import, and would have to run all that is pending in the module it copies from. Where a name is bound
//! on every path, it is known that there will be a value, so the importing module gets a pending name of its own, the *forward*,
//! whose *source* is the state and the name that it was copied from.
//!
//! ```python
//! # tools.py                        # pkg.py
//! __all__ = ["Saw", "Plane"]        from tools import *     # `Saw` and `Plane` become pending here, too
//! class Saw: ...
//! class Plane: ...                  # pkg.Saw: runs `class Saw`; then both modules have it
//! ```
//!
//! A forward gets its value at the moment at which the source has it ([`pass_on`]), whoever touches which of the two. So it is
//! the value that an eager run copies, whatever is bound to the source's name afterwards.
//!
//! The module's own code must notice that it reads a forward. On 3.15 a lazy object stands for it in the dict, and in modules
//! that use keys a key; where names are hooked in code objects, which are hooked before they run, nothing stands for it, and
//! only names become forwards that the module's code doesn't mention ([`may_mention`]).
//!
//! Positions of forwards follow those of the names in the image.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

use compact_str::CompactString;
use memchr::memmem;
use pyo3::prelude::*;
use pyo3::types::{PyWeakrefMethods, PyWeakrefReference};
use pyo3::{PyTraverseError, PyVisit};
use rustc_hash::FxHashMap;

use super::context::Imports;
use super::names::native_lazy;
use super::resolve::{self, Touched};
use super::state::ModuleState;
use super::sweep;
use super::sync::lock;
use crate::image::{Image, Step};

/// Size in bytes up to which code is searched.
const SEARCHED: usize = 1 << 16;

/// Where a value comes from.
pub struct Source {
    /// The module in which the name is pending.
    pub state: Py<ModuleState>,
    /// Position of the name in its image.
    pub name: u32,
}

impl Source {
    /// Whether the two are the same.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.state.is(&other.state) && self.name == other.name
    }
}

/// One forward.
struct Forward {
    text: CompactString,
    /// Until it has its value.
    source: Mutex<Option<Source>>,
}

/// The forwards of one module, in the order in which they came.
#[derive(Default)]
pub struct Forwards {
    /// Made for the first, because it is large.
    entries: OnceLock<Box<boxcar::Vec<Forward>>>,
    /// By name: a later star import may bring it again, from elsewhere.
    places: Mutex<FxHashMap<CompactString, usize>>,
    /// How many have no value yet.
    left: AtomicUsize,
}

impl Forwards {
    fn all(&self) -> impl Iterator<Item = &Forward> {
        let entries = self.entries.get().filter(|_| self.left() > 0);
        entries.into_iter().flat_map(|entries| entries.iter().map(|(_, forward)| forward))
    }

    /// # Panics
    /// When there is none at that place.
    fn forward(&self, place: usize) -> &Forward {
        self.entries.get().and_then(|entries| entries.get(place)).expect("places are given out with forwards")
    }

    /// Whether there never was one.
    pub fn is_empty(&self) -> bool {
        self.entries.get().is_none()
    }

    /// How many have no value yet.
    pub fn left(&self) -> usize {
        self.left.load(Ordering::Acquire)
    }

    /// Its name.
    pub fn text(&self, place: usize) -> &str {
        &self.forward(place).text
    }

    /// The forward of that name, which may have its value.
    pub fn place(&self, text: &str) -> Option<usize> {
        self.entries.get().and_then(|_| lock(&self.places).get(text).copied())
    }

    /// The same, if it has no value yet.
    pub fn pending_place(&self, text: &str) -> Option<usize> {
        self.place(text).filter(|place| !self.has_value(*place))
    }

    /// Whether it has its value.
    pub fn has_value(&self, place: usize) -> bool {
        lock(&self.forward(place).source).is_none()
    }

    /// Those that have no value yet, in order.
    pub fn pending(&self) -> Vec<usize> {
        (0..self.all().count()).filter(|place| !self.has_value(*place)).collect()
    }

    /// Where its value comes from, until it has it.
    pub fn source(&self, py: Python<'_>, place: usize) -> Option<Source> {
        let source = lock(&self.forward(place).source);
        source.as_ref().map(|source| Source { state: source.state.clone_ref(py), name: source.name })
    }

    /// The forward of that name from now on, which has no other source.
    fn begin(&self, text: &str, source: Source) -> (usize, bool) {
        self.left.fetch_add(1, Ordering::AcqRel);
        if let Some(place) = self.place(text) {
            *lock(&self.forward(place).source) = Some(source);
            return (place, false);
        }
        let forward = Forward { text: text.into(), source: Mutex::new(Some(source)) };
        let place = self.entries.get_or_init(Default::default).push(forward);
        lock(&self.places).insert(text.into(), place);
        (place, true)
    }

    fn take_source<'py>(&self, py: Python<'py>, place: usize) -> Option<Bound<'py, ModuleState>> {
        let source = lock(&self.forward(place).source).take()?;
        self.left.fetch_sub(1, Ordering::AcqRel);
        Some(source.state.into_bound(py))
    }

    /// What the collector has to know.
    ///
    /// # Errors
    /// What the visitor says.
    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        for forward in self.all() {
            if let Ok(source) = forward.source.try_lock()
                && let Some(source) = &*source
            {
                visit.call(&source.state)?;
            }
        }
        Ok(())
    }

    /// Lets go of all sources, for the collector.
    pub fn clear(&self) {
        for forward in self.all() {
            let source = lock(&forward.source).take();
            drop(source);
        }
    }
}

/// Whether code of a module, of its prelude or of its units, may mention a name. In marshalled code, strings that are ASCII and
/// short stand behind their length (`w_complex_object`, Python/marshal.c); all others count as mentioned, and so does everything
/// in code of more than a few pages, which takes long to search.
#[must_use]
pub fn may_mention(prelude: &[Step], image: &Image, text: &str) -> bool {
    let Some(length) = u8::try_from(text.len()).ok().filter(|_| text.is_ascii()) else { return true };
    let at_import = || {
        prelude.iter().filter_map(|step| match step {
            Step::Run(code) => Some(&code.marshalled),
            Step::Announce(..) | Step::CompleteModules | Step::CompleteNamespace => None,
        })
    };
    let all = || at_import().chain(image.units.iter().map(|unit| &unit.code.marshalled));
    if all().map(|bytes| bytes.len()).sum::<usize>() > SEARCHED {
        return true;
    }
    let pattern = [&[length], text.as_bytes()].concat();
    let finder = memmem::Finder::new(&pattern);
    all().any(|bytes| finder.find(bytes).is_some())
}

/// Those who wait for the names of one module: a weak reference to the state, and the position of the forward in it.
pub type Waiting = FxHashMap<u32, Vec<(Py<PyWeakrefReference>, u32)>>;

/// Where a star import finds a pending name that is going to have a value: nothing when it had better look at the value.
pub fn source_of(state: &Bound<'_, ModuleState>, text: &str) -> Option<Source> {
    let this = state.get();
    if let Some(place) = this.forwards.pending_place(text) {
        return this.forwards.source(state.py(), place);
    }
    // names that the interpreter looks up by itself
    let name = this.position(text).filter(|name| this.is_pending(*name) && !text.starts_with("__"))?;
    let entry = &this.image.names[name as usize];
    let unit = &this.image.units[entry.unit? as usize];
    // whoever imports it expects an `ImportError`
    let waits = !unit.may_fail || !Imports::Checked.active();
    (entry.definite && waits).then(|| Source { state: state.clone().unbind(), name })
}

/// Makes a name pending that a star import has copied, and says its position; one that is a forward already keeps its source.
/// `begin` is called before.
///
/// # Errors
/// `MemoryError`.
pub fn add(
    state: &Bound<'_, ModuleState>,
    text: &str,
    source: Source,
    begin: &dyn Fn() -> PyResult<()>,
) -> PyResult<u32> {
    let py = state.py();
    let this = state.get();
    if let Some(place) = this.forwards.pending_place(text) {
        return Ok(this.position_of(place));
    }
    let from = source.state.bind(py).clone();
    let name = source.name;
    let (place, new) = this.forwards.begin(text, source);
    if new {
        this.add_slot();
    }
    begin()?;
    let position = this.position_of(place);
    let waiting = (PyWeakrefReference::new(state)?.unbind(), position);
    lock(&from.get().waiting).entry(name).or_default().push(waiting);
    this.backend().hooks().announce(state, &[position])?;
    Ok(position)
}

/// A forward has been touched: runs the unit of its source, unless that has run.
///
/// # Errors
/// What the unit raises.
pub fn resolve(state: &Bound<'_, ModuleState>, position: u32) -> PyResult<Touched> {
    let py = state.py();
    let this = state.get();
    let Some(Source { state: from, name }) = this.forwards.source(py, this.place_of(position)) else {
        return Ok(Touched::Ready);
    };
    let from = from.into_bound(py);
    let touched = resolve::resolve_name(&from, name)?;
    if touched == Touched::Ready {
        give(state, position, true)?;
    }
    Ok(touched)
}

/// Before a name is bound that may be a forward: an eager run has given it its value.
///
/// # Errors
/// What the unit raises.
pub fn before_binding(state: &Bound<'_, ModuleState>, text: &str) -> PyResult<()> {
    let this = state.get();
    match this.forwards.pending_place(text) {
        Some(place) => resolve(state, this.position_of(place)).map(drop),
        None => Ok(()),
    }
}

/// Forgets forwards that have been bound past us, by a star import that the interpreter has done, or by a function that rebinds the
/// name: what stands in the dict is not what stands for them.
///
/// # Errors
/// `MemoryError`.
pub fn forget_bound(state: &Bound<'_, ModuleState>) -> PyResult<()> {
    let py = state.py();
    let this = state.get();
    for place in this.forwards.pending() {
        let position = this.position_of(place);
        let hook = this.hook(py, position);
        let found = this.dict(py).get_item(this.key(py, position))?;
        if found.is_some_and(|found| hook.is_none_or(|hook| !hook.is(&found))) {
            this.backend().hooks().withdraw(state, position)?;
            drop(this.forwards.take_source(py, place));
        }
    }
    Ok(())
}

/// A unit has run to its end: who has copied a name that it binds gets the value.
///
/// # Errors
/// `MemoryError`.
pub fn pass_on(state: &Bound<'_, ModuleState>, unit: u32) -> PyResult<()> {
    let this = state.get();
    if lock(&this.waiting).is_empty() {
        return Ok(());
    }
    for name in &this.unit_names[unit as usize] {
        let waiting = lock(&this.waiting).remove(name).unwrap_or_default();
        for (reference, position) in waiting {
            let reference = reference.into_bound(state.py());
            let Some(other) = reference.upgrade_as::<ModuleState>()? else { continue };
            let own = Source { state: state.clone().unbind(), name: *name };
            let place = other.get().place_of(position);
            // not one that has got another source since
            if other.get().forwards.source(state.py(), place).is_some_and(|source| source.is(&own)) {
                give(&other, position, false)?;
            }
        }
    }
    Ok(())
}

/// Gives a forward the value that its source has. On 3.15 that may be a lazy object of the source's own `lazy import`, which a
/// star import looks up: only who has `touched` the name.
fn give(state: &Bound<'_, ModuleState>, position: u32, touched: bool) -> PyResult<()> {
    let py = state.py();
    let this = state.get();
    let place = this.place_of(position);
    let Some(Source { state: from, name }) = this.forwards.source(py, place) else { return Ok(()) };
    let from = from.bind(py).get();
    let mut value = from.dict(py).get_item(from.key(py, name))?;
    if cfg!(Py_3_15)
        && let Some(found) = &value
        && native_lazy::is_lazy(found)?
    {
        if !touched {
            return Ok(());
        }
        value = Some(native_lazy::meant(found)?);
    }
    // looking a lazy object up may have come here
    let Some(source) = this.forwards.take_source(py, place) else { return Ok(()) };
    match value {
        Some(value) => this.backend().hooks().bind(state, position, &value)?,
        None => this.backend().hooks().withdraw(state, position)?,
    }
    drop(source);
    sweep::sweep_later(state);
    Ok(())
}
