r"""What a target starts from: inputs of the project's own making.

    b"\x04" + b"__at_import__ = None\n..."          a conformance case, as a source for 3.12

Separate because only this file knows the formats of the targets (``fuzz/checks``).
"""

from __future__ import annotations

from collections.abc import Callable

from tests.generated.draws import Seeded
from tests.generated.subject import subject

from .targets import ROOT

#: Generated modules among the seeds.
GENERATED = 60


def analysis() -> list[bytes]:
    """Conformance cases and generated modules, for each version in turn."""
    sources = [path.read_bytes() for path in sorted((ROOT / "spec" / "cases").glob("*/*/*.py"))]
    sources += [subject(Seeded(number), 1).source.encode() for number in range(GENERATED)]
    return [bytes([4 * (position % 5)]) + source for position, source in enumerate(sources)]


def overrides() -> list[bytes]:
    """Environments and modules."""
    return [
        b"a.*,b\n*\n0\n\na\na.b\nb.c.d\n*",
        b"pkg.mod, pkg.*\na.b.*\n1\noff\npkg.mod\npkg.mod.*\na.b\na.b.c\n\xc3\xbc.*",
        b"a*,a..b,.a\n\n\nmaybe\n*.a\na.*.b\n a",
    ]


def decode() -> list[bytes]:
    """Empty and small bodies."""
    return [b"\x00\x93atimg\r\n", b"\x01\x01\0\0\0\0", b"\x02" + bytes(range(64)), b"\x02" + bytes(200)]


def store() -> list[bytes]:
    """Paths and contents."""
    return [b"/p/__pycache__/m.cpython-313.pyc\nabc", b"m.pyc\n", b"/p/.pyc\nx", b"..\nx", b"/\n", b"\xff\xfe.pyc\n\0"]


#: By target.
SEEDS: dict[str, Callable[[], list[bytes]]] = {
    "analysis": analysis,
    "decode": decode,
    "store": store,
    "overrides": overrides,
}
