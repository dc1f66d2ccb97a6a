//! All reading and writing of integers, texts and runs of bytes.
//!
//! Terms: a *fixed* integer is little-endian and takes its full size; a *number* is an unsigned LEB128 (seven bits a
//! byte, least significant first, the top bit says that another byte follows) in its shortest form, so that there is
//! one encoding of each image; a *text* is a number of bytes and then that much UTF-8; a *run* is the same without the
//! UTF-8.
//!
//! Which question does this file answer? "How does a value become bytes, and when is what stands there not a value?" It
//! is separate so that every bound is checked in one place: a [`Reader`] never indexes past its end, never allocates,
//! and never trusts a count before there are bytes left that could hold that many items. Every method of it returns a
//! [`Miss`] instead of a value when that value isn't there.

use super::error::Miss;

/// Most bytes that a number of 64 bits takes.
const LONGEST_NUMBER: usize = 10;

/// Appends values to an image.
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// What was written.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// A single byte.
    pub fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    /// A fixed integer of 16 bits.
    pub fn u16(&mut self, value: u16) {
        self.raw(&value.to_le_bytes());
    }

    /// A fixed integer of 32 bits.
    pub fn u32(&mut self, value: u32) {
        self.raw(&value.to_le_bytes());
    }

    /// A fixed integer of 64 bits.
    pub fn u64(&mut self, value: u64) {
        self.raw(&value.to_le_bytes());
    }

    /// A number.
    pub fn number(&mut self, value: u64) {
        let mut rest = value;
        loop {
            let low = (rest & 0x7f) as u8;
            rest >>= 7;
            if rest == 0 {
                self.u8(low);
                return;
            }
            self.u8(low | 0x80);
        }
    }

    /// A number of bytes or of items.
    pub fn count(&mut self, value: usize) {
        // `usize` has at most 64 bits on every platform that CPython runs on.
        self.number(value as u64);
    }

    /// A run.
    pub fn run(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.raw(bytes);
    }

    /// A text.
    pub fn text(&mut self, text: &str) {
        self.run(text.as_bytes());
    }
}

/// Takes values off an image, front to back. Borrows: what it returns points into the image.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    /// Offset of the next byte; at most `bytes.len()`.
    offset: usize,
}

impl<'a> Reader<'a> {
    /// Starts at `offset` of `bytes`, or at the end if that comes first.
    #[must_use]
    pub fn new(bytes: &'a [u8], offset: usize) -> Self {
        Self { bytes, offset: offset.min(bytes.len()) }
    }

    /// Offset of the next byte.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Another reader of what has been read from `start` on.
    #[must_use]
    pub fn part(&self, start: usize) -> Self {
        Self { bytes: self.bytes.get(..self.offset).unwrap_or_default(), offset: start.min(self.offset) }
    }

