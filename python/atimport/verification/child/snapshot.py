"""A module as a flat table: everything about it that a program could compare, one line an aspect.

`Snapshot.module` fills `entries`, a dict from a path with an aspect to a text::

    json.decoder:JSONDecoder#class            bases, metaclass and MRO
    json.decoder:JSONDecoder.decode#signature (self, s, _w=<builtin match>)
    json.decoder:JSONDecoder.decode#code      names, constants, flags, first line
    json.decoder:NaN#value                    nan
    json.decoder#order                        the names of the module's dict, in its order

so that comparing two snapshots is comparing two tables, and a difference names itself.  A function or class is
described in full by the module that owns it, and is a reference everywhere else.

Kept apart from `describe` (values) because this file decides *what* is looked at.  Nothing is imported, and foreign
code is called only through `repr`, annotations and attribute look-ups, each of which may raise.
"""

import _abc
import sys

from describe import Code, Describer, Function, Module, bounded, raised

NAMESPACE_NOISE = {
    # The loader is where the two imports differ by design; `__spec__` is compared field by field.
    "__loader__",
    "__spec__",
    "__builtins__",
}
# Put there by `warnings` for whoever it takes for the caller, full of counters; the warnings themselves are compared.
WARNED = "__warningregistry__"
CLASS_NOISE = {
    # Read through `#doc`, `#annotations` and `#abc`, or an opaque object.
    "__doc__",
    "__annotations__",
    "__annotations_cache__",
    "__annotate_func__",
    "__dict__",
    "__weakref__",
    "_abc_impl",
    "__module__",
}
ABSENT = "(absent)"


