//! Every damage is a miss: truncation, flipped bits, other keys, and bodies that lie under a correct checksum.
//!
//! Separate from `decode.rs` because the tests are as long as the reader. See [`super::super::samples`] for the images.

use super::super::encode::{encode, seal};
use super::super::samples::{self, full, key, small};
use super::*;
use proptest::prelude::*;

fn decode(file: Vec<u8>, key: &Key) -> Result<Image, Miss> {
    super::decode(&mut BytesMut::from(Bytes::from(file)), key)
}

/// Positions that a user of the image would index with point into their tables, and encoding gives the same bytes.
fn check_consistent(image: &Image, key: &Key, bytes: &[u8]) {
    let (names, units) = (image.names.len(), image.units.len());
    assert!(image.units.iter().flat_map(|unit| &unit.dependencies).all(|unit| (*unit as usize) < units));
    assert!(image.names.iter().filter_map(|name| name.unit).all(|unit| (unit as usize) < units));
    for step in &image.prelude {
        if let Step::Announce(first, end) = step {
            assert!(first <= end && *end as usize <= names);
        }
    }
    assert_eq!(encode(image, key), bytes);
}

/// Decoding the body under a correct head gives the miss.
fn check_body(change: impl FnOnce(&mut Vec<u8>), expected: &Miss) {
    let mut body = encode(&small(), &key()).split_off(HEAD_SIZE);
    change(&mut body);
    assert_eq!(decode(seal(&body), &key()).as_ref(), Err(expected));
}

/// The sample under another key is the miss.
fn check_key_miss(change: impl FnOnce(&mut Key), expected: &Miss) {
    let mut other = key();
    change(&mut other);
    assert_eq!(decode(encode(&full(), &key()), &other).as_ref(), Err(expected));
}

#[test]
fn the_samples_come_back() {
    for image in [Image::default(), small(), full()] {
        assert_eq!(decode(encode(&image, &key()), &key()), Ok(image));
    }
}

#[test]
fn how_a_source_is_known_is_said_of_any_bytes() {
    let bytes = encode(&small(), &key());
    assert_eq!(validation_of(&bytes), Ok(key().validation));
    for length in 0..HEAD_SIZE + 16 {
        assert!(matches!(validation_of(&bytes[..length]), Err(Miss::Ended { .. })), "{length}");
    }
}

#[test]
fn every_truncation_is_a_miss() {
    let bytes = encode(&full(), &key());
    for length in 0..bytes.len() {
        let miss = decode(bytes[..length].to_vec(), &key()).expect_err("truncated");
        if length < HEAD_SIZE {
            assert_eq!(miss, Miss::Short { expected: HEAD_SIZE, got: length });
        } else {
            let (expected, got) = ((bytes.len() - HEAD_SIZE) as u64, (length - HEAD_SIZE) as u64);
            assert_eq!(miss, Miss::Length { expected, got });
        }
    }
}

#[test]
fn every_appended_byte_is_a_miss() {
    let mut bytes = encode(&full(), &key());
    bytes.push(0);
    assert!(matches!(decode(bytes, &key()), Err(Miss::Length { .. })));
}

#[test]
fn every_flipped_bit_is_a_miss() {
    let bytes = encode(&full(), &key());
    for offset in 0..bytes.len() {
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[offset] ^= 1 << bit;
            assert!(decode(damaged, &key()).is_err(), "bit {bit} of byte {offset}");
        }
    }
}

/// The key's bytes lie in the body and so under the checksum: a flipped bit can't make a stale image fresh.
#[test]
fn a_flipped_bit_never_makes_another_key_fit() {
    let bytes = encode(&small(), &key());
    for offset in HEAD_SIZE..HEAD_SIZE + 16 {
        let mut damaged = bytes.clone();
        damaged[offset] ^= 1;
        let other = Key { validation: Validation::Time { mtime: 1_700_000_001, size: 4_321 }, ..key() };
        assert!(matches!(decode(damaged, &other), Err(Miss::Checksum { .. })));
    }
}

#[test]
fn each_field_of_the_head_has_its_miss() {
    let bytes = encode(&small(), &key());
    let check = |offset: usize, expected: &dyn Fn(&Miss) -> bool| {
        let mut damaged = bytes.clone();
        damaged[offset] ^= 1;
        let miss = decode(damaged, &key()).expect_err("damaged");
        assert!(expected(&miss), "byte {offset}: {miss}");
    };
    check(0, &|miss| matches!(miss, Miss::Magic { expected: MAGIC, .. }));
    check(8, &|miss| *miss == Miss::Format { expected: FORMAT_VERSION, got: FORMAT_VERSION ^ 1 });
    check(12, &|miss| *miss == Miss::Analyser { expected: ANALYSER_VERSION, got: ANALYSER_VERSION ^ 1 });
    check(16, &|miss| matches!(miss, Miss::Length { .. }));
    check(24, &|miss| matches!(miss, Miss::Checksum { .. }));
    check(HEAD_SIZE, &|miss| matches!(miss, Miss::Checksum { .. }));
}

