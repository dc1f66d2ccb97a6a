"""One object as text: the same text for the same object in two processes.

Two processes cannot compare objects, only descriptions of them.  `Describer.text` turns any object into a line that
says what a program could find out about it (exact type, value, contents in order, instance state) and nothing that
changes from process to process: addresses are masked, sets are sorted, and objects that have a home are written as a
reference to it::

    {'a': (1, 2.5)}        ->  dict{'a': tuple(1, 2.5)}
    collections.Counter    ->  class collections.Counter
    re.compile("x")        ->  re.Pattern re.compile('x')

A reference also says whether the module it names still binds that very object.  Code that ran twice leaves two classes
of one name behind, and this is how it shows.

The file is separate from `snapshot` because it answers a smaller question (one value, bounded effort) and because
nothing here may import anything: it runs inside the process under test.
"""

import sys

DEPTH = 5
FOREIGN_DEPTH = 1
BUDGET = 4_000  # objects visited for one description
LONGEST = 400  # characters of a single string or repr

Module = type(sys)
Function = type(lambda: None)
BoundMethod = type((lambda _: None).__get__(0))
Code = type((lambda: None).__code__)
Slot = type(Function.__dict__["__globals__"])  # member_descriptor: what `__slots__` makes
NATIVE_CALLABLES = (
    type(len),
    type(object.__init__),  # wrapper_descriptor
    type(object().__str__),  # method-wrapper
    type(str.join),  # method_descriptor
    type(dict.__dict__["fromkeys"]),  # classmethod_descriptor
)
EMPTY = object()
PLAIN = (int, float, complex, bool, type(None), type(...), type(NotImplemented))
# `importlib/__init__.py` gives the frozen bootstrap modules these names; whether it has run must not matter here.
RENAMED = {
    "_frozen_importlib": "importlib._bootstrap",
    "_frozen_importlib_external": "importlib._bootstrap_external",
}
HEX = "0123456789abcdefABCDEF"


def mask(text):
    """Replace what looks like an address (``0x`` and six or more digits); `re` may be the module under test."""
    if "0x" not in text:
        return text
    parts = text.split("0x")
    masked = [parts[0]]
    for part in parts[1:]:
        rest = part.lstrip(HEX)
        masked.append("0x…" + rest if len(part) - len(rest) >= 6 else "0x" + part)
    return "".join(masked)


def bounded(text):
    """Keep the start of a long text, and its hash: PYTHONHASHSEED is the same in both processes."""
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}… ({len(text)} characters, hash {hash(text)})"


def raised(error):
    """An exception as text, by type and message."""
    try:
        message = mask(str(error))
    except Exception:
        message = "(no message)"
    return bounded(f"raises {type(error).__module__}.{type(error).__qualname__}: {message}")


def home(thing):
    """Whether the module and qualified name that a class or function gives for itself lead back to it."""
    qualname = thing.__qualname__
    if "<" in qualname:
        return ""
    try:
        found = sys.modules[thing.__module__]
    except KeyError:
        return ""  # nobody has imported it: `types` need not be loaded for there to be a `types.GenericAlias`
    try:
        for part in qualname.split("."):
            found = getattr(found, part)
    except AttributeError:
        return " (its module does not bind it)"
    except Exception as error:
        return f" (looking it up {raised(error)})"
    if found is thing or getattr(found, "__func__", None) is thing:
        return ""
    return " (not the object that its module binds)"


