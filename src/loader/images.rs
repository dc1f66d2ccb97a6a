//! The images of one source: which one is good, and where a new one goes.
//!
//! Terms: *beside* is the place next to the pyc; *elsewhere* is the per-user cache ([`super::user_cache`]), for folders
//! that can't be written.
//!
//! An image knows its source as a pyc does (PEP 552; `SourceLoader.get_code`, Lib/importlib/_bootstrap_external.py): by
//! time and size; by a hash that is compared; or by one that is not, because whoever made it keeps it up to date.
//! `--check-hash-based-pycs` means the same for images as for pycs. What replaces an image that has gone stale knows its
//! source in the same way.

use std::path::{Path, PathBuf};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyBytes, PyDict};

use super::cached::{self, Source};
use super::capture::Captured;
use super::memory::File;
use super::user_cache;
use crate::image::{Image, Key, Validation, decode, encode, store};

/// The images of one source.
pub struct Images<'a, 'py> {
    captured: &'a Captured,
    loader: &'a Bound<'py, PyAny>,
    path: &'a str,
    beside: PathBuf,
    /// By time and size.
    key: Key,
    /// An image that has gone stale knew its source by hash: whether that is compared.
    hashed: Option<bool>,
    /// Checksum of the image that was read or written last.
    checksum: Option<u64>,
}

impl<'a, 'py> Images<'a, 'py> {
    /// Of the source `path`; nothing when nothing can be cached (zip files, no cache tag). `source` is what was found out
    /// natively; otherwise the loader's own methods are asked.
    pub fn of(
        captured: &'a Captured,
        loader: &'a Bound<'py, PyAny>,
        source: Option<&Source>,
        path: &'a str,
        name: &str,
    ) -> Option<Self> {
        let (mtime, size, beside) = match source {
            Some(source) => (source.mtime, source.size, source.image()),
            None => ask(captured, loader, path)?,
        };
        let key = Key {
            interpreter: captured.magic,
            optimization: captured.optimize,
            validation: Validation::Time { mtime, size },
            module: name.to_owned(),
        };
        Some(Self { captured, loader, path, beside, key, hashed: None, checksum: None })
    }

    /// The image, when there is one that can be used.
    ///
    /// # Errors
    /// What an audit hook raises.
    pub fn read(&mut self) -> PyResult<Option<Image>> {
        if let Some(file) = cached::read(self.captured, self.loader.py(), &self.beside)?
            && let Some(image) = self.usable(file)
        {
            return Ok(Some(image));
        }
        let elsewhere = user_cache::read(self.captured, self.loader.py(), &self.beside)?;
        Ok(elsewhere.and_then(|file| self.usable(file)))
    }

    /// The image beside the source, when it can be used, and how it knows its source if by hash.
    ///
    /// # Errors
    /// What an audit hook raises.
    pub fn read_beside(&mut self) -> PyResult<Option<(Image, Option<bool>)>> {
        let file = cached::read(self.captured, self.loader.py(), &self.beside)?;
        Ok(file.and_then(|file| self.usable(file)).map(|image| (image, self.hashed)))
    }

    /// Where the image is that stands beside the source.
    pub fn into_path(self) -> PathBuf {
        self.beside
    }

    /// What tells the image that was read or written from all others, of this source and of any.
    pub fn checksum(&self) -> Option<u64> {
        self.checksum
    }

    fn usable(&mut self, mut file: File) -> Option<Image> {
        self.checksum = decode::checksum_of(&file);
        let Ok(Validation::Hash { hash, checked }) = decode::validation_of(&file) else {
            return decode::decode(&mut file, &self.key).ok();
        };
        self.hashed = Some(checked);
        // the condition of `SourceLoader.get_code`
        let compare = match self.captured.check_hash_based_pycs(self.loader.py())?.as_str() {
            "never" => false,
            "always" => true,
            _ => checked,
        };
        let hash = if compare { self.hash_of(&self.source()?)? } else { hash };
        decode::decode(&mut file, &self.hashed_key(hash, checked)).ok()
    }

