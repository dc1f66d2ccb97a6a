"""A value as plain tuples in which shared objects are shared: equal tuples, indistinguishable values.

Terms: an object with an identity that a program can use (a list, a function, a class, an instance, an iterator) gets a
number when it is first met and is ``("seen", number)`` afterwards; everything else (numbers, strings, tuples) is
encoded by value, because two equal constants may be one object or two.

    a = []; b = [a, a]     # ("list", 0, ("list", 1), ("seen", 1))
    b = [[], []]           # ("list", 0, ("list", 1), ("list", 2))

Nothing is called and nothing is consumed: an iterator is its position, a suspended generator its line and its locals.
Code objects are compared as CPython compares them (instructions, constants, names, positions, not the file).
"""

from __future__ import annotations

import functools
import re
import types
from collections.abc import Callable
from typing import Any

#: Objects in one snapshot, above which the module is not worth comparing (doubling lists in loops).
LIMIT = 20_000
NOISE = frozenset({"__dict__", "__weakref__", "__module__", "__doc__", "__annotations__", "__annotate_func__",
                   "__annotate__", "__annotations_cache__", "__static_attributes__", "_abc_impl"})  # fmt: skip
#: Modules whose classes are nobody's doing here.
OUTSIDE = frozenset(
    {"builtins", "recorder", "functools", "enum", "typing", "collections", "abc", "dataclasses", "types"}
)
PLAIN = frozenset({int, str, bool, float, complex, bytes, type(None), type(Ellipsis), type(NotImplemented), range})


#: What a code object shows, but for its constants, positions and file.
OF_CODE = (
    *("co_name", "co_qualname", "co_flags", "co_argcount", "co_posonlyargcount", "co_kwonlyargcount", "co_nlocals"),
    *("co_stacksize", "co_code", "co_names", "co_varnames", "co_cellvars", "co_freevars", "co_firstlineno"),
    *("co_linetable", "co_exceptiontable"),
)
#: Aspects that are not looked at, for telling causes apart: "code", "keys", "annotations".
LEFT_OUT: set[str] = set()
ADDRESS = re.compile(r"0x[0-9a-f]{6,}")


class TooBig(BaseException):
    """More objects than `LIMIT`, or a recursion without end, whose depth is an accident."""


class Encoder:
    """Encodes values that belong together: numbers go on from one call to the next."""

    def __init__(self, *, brief: bool = False) -> None:
        """Have seen nothing; `brief`: of functions and classes only what statements may have changed since."""
        self.brief = brief
        self.seen: dict[int, int] = {}
        #: keeps what was seen alive, so that no address is used twice
        self.alive: list[object] = []

    def encode(self, value: Any) -> object:
        """Return the value as tuples."""
        kind = type(value)
        if kind is str:
            # a dataclass's docstring shows its defaults
            return ADDRESS.sub("0x", value)
        if kind in PLAIN:
            return ("bool", str(value)) if kind is bool else value
        if kind is tuple:
            return ("tuple", *map(self.encode, value))
        if kind in (types.BuiltinFunctionType, types.MethodType) and not isinstance(value.__self__, types.ModuleType):
            return ("bound", value.__name__, self.encode(value.__self__))
        number = self.seen.setdefault(id(value), len(self.seen))
        if number < len(self.alive):
            return ("seen", number)
        self.alive.append(value)
        if number > LIMIT:
            raise TooBig
        return self._first(kind, value, number)

    def _first(self, kind: type, value: Any, number: int) -> object:
        if kind is types.FunctionType and value.__module__ == "recorder" and "<locals>" not in value.__qualname__:
            return ("outside", value.__qualname__)
        shape = SHAPES.get(kind)
        if self.brief:
            if kind is types.FunctionType:
                return (
                    "function",
                    number,
                    value.__qualname__,
                    self.encode(value.__defaults__),
                    self.encode(value.__dict__),
                )
            if isinstance(value, type):
                return (
                    "class",
                    number,
                    value.__qualname__,
                    *(attempt(lambda at=at: self.encode(getattr(value, at))) for at in ("items", "n")),
                )  # type: ignore[misc]
        if shape is not None:
            return (kind.__name__, number, *shape(self, value))
        if isinstance(value, type):
            return ("class", number, *self._class(value))
        if isinstance(value, types.ModuleType):
            return ("module", value.__name__)
        if isinstance(value, BaseException):
            return ("exception", number, kind.__qualname__, *map(self.encode, value.args))
        if kind.__module__ == "weakref":
            return (kind.__name__,)  # caches, such as that of `singledispatch`
        if kind.__module__ in ("builtins", "itertools", "functools", "_thread"):
            return self._builtin(kind, value, number)
        extra: tuple[object, ...] = ()
        for base, items in ((list, iter), (tuple, iter), (set, sorted), (dict, dict.items)):
            if isinstance(value, base):
                extra = tuple(map(self.encode, items(value)))  # type: ignore[operator]
        if isinstance(value, (int, str)):
            extra = (int(value) if isinstance(value, int) else str.__str__(value),)
        return ("instance", number, self.encode(kind), *extra, self.encode(getattr(value, "__dict__", None)))

    def _builtin(self, kind: type, value: Any, number: int) -> object:
        wrapped = getattr(value, "__wrapped__", None)
        if wrapped is not None:
            return (kind.__name__, number, self.encode(wrapped))
        try:
            reduced = value.__reduce__()
        except TypeError:
            return (kind.__name__, number)
        if isinstance(reduced, str):
            return (kind.__name__, reduced)
        return (kind.__name__, number, *(self.encode(part) for part in reduced[1:]))

    def _class(self, value: type) -> tuple[object, ...]:
        if value.__module__ in OUTSIDE and "<locals>" not in value.__qualname__:
            return (value.__module__, value.__qualname__)
        body = vars(value)
        return (
            value.__module__,
            value.__qualname__,
            self.encode(value.__doc__),
            self.encode(type(value)),
            *map(self.encode, value.__bases__),
            attempt(lambda: self.encode(getattr(value, "__annotations__", None))),
            *((name, self.encode(body[name])) for name in body if name not in NOISE),
        )


