"""What importing changes outside the module: the effects that must not be lost.

A deferred import may come late with an effect, once everything is resolved it must not have lost one.  `effects` reads
the process-wide state that modules are known to write into, without loading anything.
"""

import _signal
import _warnings
import atexit
import builtins
import posix
import sys

from describe import Describer

# Registered by `copyreg` itself and by `re`, whoever imports that.
STANDARD_REDUCERS = {
    "<class 'complex'>",
    "<class 'super'>",
    "<class 'types.UnionType'>",
    "<class 'typing.Union'>",
    "<class 're.Pattern'>",
}
SIGNALS = range(1, _signal.NSIG)
START = {key.decode(errors="replace"): value.decode(errors="replace") for key, value in posix.environ.items()}


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
    # What a module that is not loaded would start with, so that its being loaded makes no difference by itself.
    os = sys.modules.get("os")
    environment = dict(os.environ) if os is not None else START
    # Changes only: what else the environment holds is nobody's business, least of all a report's.
    changed = {key: value for key, value in environment.items() if START.get(key) != value}
    state["os.environ"] = text({**changed, **{key: None for key in START if key not in environment}})
    copyreg = sys.modules.get("copyreg")
    reducers = map(repr, copyreg.dispatch_table) if copyreg is not None else ()
    state["copyreg"] = " ".join(sorted(set(reducers) - STANDARD_REDUCERS))
    state["warning filters"] = text(sorted(map(str, _warnings.filters)))
    logging = sys.modules.get("logging")
    state["loggers"] = " ".join(sorted(logging.Logger.manager.loggerDict)) if logging is not None else ""
    state["root handlers"] = " ".join(map(type_name, logging.root.handlers)) if logging is not None else ""
    return {f"outside#{key}": value for key, value in state.items()}


def type_name(thing):
    kind = thing if isinstance(thing, type) else type(thing)
    return f"{kind.__module__}.{kind.__qualname__}"


def handler_name(handler):
    return getattr(handler, "__qualname__", None) or str(handler)
