//! Which instructions of a code object use its names (`co_names`), and how; and what an instruction asks of a module.
//!
//! Pure, so that it can be tested without an interpreter. The numbers are those of Lib/opcode.py of each version (from 3.13
//! on Lib/_opcode_metadata.py), of the code as `co_code` shows it: not specialised, with empty inline caches.
//!
//! ```python
//! def f(): return json.dumps(x)     # LOAD_GLOBAL json, LOAD_ATTR dumps, LOAD_GLOBAL x
//! ```

/// What an instruction does with the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Looks it up in globals and builtins.
    LoadGlobal,
    /// Looks it up in locals, globals and builtins: module level and class bodies.
    LoadName,
    /// Looks it up in a mapping that was pushed before, globals and builtins: annotations of class bodies.
    LoadFromDictOrGlobals,
    /// Binds or deletes it in globals.
    ChangeGlobal,
    /// Binds or deletes it in locals.
    ChangeName,
    /// An attribute, or a name of an import.
    Attribute,
}

/// Opcodes of one version that use names.
struct Opcodes {
    extended_arg: u8,
    load_global: u8,
    load_name: u8,
    /// 3.12 and newer.
    load_from_dict_or_globals: Option<u8>,
    change_global: [u8; 2],
    change_name: [u8; 2],
    /// Opcode, and by how many bits its argument is shifted behind the name's position.
    attributes: &'static [(u8, u32)],
}

/// The opcodes of 3.`minor`; those of the newest version known for newer ones, whose tests then fail.
fn opcodes(minor: u8) -> Opcodes {
    match minor {
        ..=11 => Opcodes {
            extended_arg: 144,
            load_global: 116,
            load_name: 101,
            load_from_dict_or_globals: None,
            change_global: [97, 98],
            change_name: [90, 91],
            attributes: &[(106, 0), (160, 0), (95, 0), (96, 0), (108, 0), (109, 0)],
        },
        12 => Opcodes {
            extended_arg: 144,
            load_global: 116,
            load_name: 101,
            load_from_dict_or_globals: Some(175),
            change_global: [97, 98],
            change_name: [90, 91],
            attributes: &[(106, 1), (141, 2), (95, 0), (96, 0), (108, 0), (109, 0)],
        },
        13 => Opcodes {
            extended_arg: 71,
            load_global: 91,
            load_name: 92,
            load_from_dict_or_globals: Some(90),
            change_global: [113, 66],
            change_name: [114, 67],
            attributes: &[(82, 1), (93, 2), (108, 0), (63, 0), (75, 0), (74, 0)],
        },
        14 => Opcodes {
            extended_arg: 69,
            load_global: 92,
            load_name: 93,
            load_from_dict_or_globals: Some(91),
            change_global: [115, 64],
            change_name: [116, 65],
            attributes: &[(80, 1), (96, 2), (110, 0), (61, 0), (73, 0), (72, 0)],
        },
        15.. => Opcodes {
            extended_arg: 67,
            load_global: 91,
            load_name: 92,
            load_from_dict_or_globals: Some(90),
            change_global: [114, 62],
            change_name: [115, 63],
            attributes: &[(79, 1), (95, 2), (109, 0), (59, 0), (72, 2), (71, 0)],
        },
    }
}

impl Opcodes {
    fn uses(&self, opcode: u8, argument: u32) -> Option<(usize, Use)> {
        let (shift, what) = if opcode == self.load_global {
            (1, Use::LoadGlobal)
        } else if opcode == self.load_name {
            (0, Use::LoadName)
        } else if Some(opcode) == self.load_from_dict_or_globals {
            (0, Use::LoadFromDictOrGlobals)
        } else if self.change_global.contains(&opcode) {
            (0, Use::ChangeGlobal)
        } else if self.change_name.contains(&opcode) {
            (0, Use::ChangeName)
        } else {
            let (_, shift) = self.attributes.iter().find(|(attribute, _)| *attribute == opcode)?;
            (*shift, Use::Attribute)
        };
        Some(((argument >> shift) as usize, what))
    }
}

/// Offset in bytes, position in `co_names` and use of every instruction of 3.`minor` code that uses a name.
pub fn name_uses(minor: u8, code: &[u8]) -> impl Iterator<Item = (usize, usize, Use)> {
    let opcodes = opcodes(minor);
    let mut prefix = 0;
    code.chunks_exact(2).enumerate().filter_map(move |(place, unit)| {
        let argument = prefix << 8 | u32::from(unit[1]);
        prefix = if unit[0] == opcodes.extended_arg { argument } else { 0 };
        let (position, what) = opcodes.uses(unit[0], argument)?;
        Some((place * 2, position, what))
    })
}

/// The same of one instruction, by its offset in bytes.
pub fn name_use_at(minor: u8, code: &[u8], at: usize) -> Option<(usize, Use)> {
    let opcodes = opcodes(minor);
    let before = code.get(..at)?;
    // inline caches are empty, so none looks like a prefix
    let prefixes = before.rchunks_exact(2).take_while(|unit| unit[0] == opcodes.extended_arg).count();
    name_uses(minor, code.get(at - 2 * prefixes..at + 2)?).next().map(|(_, position, what)| (position, what))
}

