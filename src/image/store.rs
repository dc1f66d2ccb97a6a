//! Where images are kept, and how a file of them is read and replaced.
//!
//! Terms: the *pyc path* is what `importlib.util.cache_from_source` gives for the source, with `PYTHONPYCACHEPREFIX` and
//! `-O` already in it; the *image path* is beside it.
//!
//! Which question does this file answer? "Which file, and how does it change without anybody ever seeing half of one?" It
//! mirrors `SourceFileLoader.set_data`, `_write_atomic` and `_calc_mode` of CPython's
//! `Lib/importlib/_bootstrap_external.py`, so that an image has the permissions, the neighbours and the failures of a
//! pyc. It is the only file of the image that touches the file system, and knows nothing of what is in an image.
//!
//! An image is read whole and never mapped: a file that is overwritten in place must not change what a module that is
//! already imported will run.
//!
//! # Deviations from importlib
//! - A folder that can't be made is an error here, which the caller may ignore; `set_data` ignores it itself.
//! - The temporary file has a random name that the operating system is asked to create anew, where importlib uses the
//!   path's `id()`, which two processes can share: they would then fail each other's writes.
//!
//! As in importlib, nothing is synced to the disk: what a crash leaves behind fails its checksum and is a miss.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Suffix of an image.
const IMAGE_SUFFIX: &str = "ati";

/// Suffix of what importlib writes.
const PYC_SUFFIX: &str = "pyc";

/// The image that belongs to a pyc: `__pycache__/mod.cpython-313.opt-1.pyc` → `__pycache__/mod.cpython-313.opt-1.ati`.
///
/// A path that doesn't end in `.pyc` keeps all of its name and gets the suffix appended, so that an image never takes
/// the place of another file.
#[must_use]
pub fn image_path(pyc_path: &Path) -> PathBuf {
    if pyc_path.extension().is_some_and(|suffix| suffix == PYC_SUFFIX) {
        return pyc_path.with_extension(IMAGE_SUFFIX);
    }
    let mut path = OsString::from(pyc_path);
    path.push(".");
    path.push(IMAGE_SUFFIX);
    PathBuf::from(path)
}

/// The bytes of an image, as `FileLoader.get_data` reads them; `whole` reads as many from the file. Images are replaced and not
/// rewritten: one that has become shorter since is a miss.
///
/// # Errors
/// As the file system has it; `NotFound` is the usual miss.
pub fn read<T>(path: &Path, whole: impl FnOnce(File, usize) -> io::Result<T>) -> io::Result<T> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    whole(file, usize::try_from(length).map_err(io::Error::other)?)
}

/// The bytes of an image that this user wrote, as above; nothing when there is none, or it is another's.
///
/// For folders that another user may have made, such as one below a temporary folder: what they hold would run as us.
#[must_use]
pub fn read_own<T>(path: &Path, whole: impl FnOnce(File, usize) -> io::Result<T>) -> Option<T> {
    let file = File::open(path).ok()?;
    // of what was opened, and not of what stands there now
    let found = file.metadata().ok()?;
    if !is_own(&found) {
        return None;
    }
    whole(file, usize::try_from(found.len()).ok()?).ok()
}

/// Whether `path` is a folder of this user's, not reached by a link, in which nobody else can write.
#[must_use]
pub fn is_private_folder(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|found| found.is_dir() && is_own(&found) && !others_write(&found))
}

/// Makes a folder that nobody else can enter, and those above it that are missing.
///
/// # Errors
/// As the file system has it.
pub fn make_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Whether this process acts for another user than the one who started it.
#[must_use]
pub fn is_elevated() -> bool {
    #[cfg(unix)]
    {
        use rustix::process::{getegid, geteuid, getgid, getuid};
        getuid() != geteuid() || getgid() != getegid()
    }
    #[cfg(not(unix))]
    false
}

/// Whether the effective user owns a file.
#[cfg(unix)]
fn is_own(found: &std::fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::uid(found) == rustix::process::geteuid().as_raw()
}

/// Whether the group or the world may write to a file.
#[cfg(unix)]
fn others_write(found: &std::fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(found) & 0o022 != 0
}

/// Who owns a file is not known: nobody's is trusted.
#[cfg(not(unix))]
fn is_own(_: &std::fs::Metadata) -> bool {
    false
}

