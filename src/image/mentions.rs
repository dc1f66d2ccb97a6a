//! Where code mentions names with a unit as globals.
//!
//! Whoever runs the code puts hooks for the names that are pending there ([`crate::runtime::names::in_code`]); which those
//! are is known only then, where they stand is known when the code is compiled. Nothing of it is looked at before the code
//! runs, and then it is read as what may be damaged, like everything in an image.
//!
//! Terms: the *position of a code object* counts the code object itself, then what is in its constants, each with what is
//! in it, from 0 on; a mention is *ambiguous* when the same entry of `co_names` serves for something else, too.
//!
//! ```python
//! def f(): return json.dumps(x)     # code object 1 of the module's; its co_names: 'json', 'dumps', 'x'
//! ```

use super::Bytes;
use super::bytes::{Reader, Writer};
use super::error::Miss;

/// One name in the `co_names` of one code object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Position of the code object.
    pub code: u32,
    /// Position in its `co_names`.
    pub place: u32,
    /// Position in [`super::Image::names`].
    pub name: u32,
    /// The entry serves for something else, too.
    pub ambiguous: bool,
}

/// Mentions in ascending order of their code objects, as bytes: for each, the code objects between it and the one before,
/// place, and twice the name, plus one when it is ambiguous.
#[must_use]
pub fn encode(mentions: &[Mention]) -> Bytes {
    let mut bytes = Writer::default();
    let mut last = 0;
    for mention in mentions {
        bytes.number(u64::from(mention.code - last));
        bytes.number(u64::from(mention.place));
        bytes.number(u64::from(mention.name) << 1 | u64::from(mention.ambiguous));
        last = mention.code;
    }
    bytes.into_bytes().into()
}

/// The mentions; an error is the last item.
pub fn decode(bytes: &[u8]) -> impl Iterator<Item = Result<Mention, Miss>> {
    let mut bytes = Reader::new(bytes, 0);
    let mut last = 0u32;
    let mut ended = false;
    std::iter::from_fn(move || {
        if ended || bytes.rest().is_empty() {
            return None;
        }
        let found = read(&mut bytes, last);
        last = found.as_ref().map_or(last, |mention| mention.code);
        ended = found.is_err();
        Some(found)
    })
}

fn read(bytes: &mut Reader<'_>, last: u32) -> Result<Mention, Miss> {
    let field = "the position of a code object";
    let code = last + bytes.at_most(field, u32::MAX - last)?;
    let place = bytes.number32("a place in co_names")?;
    let name = bytes.number32("the position of a name")?;
    Ok(Mention { code, place, name: name >> 1, ambiguous: name & 1 != 0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn mentions_come_back(mut found in proptest::collection::vec(any::<(u32, u32, u32, bool)>(), 0..9)) {
            found.sort_unstable();
            let mention = |(code, place, name, ambiguous)| Mention { code, place, name: name >> 1, ambiguous };
            let all: Vec<Mention> = found.into_iter().map(mention).collect();
            prop_assert_eq!(decode(&encode(&all)).collect::<Result<Vec<_>, _>>(), Ok(all));
        }

        #[test]
        fn any_bytes_have_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            prop_assert!(decode(&bytes).count() <= bytes.len());
        }
    }

    #[test]
    fn what_is_damaged_ends_the_mentions() {
        let found: Vec<_> = decode(&[1, 0, 4, 0xff]).collect();
        assert_eq!(found[0], Ok(Mention { code: 1, place: 0, name: 2, ambiguous: false }));
        assert!(found[1].is_err() && found.len() == 2);
    }
}
