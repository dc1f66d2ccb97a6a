"""What is on disk before an import, and of which files a call is made to fail.

    R/m.py                                  the module
    R/__pycache__/m.cpython-313.ati         its image
    R/cache/atimport/...                    the per-user cache

Separate because a scenario says nothing of faults, and a fault nothing of scenarios.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
from collections.abc import Callable

# as in shim.c
SOURCE, PYC, IMAGE, FOLDER = 1, 2, 4, 8
ALL = SOURCE | PYC | FOLDER
KINDS = {SOURCE: "source", PYC: "pyc", IMAGE: "image", FOLDER: "folder"}

BODY = """\
import tally
tally.lines.append("at import")
value = tally.late(41)


def answer():
    return value + 1
"""
DECLARED = "__at_import__ = None\n" + BODY
HOOKED = BODY + "\n\ndef __at_import__():\n    tally.lines.append('hook')\n"


@dataclasses.dataclass(frozen=True)
class Scenario:
    """`source` is the module's; `prepare` does the rest, given the folder, after imports by `before`."""

    name: str
    kinds: int
    source: str = DECLARED
    #: who has imported it before: "ours", "plain", or both
    before: tuple[str, ...] = ()
    prepare: Callable[[pathlib.Path], None] | None = None
    pinned: bool = False
    #: what the module's statements say of themselves, and whether its hook does, after them
    lines: tuple[str, ...] = ("at import", "late")
    hook: bool = False
    #: outcomes are compared with those of plain Python
    compared: bool = False
    #: calls that there must be, else nothing was tried
    calls: tuple[str, ...] = ()


def image_of(folder: pathlib.Path) -> pathlib.Path:
    """The only image below a folder."""
    (image,) = folder.rglob("*.ati")
    return image


def make_stale(folder: pathlib.Path) -> None:
    """Give the source another time."""
    os.utime(folder / "m.py", (1_000_000_000, 1_000_000_000))


def cut_short(folder: pathlib.Path) -> None:
    """Take the last bytes of the image away."""
    image = image_of(folder)
    image.write_bytes(image.read_bytes()[:-7])


def block(folder: pathlib.Path) -> None:
    """Put a file where the folder of the images should be: not even the superuser writes there."""
    (folder / "__pycache__").write_text("a file\n", encoding="utf-8")


def hash_based(folder: pathlib.Path) -> None:
    """Make the image one that knows its source by hash."""
    from atimport import _native

    _native.write_image(str(folder / "m.py"), "m", False, checked_hash=True, force=True)


READS = ("stat", "open", "read")
WRITES = ("open", "create", "write", "rename")
SCENARIOS = (
    Scenario("no image yet", IMAGE, calls=("mkdir", *WRITES)),
    Scenario("an image", IMAGE, before=("ours",), calls=("open", "read")),
    Scenario("a stale image", IMAGE, before=("ours",), prepare=make_stale, calls=WRITES),
    Scenario("a damaged image", IMAGE, before=("ours",), prepare=cut_short, calls=WRITES),
    Scenario("an image that knows its source by hash", IMAGE, prepare=hash_based, calls=("open", "read")),
    Scenario("a folder that can't be written", IMAGE, prepare=block, calls=("mkdir", "create", "write", "rename")),
    Scenario("an image in the user's cache", IMAGE, prepare=block, before=("ours",), calls=("open", "read")),
    Scenario("opted in, nothing cached", ALL, compared=True, calls=READS),
    Scenario("opted in, an image", ALL, before=("plain", "ours"), compared=True),
    Scenario("opted in, a stale image", ALL, before=("ours",), prepare=make_stale, compared=True),
    Scenario("opted in and pinned eager", ALL, before=("plain",), pinned=True, compared=True),
    Scenario("a hook, and pinned eager", ALL, source=HOOKED, pinned=True, hook=True, compared=True, calls=READS),
    Scenario("not opted in, nothing cached", ALL, source=BODY, compared=True),
    Scenario("not opted in, a pyc", ALL, source=BODY, before=("plain",), compared=True),
)
