//! The order of a module's keys: that in which an eager run binds them.
//!
//! It is followed through the steps of the prelude ([`Order`]), without a look at what is in order anyhow, and put together
//! when the module is swept ([`in_order`]).
//!
//! ```python
//! import os            # announced: stands here, whenever it is resolved
//! sep = os.sep         # run: stands behind it
//! ```

use compact_str::CompactString;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use rustc_hash::{FxHashMap, FxHashSet};

use super::ffi;
use super::names::Backend;
use super::state::ModuleState;
use super::sync::lock;

/// One key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// Position of a name.
    Name(u32),
    /// What the module's statements don't bind by name: `__file__`, what a star import brings.
    Other(CompactString),
}

/// A key of the dict, as it was last seen.
enum Seen {
    /// A string, kept alive so that its address stays its own.
    Plain(Py<PyString>),
    /// The address of a hook, whose references others count.
    Hook(usize),
}

/// The order in which an eager run would have put keys into the dict, followed through the steps of the prelude: a name
/// counts when it is announced, or when code of the prelude binds it, whatever comes first.
#[derive(Default)]
pub struct Order {
    keys: Vec<Key>,
    /// By position: names that are in `keys`.
    listed: Vec<bool>,
    /// The dict's keys when it was last looked at. As long as they still begin the dict, what is new stands behind them.
    seen: Vec<Seen>,
}

impl Order {
    /// Of a module, none of whose keys has been looked at.
    #[must_use]
    pub fn of(state: &ModuleState) -> Self {
        Self { keys: Vec::new(), listed: vec![false; state.image.names.len()], seen: Vec::new() }
    }

    /// The keys.
    #[must_use]
    pub fn into_keys(self) -> Vec<Key> {
        self.keys
    }

    /// Adds names that are announced without a key in the dict.
    pub fn expect(&mut self, names: &[u32]) {
        for &name in names {
            self.add(name);
        }
    }

    fn add(&mut self, name: u32) {
        if self.listed.len() <= name as usize {
            self.listed.resize(name as usize + 1, false);
        }
        if !std::mem::replace(&mut self.listed[name as usize], true) {
            self.keys.push(Key::Name(name));
        }
    }

    /// Adds the keys that are new in the dict.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn follow(&mut self, state: &ModuleState, dict: &Bound<'_, PyDict>) -> PyResult<()> {
        if let Some(new) = self.behind_last(dict)? {
            new.iter().for_each(|key| self.look_at(state, key, &mut None));
            return Ok(());
        }
        // something has gone, and may have come again
        let texts = self.keys.iter().filter_map(|key| if let Key::Other(text) = key { Some(text) } else { None });
        let mut others = Some(texts.cloned().collect());
        self.seen.clear();
        dict.keys().iter().for_each(|key| self.look_at(state, &key, &mut others));
        Ok(())
    }

    /// The keys behind the one that was the last, if all that were seen are still there: a dict puts new keys last.
    fn behind_last<'py>(&self, dict: &Bound<'py, PyDict>) -> PyResult<Option<Vec<Bound<'py, PyAny>>>> {
        let Some(count) = dict.len().checked_sub(self.seen.len()) else { return Ok(None) };
        let mut keys = dict.call_method0(intern!(dict.py(), "__reversed__"))?.try_iter()?;
        let mut new = keys.by_ref().take(count).collect::<PyResult<Vec<_>>>()?;
        let unchanged = match (self.seen.last(), keys.next().transpose()?) {
            (Some(Seen::Plain(last)), Some(key)) => last.is(&key),
            (Some(Seen::Hook(address)), Some(key)) => *address == key.as_ptr() as usize,
            (None, None) => true,
            _ => false,
        };
        new.reverse();
        Ok(unchanged.then_some(new))
    }

    /// Takes a key of the dict down; `others`: the keys that are not names, if this one may be among them.
    fn look_at(&mut self, state: &ModuleState, key: &Bound<'_, PyAny>, others: &mut Option<FxHashSet<CompactString>>) {
        let seen = match key.cast_exact::<PyString>() {
            Ok(text) => Seen::Plain(text.clone().unbind()),
            Err(_) => Seen::Hook(key.as_ptr() as usize),
        };
        self.seen.push(seen);
        // a key with lone surrogates has no place of its own: it stands last
        let Some(text) = key.cast::<PyString>().ok().and_then(|key| key.to_str().ok()) else { return };
        match state.position_or_forward(text) {
            Some(name) => self.add(name),
            None if others.as_mut().is_none_or(|others| others.insert(text.into())) => {
                self.keys.push(Key::Other(text.into()));
            }
            None => {}
        }
    }
}

