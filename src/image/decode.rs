//! From bytes to an [`Image`], or to the reason why they can't be used.
//!
//! Terms: see [`super::error::Miss`]. *Total* means that every sequence of bytes has an answer: an image or a miss, no
//! panic, no allocation that the input doesn't justify, no work beyond its length.
//!
//! Which question does this file answer? "Can this image be used for this module, and what does it say?" A cache is never
//! an authority (Mercurial's and CPython's rule too): the checksum comes first, so that every later miss tells the truth
//! about what was written; then the key; and then the content is still read as if it had been written by an enemy,
//! because a checksum proves that the bytes are as they were written and not that we wrote them.
//!
//! # Invariants
//! - In an image returned here, every position (of a unit, of a name) points into its table: what uses an image may
//!   index with it.
//! - Bytes that decode to an image are the bytes that [`encode`](super::encode::encode) makes of it.

use super::bytes::Reader;
use super::error::Miss;
use super::layout::{
    ANALYSER_VERSION, FORMAT_VERSION, HEAD_SIZE, MAGIC, RESERVED, VALIDATION_OFFSET, least, module_flags, name_flags,
    step_tags, unit_flags, validation,
};
use super::{Bytes, BytesMut, Code, Image, Key, Name, Step, Unit, Validation};
use std::ops::Range;
use twox_hash::XxHash3_64;

/// Reads an image that was written under an equal key. What its units run is not copied: it is taken out of `file`, with all
/// that stands before it.
///
/// # Errors
/// A [`Miss`] for anything else: damage, another version, another key.
pub fn decode(file: &mut BytesMut, key: &Key) -> Result<Image, Miss> {
    check_head(file)?;
    let mut body = Reader::new(file, HEAD_SIZE);
    check_key(&mut body, key)?;
    let (mut image, code) = read_image(&mut body)?;
    body.end()?;
    let end = code.last().map_or(0, |last| last.mentions.end);
    let kept = file.split_to(end).freeze();
    for (unit, CodeAt { marshalled, mentions }) in image.units.iter_mut().zip(code) {
        unit.code = Code { marshalled: kept.slice(marshalled), mentions: kept.slice(mentions) };
    }
    Ok(image)
}

/// How an image knows its source, which says with which key it can be read. Nothing else of the file has been looked at.
///
/// # Errors
/// A [`Miss`] when it doesn't say.
pub fn validation_of(bytes: &[u8]) -> Result<Validation, Miss> {
    let mut body = Reader::new(bytes, VALIDATION_OFFSET.min(bytes.len()));
    read_validation(&mut body)
}

/// The checksum that an image says it has, key included; nothing when it is too short. Nothing has been checked.
#[must_use]
pub fn checksum_of(bytes: &[u8]) -> Option<u64> {
    let head = bytes.get(..HEAD_SIZE)?;
    Some(u64::from_le_bytes(*head.last_chunk()?))
}

fn check_head(bytes: &[u8]) -> Result<(), Miss> {
    if bytes.len() < HEAD_SIZE {
        return Err(Miss::Short { expected: HEAD_SIZE, got: bytes.len() });
    }
    let mut head = Reader::new(bytes, 0);
    let magic = head.array()?;
    if magic != MAGIC {
        return Err(Miss::Magic { expected: MAGIC, got: magic });
    }
    let format = head.u32()?;
    if format != FORMAT_VERSION {
        return Err(Miss::Format { expected: FORMAT_VERSION, got: format });
    }
    let analyser = head.u32()?;
    if analyser != ANALYSER_VERSION {
        return Err(Miss::Analyser { expected: ANALYSER_VERSION, got: analyser });
    }
    let length = head.u64()?;
    let checksum = head.u64()?;
    let body = head.rest();
    if length != body.len() as u64 {
        return Err(Miss::Length { expected: length, got: body.len() as u64 });
    }
    let sum = XxHash3_64::oneshot(body);
    if checksum != sum {
        return Err(Miss::Checksum { expected: checksum, got: sum });
    }
    Ok(())
}

