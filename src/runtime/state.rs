//! What is remembered of a deferred module while any of its names is pending.
//!
//! Terms: a *state* belongs to one execution of one module; a *hook* is the object that stands for a pending name in the
//! module's dict; the *previous* value of a name is what the dict held when the name became pending (a star import or an
//! earlier load of the module can leave one), shown to the unit that binds the name, as in an eager run.
//!
//! Lifetimes: the module's dict holds hooks, hooks hold the state, the state holds the dict. The cycle is the
//! collector's; once the import has ended, nothing else keeps a state alive ([`super::table::loosen`]).

use std::collections::{BTreeMap, BTreeSet};
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use hashbrown::HashTable;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyType, PyWeakrefReference};
use pyo3::{PyTraverseError, PyVisit};
use rustc_hash::{FxBuildHasher, FxHashMap};
use smallvec::SmallVec;

use super::context;
use super::early::Record;
use super::forwards::{Forwards, Waiting};
use super::names::{Backend, in_code};
use super::order::Key;
use super::sync::{Claims, Status, lock};
use super::trees::Membership;
use super::waits::Thread;
use crate::image::Image;

/// What the dict and the state hold for one name.
#[derive(Default)]
pub struct NameSlot {
    /// Announced, and its unit has not run.
    pub pending: bool,
    /// The hook in the dict, while the name is pending; names that are hooked in code have none here.
    pub hook: Option<Py<PyAny>>,
    /// The value that the dict held when the name was announced.
    pub previous: Option<Py<PyAny>>,
    /// Comparisons with the hook that have not returned yet, on any thread.
    pub comparing: isize,
    /// The name as an object.
    key: Option<Py<PyString>>,
}

/// One execution of one deferred module.
#[pyclass(frozen, weakref, module = "atimport._native")]
pub struct ModuleState {
    /// Qualified name of the module.
    pub name: Arc<str>,
    /// Path of its source, for messages.
    pub path: String,
    /// The modules that were executing when this one was imported: a deep pin on one of them speaks about this one too.
    pub importers: Vec<Arc<str>>,
    /// The module is a package.
    pub package: bool,
    /// Names and units; the prelude has been taken out.
    pub image: Image,
    /// Positions in `image.names` by text, made when it is first asked for.
    index: OnceLock<HashTable<u32>>,
    /// Unit -> positions in `image.names` of the names that it binds.
    pub unit_names: Vec<SmallVec<[u32; 2]>>,
    /// Who runs what.
    pub claims: Claims,
    /// How names are hooked.
    backend: Mutex<Backend>,
    /// Comparisons of this module's keys that have not returned yet, on any thread: while there is one, a lookup in the
    /// dict is in progress and the dict must not be rebuilt.
    pub comparing: AtomicIsize,
    /// The thread that runs the prelude and the hook; 0 when none does.
    pub importing: AtomicU64,
    /// Its import has failed: who has got hold of the module has what was bound by then, and nobody else asks it for more.
    pub failed: AtomicBool,
    /// Set once the module is complete and its dict is plain again.
    pub plain: AtomicBool,
    /// Its place among the pending modules of its tree; outlives the state.
    pub membership: Arc<Membership>,
    dict: Py<PyDict>,
    slots: Mutex<Vec<NameSlot>>,
    /// Keys of builtins that read the whole namespace (`globals`), hooked while anything is pending.
    pub sentinels: Mutex<Vec<Py<PyAny>>>,
    /// Copies of the dict that were made while names were pending, as far as they have been found.
    pub copies: Mutex<Vec<Py<PyDict>>>,
    /// What all of its lazy objects hold.
    pub declaration: Mutex<Option<Py<PyAny>>>,
    /// Names that stand in code objects.
    pub hooked: Mutex<in_code::Hooked>,
    /// Units of imports that run a second time, in a circle, while they run.
    pub repeating: Mutex<BTreeSet<u32>>,
    /// Names that their unit left unbound: whoever binds one later binds it behind all others.
    pub unborn: Mutex<BTreeSet<u32>>,
    /// Submodules that a unit imports and that have been loaded before, by itself when it failed or by somebody else: it binds
    /// them when it runs, because the import system won't.
    pub unbound: Mutex<BTreeSet<u32>>,
    /// Weak reference to the module, whose callback forgets this state when the module dies.
    pub module: Mutex<Option<Py<PyWeakrefReference>>>,
    /// By unit: it is going to run at import without its names being pending before ([`super::early`]). Empty when none is.
    pub expected: Vec<AtomicBool>,
    /// Where units that have run are written down, when a profile is recorded.
    pub record: Option<Record>,
    /// No name was ever pending, and the dict is in the order of an eager run.
    pub clean: AtomicBool,
    /// Names that star imports have brought, without their values.
    pub forwards: Forwards,
    /// Who has copied which pending name.
    pub waiting: Mutex<Waiting>,
    /// Keys of the dict when the import ended: the order of an eager run.
    pub order: Mutex<Vec<Key>>,
}

