//! Memory in huge pages, where the system has them.

use std::mem::MaybeUninit;

/// Size of a huge page in bytes, on x86-64 and, with pages of 4 KiB, on AArch64.
pub const SIZE: usize = 2 << 20;

/// Asks for a huge page at the start of `memory`, which is best aligned to [`SIZE`], before it is used for the first time.
/// Whether there is one shows in nothing but the time.
#[cfg(target_os = "linux")]
pub fn ask(memory: &mut [MaybeUninit<u8>]) {
    use rustix::mm::{Advice, madvise};

    // SAFETY: the addresses are borrowed for as long as the call takes, and this advice changes what stands in no byte of
    // them, nor of those that share a page with them (madvise(2)). Not guaranteed here: that they begin with a page;
    // where they don't, the system refuses.
    let _ = unsafe { madvise(memory.as_mut_ptr().cast(), memory.len(), Advice::LinuxHugepage) };
}

/// There are none that one could ask for.
#[cfg(not(target_os = "linux"))]
pub fn ask(_: &mut [MaybeUninit<u8>]) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_it_stays() {
        let mut memory: Vec<u8> = Vec::with_capacity(3 * SIZE);
        let start = memory.as_ptr().align_offset(SIZE);
        // aligned; in the middle of a page; at the start of one
        for length in [start, start + 100, start + 4096] {
            memory.resize(length, 7);
            ask(memory.spare_capacity_mut());
            assert!(memory.iter().all(|&byte| byte == 7));
        }
    }
}
