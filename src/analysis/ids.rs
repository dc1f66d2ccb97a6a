//! Typed indices, so that graph code reads like its definition.
//!
//! A [`StmtId`] counts top-level statements of a module in source order, a [`UnitId`] counts units in the order of their
//! first statement, a [`NameId`] counts module-level names in the order in which an eager run would first bind them.
//! They stand in a file of their own because every other file of the analysis needs them and they need nothing.

macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub u32);

        impl $name {
            /// The index as a position in a `Vec`.
            #[must_use]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl From<usize> for $name {
            fn from(position: usize) -> Self {
                Self(u32::try_from(position).expect("a source file is smaller than 4 GiB"))
            }
        }
    };
}

index!(
    /// A top-level statement of the module: its position in CPython's `Module.body`.
    StmtId
);
index!(
    /// A unit of the plan.
    UnitId
);
index!(
    /// A module-level name of the plan.
    NameId
);
