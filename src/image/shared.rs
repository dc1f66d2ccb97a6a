//! Bytes that are a part of others.
//!
//! Nine tenths of an image are marshalled code, which is copied once at most: a unit's code is a range of the bytes of all
//! units, which live as long as any unit of the image does.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

/// Some bytes of a file, or bytes of their own (`From<Vec<u8>>`). Equal when the bytes are.
#[derive(Clone, Default)]
pub struct Shared {
    file: Arc<Vec<u8>>,
    range: Range<usize>,
}

impl Shared {
    /// The bytes of `range`; empty when it does not lie in the file.
    #[must_use]
    pub fn part(file: &Arc<Vec<u8>>, range: Range<usize>) -> Self {
        let range = if file.get(range.clone()).is_some() { range } else { 0..0 };
        Self { file: Arc::clone(file), range }
    }
}

impl Deref for Shared {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.file[self.range.clone()]
    }
}

impl From<Vec<u8>> for Shared {
    fn from(bytes: Vec<u8>) -> Self {
        let range = 0..bytes.len();
        Self { file: Arc::new(bytes), range }
    }
}

impl FromIterator<u8> for Shared {
    fn from_iter<I: IntoIterator<Item = u8>>(bytes: I) -> Self {
        Self::from(bytes.into_iter().collect::<Vec<u8>>())
    }
}

impl PartialEq for Shared {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Shared {}

impl fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", &**self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_a_range_of_the_file_and_never_more() {
        let file = Arc::new(b"abcdef".to_vec());
        assert_eq!(*Shared::part(&file, 1..3), *b"bc");
        assert_eq!(Shared::part(&file, 1..3), Shared::from(b"bc".to_vec()));
        for beyond in [5..7, 7..9, Range { start: 3, end: 1 }] {
            assert_eq!(*Shared::part(&file, beyond), *b"");
        }
    }

    #[test]
    fn no_byte_is_copied() {
        let file = Arc::new(b"abcdef".to_vec());
        assert!(std::ptr::eq(&raw const file[2], &raw const Shared::part(&file, 2..4)[0]));
    }
}