def _function(encoder: Encoder, value: types.FunctionType) -> tuple[object, ...]:
    cells = value.__closure__ or ()
    return (
        value.__name__,
        value.__qualname__,
        value.__module__,
        encoder.encode(value.__doc__),
        code(value.__code__) if "code" not in LEFT_OUT else "",
        encoder.encode(value.__defaults__),
        encoder.encode(value.__kwdefaults__),
        attempt(lambda: encoder.encode(value.__annotations__)),
        encoder.encode(value.__dict__),
        *(attempt(lambda cell=cell: encoder.encode(cell.cell_contents)) for cell in cells),  # type: ignore[misc]
    )


def code(value: types.CodeType) -> tuple[object, ...]:
    """Account for a code object by its attributes: those that are equal in two may still be taken for different ones."""
    constants = (code(each) if isinstance(each, types.CodeType) else constant(each) for each in value.co_consts)
    return (*(getattr(value, name) for name in OF_CODE), tuple(value.co_positions()), *constants)


def constant(value: object) -> object:
    """Account for a constant: 1 is not 1.0, and the order of a set is nobody's."""
    return value if isinstance(value, frozenset) else repr(value)


def _generator(encoder: Encoder, value: types.GeneratorType[Any, Any, Any]) -> tuple[object, ...]:
    frame = value.gi_frame
    if frame is None:
        return (value.__qualname__, "finished")
    return (value.__qualname__, frame.f_lineno, encoder.encode(dict(frame.f_locals)))


SHAPES: dict[type, Callable[[Encoder, Any], tuple[object, ...]]] = {
    list: lambda encoder, value: tuple(map(encoder.encode, value)),
    dict: lambda encoder, value: tuple((encoder.encode(key), encoder.encode(item)) for key, item in value.items()),
    types.MappingProxyType: lambda encoder, value: (encoder.encode(dict(value)),),
    set: lambda _, value: tuple(sorted(map(repr, value))),
    frozenset: lambda _, value: tuple(sorted(map(repr, value))),
    types.FunctionType: _function,
    types.GeneratorType: _generator,
    property: lambda encoder, value: tuple(map(encoder.encode, (value.fget, value.fset, value.fdel))),
    staticmethod: lambda encoder, value: (encoder.encode(value.__func__),),
    classmethod: lambda encoder, value: (encoder.encode(value.__func__),),
    functools.partial: lambda encoder, value: (encoder.encode(value.func), encoder.encode(value.args)),
    types.CellType: lambda encoder, value: (attempt(lambda: encoder.encode(value.cell_contents)),),
}


def attempt(action: Callable[[], object]) -> object:
    """Return what the action returns, or a tuple that says how it failed."""
    try:
        return action()
    except RecursionError as error:
        raise TooBig from error
    except ImportError as error:  # its text names the file
        return ("raised", type(error).__name__)
    except Exception as error:
        return ("raised", type(error).__name__, str(error))


def difference(left: object, right: object, path: str = "") -> str | None:
    """Say where two snapshots first differ, as a path with both values; None when they don't."""
    if type(left) is tuple and type(right) is tuple:
        for position, (one, other) in enumerate(zip(left, right, strict=False)):
            label = str(one[0]) if type(one) is tuple and one and type(one[0]) is str else str(position)
            found = difference(one, other, f"{path}/{label}")
            if found:
                return found
        if len(left) != len(right):
            return f"{path}: {_short(left)} is not {_short(right)}"
        return None
    if type(left) is type(right) and left == right:
        return None
    return f"{path}: {_short(left)} is not {_short(right)}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 160 else text[:157] + "..."
