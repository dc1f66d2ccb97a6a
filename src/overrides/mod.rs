//! What tools and people say about modules, whatever the modules say themselves.
//!
//! Terms: a *rule* is a pattern with a source and a reason; a *pin* is a rule that makes modules eager; an *assumption* is
//! a rule that treats them as if they had declared `__at_import__`; a *ruling* is what the rules say about one module
//! before anybody has read it; a *decision* is what holds once its declaration is known.
//!
//! Which question does this layer answer? "Is this module to be executed eagerly or deferred, and who said so?" It is
//! pure: no Python, no locks (the caller holds one), no environment but what it is given.
//!
//! - [`pattern`], [`glob`]: which modules a rule speaks about.
//! - [`rule`]: sources and their precedence, rules.
//! - [`decision`]: rulings, decisions.
//! - [`registry`], [`index`]: all rules, and the ones that may speak about a module.
//! - [`seal`]: what may still be imported after the point of no return.
//! - [`environment`]: the rules that environment variables make.
//!
//! # Precedence, strongest first
//! 1. programmatic pins (`pin_eager`);
//! 2. pins as plain data (`sys.at_import_eager`), by whoever can't import atimport;
//! 3. `ATIMPORT_EAGER`;
//! 4. `EAGER_IMPORT` (SPEC 1) and `ATIMPORT=off`;
//! 5. the module's own declaration;
//! 6. the flag in the module's image, written by whoever installed its distribution: found when the image is read, so that
//!    no rule here speaks of it;
//! 7. programmatic assumptions (`assume_deferred`) and `ATIMPORT_DEFER`.
//!
//! ```python
//! # ATIMPORT_DEFER=pkg.*
//! pin_eager("pkg.core", reason="reads its own files late")
//! decide("pkg.core")          # eager, by pin_eager
//! decide("pkg.other")         # deferred by assumption, unless it declares `__at_import__` itself
//! decide("other")             # up to its own declaration
//! ```

#![forbid(unsafe_code)]

pub mod decision;
pub mod environment;
pub mod glob;
pub mod index;
pub mod pattern;
pub mod registry;
pub mod rule;
pub mod seal;

pub use decision::{Decision, Declared, Mode, Ruling};
pub use pattern::{Pattern, PatternError};
pub use registry::{Registry, RegistryError, Subject};
pub use rule::{Rule, Source};
