//! Where images are kept: any path has an image path of its own, and what is written is what is read.
//!
//! The bytes up to the first `\n` are a path, the others the content of an image.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use atimport::image::store::{image_path, read, write_atomic};

/// Asks for the image path of any path, and writes and reads a file of any content in a folder of its own.
///
/// # Panics
/// When a promise about the store is broken.
pub fn check(data: &[u8]) {
    let (path, content) = match data.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (data, &data[data.len()..]),
    };
    let path = Path::new(OsStr::from_bytes(path));
    if path.file_name().is_none_or(|name| !path.as_os_str().as_bytes().ends_with(name.as_bytes())) {
        return; // a folder's: no pyc has such a path
    }
    let image = image_path(path);
    assert_ne!(image, path, "an image takes the place of another file");
    assert_eq!(image.parent(), path.parent(), "an image stands elsewhere");
    assert_eq!(image, image_path(path));
    let (Some(name), Ok(folder)) = (image.file_name(), tempfile::tempdir()) else { return };
    let place = folder.path().join("__pycache__").join(name);
    for content in [content, &content[content.len() / 2..]] {
        match write_atomic(&place, content, 0o100_644) {
            Ok(()) => assert_eq!(read(&place, whole).expect("it was written"), content),
            // The file system refuses the name; then nothing is left behind.
            Err(_) => assert!(read(&place, whole).is_err()),
        }
    }
    let left = std::fs::read_dir(folder.path().join("__pycache__")).map_or(0, Iterator::count);
    assert!(left <= 1, "a temporary file is left behind");
}

fn whole(mut file: File, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}
