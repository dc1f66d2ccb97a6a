__at_import__ = None

from _trace import ran
import typing

first = ran(6) or typing.Literal["a"]


def quoted(x: "first"): ...


class Quoted:
    x: "typing.Optional[first]"


hints = ran(16) or str(typing.get_type_hints(quoted)["x"])
members = ran(17) or str(typing.get_type_hints(Quoted)["x"].__args__[0])
first = ran(18) or typing.Literal["b"]
