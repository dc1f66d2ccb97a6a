"""The search for what must never be seen: an object that stands in for a value which has not been made yet.

A deferred module works with stand-ins (keys that notice a lookup, the interpreter's lazy objects).  A program must
never get hold of one, neither as a value nor as a key::

    d = dict(f.__globals__)      # a copy made while names are pending
    for k, v in d.items(): ...   # k is exactly a str, v is what `import` would have bound

`in_namespace` looks at one dict, `reachable` at everything that hangs on a module, through the garbage collector's
eyes: class dicts, defaults, closures, the names inside code objects.
"""

import gc
import sys

Module = type(sys)
LEVELS = 7  # module dict, class, class dict, function, code, co_names, name
MOST = 300_000  # objects looked at for one module
LEAVES = (int, float, complex, bytes, bool, type(None))


def is_placeholder(thing):
    """Made by atimport or by the interpreter to stand for something else; loaders, finders and modules are not."""
    kind = type(thing)
    if isinstance(thing, (Module, type)):
        return False
    home = kind.__dict__.get("__module__", "builtins")
    if kind.__name__ in ("lazy_import", "LazyImportType") and home in ("builtins", "types"):
        return True
    if type(home) is not str or not (home == "atimport" or home.startswith("atimport.")):
        return False
    return isinstance(thing, str) or not any(name in dir(kind) for name in ("exec_module", "find_spec", "is_package"))


def in_namespace(where, namespace):
    """Placeholders among the keys and values of a dict that a program may hold, as lines of text."""
    found = []
    for key, value in list(namespace.items()):
        if type(key) is not str and (isinstance(key, str) or is_placeholder(key)):
            found.append(f"{where}: a key {str.__str__(key)!r} of type {type(key).__module__}.{type(key).__qualname__}")
        if is_placeholder(value):
            found.append(f"{where}[{str(key)!r}] is a {label(value)}")
    return found


def reachable(modules):
    """Placeholders that can be reached from completed `modules` without entering another module."""
    own = {id(vars(module)) for module in modules}
    seen = set()
    found = []
    level = [vars(module) for module in modules]
    for _ in range(LEVELS):
        fresh = []
        for thing in level:
            if id(thing) in seen or type(thing) in LEAVES or isinstance(thing, Module):
                continue
            seen.add(id(thing))
            if type(thing) is dict and id(thing) not in own and ("__spec__" in thing or "__builtins__" in thing):
                continue  # another module's namespace: what is pending there is its own affair
            fresh.append(thing)
        for thing in fresh:
            if is_placeholder(thing):
                found.append(f"{label(thing)} held by {holders(thing)}")
        if len(seen) > MOST:
            break
        level = gc.get_referents(*[thing for thing in fresh if gc.is_tracked(thing) or type(thing) is tuple])
    return sorted(set(found))


def label(thing):
    """A placeholder's type, and which one it is where asking is safe."""
    kind = type(thing)
    which = str.__repr__(thing) if isinstance(thing, str) else repr(thing) if kind.__name__ == "lazy_import" else ""
    return f"{kind.__module__}.{kind.__qualname__} {which}".rstrip()


def holders(thing):
    """Who refers to a placeholder, by type, for the report."""
    kinds = {type(referrer).__qualname__ for referrer in gc.get_referrers(thing)}
    return " ".join(sorted(kinds - {"list", "frame"}))