impl ModuleState {
    /// A state with nothing announced.
    #[must_use]
    pub fn new(name: Arc<str>, path: String, package: bool, image: Image, backend: Backend, dict: Py<PyDict>) -> Self {
        let mut unit_names = vec![SmallVec::new(); image.units.len()];
        for (position, entry) in (0u32..).zip(&image.names) {
            if let Some(unit) = entry.unit {
                unit_names[unit as usize].push(position);
            }
        }
        Self {
            membership: Arc::new(Membership::of(&name)),
            claims: Claims::new(image.units.len()),
            slots: Mutex::new(image.names.iter().map(|_| NameSlot::default()).collect()),
            name,
            path,
            importers: context::modules(),
            package,
            index: OnceLock::new(),
            unit_names,
            backend: Mutex::new(backend),
            image,
            dict,
            comparing: AtomicIsize::new(0),
            failed: AtomicBool::new(false),
            importing: AtomicU64::new(0),
            plain: AtomicBool::new(false),
            sentinels: Mutex::new(Vec::new()),
            copies: Mutex::new(Vec::new()),
            declaration: Mutex::new(None),
            hooked: Mutex::new(in_code::Hooked::default()),
            repeating: Mutex::new(BTreeSet::new()),
            unborn: Mutex::new(BTreeSet::new()),
            unbound: Mutex::new(BTreeSet::new()),
            module: Mutex::new(None),
            expected: Vec::new(),
            record: None,
            clean: AtomicBool::new(false),
            forwards: Forwards::default(),
            waiting: Mutex::new(Waiting::default()),
            order: Mutex::new(Vec::new()),
        }
    }

    /// How names are hooked; changes once at most, to keys.
    pub fn backend(&self) -> Backend {
        *lock(&self.backend)
    }

    /// From now on names are hooked in another way; [`super::names::use_keys`] sees to those that are.
    pub fn set_backend(&self, backend: Backend) {
        *lock(&self.backend) = backend;
    }