/// Where each name stands in the order of an eager run.
#[must_use]
pub fn places(state: &ModuleState) -> FxHashMap<CompactString, usize> {
    let in_order = lock(&state.order);
    in_order.iter().enumerate().map(|(place, key)| (text_of(state, key), place)).collect()
}

fn text_of(state: &ModuleState, key: &Key) -> CompactString {
    match key {
        Key::Name(name) => state.text(*name).into(),
        Key::Other(text) => text.clone(),
    }
}

/// The names that a module has, or is going to have, in the order of an eager run: those of its dict, and pending ones.
#[must_use]
pub fn names<'py>(state: &ModuleState, dict: &Bound<'py, PyDict>) -> Vec<Bound<'py, PyAny>> {
    let py = dict.py();
    let mut left: FxHashMap<CompactString, Option<Bound<'py, PyAny>>> = FxHashMap::default();
    let mut texts: Vec<CompactString> = Vec::new();
    let mut others = Vec::new();
    for key in dict.keys() {
        match key.cast::<PyString>().ok().and_then(|key| key.to_str().ok()) {
            // those of pending names come below
            Some(_) if ffi::key::is(&key) => {}
            Some(text) => {
                texts.push(text.into());
                left.insert(text.into(), Some(key.clone()));
            }
            None => others.push(key),
        }
    }
    for name in state.pending() {
        left.entry(state.text(name).into()).or_default();
    }
    let in_order = lock(&state.order);
    let all = in_order.iter().map(|key| text_of(state, key)).chain(texts);
    let found = all.filter_map(|text: CompactString| {
        left.remove(&text).map(|key| key.unwrap_or_else(|| PyString::intern(py, &text).into_any()))
    });
    found.collect::<Vec<_>>().into_iter().chain(others).collect()
}

/// The keys of a dict in the order of an eager run: as followed through the prelude, except that names which one unit
/// bound one after the other stand as it bound them (which branch of an `if` ran was not known before). Keys that came
/// later stand last. Nothing when they stand so, in a dict that never had other keys than plain strings.
///
/// # Errors
/// `MemoryError`.
pub fn in_order<'py>(state: &ModuleState, dict: &Bound<'py, PyDict>) -> PyResult<Option<Vec<Bound<'py, PyAny>>>> {
    let keys = dict.keys();
    // where names stand in the dict, by their positions, and the others by their texts
    let mut named: Vec<Option<usize>> = vec![None; state.count() as usize];
    let mut others: FxHashMap<CompactString, usize> = FxHashMap::default();
    for (place, key) in keys.iter().enumerate() {
        let Some(text) = key.cast::<PyString>().ok().and_then(|key| key.to_str().ok()) else { continue };
        match state.position_or_forward(text) {
            Some(name) => named[name as usize] = Some(place),
            None => drop(others.insert(text.into(), place)),
        }
    }
    let unborn = lock(&state.unborn);
    let place_and_unit = |key: &Key| match key {
        Key::Name(name) if unborn.contains(name) => None,
        Key::Name(name) => Some((named[*name as usize]?, state.unit_of(*name))),
        Key::Other(text) => Some((*others.get(text)?, None)),
    };
    let mut order: Vec<(usize, Option<u32>)> = lock(&state.order).iter().filter_map(place_and_unit).collect();
    for group in order.chunk_by_mut(|(_, left), (_, right)| left.is_some() && left == right) {
        group.sort_by_key(|(place, _)| *place);
    }
    let mut rest = vec![true; keys.len()];
    order.iter().for_each(|(place, _)| rest[*place] = false);
    let late = rest.iter().enumerate().filter_map(|(place, late)| late.then_some(place));
    let places: Vec<usize> = order.iter().map(|(place, _)| *place).chain(late).collect();
    if places.is_sorted() && state.backend() != Backend::Key {
        return Ok(None);
    }
    let key_at = |place: &usize| {
        let key = keys.get_item(*place)?;
        // a hook's text, as a plain string
        let text = if rest[*place] { None } else { key.cast::<PyString>().ok().and_then(|key| key.to_str().ok()) };
        Ok(text.map_or_else(|| key.clone(), |text| PyString::intern(dict.py(), text).into_any()))
    };
    places.iter().map(key_at).collect::<PyResult<_>>().map(Some)
}
