//! Which rules may speak about a module, without looking at all of them.
//!
//! Terms: a *place* is what a rule is filed under: the dotted name or the canonical path at which its pattern begins, or
//! the head of a glob and, below that, its tail. A *serial* is a rule's number.
//!
//! ```text
//! asked for: pip._vendor.rich, made from /lib/pip/_vendor/rich.py
//! modules    pip._vendor.rich
//! trees      pip._vendor.rich, pip._vendor, pip, and the empty name (`*`)
//! globs      each prefix that is as long as some head (`pip.`, `pip._v`, …), and below it each suffix that is as long as
//!            some tail (`rich`, …)
//! paths      /lib/pip/_vendor/rich.py, /lib/pip/_vendor, /lib/pip, /lib, and the empty path
//! ```
//!
//! So a decision costs as much as the name has segments and as heads and tails have lengths. Only globs that share both are
//! looked at one by one. Separate from [`super::registry`], which says what is done with the rules that are found.

use super::glob;
use super::pattern::{Pattern, Scope};
use std::collections::{BTreeMap, HashMap};

/// Rules by place. Each list is in the order that [`Index::insert`] is told.
#[derive(Clone, Debug, Default)]
pub struct Index {
    modules: Places,
    trees: Places,
    globs: Globs,
    paths: Places,
}

/// Lists of globs.
#[derive(Clone, Debug, Default)]
struct Globs {
    /// Head → tail → serials.
    heads: HashMap<Box<str>, Places>,
    /// Length in bytes of a head → how many heads have it.
    lengths: BTreeMap<usize, usize>,
}

impl Globs {
    fn places(&mut self, head: &str) -> &mut Places {
        if !self.heads.contains_key(head) {
            self.heads.insert(head.into(), Places::default());
            *self.lengths.entry(head.len()).or_default() += 1;
        }
        self.heads.get_mut(head).expect("inserted above")
    }

    fn remove(&mut self, head: &str, tail: &str, serial: u64) {
        let Some(places) = self.heads.get_mut(head) else { return };
        places.remove(tail, serial);
        if places.lists.is_empty() {
            self.heads.remove(head);
            forget(&mut self.lengths, head.len());
        }
    }

    /// The lists of globs whose head and tail the name has.
    fn fitting<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u64]> {
        let heads = self.lengths.range(..=name.len()).rev();
        let heads = heads.filter_map(move |(length, _)| self.heads.get(name.get(..*length)?));
        heads.flat_map(move |places| {
            let tails = places.lengths.range(..=name.len()).rev();
            let tails = tails.filter_map(move |(length, _)| places.lists.get(name.get(name.len() - length..)?));
            tails.map(Vec::as_slice)
        })
    }
}

/// Counts one place of a length less.
fn forget(lengths: &mut BTreeMap<usize, usize>, length: usize) {
    if let Some(count) = lengths.get_mut(&length) {
        *count -= 1;
        if *count == 0 {
            lengths.remove(&length);
        }
    }
}

/// Lists of serials.
#[derive(Clone, Debug, Default)]
struct Places {
    lists: HashMap<Box<str>, Vec<u64>>,
    /// Length in bytes of a place → how many places have it: a text of another length need not be hashed.
    lengths: BTreeMap<usize, usize>,
}

impl Places {
    fn list(&mut self, place: &str) -> &mut Vec<u64> {
        if !self.lists.contains_key(place) {
            self.lists.insert(place.into(), Vec::new());
            *self.lengths.entry(place.len()).or_default() += 1;
        }
        self.lists.get_mut(place).expect("inserted above")
    }

    fn remove(&mut self, place: &str, serial: u64) {
        let Some(list) = self.lists.get_mut(place) else { return };
        list.retain(|other| *other != serial);
        if list.is_empty() {
            self.lists.remove(place);
            forget(&mut self.lengths, place.len());
        }
    }

    fn get(&self, place: &str) -> Option<&[u64]> {
        let longest = self.lengths.last_key_value().map(|(length, _)| *length)?;
        if place.len() > longest { None } else { self.lists.get(place).map(Vec::as_slice) }
    }

    /// The lists of all prefixes that end at `separator`, from the longest: `a.b.c`, `a.b`, `a`, and the empty text.
    fn ancestors<'a>(&'a self, text: &'a str, separator: char) -> impl Iterator<Item = &'a [u64]> {
        let shorter = text.rmatch_indices(separator).map(|(end, _)| &text[..end]).filter(|prefix| !prefix.is_empty());
        let root = (!text.is_empty()).then_some("");
        let all = std::iter::once(text).chain(shorter).chain(root);
        all.filter(|_| !self.lists.is_empty()).filter_map(|prefix| self.get(prefix))
    }
}

impl Index {
    /// Files a rule in front of the first of its list that it comes `before`.
    pub fn insert(&mut self, pattern: &Pattern, serial: u64, before: impl Fn(u64) -> bool) {
        let list = match self.places(pattern) {
            Some(places) => places.list(pattern.root()),
            None => self.globs.places(glob::head(pattern.root())).list(tail(pattern)),
        };
        let position = list.partition_point(|other| !before(*other));
        list.insert(position, serial);
    }

    /// Takes a rule out.
    pub fn remove(&mut self, pattern: &Pattern, serial: u64) {
        match self.places(pattern) {
            Some(places) => places.remove(pattern.root(), serial),
            None => self.globs.remove(glob::head(pattern.root()), tail(pattern), serial),
        }
    }

    /// Whether some rule is about source paths.
    pub fn has_paths(&self) -> bool {
        !self.paths.lists.is_empty()
    }

    /// The lists of rules that may speak about a module of this name, the closest first; true: they do, false: each has to
    /// be asked.
    pub fn by_name<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a [u64], bool)> {
        let modules = self.modules.get(name).into_iter();
        let trees = self.trees.ancestors(name, '.');
        let globs = self.globs.fitting(name);
        modules.chain(trees).map(|list| (list, true)).chain(globs.map(|list| (list, false)))
    }

    /// The lists of rules that speak about a source file, given by its canonical path, the closest first.
    pub fn by_path<'a>(&'a self, canonical: &'a str) -> impl Iterator<Item = &'a [u64]> {
        self.paths.ancestors(canonical, '/')
    }

    /// Where patterns of this scope are filed by their root; none for globs.
    fn places(&mut self, pattern: &Pattern) -> Option<&mut Places> {
        match pattern.scope() {
            Scope::Module => Some(&mut self.modules),
            Scope::Tree | Scope::Everything => Some(&mut self.trees),
            Scope::Path => Some(&mut self.paths),
            Scope::Glob => None,
        }
    }
}

/// The tail under which a glob is filed; a tree of globs has none, because what it matches may end in anything.
fn tail(glob: &Pattern) -> &str {
    if glob.root().len() < glob.text().len() { "" } else { glob::tail(glob.root()) }
}