    /// Everything that has not been read.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.offset..).unwrap_or_default()
    }

    /// Bytes as they are.
    pub fn raw(&mut self, length: usize) -> Result<&'a [u8], Miss> {
        let rest = self.rest();
        let Some(taken) = rest.get(..length) else { return Err(self.ended(length as u64)) };
        self.offset += length;
        Ok(taken)
    }

    /// An array of bytes as they are.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Miss> {
        let Some(taken) = self.rest().first_chunk::<N>() else { return Err(self.ended(N as u64)) };
        self.offset += N;
        Ok(*taken)
    }

    /// A single byte.
    pub fn u8(&mut self) -> Result<u8, Miss> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// A fixed integer of 16 bits.
    pub fn u16(&mut self) -> Result<u16, Miss> {
        self.array().map(u16::from_le_bytes)
    }

    /// A fixed integer of 32 bits.
    pub fn u32(&mut self) -> Result<u32, Miss> {
        self.array().map(u32::from_le_bytes)
    }

    /// A fixed integer of 64 bits.
    pub fn u64(&mut self) -> Result<u64, Miss> {
        self.array().map(u64::from_le_bytes)
    }

    /// A number.
    pub fn number(&mut self) -> Result<u64, Miss> {
        let start = self.offset;
        let mut value = 0u64;
        for position in 0..LONGEST_NUMBER {
            let byte = self.u8()?;
            let low = u64::from(byte & 0x7f);
            // The tenth byte has room for one bit only.
            if position == LONGEST_NUMBER - 1 && byte > 1 {
                break;
            }
            value |= low << (7 * position);
            if byte & 0x80 == 0 {
                if byte == 0 && position > 0 {
                    return Err(Miss::Overlong { offset: start, got: position + 1 });
                }
                return Ok(value);
            }
        }
        Err(Miss::Number { offset: self.offset, field: "a number", expected: u64::MAX, got: u64::MAX })
    }

    /// A number of at most 32 bits, which stands for `field`.
    pub fn number32(&mut self, field: &'static str) -> Result<u32, Miss> {
        self.at_most(field, u32::MAX)
    }

    /// A number of at most `largest`, which stands for `field`.
    pub fn at_most(&mut self, field: &'static str, largest: u32) -> Result<u32, Miss> {
        let got = self.number()?;
        u32::try_from(got).ok().filter(|value| *value <= largest).ok_or(Miss::Number {
            offset: self.offset,
            field,
            expected: u64::from(largest),
            got,
        })
    }

    /// How many items follow, each of which takes `least` bytes or more (and at least one): never more than what is left
    /// can hold, so that it may be allocated for.
    pub fn count(&mut self, least: usize) -> Result<usize, Miss> {
        let got = self.number()?;
        match usize::try_from(got) {
            Ok(count) if count <= self.rest().len() / least.max(1) => Ok(count),
            _ => Err(self.ended(got.saturating_mul(least as u64))),
        }
    }

    /// A run.
    pub fn run(&mut self) -> Result<&'a [u8], Miss> {
        let length = self.count(1)?;
        self.raw(length)
    }

    /// A text.
    pub fn text(&mut self) -> Result<&'a str, Miss> {
        let bytes = self.run()?;
        std::str::from_utf8(bytes).map_err(|source| Miss::Text { offset: self.offset - bytes.len(), source })
    }

    /// The content ends here, and so must the image.
    pub fn end(&self) -> Result<(), Miss> {
        match self.bytes.len() {
            end if end == self.offset => Ok(()),
            got => Err(Miss::Trailing { expected: self.offset, got }),
        }
    }

    fn ended(&self, expected: u64) -> Miss {
        Miss::Ended { offset: self.offset, expected, got: self.rest().len() as u64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `value` is written as `bytes`, and they are read as `value`, and no part of them is.
    fn check(value: u64, bytes: &[u8]) {
        let mut writer = Writer::default();
        writer.number(value);
        assert_eq!(writer.into_bytes(), bytes);
        let mut reader = Reader::new(bytes, 0);
        assert_eq!(reader.number(), Ok(value));
        assert_eq!(reader.end(), Ok(()));
        for length in 0..bytes.len() {
            assert_eq!(
                Reader::new(&bytes[..length], 0).number(),
                Err(Miss::Ended { offset: length, expected: 1, got: 0 })
            );
        }
    }

    #[test]
    fn numbers_take_seven_bits_a_byte() {
        check(0, &[0]);
        check(127, &[127]);
        check(128, &[0x80, 1]);
        check(300, &[0xac, 2]);
        check(u64::MAX, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]);
    }

    #[test]
    fn a_number_in_a_longer_form_is_a_miss() {
        assert_eq!(Reader::new(&[0x80, 0], 0).number(), Err(Miss::Overlong { offset: 0, got: 2 }));
        assert_eq!(Reader::new(&[7, 0xff, 0x80, 0], 1).number(), Err(Miss::Overlong { offset: 1, got: 3 }));
    }

    #[test]
    fn a_number_beyond_64_bits_is_a_miss() {
        for last in [2, 0x7f, 0x81, 0xff] {
            let mut bytes = [0xff; 12];
            bytes[9] = last;
            assert!(matches!(Reader::new(&bytes, 0).number(), Err(Miss::Number { offset: 10, .. })));
        }
    }

    #[test]
    fn a_count_never_exceeds_what_is_left() {
        assert_eq!(Reader::new(&[2, 0, 0, 0, 0], 0).count(2), Ok(2));
        assert_eq!(Reader::new(&[3, 0, 0, 0, 0], 0).count(2), Err(Miss::Ended { offset: 1, expected: 6, got: 4 }));
        let mut writer = Writer::default();
        writer.number(u64::MAX);
        assert!(matches!(Reader::new(&writer.into_bytes(), 0).count(5), Err(Miss::Ended { expected: u64::MAX, .. })));
    }

    #[test]
    fn a_text_that_is_not_utf8_says_where() {
        assert!(matches!(Reader::new(&[9, 2, b'a', 0xff], 1).text(), Err(Miss::Text { offset: 2, .. })));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(number: u64, text: String, run: Vec<u8>, fixed: (u8, u16, u32, u64)) {
            let mut writer = Writer::default();
            writer.number(number);
            writer.text(&text);
            writer.run(&run);
            writer.u8(fixed.0);
            writer.u16(fixed.1);
            writer.u32(fixed.2);
            writer.u64(fixed.3);
            let bytes = writer.into_bytes();
            let mut reader = Reader::new(&bytes, 0);
            prop_assert_eq!(reader.number(), Ok(number));
            prop_assert_eq!(reader.text(), Ok(text.as_str()));
            prop_assert_eq!(reader.run(), Ok(run.as_slice()));
            prop_assert_eq!((reader.u8()?, reader.u16()?, reader.u32()?, reader.u64()?), fixed);
            prop_assert_eq!(reader.end(), Ok(()));
        }

        #[test]
        fn any_bytes_are_a_number_or_a_miss(bytes: Vec<u8>) {
            let mut reader = Reader::new(&bytes, 0);
            if let Ok(number) = reader.number() {
                let mut writer = Writer::default();
                writer.number(number);
                prop_assert_eq!(&writer.into_bytes(), &bytes[..reader.offset()]);
            }
        }
    }
}