class Describer:
    """Describes values; one instance serves a whole snapshot, each `text` call has its own budget.

    `top` is the top-level package under test.  Instances of anybody else's classes are described less deeply: a logger
    leads to the registry of all loggers, which other modules fill when they like.
    """

    def __init__(self, top=""):
        self.top = top
        self.left = 0
        self.active = set()  # ids of the containers and instances that are being described: a cycle ends there

    def text(self, value, depth=DEPTH):
        """The description of `value`, never an exception."""
        self.left = BUDGET
        self.active.clear()
        return self.inner(value, depth)

    def inner(self, value, depth):
        self.left -= 1
        if self.left < 0:
            return "…"
        try:
            return self.dispatch(value, depth)
        except Exception as error:
            return f"<{type(value).__name__}, describing it {raised(error)}>"

    def dispatch(self, value, depth):
        kind = type(value)
        if kind in PLAIN:
            return bounded(repr(value)) if kind is not int or value.bit_length() < 4000 else hex(value)
        if kind is str or kind is bytes:
            return bounded(repr(value))
        if isinstance(value, Module):
            return f"module {RENAMED.get(value.__name__, value.__name__)}"
        if isinstance(value, type):
            return f"class {value.__module__}.{value.__qualname__}{home(value)}"
        if kind is Function:
            return self.function(value)
        if kind in NATIVE_CALLABLES:
            return f"builtin {value.__qualname__} {getattr(value, '__text_signature__', None)!r}"
        if kind is Code:
            return self.code(value)
        if id(value) in self.active:
            return "<cycle>"
        if depth <= 0:
            return f"<{kind.__module__}.{kind.__qualname__}>"
        self.active.add(id(value))
        try:
            return self.compound(value, kind, depth - 1)
        finally:
            self.active.discard(id(value))

    def compound(self, value, kind, depth):
        """What is described through its parts: bound methods, descriptors, containers, instances."""
        if kind is BoundMethod:
            return f"method {self.inner(value.__func__, depth)} of {self.inner(value.__self__, 0)}"
        if kind is staticmethod or kind is classmethod:
            return f"{kind.__name__} {self.inner(value.__func__, depth)}"
        if kind is property:
            parts = [self.inner(part, depth) for part in (value.fget, value.fset, value.fdel, value.__doc__)]
            return f"property({', '.join(parts)})"
        title = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
        if self.owns(kind):
            title += home(kind)
        # The base class's own iteration: a subclass may do anything in its.
        if isinstance(value, tuple):
            return f"{title}({self.items(tuple.__iter__(value), depth)})"
        if isinstance(value, list):
            return f"{title}[{self.items(list.__iter__(value), depth)}]{self.state(value, depth)}"
        if isinstance(value, dict):
            pairs = [f"{self.inner(k, depth)}: {self.inner(v, depth)}" for k, v in self.some(dict.items(value))]
            return f"{title}{{{', '.join(pairs)}}}{self.state(value, depth)}"
        if isinstance(value, (set, frozenset)):
            base = set if isinstance(value, set) else frozenset
            return f"{title}{{{', '.join(sorted(self.members(base.__iter__(value))))}}}"
        if kind.__module__ == "builtins" and kind.__name__ == "mappingproxy":
            pairs = [f"{self.inner(k, depth)}: {self.inner(v, depth)}" for k, v in self.some(value.items())]
            return f"mappingproxy{{{', '.join(pairs)}}}"
        shown = "" if kind.__repr__ is object.__repr__ else " " + bounded(mask(kind.__repr__(value)))
        return f"{title}{shown}{self.state(value, depth)}"

    def owns(self, kind):
        """A class of the package under test."""
        return str(kind.__module__).partition(".")[0] == self.top

    def items(self, values, depth):
        return ", ".join([self.inner(value, depth) for value in self.some(values)])

    def members(self, values):
        """The elements of a set, each with the same small budget: its order must not decide where the effort ends."""
        left = self.left
        for value in values:
            self.left = 40
            yield self.inner(value, 1)
        self.left = left

    def some(self, values):
        """At most as many as the budget has left: a table of 100,000 rows is described by its first ones."""
        taken = []
        for value in values:
            taken.append(value)
            if len(taken) > self.left:
                break
        return taken

    def state(self, value, depth):
        """Instance attributes, from ``__dict__`` and from slots."""
        found = []
        if not self.owns(type(value)):
            depth = min(depth, FOREIGN_DEPTH)
        try:
            own = object.__getattribute__(value, "__dict__")
        except AttributeError:
            own = None
        if type(own) is dict:
            found += [f"{key}={self.inner(item, depth)}" for key, item in self.some(own.items())]
        for base in type(value).__mro__:
            if base.__flags__ & (1 << 9):  # Py_TPFLAGS_HEAPTYPE: a class statement, whose member descriptors are slots
                for key, slot in base.__dict__.items():
                    if type(slot) is Slot and not key.startswith("__"):  # C types keep offsets under such names
                        try:
                            content = slot.__get__(value)
                        except AttributeError:
                            content = EMPTY
                        found.append(f"{key}={'(empty)' if content is EMPTY else self.inner(content, depth)}")
        return f" <{', '.join(found)}>" if found else ""

    def function(self, function):
        """A function where it is mentioned; `snapshot` describes in full the ones that a module owns."""
        where = f"function {function.__module__}.{function.__qualname__}{home(function)}"
        if "<" not in function.__qualname__:
            return where
        code = function.__code__
        return f"{where} line {code.co_firstlineno} {code.co_varnames} {code.co_names}"

    def code(self, code):
        """A code object without its bytecode: what it is called, takes, names, and holds as constants."""
        constants = [self.code(c) if type(c) is Code else self.inner(c, 3) for c in code.co_consts]
        return (
            f"code {code.co_qualname} line {code.co_firstlineno} flags {code.co_flags:#x} "
            f"takes {code.co_argcount},{code.co_posonlyargcount},{code.co_kwonlyargcount} "
            f"names {code.co_names} locals {code.co_varnames} free {code.co_freevars} cells {code.co_cellvars} "
            f"file {code.co_filename} constants [{', '.join(constants)}]"
        )
