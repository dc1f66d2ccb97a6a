//! Units that run at import, because a profile of earlier runs says that start-up always touches them, or because whoever
//! imports the module expects an `ImportError` ([`Imports::Checked`](super::context::Imports::Checked)) and they may raise one.
//!
//! Terms: a unit is *early* when the profile names it, or it may fail and the import is checked; a *plain* early unit runs
//! where the prelude would announce its names, in source order, and its names are never pending; an early unit that isn't
//! plain is announced as any other, and runs as soon as the prelude is behind its last line.
//!
//! ```python
//! import re                    # early, plain: runs at once
//! WORD = re.compile(r"\w+")     # early, plain: the same
//! def rare(): ...              # pending
//! def find(text): return WORD.findall(text)     # early: no hook for `WORD` in its code
//! ```
//!
//! Question: "may nobody notice that the name was never hooked?" When a plain unit runs, all that stands before it in the
//! source is there or pending, and nothing that stands behind it is: as in an eager run. So no piece of the prelude may
//! stand between its own pieces, it may not stand between those of another unit, all that it needs must end before it
//! begins, and none of its names may have a value before.
//!
//! A unit that fails stays pending, with what it needs: the import goes on, and the error surfaces at a touch, as in a run
//! without a profile; when the import is checked it fails, as an eager one does. Code that ran before mentions its names
//! without hooks, so the module uses keys from then on. An exception that is no `Exception` ends the import.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use pyo3::exceptions::PyException;
use pyo3::prelude::*;

use super::names::{self, Backend};
use super::order::Order;
use super::resolve;
use super::state::ModuleState;
use super::sync::Status;
use crate::image::{Image, Step};

/// What a profile has to do with one module.
#[derive(Default)]
pub struct HeadStart {
    /// Inclusive ranges of positions of early units; a position may be beyond the last unit.
    pub units: Vec<(u32, u32)>,
    /// Where units that have run are written down.
    pub record: Option<Record>,
}

/// Units that have run to their end, in the order in which they did.
pub type Record = Arc<Mutex<Vec<u32>>>;

/// The early units of a module that is being imported.
pub struct Early {
    /// By unit; empty when there are none.
    early: Vec<bool>,
    /// Announced ones that have not had their turn.
    waiting: Vec<u32>,
    /// Those that have failed: what needs them is not tried.
    failed: BTreeSet<u32>,
    /// Whoever imports the module expects it to fail: so do failures of these units end the import.
    strict: bool,
    /// First line of the unit at which the import has failed because of that.
    failed_at: u32,
    /// All units are plain, and bind their names in the order of an eager run; none has failed.
    complete: bool,
}

impl Early {
    /// The `units` of a module that is about to run its prelude, and, if it is `checked`, those that may fail to import.
    #[must_use]
    pub fn of(state: &mut ModuleState, prelude: &[Step], units: &[(u32, u32)], checked: bool) -> Self {
        let image = &state.image;
        let mut early = vec![false; if units.is_empty() && !checked { 0 } else { image.units.len() }];
        early.iter_mut().zip(&image.units).for_each(|(early, unit)| *early = checked && unit.may_fail);
        for &(first, last) in units {
            early
                .iter_mut()
                .take((last as usize).saturating_add(1))
                .skip(first as usize)
                .for_each(|early| *early = true);
        }
        if !early.contains(&true) {
            let (early, waiting, failed) = (Vec::new(), Vec::new(), BTreeSet::new());
            return Self { early, waiting, failed, strict: false, failed_at: u32::MAX, complete: false };
        }
        let (plain, in_order) = plain_units(image, &state.unit_names, prelude, &early);
        let complete = in_order && !plain.contains(&false);
        state.expected = plain.into_iter().map(AtomicBool::new).collect();
        Self { early, waiting: Vec::new(), failed: BTreeSet::new(), strict: checked, failed_at: u32::MAX, complete }
    }