/// As [`is_own`].
#[cfg(not(unix))]
fn others_write(_: &std::fs::Metadata) -> bool {
    true
}

/// Replaces or makes the file `path`, so that a reader sees all of the old bytes or all of the new ones.
///
/// `source_mode` is the `st_mode` of the source; the file gets its read and write bits, and always the owner's write bit
/// so that it can be replaced when the source is read-only (`_calc_mode`), less the umask. Missing folders, `__pycache__`
/// and those of a `PYTHONPYCACHEPREFIX`, are made (`set_data`).
///
/// # Errors
/// As the file system has it. Then `path` is as it was and the temporary file is gone.
pub fn write_atomic(path: &Path, bytes: &[u8], source_mode: u32) -> io::Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    // Another process may make the same folders at the same time: `create_dir_all` takes that as success, as `set_data`
    // does.
    std::fs::create_dir_all(folder)?;
    // Removed when dropped, also while unwinding; `persist` is the rename that ends that.
    let mut temporary = temporary_file(path, folder, source_mode)?;
    temporary.write_all(bytes)?;
    temporary.persist(path).map_err(|failure| failure.error)?;
    Ok(())
}

/// In the folder of `path`, because a rename is atomic only within a file system, with a name that shows what it was for
/// if a killed process leaves it behind, and that no finder takes for a module.
fn temporary_file(path: &Path, folder: &Path, source_mode: u32) -> io::Result<tempfile::NamedTempFile> {
    let mut prefix = path.file_name().unwrap_or_default().to_owned();
    prefix.push(".");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Given to `open`, which takes the umask off; a later `chmod` would not.
        builder.permissions(std::fs::Permissions::from_mode((source_mode | 0o200) & 0o666));
    }
    #[cfg(not(unix))]
    let _ = source_mode;
    builder.tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use super::super::{decode::decode, encode::encode, samples};
    use super::*;
    use std::fs;
    use std::sync::Barrier;

    fn check(pyc: &str, image: &str) {
        assert_eq!(image_path(Path::new(pyc)), Path::new(image));
    }

    fn listing(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn whole(mut file: File, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        io::Read::read_exact(&mut file, &mut bytes)?;
        Ok(bytes)
    }

    #[test]
    fn an_image_stands_beside_its_pyc() {
        check("/p/__pycache__/mod.cpython-313.pyc", "/p/__pycache__/mod.cpython-313.ati");
        check("/p/__pycache__/mod.cpython-313.opt-2.pyc", "/p/__pycache__/mod.cpython-313.opt-2.ati");
        check("/prefix/usr/lib/a.b.cpython-315.pyc", "/prefix/usr/lib/a.b.cpython-315.ati");
        check("mod.pyc", "mod.ati");
    }

    #[test]
    fn an_image_never_takes_the_place_of_another_file() {
        check("/p/mod.py", "/p/mod.py.ati");
        check("/p/pyc", "/p/pyc.ati");
        check("/p/.pyc", "/p/.pyc.ati");
    }

    #[test]
    fn missing_folders_are_made_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/__pycache__/mod.cpython-313.ati");
        write_atomic(&path, b"one", 0o644).unwrap();
        write_atomic(&path, b"two", 0o644).unwrap();
        assert_eq!(read(&path, whole).unwrap(), b"two".as_slice());
        assert_eq!(listing(path.parent().unwrap()), ["mod.cpython-313.ati"]);
    }

    #[test]
    fn a_missing_image_is_not_found() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(&folder.path().join("x.ati"), whole).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn the_permissions_are_those_that_importlib_gives_a_pyc() {
        use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
        let folder = tempfile::tempdir().unwrap();
        // (mode of the source with its file type, what importlib asks `open` for)
        for (number, (source, asked)) in
            [(0o100_644, 0o644), (0o100_444, 0o644), (0o100_600, 0o600), (0o100_755, 0o644), (0o104_777, 0o666)]
                .into_iter()
                .enumerate()
        {
            let path = folder.path().join(format!("{number}.ati"));
            write_atomic(&path, b"", source).unwrap();
            let model = folder.path().join(format!("{number}.model"));
            fs::OpenOptions::new().write(true).create_new(true).mode(asked).open(&model).unwrap();
            assert_eq!(path.metadata().unwrap().mode(), model.metadata().unwrap().mode(), "{source:o}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_is_read_only_is_an_error_and_stays_as_it_was() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("__pycache__");
        fs::create_dir(&cache).unwrap();
        fs::set_permissions(&cache, fs::Permissions::from_mode(0o555)).unwrap();
        // The superuser writes there all the same.
        let allowed = fs::write(cache.join("probe"), b"").and_then(|()| fs::remove_file(cache.join("probe"))).is_ok();
        let written = write_atomic(&cache.join("mod.ati"), b"bytes", 0o644);
        assert_eq!(written.is_ok(), allowed);
        if let Err(error) = written {
            assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
            assert!(listing(&cache).is_empty());
        }
        fs::set_permissions(&cache, fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn only_what_nobody_else_can_have_written_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("a/b");
        make_private_folder(&cache).unwrap();
        assert_eq!(fs::metadata(&cache).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(folder.path().join("a")).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(is_private_folder(&cache));
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&cache, &link).unwrap();
        assert!(!is_private_folder(&link));
        for mode in [0o720, 0o702, 0o777] {
            fs::set_permissions(&cache, fs::Permissions::from_mode(mode)).unwrap();
            assert!(!is_private_folder(&cache), "{mode:o}");
        }
        assert!(!is_private_folder(&folder.path().join("missing")));
        fs::write(folder.path().join("file"), b"").unwrap();
        assert!(!is_private_folder(&folder.path().join("file")));
    }

    /// Only the superuser can give a file away; everybody else finds files of another user's on every system.
    #[cfg(unix)]
    #[test]
    fn a_file_of_another_user_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mod.ati");
        fs::write(&path, b"bytes").unwrap();
        assert_eq!(read_own(&path, whole).as_deref(), Some(b"bytes".as_slice()));
        if std::os::unix::fs::chown(&path, Some(12_345), None).is_ok() {
            assert_eq!(read_own(&path, whole), None);
            assert!(std::os::unix::fs::chown(folder.path(), Some(12_345), None).is_ok());
            assert!(!is_private_folder(folder.path()));
        } else {
            assert!(fs::read("/etc/passwd").is_ok() && read_own(Path::new("/etc/passwd"), whole).is_none());
        }
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("__pycache__"), b"a file").unwrap();
        assert!(write_atomic(&folder.path().join("__pycache__/mod.ati"), b"bytes", 0o644).is_err());
        assert_eq!(listing(folder.path()), ["__pycache__"]);
    }

    #[test]
    fn a_failed_rename_leaves_no_temporary_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mod.ati");
        fs::create_dir(&path).unwrap();
        assert!(write_atomic(&path, b"bytes", 0o644).is_err());
        assert_eq!(listing(folder.path()), ["mod.ati"]);
        assert!(path.is_dir());
    }

    /// ```text
    /// writer i  ──┬─ write image i ── read: one of the images, whole ─┬─ …
    /// writer j  ──┴─ write image j ── read: one of the images, whole ─┴─ …      all at the same path
    /// ```
    #[test]
    fn concurrent_writers_never_show_half_an_image() {
        const WRITERS: u8 = 4;
        const ROUNDS: usize = 50;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("__pycache__").join("mod.ati");
        let image_of = |writer: u8| {
            let mut image = samples::full();
            image.units[0].code.marshalled = vec![writer; 1 << (8 + 2 * writer)].into();
            image
        };
        let start = Barrier::new(usize::from(WRITERS));
        let written = || {
            read(&path, whole).map(|bytes| {
                decode(&mut crate::image::BytesMut::from(bytes.as_slice()), &samples::key()).expect("whole")
            })
        };
        std::thread::scope(|scope| {
            for writer in 0..WRITERS {
                let bytes = encode(&image_of(writer), &samples::key());
                let (start, path, written) = (&start, &path, &written);
                scope.spawn(move || {
                    start.wait();
                    for _ in 0..ROUNDS {
                        write_atomic(path, &bytes, 0o644).unwrap();
                        let image = written().unwrap();
                        assert_eq!(image, image_of(image.units[0].code.marshalled[0]));
                    }
                });
            }
        });
        assert_eq!(listing(path.parent().unwrap()), ["mod.ati"]);
    }
}