    /// Writes an image of the source `data`, unless the interpreter was told not to write bytecode. Failing is not an
    /// error: the next import splits again.
    pub fn write(&mut self, image: &Image, data: &Bound<'py, PyAny>) {
        let py = self.loader.py();
        let refused = self
            .captured
            .sys
            .bind(py)
            .getattr(intern!(py, "dont_write_bytecode"))
            .and_then(|flag| flag.is_truthy())
            .unwrap_or(true);
        if refused {
            return;
        }
        if !self.is_of(data) {
            return;
        }
        let Some(bytes) = self.encoded(image, data, self.hashed) else { return };
        self.checksum = decode::checksum_of(&bytes);
        let mode = source_mode(self.path);
        if store::write_atomic(&self.beside, &bytes, mode).is_err() {
            user_cache::write(self.captured, &self.beside, &bytes, mode);
        }
    }

    /// Writes an image of the source `data` beside it, whatever the interpreter was told; `hashed` says whether it is to
    /// know its source by hash, and whether that is to be compared. Returns its path.
    ///
    /// # Errors
    /// As the file system has it.
    pub fn write_beside(
        self,
        image: &Image,
        data: &Bound<'py, PyAny>,
        hashed: Option<bool>,
    ) -> std::io::Result<PathBuf> {
        if !self.is_of(data) {
            return Err(std::io::Error::other("the source changed while it was read"));
        }
        let bytes = self.encoded(image, data, hashed).ok_or_else(|| std::io::Error::other("the source has no hash"))?;
        store::write_atomic(&self.beside, &bytes, source_mode(self.path))?;
        Ok(self.beside)
    }

    /// Whether the source, which was read after its time and size, has that size. One that was being written, or could not
    /// be read to its end, must not be taken for the whole at the next import.
    fn is_of(&self, data: &Bound<'py, PyAny>) -> bool {
        let Validation::Time { size, .. } = self.key.validation else { return true };
        #[expect(clippy::cast_possible_truncation, reason = "as in a pyc (`_pack_uint32`)")]
        data.len().is_ok_and(|length| length as u32 == size)
    }

    fn encoded(&self, image: &Image, data: &Bound<'py, PyAny>, hashed: Option<bool>) -> Option<Vec<u8>> {
        Some(match hashed {
            None => encode::encode(image, &self.key),
            Some(checked) => encode::encode(image, &self.hashed_key(self.hash_of(data)?, checked)),
        })
    }

    fn hashed_key(&self, hash: [u8; 8], checked: bool) -> Key {
        Key { validation: Validation::Hash { hash, checked }, ..self.key.clone() }
    }

    fn source(&self) -> Option<Bound<'py, PyAny>> {
        self.loader.call_method1(intern!(self.loader.py(), "get_data"), (self.path,)).ok()
    }

    /// `importlib.util.source_hash`.
    fn hash_of(&self, data: &Bound<'py, PyAny>) -> Option<[u8; 8]> {
        let hash = self.captured.source_hash.bind(data.py()).call1((self.captured.raw_magic, data)).ok()?;
        hash.cast::<PyBytes>().ok()?.as_bytes().try_into().ok()
    }
}

/// Modification time, size and image of the source, by the loader's own methods.
fn ask(captured: &Captured, loader: &Bound<'_, PyAny>, path: &str) -> Option<(u32, u32, PathBuf)> {
    let py = loader.py();
    let stats = loader.call_method1(intern!(py, "path_stats"), (path,)).ok()?;
    let stats = stats.cast::<PyDict>().ok()?;
    let mtime: f64 = stats.get_item(intern!(py, "mtime")).ok()??.extract().ok()?;
    let size: u64 = stats.get_item(intern!(py, "size")).ok()??.extract().ok()?;
    let pyc: String = captured.cache_from_source.bind(py).call1((path,)).ok()?.extract().ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "truncated to 32 bits as in a pyc (`_code_to_timestamp_pyc`)"
    )]
    Some((mtime as i64 as u32, size as u32, store::image_path(Path::new(&pyc))))
}

/// Permission bits of the source, for its image (`_bootstrap_external._calc_mode`).
fn source_mode(path: &str) -> u32 {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::metadata(path).map_or(0o666, |metadata| metadata.permissions().mode())
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        0o666
    }
}