class Snapshot:
    """Collects the entries of one or more modules of one process."""

    def __init__(self, top):
        self.entries = {}
        self.describer = Describer(top)
        self.described = set()  # ids of functions and classes that have been described in full
        self.module_name = ""
        self.namespace = {}

    def put(self, key, produce, *arguments):
        """Store what `produce` returns, or how it failed."""
        try:
            self.entries[key] = produce(*arguments)
        except Exception as error:
            self.entries[key] = raised(error)

    def text(self, value, depth=5):
        return self.describer.text(value, depth)

    def module(self, module, name):
        """Describe `module`, which the caller has touched already, under the path `name`."""
        for attribute in dir(module):
            try:  # what has no value yet gets it, by the way every program uses
                getattr(module, attribute)
            except Exception as error:
                self.entries[f"{name}:{attribute}#get"] = raised(error)
        namespace = vars(module)
        self.module_name, self.namespace = name, namespace
        keys = [key for key in namespace if key != WARNED]
        self.entries[f"{name}#names"] = " ".join(sorted(map(str, keys)))
        # A submodule is bound when it is first imported, by whoever that is: its place says little, and stands apart.
        own = [key for key in keys if not self.is_submodule(namespace[key], name)]
        self.entries[f"{name}#order"] = " ".join(map(str, own))
        self.entries[f"{name}#order with submodules"] = " ".join(map(str, keys))
        self.entries[f"{name}#key types"] = " ".join({type(key).__name__ for key in keys} - {"str"})
        self.entries[f"{name}#dir"] = " ".join(sorted(key for key in dir(module) if key != WARNED))
        self.entries[f"{name}#type"] = f"{type(module).__module__}.{type(module).__qualname__}"
        self.put(f"{name}#annotations", self.annotations, module)
        self.put(f"{name}#spec", self.spec, namespace)
        builtins = namespace.get("__builtins__")
        genuine = builtins is sys.modules["builtins"] or builtins is vars(sys.modules["builtins"])
        self.entries[f"{name}#builtins"] = "the builtins" if genuine else type(builtins).__name__
        first_of = {}
        for key in sorted(map(str, keys)):
            value = namespace[key]
            if key in NAMESPACE_NOISE:
                continue
            self.binding(f"{name}:{key}", value)
            if type(value) not in (int, str, bool, float, tuple, bytes, type(None)):
                first = first_of.setdefault(id(value), key)
                if first != key:
                    self.entries[f"{name}:{key}#same as"] = first

    def is_submodule(self, value, package):
        return isinstance(value, Module) and value.__name__.startswith(package + ".")

    def binding(self, path, value):
        """One name of a module: its kind, its value, and more if the module owns it."""
        kind = type(value)
        # A module that is not the one under test may be pending still, and its type says so.
        self.entries[f"{path}#kind"] = (
            "module" if isinstance(value, Module) else f"{kind.__module__}.{kind.__qualname__}"
        )
        self.put(f"{path}#value", self.text, value)
        if isinstance(value, (Function, type)) and self.owned(value):
            self.full(path, value)
        elif not isinstance(value, Module):
            wrapped = self.wrapped(value)
            if wrapped is not None:
                self.full(f"{path}.__wrapped__", wrapped)

    def wrapped(self, value):
        """The function under a decorator's object (`functools.cache` and its like), where it is one of ours."""
        try:
            under = object.__getattribute__(value, "__dict__").get("__wrapped__")
        except (AttributeError, TypeError):
            return None
        return under if type(under) is Function and self.owned(under) else None

    def owned(self, value):
        """Made by this module's code."""
        if type(value) is Function:
            return value.__globals__ is self.namespace or value.__module__ == self.module_name
        return value.__module__ == self.module_name

    def full(self, path, value, depth=4):
        """Describe a function or class in full, once."""
        if id(value) in self.described or depth < 0:
            return
        self.described.add(id(value))
        if isinstance(value, type):
            self.a_class(path, value, depth)
        else:
            self.function(path, value, depth)

    def function(self, path, function, depth):
        code, entries = function.__code__, self.entries
        self.put(f"{path}#signature", self.signature, function)
        self.put(f"{path}#code", self.text, code)
        self.put(f"{path}#lines", positions, code)
        self.put(f"{path}#bytecode", bytecode, code)
        entries[f"{path}#name"] = f"{function.__module__} {function.__qualname__} {function.__name__}"
        entries[f"{path}#doc"] = self.text(function.__doc__)
        entries[f"{path}#attributes"] = self.text(function.__dict__, 3)
        if getattr(function, "__type_params__", ()):
            entries[f"{path}#type parameters"] = self.text(function.__type_params__, 3)
        for cell_name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            try:
                content = cell.cell_contents
            except ValueError:
                content = "(empty cell)"
            entries[f"{path}#closure {cell_name}"] = self.text(content, 3)
            if type(content) is Function and self.owned(content):
                self.full(f"{path}.{cell_name}", content, depth - 1)
        wrapped = self.wrapped(function)
        if wrapped is not None:
            self.full(f"{path}.__wrapped__", wrapped, depth - 1)

    def signature(self, function):
        """Parameters with defaults and annotations, and what is returned: `inspect.signature` without `inspect`."""
        code = function.__code__
        positional, total = code.co_argcount, code.co_argcount + code.co_kwonlyargcount
        names = code.co_varnames
        defaults = function.__defaults__ or ()
        given = dict(zip(names[positional - len(defaults) : positional], defaults, strict=True))
        given.update(function.__kwdefaults__ or {})
        parts = []
        for index, name in enumerate(names[:total]):
            if index == positional and not code.co_flags & 0x04:
                parts.append("*")
            parts.append(f"{name}={self.text(given[name], 3)}" if name in given else name)
            if index + 1 == code.co_posonlyargcount:
                parts.append("/")
        if code.co_flags & 0x04:  # CO_VARARGS
            parts.append("*" + names[total])
        if code.co_flags & 0x08:  # CO_VARKEYWORDS
            parts.append("**")
        return f"({', '.join(parts)}) {self.annotations(function)}"

    def annotations(self, owner):
        """``__annotations__`` by the interpreter's own rule: stored up to 3.13, evaluated from 3.14 on."""
        if isinstance(owner, type) and sys.version_info < (3, 14):
            found = vars(owner).get("__annotations__", ABSENT)
        else:
            found = getattr(owner, "__annotations__", ABSENT)
        return self.text(found, 4)

    def a_class(self, path, cls, depth):
        entries = self.entries
        body = dict(cls.__dict__)
        entries[f"{path}#names"] = " ".join(map(str, body))
        entries[f"{path}#class"] = (
            f"{cls.__module__} {cls.__qualname__} metaclass {self.text(type(cls))} "
            f"bases {self.text(cls.__bases__)} mro {self.text(cls.__mro__)}"
        )
        self.put(f"{path}#doc", lambda: self.text(body.get("__doc__")))
        self.put(f"{path}#annotations", self.annotations, cls)
        if "_abc_impl" in body:
            self.put(f"{path}#abc", abc_registry, cls)
        for key, value in body.items():
            if key in CLASS_NOISE:
                continue
            inner = f"{path}.{key}"
            if key == "__static_attributes__":  # CPython writes this tuple in the order of a set
                value = tuple(sorted(value))
            under = value.__func__ if type(value) in (staticmethod, classmethod) else value
            if type(under) is property:
                for part in ("fget", "fset", "fdel"):
                    accessor = getattr(under, part)
                    if type(accessor) is Function and self.owned(accessor):
                        self.full(f"{inner}.{part}", accessor, depth - 1)
            if isinstance(under, (Function, type)) and self.owned(under):
                self.full(inner, under, depth - 1)
            else:
                wrapped = self.wrapped(under)
                if wrapped is not None:
                    self.full(f"{inner}.__wrapped__", wrapped, depth - 1)
            entries[f"{inner}#value"] = self.text(value, 4)

    def spec(self, namespace):
        """The fields of ``__spec__`` that PEP 451 defines, without the loader."""
        spec = namespace.get("__spec__")
        fields = ("name", "origin", "cached", "has_location", "parent", "submodule_search_locations")
        found = [f"{field}={self.text(getattr(spec, field, ABSENT))}" for field in fields]
        return f"{type(spec).__qualname__} {' '.join(found)} initializing={getattr(spec, '_initializing', False)}"


def abc_registry(cls):
    """What was registered with an ABC, as sorted names: an effect that is easily lost."""
    found = [reference() for reference in _abc._get_dump(cls)[0]]
    return " ".join(sorted(f"{one.__module__}.{one.__qualname__}" for one in found if one is not None))


def nested(code):
    """A code object and all that it contains."""
    yield code
    for constant in code.co_consts:
        if type(constant) is Code:
            yield from nested(constant)


def positions(code):
    """The lines and columns that tracebacks can show, as a set: a compiler may order the instructions differently."""
    found = set()
    for one in nested(code):
        found.update(one.co_positions())
    numbers = sorted(tuple(-1 if part is None else part for part in position) for position in found)
    return bounded(f"{len(numbers)} positions, hash {hash(tuple(numbers))}, {numbers[:3]} to {numbers[-1:]}")


def bytecode(code):
    """A fingerprint of the instructions."""
    return str(hash(tuple(one.co_code for one in nested(code))))
