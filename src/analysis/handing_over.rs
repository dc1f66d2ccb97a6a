//! Statements that hand something to code outside, which keeps it for later.
//!
//! Terms: a callable *keeps for later* what it is handed when it stores it where somebody outside finds it, and runs none of it
//! before it returns ([`known::keeps_for_later`]).
//!
//! ```python
//! atexit.register(close)          # runs at import, and needs `close`; runs none of it
//! codecs.register_error("x", f)
//! outside.decode(data)            # may run `f`, and change what it changes
//! ```
//!
//! Which question does this file answer? "What has code outside got hold of by now, that has not been touched yet?" Of any other
//! call from outside all is supposed to happen at once ([`super::calls`]).

use super::known;
use super::names::Symbol;
use super::parse::Ranged;
use super::parse::ast;
use super::value::{self, Value};
use super::walk::Walker;

impl Walker<'_, '_> {
    /// `atexit.register(f)` while the module executes: nothing runs now, and from now on code outside may run `f`; true when
    /// it was such a call.
    pub(super) fn hands_over(&mut self, call: &ast::ExprCall) -> bool {
        let Some(path) = self.path(&call.func).filter(|path| self.runs_now() && known::keeps_for_later(path)) else {
            return false;
        };
        self.eval(&call.func);
        let arguments = self.eval_arguments(&call.arguments);
        self.note_handing_out(&path, call, &arguments);
        self.mark_outside("code outside the module keeps what it hands over");
        for argument in &arguments {
            self.out.handed.join(&argument.roots);
            self.out.hands_own_code |= argument.has(value::MADE_HERE);
        }
        true
    }

    /// Says so when functions or classes of this module are among what a callable from outside is handed.
    pub(super) fn note_handing_out(&mut self, path: &str, call: &ast::ExprCall, arguments: &[Value]) {
        let hands_out = |root: Symbol| self.shape.is_definition(self.symbols.text(root));
        if arguments.iter().any(|argument| argument.roots.iter().any(hands_out)) {
            let detail = format!("hands a function or class to `{path}`, which may keep it");
            self.note("ATI112", call.start(), detail);
        }
    }
}