    /// The module's dict.
    pub fn dict<'py>(&self, py: Python<'py>) -> Bound<'py, PyDict> {
        self.dict.bind(py).clone()
    }

    /// Runs `change` on one name's slot; `change` must not run Python code (dropping a value may: return it instead).
    pub fn with_slot<T>(&self, name: u32, change: impl FnOnce(&mut NameSlot) -> T) -> T {
        change(&mut lock(&self.slots)[name as usize])
    }

    /// Whether a name is announced and not resolved.
    pub fn is_pending(&self, name: u32) -> bool {
        self.with_slot(name, |slot| slot.pending)
    }

    /// Whether a unit is going to run at import without its names being pending before.
    pub fn is_expected(&self, unit: u32) -> bool {
        self.expected.get(unit as usize).is_some_and(|expected| expected.load(Ordering::Acquire))
    }

    /// It is not any more.
    pub fn no_longer_expected(&self, unit: u32) {
        if let Some(expected) = self.expected.get(unit as usize) {
            expected.store(false, Ordering::Release);
        }
    }

    /// Whether the table knows the module.
    pub fn is_adopted(&self) -> bool {
        lock(&self.module).is_some()
    }

    /// A new reference to the hook of a name.
    pub fn hook<'py>(&self, py: Python<'py>, name: u32) -> Option<Bound<'py, PyAny>> {
        self.with_slot(name, |slot| slot.hook.as_ref().map(|hook| hook.bind(py).clone()))
    }

    /// Position in `image.names` of the name with that text.
    pub fn position(&self, text: &str) -> Option<u32> {
        let index = self.index.get_or_init(|| {
            let names = &self.image.names;
            let mut index = HashTable::with_capacity(names.len());
            for (place, name) in (0u32..).zip(names) {
                index.insert_unique(FxBuildHasher.hash_one(&*name.text), place, |other| {
                    FxBuildHasher.hash_one(&*names[*other as usize].text)
                });
            }
            index
        });
        index.find(FxBuildHasher.hash_one(text), |place| self.text(*place) == text).copied()
    }

    /// The same, or that of the forward with that text.
    pub fn position_or_forward(&self, text: &str) -> Option<u32> {
        self.position(text).or_else(|| self.forwards.place(text).map(|place| self.position_of(place)))
    }

    /// Position of a forward.
    ///
    /// # Panics
    /// When a module has more than four thousand million names.
    pub fn position_of(&self, forward: usize) -> u32 {
        u32::try_from(self.image.names.len() + forward).expect("fewer names than memory has bytes")
    }

    /// The forward at a position behind those of the image's names.
    pub fn place_of(&self, position: u32) -> usize {
        position as usize - self.image.names.len()
    }

    /// Text of a name.
    pub fn text(&self, name: u32) -> &str {
        match self.image.names.get(name as usize) {
            Some(entry) => &entry.text,
            None => self.forwards.text(self.place_of(name)),
        }
    }

    /// The unit that binds a name; none for one that the prelude binds, and for a forward.
    pub fn unit_of(&self, name: u32) -> Option<u32> {
        self.image.names.get(name as usize)?.unit
    }

    /// Whether a position is that of a forward.
    pub fn is_forward(&self, name: u32) -> bool {
        name as usize >= self.image.names.len()
    }

    /// What the dict and the state hold for a forward.
    pub fn add_slot(&self) {
        lock(&self.slots).push(NameSlot::default());
    }

    /// How many names there are, forwards included.
    pub fn count(&self) -> u32 {
        u32::try_from(lock(&self.slots).len()).unwrap_or(u32::MAX)
    }

    /// How many units have not run to their end, and forwards have no value.
    pub fn left(&self) -> usize {
        self.claims.unfinished().len() + self.forwards.left()
    }

    /// Whether every unit has run to its end, and every forward has its value.
    pub fn finished(&self) -> bool {
        self.claims.finished() && self.forwards.left() == 0
    }

    /// A name as an object, which is interned, and the same each time.
    pub fn key<'py>(&self, py: Python<'py>, name: u32) -> Bound<'py, PyString> {
        self.with_slot(name, |slot| {
            let made = || PyString::intern(py, self.text(name)).unbind();
            slot.key.get_or_insert_with(made).bind(py).clone()
        })
    }

    /// Names that are announced and not resolved, in the order of an eager run.
    pub fn pending(&self) -> Vec<u32> {
        let slots = lock(&self.slots);
        (0u32..).zip(slots.iter()).filter(|(_, slot)| slot.pending).map(|(name, _)| name).collect()
    }

    /// Whether the thread is executing this module's code: its prelude, its hook, or one of its units.
    pub fn active_on(&self, thread: Thread) -> bool {
        self.importing.load(Ordering::Acquire) == thread || self.claims.runs_here(thread)
    }

    /// All that a unit needs and that has not run, itself included, in the order in which it runs: in source order, except
    /// where a unit needs one that begins behind it.
    pub fn closure(&self, unit: u32) -> Vec<u32> {
        let done = |unit: &u32| self.claims.status(*unit) == Status::Done;
        if self.image.units[unit as usize].dependencies.iter().all(done) {
            return vec![unit];
        }
        // unit -> units of the closure that it still waits for
        let mut waits: BTreeMap<u32, usize> = BTreeMap::new();
        let mut wanted_by: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        let mut found = vec![unit];
        while let Some(current) = found.pop() {
            if waits.contains_key(&current) {
                continue;
            }
            let needed = self.image.units[current as usize].dependencies.iter().copied();
            let needed: Vec<u32> = needed.filter(|unit| self.claims.status(*unit) != Status::Done).collect();
            waits.insert(current, needed.len());
            for dependency in needed {
                wanted_by.entry(dependency).or_default().push(current);
                found.push(dependency);
            }
        }
        let mut ready: BTreeSet<u32> = waits.iter().filter(|(_, count)| **count == 0).map(|(unit, _)| *unit).collect();
        let mut order = Vec::with_capacity(waits.len());
        while let Some(next) = ready.pop_first() {
            order.push(next);
            for waiting in wanted_by.remove(&next).unwrap_or_default() {
                let count = waits.get_mut(&waiting).expect("every unit of the closure is counted");
                *count -= 1;
                if *count == 0 {
                    ready.insert(waiting);
                }
            }
        }
        order
    }

    /// Unfinished units that read `text` when they run, directly or through what they need, and those that bind it.
    pub fn dependents(&self, text: &str) -> Vec<u32> {
        let own = self.position(text).and_then(|name| self.image.names[name as usize].unit);
        let units = &self.image.units;
        // a unit's dependencies may have higher positions than it has, hence the fixpoint
        let mut affected: Vec<bool> = (0u32..)
            .zip(units)
            .map(|(unit, entry)| {
                own == Some(unit) || entry.free_reads.binary_search_by(|read| read.as_str().cmp(text)).is_ok()
            })
            .collect();
        loop {
            let mut changed = false;
            for (unit, entry) in units.iter().enumerate() {
                if !affected[unit] && entry.dependencies.iter().any(|dependency| affected[*dependency as usize]) {
                    affected[unit] = true;
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
        self.claims.unfinished().into_iter().filter(|unit| affected[*unit as usize]).collect()
    }
}

#[pymethods]
impl ModuleState {
    /// A copy of what holds a state, and its pickle, have `None` in its place.
    #[expect(clippy::unused_self, reason = "a method by Python's protocol")]
    fn __reduce__<'py>(&self, py: Python<'py>) -> (Bound<'py, PyType>, Bound<'py, PyTuple>) {
        (py.None().bind(py).get_type(), PyTuple::empty(py))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.dict)?;
        // the collector runs with every other thread of ours outside these short sections, or not at all
        if let Ok(slots) = self.slots.try_lock() {
            for slot in slots.iter() {
                visit.call(&slot.hook)?;
                visit.call(&slot.previous)?;
            }
        }
        if let Ok(sentinels) = self.sentinels.try_lock() {
            for sentinel in sentinels.iter() {
                visit.call(sentinel)?;
            }
        }
        if let Ok(copies) = self.copies.try_lock() {
            for copy in copies.iter() {
                visit.call(copy)?;
            }
        }
        if let Ok(declaration) = self.declaration.try_lock() {
            visit.call(&*declaration)?;
        }
        self.forwards.traverse(&visit)
    }

    fn __clear__(&self) {
        let slots = std::mem::take(&mut *lock(&self.slots));
        let sentinels = std::mem::take(&mut *lock(&self.sentinels));
        let copies = std::mem::take(&mut *lock(&self.copies));
        let declaration = lock(&self.declaration).take();
        drop((slots, sentinels, copies, declaration));
        self.forwards.clear();
    }
}