fn check_key(body: &mut Reader<'_>, key: &Key) -> Result<(), Miss> {
    let interpreter = body.array()?;
    if interpreter != key.interpreter {
        return Err(Miss::Interpreter { expected: key.interpreter, got: interpreter });
    }
    let optimization = body.u8()?;
    if optimization != key.optimization {
        return Err(Miss::Optimization { expected: key.optimization, got: optimization });
    }
    match (key.validation, read_validation(body)?) {
        (Validation::Time { mtime, .. }, Validation::Time { mtime: got, .. }) if got != mtime => {
            return Err(Miss::SourceTime { expected: mtime, got });
        }
        (Validation::Time { size, .. }, Validation::Time { size: got, .. }) if got != size => {
            return Err(Miss::SourceSize { expected: size, got });
        }
        (Validation::Hash { hash, .. }, Validation::Hash { hash: got, .. }) if got != hash => {
            return Err(Miss::SourceHash { expected: hash, got });
        }
        (expected, got) if expected != got => return Err(Miss::Validation { expected, got }),
        _ => {}
    }
    let module = body.text()?;
    if module != key.module {
        return Err(Miss::Module { expected: key.module.clone(), got: module.to_owned() });
    }
    Ok(())
}

fn read_validation(body: &mut Reader<'_>) -> Result<Validation, Miss> {
    let offset = body.offset();
    let kind = body.u8()?;
    if ![validation::MTIME_AND_SIZE, validation::UNCHECKED_HASH, validation::CHECKED_HASH].contains(&kind) {
        return Err(tag(offset, "the kind of validation", validation::CHECKED_HASH, kind));
    }
    let offset = body.offset();
    let reserved = body.u16()?;
    if reserved != RESERVED {
        return Err(Miss::Tag {
            offset,
            field: "reserved bytes",
            expected: u64::from(RESERVED),
            got: u64::from(reserved),
        });
    }
    if kind == validation::MTIME_AND_SIZE {
        return Ok(Validation::Time { mtime: body.u32()?, size: body.u32()? });
    }
    Ok(Validation::Hash { hash: body.array()?, checked: kind == validation::CHECKED_HASH })
}

/// Where code stands in the file.
struct CodeAt {
    marshalled: Range<usize>,
    mentions: Range<usize>,
}

/// An image whose units have no code yet, and where it is.
fn read_image(body: &mut Reader<'_>) -> Result<(Image, Vec<CodeAt>), Miss> {
    let flags = read_flags(body, "the module's flags", module_flags::ALL)?;
    let invalid = match flags & module_flags::INVALID {
        0 => None,
        _ => Some((body.number32("a line")?, body.text()?.to_owned())),
    };
    let unsplittable = match flags & module_flags::UNSPLITTABLE {
        0 => None,
        _ => Some(body.text()?.to_owned()),
    };
    let (units, code) = read_units(body)?;
    let names = table(body, least::NAME, |body, _| read_name(body, units.len()))?;
    let prelude = list(body, least::STEP, |body| read_step(body, names.len()))?;
    let guarded_targets = list(body, least::TEXT, |body| body.text().map(str::to_owned))?;
    let checked_targets = list(body, least::TEXT, |body| body.text().map(str::to_owned))?;
    let image = Image {
        declared: flags & module_flags::DECLARED != 0,
        flagged: flags & module_flags::FLAGGED != 0,
        hook: flags & module_flags::HOOK != 0,
        invalid,
        unsplittable,
        names,
        units,
        prelude,
        namespace_readers: flags & module_flags::NAMESPACE_READERS != 0,
        guarded_targets,
        checked_targets,
    };
    Ok((image, code))
}

/// Units without their code, and where it is: in what comes first of all that is long.
fn read_units(body: &mut Reader<'_>) -> Result<(Vec<Unit>, Vec<CodeAt>), Miss> {
    let run = body.run()?;
    let mut body = body.part(body.offset() - run.len());
    let mut code = Vec::new();
    let units = table(&mut body, least::UNIT, |body, units| {
        let (unit, at) = read_unit(body, units)?;
        code.push(at);
        Ok(unit)
    })?;
    body.end()?;
    Ok((units, code))
}

