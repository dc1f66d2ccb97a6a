//! Frames, which hand out the namespaces of whoever called.
//!
//! ```python
//! sys._getframe(1).f_globals.get("__name__", "__main__")   # reads __name__, here or in the module of the caller
//! sys._getframe(1).f_globals                               # any name
//! ```
//!
//! A module that nowhere mentions what shows a frame's namespace uses frames for something else, as `logging` does to find a
//! line. (What it hands a frame to could ask for the frame of its caller as well.) Asked for one constant key, as
//! `collections.namedtuple` does, a frame's namespace is no more dangerous than the name: the frame may belong to this
//! module, so the name is read; when it does not, nothing here is. It is separate from [`super::namespace`] because that one
//! knows whose namespace it is looking at.

use super::parse::ast::{self, Expr};
use super::value::Value;
use super::walk::Walker;

/// Functions that hand out frames, and with them the namespaces of their callers.
pub(super) const FRAMES: [&str; 6] = [
    "sys._getframe",
    "inspect.currentframe",
    "inspect.stack",
    "inspect.trace",
    "sys._current_frames",
    "inspect.getouterframes",
];

/// An attribute of frames, or a function, that shows their namespaces.
pub(super) fn shows_namespace(name: &str) -> bool {
    matches!(name, "f_globals" | "f_locals" | "f_builtins" | "getargvalues")
}

impl Walker<'_, '_> {
    /// The expression is the namespace of some frame: `sys._getframe(1).f_back.f_globals`. Yields what the depth is
    /// computed from.
    pub(super) fn frame_namespace<'e>(&mut self, expr: &'e Expr) -> Option<&'e ast::ExprCall> {
        let Expr::Attribute(globals) = expr else { return None };
        if globals.attr.as_str() != "f_globals" {
            return None;
        }
        let mut frame = globals.value.as_ref();
        while let Expr::Attribute(back) = frame {
            if back.attr.as_str() != "f_back" {
                return None;
            }
            frame = &back.value;
        }
        let Expr::Call(call) = frame else { return None };
        let path = self.hidden_path(&call.func)?;
        matches!(path.as_str(), "sys._getframe" | "inspect.currentframe").then_some(call)
    }

    /// Looks a constant key up in the namespace of some frame: that of this module, or of whoever called.
    pub(super) fn load_frame_key(&mut self, frame: &ast::ExprCall, key: &str) -> Value {
        self.eval(&frame.func);
        self.eval_arguments(&frame.arguments);
        let symbol = self.symbols.intern(key);
        let mut value = self.load_module(symbol);
        value.join(&Value::outside());
        value
    }
}
