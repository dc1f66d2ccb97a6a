"""What importing changes outside the module: the effects that must not be lost.

A deferred import may come late with an effect, once everything is resolved it must not have lost one.  `effects` reads
the process-wide state that modules are known to write into, from builtin modules or from modules that are loaded anyway
(a module that nobody imported has nothing registered in it).
"""

import _signal
import atexit
import builtins
import sys

from describe import Describer

SIGNALS = range(1, _signal.NSIG)


def effects():
    """Process-wide state as a dict of texts."""
    text = Describer().text
    state = {
        "atexit callbacks": str(atexit._ncallbacks()),
        "builtins": " ".join(sorted(vars(builtins))),
        "sys names": " ".join(sorted(set(vars(sys)) - {"last_exc", "last_type", "last_value", "last_traceback"})),
        "sys.path": text(sys.path),
        "recursion limit": str(sys.getrecursionlimit()),
        "signal handlers": text([handler_name(_signal.getsignal(number)) for number in SIGNALS]),
        "meta path": " ".join(kind for kind in map(type_name, sys.meta_path) if not kind.startswith("atimport")),
        "switch interval": str(sys.getswitchinterval()),
        "excepthook": type_name(sys.excepthook),
        "displayhook": type_name(sys.displayhook),
    }
    os = sys.modules.get("os")
    if os is not None:
        state["os.environ"] = text(dict(os.environ))
    copyreg = sys.modules.get("copyreg")
    if copyreg is not None:
        state["copyreg"] = " ".join(sorted(map(repr, copyreg.dispatch_table)))
    warnings = sys.modules.get("warnings")
    if warnings is not None:
        state["warning filters"] = text(sorted(map(str, warnings.filters)))
    logging = sys.modules.get("logging")
    if logging is not None:
        state["loggers"] = " ".join(sorted(logging.Logger.manager.loggerDict))
        state["root handlers"] = " ".join(type_name(handler) for handler in logging.root.handlers)
    return {f"outside#{key}": value for key, value in state.items()}


def type_name(thing):
    kind = thing if isinstance(thing, type) else type(thing)
    return f"{kind.__module__}.{kind.__qualname__}"


def handler_name(handler):
    return getattr(handler, "__qualname__", None) or str(handler)
