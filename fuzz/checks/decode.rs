//! The decoder of images is total, and what it accepts is what the encoder would have written.
//!
//! The first byte says what the others are: a file; the body of an image, under a valid head and key, so that the fuzzer
//! gets past the checksum; or an image and the damage that is done to its file.

use arbitrary::{Result, Unstructured};
use atimport::image::decode::decode;
use atimport::image::encode::{encode, seal};
use atimport::image::error::Miss;
use atimport::image::layout::HEAD_SIZE;
use atimport::image::{Bytes, BytesMut, Code, Image, Key, Name, Step, Unit, Validation};

/// Bytes of a body that an empty image leaves after its key: flags and four empty lists.
const EMPTY: usize = 5;

fn key() -> Key {
    Key {
        interpreter: *b"\xa7\x0d\x0d\x0a",
        optimization: 1,
        validation: Validation::Time { mtime: 7, size: 9 },
        module: "p.m".to_owned(),
    }
}

/// Decodes the file that the bytes stand for.
///
/// # Panics
/// When a promise about decoding is broken.
pub fn check(data: &[u8]) {
    let Some((kind, rest)) = data.split_first() else { return };
    match kind % 3 {
        0 => decoded(rest.to_vec()),
        1 => {
            let empty = encode(&Image::default(), &key());
            let mut body = empty[HEAD_SIZE..empty.len() - EMPTY].to_vec();
            body.extend_from_slice(rest);
            decoded(seal(&body));
        }
        _ => damaged(&mut Unstructured::new(rest)).unwrap_or_default(),
    }
}

fn read(file: &[u8]) -> std::result::Result<Image, Miss> {
    decode(&mut BytesMut::from(file), &key())
}

fn decoded(file: Vec<u8>) {
    let Ok(image) = read(&file) else { return };
    for unit in &image.units {
        assert!(unit.dependencies.iter().all(|position| (*position as usize) < image.units.len()));
    }
    for name in &image.names {
        assert!(name.unit.is_none_or(|position| (position as usize) < image.units.len()));
    }
    for step in &image.prelude {
        if let Step::Announce(first, end) = step {
            assert!(first <= end && *end as usize <= image.names.len());
        }
    }
    assert_eq!(encode(&image, &key()), file, "an image that the encoder would have written otherwise");
}

/// Decodes an image, whole, and then with some of its bytes changed, its end cut off, or both.
fn damaged(bytes: &mut Unstructured<'_>) -> Result<()> {
    let sealed = bytes.arbitrary::<bool>()?;
    let cut = usize::from(bytes.arbitrary::<u8>()?);
    let count = bytes.int_in_range(0..=6u8)?;
    let edits: Vec<(u16, u8)> = (0..count).map(|_| bytes.arbitrary()).collect::<Result<_>>()?;
    let image = image(bytes)?;
    let mut file = encode(&image, &key());
    assert_eq!(read(&file).as_ref(), Ok(&image), "an image that doesn't come back");
    let whole = file.clone();
    let from = if sealed { HEAD_SIZE } else { 0 };
    for (at, value) in edits {
        let at = from + usize::from(at) % (file.len() - from);
        file[at] = value;
    }
    file.truncate(file.len() - cut.min(file.len() - from));
    if sealed {
        file = seal(&file[HEAD_SIZE..]);
    } else if file != whole {
        assert!(read(&file).is_err(), "damage that goes unnoticed");
    }
    decoded(file);
    Ok(())
}

/// Up to three positions in a table.
fn positions(bytes: &mut Unstructured<'_>, length: u32) -> Result<Vec<u32>> {
    let count = bytes.int_in_range(0..=3u8)?;
    (0..count).map(|_| bytes.int_in_range(0..=length - 1)).collect()
}

fn image(bytes: &mut Unstructured<'_>) -> Result<Image> {
    let units = bytes.int_in_range(0..=5u32)?;
    let names = bytes.int_in_range(0..=5u32)?;
    let steps = bytes.int_in_range(0..=4u8)?;
    let run = |bytes: &mut Unstructured<'_>| -> Result<Bytes> {
        let length = bytes.int_in_range(0..=20)?;
        Ok(bytes.bytes(length)?.to_vec().into())
    };
    let code = |bytes: &mut Unstructured<'_>| Ok(Code { marshalled: run(bytes)?, mentions: run(bytes)? });
    Ok(Image {
        declared: bytes.arbitrary()?,
        flagged: bytes.arbitrary()?,
        hook: bytes.arbitrary()?,
        invalid: bytes.arbitrary()?,
        unsplittable: bytes.arbitrary()?,
        units: (0..units)
            .map(|_| {
                Ok(Unit {
                    lines: bytes.arbitrary::<Vec<_>>()?.into(),
                    dependencies: positions(bytes, units)?.into(),
                    free_reads: bytes.arbitrary::<Vec<String>>()?.into_iter().map(Into::into).collect(),
                    guarded_imports: bytes.arbitrary()?,
                    only_imports: bytes.arbitrary()?,
                    may_import: bytes.arbitrary()?,
                    checked_imports: bytes.arbitrary()?,
                    may_fail: bytes.arbitrary()?,
                    code: code(bytes)?,
                })
            })
            .collect::<Result<_>>()?,
        names: (0..names)
            .map(|_| {
                let unit =
                    if units > 0 && bytes.arbitrary()? { Some(bytes.int_in_range(0..=units - 1)?) } else { None };
                let [definite, submodule, only_submodule] = bytes.arbitrary()?;
                Ok(Name { text: bytes.arbitrary::<String>()?.into(), unit, definite, submodule, only_submodule })
            })
            .collect::<Result<_>>()?,
        prelude: (0..steps)
            .map(|_| {
                match bytes.int_in_range(0..=3)? {
                    0 => return Ok(Step::Run(code(bytes)?)),
                    1 => return Ok(Step::CompleteModules),
                    2 => return Ok(Step::CompleteNamespace),
                    _ => {}
                }
                let end = bytes.int_in_range(0..=names)?;
                Ok(Step::Announce(bytes.int_in_range(0..=end)?, end))
            })
            .collect::<Result<_>>()?,
        namespace_readers: bytes.arbitrary()?,
        guarded_targets: bytes.arbitrary()?,
        checked_targets: bytes.arbitrary()?,
    })
}
