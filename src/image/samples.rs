//! Images to test with: one by hand that has everything, one that is small enough to print, and any.
//!
//! Separate because the tests of [`super::encode`], [`super::decode`] and [`super::store`] share them; not compiled
//! otherwise. Every image made here is consistent: its positions point into its tables.

use super::{Code, Image, Key, Name, Step, Unit, Validation};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// The key of the samples.
pub fn key() -> Key {
    Key {
        interpreter: [0xa7, 0x0d, 0x0d, 0x0a],
        optimization: 0,
        validation: Validation::Time { mtime: 1_700_000_000, size: 4_321 },
        module: "pkg.mod".to_owned(),
    }
}

fn code(marshalled: &[u8], mentions: &[u8]) -> Code {
    Code { marshalled: marshalled.to_vec().into(), mentions: mentions.to_vec().into() }
}

fn codes() -> impl Strategy<Value = Code> {
    (vec(any::<u8>(), 0..40), vec(any::<u8>(), 0..9)).prop_map(|(marshalled, mentions)| code(&marshalled, &mentions))
}

/// One name, one unit; the example of `spec/image-format.md`.
pub fn small() -> Image {
    Image {
        declared: true,
        names: vec![Name { text: "x".into(), unit: Some(0), definite: true, submodule: false, only_submodule: false }],
        units: vec![Unit {
            lines: [(2, 2)].into(),
            free_reads: vec!["len".into()],
            code: code(b"CODE", b""),
            ..Unit::default()
        }],
        prelude: vec![Step::Run(code(b"PRE", &[0, 1, 0])), Step::Announce(0, 1)],
        ..Image::default()
    }
}

/// Every field filled, every flag set, numbers of more than one byte, names outside ASCII.
pub fn full() -> Image {
    Image {
        declared: true,
        flagged: true,
        hook: true,
        invalid: Some((300, "is bound under a condition".to_owned())),
        unsplittable: Some("the parsers disagree on line 7".to_owned()),
        names: vec![
            Name { text: "größe".into(), unit: Some(1), definite: true, submodule: false, only_submodule: false },
            Name { text: "prelude_name".into(), unit: None, definite: true, submodule: true, only_submodule: true },
            Name { text: "变量".into(), unit: Some(0), definite: false, submodule: true, only_submodule: false },
        ],
        units: vec![
            Unit {
                lines: [(1, 1), (200, 70_000)].as_slice().into(),
                dependencies: [1].as_slice().into(),
                free_reads: vec!["len".into(), "print".into()],
                guarded_imports: true,
                only_imports: true,
                may_import: true,
                checked_imports: true,
                may_fail: true,
                code: code(&(0..=255).collect::<Vec<u8>>(), &[1, 2]),
            },
            Unit { lines: [(3, 3)].into(), code: code(&[0xe3; 3], b""), ..Unit::default() },
        ],
        prelude: vec![
            Step::Announce(0, 2),
            Step::Run(code(&[1, 2, 3], &[4])),
            Step::Announce(2, 3),
            Step::CompleteModules,
            Step::Run(Code::default()),
        ],
        namespace_readers: true,
        guarded_targets: vec!["numpy".to_owned(), "pkg.sub".to_owned()],
        checked_targets: vec!["größe".to_owned()],
    }
}

/// Any key.
pub fn keys() -> impl Strategy<Value = Key> {
    let validation = prop_oneof![
        any::<(u32, u32)>().prop_map(|(mtime, size)| Validation::Time { mtime, size }),
        any::<([u8; 8], bool)>().prop_map(|(hash, checked)| Validation::Hash { hash, checked }),
    ];
    (any::<[u8; 4]>(), any::<u8>(), validation, any::<String>()).prop_map(
        |(interpreter, optimization, validation, module)| Key { interpreter, optimization, validation, module },
    )
}

/// Any consistent image.
pub fn images() -> impl Strategy<Value = Image> {
    (0usize..6, 0usize..6).prop_flat_map(|(units, names)| {
        let header = (any::<[bool; 4]>(), option::of(any::<(u32, String)>()), option::of(any::<String>()));
        let tables = (
            vec(unit(units), units),
            vec(name(units), names),
            vec(step(names), 0..6),
            vec(any::<String>(), 0..4),
            vec(any::<String>(), 0..4),
        );
        (header, tables).prop_map(
            |(
                ([declared, flagged, hook, namespace_readers], invalid, unsplittable),
                (units, names, prelude, guarded_targets, checked_targets),
            )| {
                Image {
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
                }
            },
        )
    })
}

fn unit(units: usize) -> impl Strategy<Value = Unit> {
    let last = u32::try_from(units.max(1) - 1).unwrap_or(0);
    (vec(any::<(u32, u32)>(), 0..4), vec(0..=last, 0..4), vec(any::<String>(), 0..4), any::<[bool; 5]>(), codes())
        .prop_map(
            |(
                lines,
                dependencies,
                free_reads,
                [guarded_imports, checked_imports, only_imports, may_import, may_fail],
                code,
            )| Unit {
                lines: lines.into(),
                dependencies: dependencies.into(),
                free_reads: free_reads.into_iter().map(Into::into).collect(),
                guarded_imports,
                only_imports,
                checked_imports,
                may_import,
                may_fail,
                code,
            },
        )
}

fn name(units: usize) -> impl Strategy<Value = Name> {
    let unit = match u32::try_from(units).unwrap_or(0) {
        0 => Just(None).boxed(),
        units => option::of(0..units).boxed(),
    };
    (any::<String>(), unit, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(text, unit, definite, submodule, only_submodule)| Name {
            text: text.into(),
            unit,
            definite,
            submodule,
            only_submodule,
        },
    )
}

fn step(names: usize) -> impl Strategy<Value = Step> {
    let names = u32::try_from(names).unwrap_or(0);
    prop_oneof![
        (0..=names, 0..=names).prop_map(|(one, other)| Step::Announce(one.min(other), one.max(other))),
        codes().prop_map(Step::Run),
        Just(Step::CompleteModules),
        Just(Step::CompleteNamespace),
    ]
}
