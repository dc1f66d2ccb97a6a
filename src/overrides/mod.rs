//! What tools and people say about modules, whatever the modules say themselves.
//!
//! Terms: a *rule* is a pattern with a source and a reason; a *pin* is a rule that makes modules eager; an *assumption* is
//! a rule that treats them as if they had declared `__at_import__`; a *ruling* is what the rules say about one module
//! before anybody has read it; a *decision* is what holds once its declaration is known.
//!
//! Which question does this layer answer? "Is this module to be executed eagerly or deferred, and who said so?" It is
//! pure: no Python, no locks (the caller holds one), no environment but what it is given.
//!
//! - [`pattern`]: which modules a rule speaks about.
//! - [`decision`]: sources and their precedence, rules, rulings, decisions.
//! - [`registry`]: all rules, indexed.
//! - [`environment`]: the rules that environment variables make.
//!
//! # Precedence, strongest first
//! 1. programmatic pins (`pin_eager`);
//! 2. `ATIMPORT_EAGER`;
//! 3. `EAGER_IMPORT` (SPEC 1) and `ATIMPORT=off`;
//! 4. the module's own declaration;
//! 5. programmatic assumptions (`assume_deferred`) and `ATIMPORT_DEFER`.
//!
//! A flag in the module's image, when there is one, will stand between 4 and 5.
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
pub mod pattern;
pub mod registry;

pub use decision::{Decision, Declared, Mode, Rule, Ruling, Source};
pub use pattern::{Pattern, PatternError};
pub use registry::Registry;