/// Gives each lookup of a global another position in `co_names`, where `meant` has one for its own. Whether it could: neither
/// may need more than the byte that there is.
pub fn move_globals(minor: u8, code: &mut [u8], meant: impl Fn(usize) -> Option<usize>) -> bool {
    let moved = |(at, place, what): (usize, usize, Use)| match what {
        Use::LoadGlobal => Some((at, place << 1, meant(place)? << 1, 1)),
        Use::LoadName => Some((at, place, meant(place)?, 0)),
        _ => None,
    };
    let found: Vec<(usize, usize, usize, u8)> = name_uses(minor, code).filter_map(moved).collect();
    if found.iter().any(|(_, from, to, _)| *from.max(to) > usize::from(u8::MAX)) {
        return false;
    }
    for (at, _, to, flag) in found {
        code[at + 1] = u8::try_from(to).unwrap_or(0) | code[at + 1] & flag;
    }
    true
}

/// How an instruction looks into a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// `from module import *`
    StarImport,
    /// `from module import name`
    ImportFrom,
    /// `module.name`
    Attribute,
}

/// How an instruction of 3.`minor`, opcode and argument, looks into a module; `None` for one that does so by calling
/// something, or not at all.
pub fn look(minor: u8, instruction: [u8; 2]) -> Option<Look> {
    // `IMPORT_STAR`, from 3.12 on `CALL_INTRINSIC_1` with `INTRINSIC_IMPORT_STAR`; `IMPORT_FROM`; `LOAD_ATTR` and
    // `LOAD_METHOD`, which 3.12 did away with
    let (star, import_from, attributes) = match minor {
        ..=11 => ([84, 0], 109, [106, 160]),
        12 => ([173, 2], 109, [106, 106]),
        13 => ([55, 2], 74, [82, 82]),
        14 => ([53, 2], 72, [80, 80]),
        15.. => ([51, 2], 71, [79, 79]),
    };
    match instruction {
        found if found == star => Some(Look::StarImport),
        [opcode, _] if opcode == import_from => Some(Look::ImportFrom),
        [opcode, _] if attributes.contains(&opcode) => Some(Look::Attribute),
        _ => None,
    }
}

/// Whether 3.`minor` code makes its namespace a dict of annotations (`SETUP_ANNOTATIONS`).
pub fn sets_up_annotations(minor: u8, code: &[u8]) -> bool {
    let opcode = match minor {
        ..=12 => 85,
        13 => 37,
        14 => 36,
        15.. => 34,
    };
    code.chunks_exact(2).any(|unit| unit[0] == opcode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globals_move_and_keep_their_flag() {
        // 3.13: LOAD_GLOBAL 2 with NULL, LOAD_GLOBAL 2, LOAD_ATTR 2, LOAD_GLOBAL 1, LOAD_NAME 2, STORE_NAME 2
        let mut code = [91, 5, 91, 4, 82, 4, 91, 2, 92, 2, 114, 2];
        assert!(move_globals(13, &mut code, |place| (place == 2).then_some(0)));
        assert_eq!(code, [91, 1, 91, 0, 82, 4, 91, 2, 92, 0, 114, 2]);
    }

    #[test]
    fn what_would_need_a_longer_argument_stays() {
        let mut code = [92, 2, 91, 4];
        assert!(!move_globals(13, &mut code, |place| (place == 2).then_some(128)));
        assert_eq!(code, [92, 2, 91, 4]);
    }

    #[test]
    fn arguments_are_not_taken_for_instructions() {
        // 3.13: LOAD_NAME 37, then SETUP_ANNOTATIONS
        assert!(!sets_up_annotations(13, &[92, 37]));
        assert!(sets_up_annotations(13, &[92, 37, 37, 0]));
        // 3.15, under `from __future__ import annotations`: BUILD_SET 0, STORE_NAME 0, SETUP_ANNOTATIONS
        assert!(sets_up_annotations(15, &[48, 0, 115, 0, 34, 0]));
    }

    #[test]
    fn a_star_import_is_an_intrinsic_among_others() {
        assert_eq!(look(13, [55, 2]), Some(Look::StarImport));
        assert_eq!(look(13, [55, 1]), None);
        assert_eq!(look(13, [74, 2]), Some(Look::ImportFrom));
        assert_eq!(look(11, [160, 9]), Some(Look::Attribute));
    }

    #[test]
    fn arguments_are_shifted_and_extended() {
        // 3.13: LOAD_GLOBAL 0 with NULL, four caches, EXTENDED_ARG 1, LOAD_ATTR (1 << 8 | 2) >> 1, STORE_GLOBAL 3
        let code = [91, 1, 0, 0, 0, 0, 0, 0, 0, 0, 71, 1, 82, 2, 113, 3];
        let found: Vec<_> = name_uses(13, &code).collect();
        assert_eq!(found, [(0, 0, Use::LoadGlobal), (12, 129, Use::Attribute), (14, 3, Use::ChangeGlobal)]);
        let at = |offset| name_use_at(13, &code, offset);
        assert_eq!(at(12), Some((129, Use::Attribute)));
        assert_eq!([at(14), at(10), at(16)], [Some((3, Use::ChangeGlobal)), None, None]);
    }

    #[test]
    fn a_prefix_counts_for_one_instruction() {
        // 3.11: EXTENDED_ARG 1, LOAD_NAME 0, LOAD_NAME 0
        let found: Vec<_> = name_uses(11, &[144, 1, 101, 0, 101, 0]).collect();
        assert_eq!(found, [(2, 256, Use::LoadName), (4, 0, Use::LoadName)]);
    }
}
