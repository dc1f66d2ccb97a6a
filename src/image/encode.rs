//! From an [`Image`] to bytes.
//!
//! Terms: to *seal* a body is to put the head before it, with its length and checksum.
//!
//! Which question does this file answer? "In which order is what written?" [`super::decode`] reads in the same order,
//! function by function; the two are separate files because the reader distrusts every byte and the writer has nothing
//! to distrust, and because only the reader is on the path of a warm import.
//!
//! # Invariants
//! - The bytes are a function of the image and the key: no time, no path, no map order. Two builds of the same source
//!   give equal files.
//! - Whatever [`encode`] writes of a consistent image (no position points outside its table),
//!   [`decode`](super::decode::decode) returns equal.

use super::bytes::Writer;
use super::layout::{
    ANALYSER_VERSION, FORMAT_VERSION, HEAD_SIZE, MAGIC, RESERVED, module_flags, name_flags, step_tags, unit_flags,
    validation,
};
use super::{Code, Image, Key, Name, Step, Unit, Validation};
use twox_hash::XxHash3_64;

/// The bytes of an image under its key; the same for the same input, always.
#[must_use]
pub fn encode(image: &Image, key: &Key) -> Vec<u8> {
    let mut body = Writer::default();
    write_key(&mut body, key);
    write_image(&mut body, image);
    seal(&body.into_bytes())
}

/// Puts the head before a body.
#[must_use]
pub fn seal(body: &[u8]) -> Vec<u8> {
    let mut file = Writer::default();
    file.raw(&MAGIC);
    file.u32(FORMAT_VERSION);
    file.u32(ANALYSER_VERSION);
    file.u64(body.len() as u64);
    file.u64(XxHash3_64::oneshot(body));
    file.raw(body);
    let bytes = file.into_bytes();
    debug_assert_eq!(bytes.len(), HEAD_SIZE + body.len());
    bytes
}

fn write_key(body: &mut Writer, key: &Key) {
    body.raw(&key.interpreter);
    body.u8(key.optimization);
    body.u8(match key.validation {
        Validation::Time { .. } => validation::MTIME_AND_SIZE,
        Validation::Hash { checked: false, .. } => validation::UNCHECKED_HASH,
        Validation::Hash { checked: true, .. } => validation::CHECKED_HASH,
    });
    body.u16(RESERVED);
    match key.validation {
        Validation::Time { mtime, size } => {
            body.u32(mtime);
            body.u32(size);
        }
        Validation::Hash { hash, .. } => body.raw(&hash),
    }
    body.text(&key.module);
}

fn write_image(body: &mut Writer, image: &Image) {
    // Taken apart in full, so that a new field can't be forgotten here.
    let Image {
        declared,
        flagged,
        hook,
        invalid,
        unsplittable,
        names,
        units,
        prelude,
        namespace_readers,
        guarded_targets,
        checked_targets,
    } = image;
    body.u8(flags(&[
        (*declared, module_flags::DECLARED),
        (*hook, module_flags::HOOK),
        (*namespace_readers, module_flags::NAMESPACE_READERS),
        (invalid.is_some(), module_flags::INVALID),
        (unsplittable.is_some(), module_flags::UNSPLITTABLE),
        (*flagged, module_flags::FLAGGED),
    ]));
    if let Some((line, clause)) = invalid {
        body.number(u64::from(*line));
        body.text(clause);
    }
    if let Some(reason) = unsplittable {
        body.text(reason);
    }
    // Units before names and names before the prelude: a position is checked against a table that has been read.
    // As a run, so that what is kept of an image can be told from what is not.
    let mut kept = Writer::default();
    list(&mut kept, units, write_unit);
    body.run(&kept.into_bytes());
    list(body, names, write_name);
    list(body, prelude, write_step);
    list(body, guarded_targets, |body, target| body.text(target));
    list(body, checked_targets, |body, target| body.text(target));
}

fn write_unit(body: &mut Writer, unit: &Unit) {
    let Unit {
        lines,
        dependencies,
        free_reads,
        guarded_imports,
        checked_imports,
        only_imports,
        may_import,
        may_fail,
        code,
    } = unit;
    body.u8(flags(&[
        (*guarded_imports, unit_flags::GUARDED_IMPORTS),
        (*only_imports, unit_flags::ONLY_IMPORTS),
        (*may_import, unit_flags::MAY_IMPORT),
        (*checked_imports, unit_flags::CHECKED_IMPORTS),
        (*may_fail, unit_flags::MAY_FAIL),
    ]));
    list(body, lines, |body, (first, last)| {
        body.number(u64::from(*first));
        body.number(u64::from(*last));
    });
    list(body, dependencies, |body, unit| body.number(u64::from(*unit)));
    list(body, free_reads, |body, name| body.text(name));
    write_code(body, code);
}

fn write_code(body: &mut Writer, code: &Code) {
    let Code { marshalled, mentions } = code;
    body.run(marshalled);
    body.run(mentions);
}

fn write_name(body: &mut Writer, name: &Name) {
    let Name { text, unit, definite, submodule, only_submodule } = name;
    body.u8(flags(&[
        (*definite, name_flags::DEFINITE),
        (*submodule, name_flags::SUBMODULE),
        (*only_submodule, name_flags::ONLY_SUBMODULE),
        (unit.is_some(), name_flags::UNIT),
    ]));
    body.text(text);
    if let Some(unit) = unit {
        body.number(u64::from(*unit));
    }
}

fn write_step(body: &mut Writer, step: &Step) {
    match step {
        Step::Announce(first, end) => {
            body.u8(step_tags::ANNOUNCE);
            body.number(u64::from(*first));
            body.number(u64::from(*end));
        }
        Step::Run(code) => {
            body.u8(step_tags::RUN);
            write_code(body, code);
        }
        Step::CompleteModules => body.u8(step_tags::COMPLETE_MODULES),
        Step::CompleteNamespace => body.u8(step_tags::COMPLETE_NAMESPACE),
    }
}

fn list<T>(body: &mut Writer, items: &[T], write: impl Fn(&mut Writer, &T)) {
    body.count(items.len());
    for item in items {
        write(body, item);
    }
}

/// The bits whose condition holds.
fn flags(conditions: &[(bool, u8)]) -> u8 {
    conditions.iter().filter(|(holds, _)| *holds).fold(0, |byte, (_, bit)| byte | bit)
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use proptest::prelude::*;

    const SPECIFICATION: &str = include_str!("../../spec/image-format.md");

    /// As in the specification's example: sixteen bytes a line.
    fn dump(bytes: &[u8]) -> String {
        bytes
            .chunks(16)
            .map(|line| line.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" "))
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// Pins the format: if this fails, bytes have changed, and `FORMAT_VERSION` has to.
    #[test]
    fn the_example_in_the_specification_is_what_is_written() {
        let mut bytes = encode(&samples::small(), &samples::key());
        assert_eq!(bytes[12..16], ANALYSER_VERSION.to_le_bytes());
        bytes[12..16].copy_from_slice(&0x1234_5678_u32.to_le_bytes());
        let dump = dump(&bytes);
        assert!(SPECIFICATION.contains(&dump), "spec/image-format.md should show\n{dump}");
    }

    #[test]
    fn the_sample_is_encoded_twice_alike() {
        assert_eq!(encode(&samples::full(), &samples::key()), encode(&samples::full(), &samples::key()));
    }

    proptest! {
        #[test]
        fn an_equal_image_is_encoded_alike(image in samples::images(), key in samples::keys()) {
            prop_assert_eq!(encode(&image, &key), encode(&image.clone(), &key.clone()));
        }
    }
}