fn read_unit(body: &mut Reader<'_>, units: usize) -> Result<(Unit, CodeAt), Miss> {
    let flags = read_flags(body, "a unit's flags", unit_flags::ALL)?;
    let unit = Unit {
        lines: list(body, least::LINES, |body| Ok((body.number32("a line")?, body.number32("a line")?)))?,
        dependencies: list(body, least::NUMBER, |body| position(body, "the position of a unit", units))?,
        free_reads: list(body, least::TEXT, |body| body.text().map(Into::into))?,
        guarded_imports: flags & unit_flags::GUARDED_IMPORTS != 0,
        only_imports: flags & unit_flags::ONLY_IMPORTS != 0,
        may_import: flags & unit_flags::MAY_IMPORT != 0,
        checked_imports: flags & unit_flags::CHECKED_IMPORTS != 0,
        may_fail: flags & unit_flags::MAY_FAIL != 0,
        code: Code::default(),
    };
    Ok((unit, CodeAt { marshalled: run_of(body)?, mentions: run_of(body)? }))
}

fn read_name(body: &mut Reader<'_>, units: usize) -> Result<Name, Miss> {
    let flags = read_flags(body, "a name's flags", name_flags::ALL)?;
    let text = body.text()?.into();
    let unit = match flags & name_flags::UNIT {
        0 => None,
        _ => Some(position(body, "the position of a unit", units)?),
    };
    let has = |flag: u8| flags & flag != 0;
    Ok(Name {
        text,
        unit,
        definite: has(name_flags::DEFINITE),
        submodule: has(name_flags::SUBMODULE),
        only_submodule: has(name_flags::ONLY_SUBMODULE),
    })
}

fn read_step(body: &mut Reader<'_>, names: usize) -> Result<Step, Miss> {
    let offset = body.offset();
    match body.u8()? {
        step_tags::ANNOUNCE => {
            let field = "a position between names";
            let first = body.number32(field)?;
            let end = body.at_most(field, u32::try_from(names).unwrap_or(u32::MAX))?;
            if first > end {
                return Err(Miss::Number {
                    offset: body.offset(),
                    field,
                    expected: u64::from(end),
                    got: u64::from(first),
                });
            }
            Ok(Step::Announce(first, end))
        }
        step_tags::RUN => {
            let mut copy = || body.run().map(Bytes::copy_from_slice);
            Ok(Step::Run(Code { marshalled: copy()?, mentions: copy()? }))
        }
        step_tags::COMPLETE_MODULES => Ok(Step::CompleteModules),
        step_tags::COMPLETE_NAMESPACE => Ok(Step::CompleteNamespace),
        got => Err(tag(offset, "the tag of a step", step_tags::RUN, got)),
    }
}

/// Where bytes stand that are not looked at.
fn run_of(body: &mut Reader<'_>) -> Result<Range<usize>, Miss> {
    let length = body.run()?.len();
    let end = body.offset();
    Ok(end - length..end)
}

/// A position in a table of `length` items.
fn position(body: &mut Reader<'_>, field: &'static str, length: usize) -> Result<u32, Miss> {
    match u32::try_from(length).unwrap_or(u32::MAX).checked_sub(1) {
        Some(last) => body.at_most(field, last),
        None => {
            let got = body.number()?;
            Err(Miss::Number { offset: body.offset(), field: "a position in an empty table", expected: 0, got })
        }
    }
}

/// A list that is mostly short.
fn list<'a, T, L: FromIterator<T>>(
    body: &mut Reader<'a>,
    least: usize,
    mut read: impl FnMut(&mut Reader<'a>) -> Result<T, Miss>,
) -> Result<L, Miss> {
    (0..body.count(least)?).map(|_| read(body)).collect()
}

/// A list that may be long, whose items may point at each other, and so need to know how many there are.
fn table<'a, T>(
    body: &mut Reader<'a>,
    least: usize,
    mut read: impl FnMut(&mut Reader<'a>, usize) -> Result<T, Miss>,
) -> Result<Vec<T>, Miss> {
    let count = body.count(least)?;
    // no more than the file has bytes for
    let mut items = Vec::with_capacity(count);
    for _ in 0..count {
        items.push(read(body, count)?);
    }
    Ok(items)
}

fn read_flags(body: &mut Reader<'_>, field: &'static str, all: u8) -> Result<u8, Miss> {
    let offset = body.offset();
    let got = body.u8()?;
    if got & !all != 0 {
        return Err(tag(offset, field, all, got));
    }
    Ok(got)
}

fn tag(offset: usize, field: &'static str, expected: u8, got: u8) -> Miss {
    Miss::Tag { offset, field, expected: u64::from(expected), got: u64::from(got) }
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
