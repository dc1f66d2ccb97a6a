//! Reading into memory that nothing has been written to yet: to fill it with zeros first takes as long as to read.

use std::fs::File;
use std::io;

use bytes::BytesMut;

/// Reads `length` bytes from a file, to stand behind what `bytes` has; there must be room for them.
///
/// # Errors
/// As the file system has it; `UnexpectedEof` when the file has fewer, `OutOfMemory` when there is less room.
#[cfg(unix)]
pub fn read_exact(file: File, bytes: &mut BytesMut, length: usize) -> io::Result<()> {
    let end = bytes.len() + length;
    while bytes.len() < end {
        let missing = end - bytes.len();
        let room = bytes.spare_capacity_mut().get_mut(..missing).ok_or(io::ErrorKind::OutOfMemory)?;
        let read = match rustix::io::read(&file, room) {
            Ok((read, _)) => read.len(),
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        };
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // SAFETY: the system has written so many bytes of the memory behind those that `bytes` has.
        unsafe { bytes.set_len(bytes.len() + read) };
    }
    Ok(())
}

/// The same, with zeros first.
#[cfg(not(unix))]
pub fn read_exact(mut file: File, bytes: &mut BytesMut, length: usize) -> io::Result<()> {
    let start = bytes.len();
    bytes.resize(start + length, 0);
    io::Read::read_exact(&mut file, &mut bytes[start..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn file(content: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        io::Seek::rewind(&mut file).unwrap();
        file
    }

    #[test]
    fn nothing_is_there_that_was_not_read() {
        let mut bytes = BytesMut::with_capacity(8);
        bytes.extend_from_slice(b"ab");
        read_exact(file(b"cdef"), &mut bytes, 3).unwrap();
        assert_eq!(bytes, b"abcde".as_slice());
        let error = read_exact(file(b"f"), &mut bytes, 3).unwrap_err();
        assert_eq!((error.kind(), &*bytes), (io::ErrorKind::UnexpectedEof, b"abcdef".as_slice()));
    }

    #[test]
    fn nothing_is_written_past_the_room() {
        let mut bytes = BytesMut::with_capacity(4);
        let error = read_exact(file(&[1; 4096]), &mut bytes, 4096).unwrap_err();
        assert_eq!((error.kind(), bytes.len()), (io::ErrorKind::OutOfMemory, 0));
    }
}