    /// Whether nothing of the module is, or was, or will be pending, and each of its names is bound in its order, unless
    /// a unit fails.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.complete
    }

    /// The names `first..end` become pending, all but those of plain units, which run; `begin` is called before the first
    /// name of the module becomes pending.
    ///
    /// # Errors
    /// `MemoryError`; what a unit raises that is no `Exception`, or when the import is checked.
    pub fn announce(
        &mut self,
        state: &Bound<'_, ModuleState>,
        (first, end): (u32, u32),
        order: &mut Order,
        begin: &dyn Fn() -> PyResult<()>,
    ) -> PyResult<()> {
        let this = state.get();
        let names: Vec<u32> = (first..end).filter(|name| this.image.names[*name as usize].unit.is_some()).collect();
        if self.early.is_empty() {
            this.backend().hooks().announce(state, &names)?;
            if this.backend() == Backend::InCode {
                order.expect(&names);
            }
            return Ok(());
        }
        let dict = this.dict(state.py());
        let units = units_of(&this.image, first, end);
        if let Some(unit) = units.first() {
            self.run_waiting(state, first_line(&this.image, *unit))?;
        }
        let mut hooked: Vec<u32> = Vec::new();
        for &name in &names {
            let Some(unit) = this.image.names[name as usize].unit else { continue };
            // a value that is there already is kept for the unit to find, as for every pending name
            if this.is_expected(unit) && dict.contains(this.text(name))? {
                self.give_up(state, unit, order)?;
            }
        }
        for &name in &names {
            if let Some(unit) = this.image.names[name as usize].unit
                && !this.is_expected(unit)
                && this.claims.status(unit) != Status::Done
            {
                hooked.push(name);
            }
        }
        if !hooked.is_empty() {
            begin()?;
            this.backend().hooks().announce(state, &hooked)?;
        }
        if !self.complete {
            order.expect(&names);
        }
        for unit in units {
            if !self.early.get(unit as usize).is_some_and(|early| *early) {
                continue;
            }
            if !this.is_expected(unit) {
                self.waiting.push(unit);
            } else if !self.succeeds(state, unit)? {
                begin()?;
                self.give_up(state, unit, order)?;
                order.expect(&names);
                this.backend().hooks().announce(state, &this.unit_names[unit as usize])?;
            }
        }
        Ok(())
    }

    /// A unit is not plain after all. Code that ran before may mention its names without hooks, or have got hold of the
    /// dict, and only keys see what comes of that.
    fn give_up(&mut self, state: &Bound<'_, ModuleState>, unit: u32, order: &mut Order) -> PyResult<()> {
        let this = state.get();
        this.no_longer_expected(unit);
        names::use_keys(state)?;
        if std::mem::replace(&mut self.complete, false) {
            order.follow(this, &this.dict(state.py()))?;
        }
        Ok(())
    }

    /// Runs a unit and what it needs; false when one of these has failed, now or before, and is pending again.
    fn succeeds(&mut self, state: &Bound<'_, ModuleState>, unit: u32) -> PyResult<bool> {
        if !self.failed.is_empty() && state.get().closure(unit).iter().any(|needed| self.failed.contains(needed)) {
            return Ok(false);
        }
        match resolve::run_with_needs(state, unit) {
            Ok(()) => Ok(true),
            Err(error) if !self.strict && error.is_instance_of::<PyException>(state.py()) => {
                self.failed.insert(unit);
                Ok(false)
            }
            Err(error) => {
                self.failed_at = first_line(&state.get().image, unit);
                Err(error)
            }
        }
    }

    /// A checked import has failed: runs what is pending before that, as an eager run has done by then.
    ///
    /// # Errors
    /// What a unit raises, as it is.
    pub fn run_before_failure(&self, state: &Bound<'_, ModuleState>) -> PyResult<()> {
        let this = state.get();
        let stands_before = |unit: &u32| {
            last_line(&this.image, *unit) < self.failed_at
                && this.unit_names[*unit as usize].iter().any(|name| this.is_pending(*name))
        };
        let mut pending = this.claims.unfinished().into_iter().filter(stands_before);
        pending.try_for_each(|unit| resolve::run_with_needs(state, unit))
    }

    /// Runs the early units that have been announced and end before a line.
    ///
    /// # Errors
    /// What a unit raises that is no `Exception`, or when the import is checked.
    pub fn run_waiting(&mut self, state: &Bound<'_, ModuleState>, line: u32) -> PyResult<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let ends_before = |unit: &u32| last_line(&state.get().image, *unit) < line;
        let (mut ready, waiting): (Vec<u32>, _) = std::mem::take(&mut self.waiting).into_iter().partition(ends_before);
        self.waiting = waiting;
        ready.sort_unstable();
        ready.into_iter().try_for_each(|unit| self.succeeds(state, unit).map(drop))
    }
}

/// Which early units are plain, and whether these bind their names in the order of an eager run.
fn plain_units<N: AsRef<[u32]>>(
    image: &Image,
    unit_names: &[N],
    prelude: &[Step],
    early: &[bool],
) -> (Vec<bool>, bool) {
    // by unit: the last line of all that it needs and of itself; unknown when it needs what begins behind it
    let mut ends: Vec<u32> = Vec::with_capacity(early.len());
    // by unit: the last line of those before it that have more than one piece
    let mut reached: Vec<u32> = Vec::with_capacity(early.len());
    let mut reach = 0;
    for (unit, entry) in (0u32..).zip(&image.units) {
        let end_of = |needed: &u32| ends.get(*needed as usize).copied().unwrap_or(u32::MAX);
        let needed = entry.dependencies.iter().map(end_of).max().unwrap_or(0);
        reached.push(reach.max(needed));
        ends.push(last_line(image, unit).max(needed));
        if entry.lines.len() > 1 {
            reach = reach.max(last_line(image, unit));
        }
    }
    let mut plain = vec![false; early.len()];
    let mut in_order = true;
    let mut last_name = None;
    for (place, step) in prelude.iter().enumerate() {
        let Step::Announce(first, end) = *step else { continue };
        let found = units_of(image, first, end);
        // what the prelude runs next stands behind the first lines of all of these
        let free = match prelude[place + 1..].iter().any(|step| matches!(step, Step::Run(_))) {
            true => found.iter().map(|unit| first_line(image, *unit)).max().unwrap_or(0),
            false => u32::MAX,
        };
        for unit in found {
            let names = unit_names[unit as usize].as_ref();
            let whole = names.first() >= Some(&first) && names.last() < Some(&end);
            let alone = image.units[unit as usize].lines.len() == 1 || last_line(image, unit) < free;
            // the dict of annotations is announced before anything has run
            let begun = || names.iter().all(|name| image.names[*name as usize].text != "__annotations__");
            if early[unit as usize] && whole && alone && reached[unit as usize] < first_line(image, unit) && begun() {
                plain[unit as usize] = true;
                in_order &= last_name < names.first().copied();
                last_name = names.last().copied();
            }
        }
    }
    (plain, in_order)
}

/// The units that bind some names, ascending.
fn units_of(image: &Image, first: u32, end: u32) -> Vec<u32> {
    let mut units: Vec<u32> = image.names[first as usize..end as usize].iter().filter_map(|name| name.unit).collect();
    units.sort_unstable();
    units.dedup();
    units
}

fn first_line(image: &Image, unit: u32) -> u32 {
    image.units[unit as usize].lines.first().map_or(0, |(first, _)| *first)
}

fn last_line(image: &Image, unit: u32) -> u32 {
    image.units[unit as usize].lines.last().map_or(0, |(_, last)| *last)
}