#[test]
fn each_field_of_the_key_has_its_miss() {
    let Key { interpreter, validation, module, .. } = key();
    let Validation::Time { mtime, size } = validation else { unreachable!("the sample's") };
    let hashed = |first, checked| Validation::Hash { hash: [first, 2, 3, 4, 5, 6, 7, 8], checked };
    check_key_miss(
        |key| key.interpreter[0] = 0xcb,
        &Miss::Interpreter { expected: [0xcb, 0x0d, 0x0d, 0x0a], got: interpreter },
    );
    check_key_miss(|key| key.optimization = 2, &Miss::Optimization { expected: 2, got: 0 });
    check_key_miss(
        |key| key.validation = Validation::Time { mtime: 5, size },
        &Miss::SourceTime { expected: 5, got: mtime },
    );
    check_key_miss(
        |key| key.validation = Validation::Time { mtime, size: 6 },
        &Miss::SourceSize { expected: 6, got: size },
    );
    check_key_miss(
        |key| key.validation = hashed(1, true),
        &Miss::Validation { expected: hashed(1, true), got: validation },
    );
    let bytes = encode(&full(), &Key { validation: hashed(1, true), ..key() });
    assert_eq!(validation_of(&bytes), Ok(hashed(1, true)));
    let check = |expected, miss| {
        assert_eq!(decode(bytes.clone(), &Key { validation: expected, ..key() }), Err(miss));
    };
    check(hashed(9, true), Miss::SourceHash { expected: [9, 2, 3, 4, 5, 6, 7, 8], got: [1, 2, 3, 4, 5, 6, 7, 8] });
    check(hashed(1, false), Miss::Validation { expected: hashed(1, false), got: hashed(1, true) });
    check(validation, Miss::Validation { expected: validation, got: hashed(1, true) });
    check_key_miss(|key| key.module = "mod".to_owned(), &Miss::Module { expected: "mod".to_owned(), got: module });
}

/// Offsets as in the annotated example of `spec/image-format.md`, less the head.
#[test]
fn a_body_that_lies_under_a_correct_checksum_has_its_miss() {
    check_body(|body| body.push(0), &Miss::Trailing { expected: 95, got: 96 });
    check_body(|body| body.truncate(62), &Miss::Ended { offset: 94, expected: 1, got: 0 });
    check_body(|body| body[5] = 3, &Miss::Tag { offset: 37, field: "the kind of validation", expected: 2, got: 3 });
    check_body(|body| body[7] = 1, &Miss::Tag { offset: 38, field: "reserved bytes", expected: 0, got: 256 });
    check_body(
        |body| body[24] = 0x81,
        &Miss::Tag { offset: 56, field: "the module's flags", expected: 0x3f, got: 0x81 },
    );
    check_body(|body| body[27] = 32, &Miss::Tag { offset: 59, field: "a unit's flags", expected: 31, got: 32 });
}

#[test]
fn a_position_outside_its_table_is_a_miss() {
    let check = |change: &dyn Fn(&mut Image), field: &str, largest: u64, found: u64| {
        let mut image = full();
        change(&mut image);
        match decode(encode(&image, &key()), &key()) {
            Err(Miss::Number { field: at, expected, got, .. }) => {
                assert_eq!((at, expected, got), (field, largest, found));
            }
            other => panic!("expected a miss for {field}, got {other:?}"),
        }
    };
    check(&|image| image.names[0].unit = Some(2), "the position of a unit", 1, 2);
    check(&|image| image.units[1].dependencies = [9].as_slice().into(), "the position of a unit", 1, 9);
    check(&|image| image.prelude[0] = Step::Announce(0, 4), "a position between names", 3, 4);
    check(&|image| image.prelude[0] = Step::Announce(3, 2), "a position between names", 2, 3);
    check(&|image| image.units.clear(), "a position in an empty table", 0, 1);
}

/// Behind a correct checksum, so that the reader itself is tested: any byte, any value.
#[test]
fn every_changed_byte_under_a_correct_checksum_is_a_miss_or_consistent() {
    let body = encode(&full(), &key()).split_off(HEAD_SIZE);
    for offset in 0..body.len() {
        for value in 0..=u8::MAX {
            let mut damaged = body.clone();
            damaged[offset] = value;
            let bytes = seal(&damaged);
            if let Ok(image) = decode(bytes.clone(), &key()) {
                check_consistent(&image, &key(), &bytes);
            }
        }
    }
}

#[test]
fn every_truncated_body_under_a_correct_checksum_is_a_miss() {
    let body = encode(&full(), &key()).split_off(HEAD_SIZE);
    for length in 0..body.len() {
        assert!(matches!(decode(seal(&body[..length]), &key()), Err(Miss::Ended { .. })), "{length} bytes");
    }
}

proptest! {
    #[test]
    fn every_image_comes_back(image in samples::images(), key in samples::keys()) {
        prop_assert_eq!(decode(encode(&image, &key), &key), Ok(image));
    }

    #[test]
    fn an_image_of_another_key_is_a_miss(image in samples::images(), one in samples::keys(), other in samples::keys()) {
        prop_assume!(one != other);
        prop_assert!(decode(encode(&image, &one), &other).is_err());
    }

    #[test]
    fn any_bytes_are_a_miss(bytes: Vec<u8>) {
        prop_assert!(decode(bytes, &key()).is_err());
    }

    #[test]
    fn any_content_under_a_correct_checksum_is_a_miss_or_consistent(content: Vec<u8>) {
        let mut body = encode(&Image::default(), &key()).split_off(HEAD_SIZE);
        body.truncate(24);
        body.extend(content);
        let bytes = seal(&body);
        if let Ok(image) = decode(bytes.clone(), &key()) {
            check_consistent(&image, &key(), &bytes);
        }
    }

    #[test]
    fn damage_in_several_places_is_a_miss_or_consistent(
        image in samples::images(),
        changes in proptest::collection::vec(any::<(prop::sample::Index, u8)>(), 1..6),
    ) {
        let mut body = encode(&image, &key()).split_off(HEAD_SIZE);
        for (index, value) in changes {
            let offset = index.index(body.len());
            body[offset] = value;
        }
        let bytes = seal(&body);
        if let Ok(image) = decode(bytes.clone(), &key()) {
            check_consistent(&image, &key(), &bytes);
        }
    }
}
