"""
The installer's flag: deferral that a distribution asks for in its metadata, without a line in its sources.

Question: "which modules of a distribution are to be deferred, and what does an installer have to do?" A distribution
says so by an entry-point group, which every build back end can write. The name is a module with everything below it,
the value says what holds for it, and the closest name counts::

    [project.entry-points."atimport"]
    pkg = "defer"
    "pkg.cli" = "eager"

An installer calls `write_images` with the files that it has installed and adds what that returns to ``RECORD``; so does
``atimport compile --dist NAME`` for a distribution that is installed already. The images hold the flag: importing reads
no metadata. An image belongs to one state of one source file; once that is replaced or gone, the image counts for
nothing, and uninstalling removes it with everything else that ``RECORD`` names.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
from pathlib import Path, PurePosixPath

from atimport import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from importlib.metadata import Distribution

__all__ = ["GROUP", "compile_distribution", "wishes", "write_images"]

GROUP = "atimport"
VALUES = ("defer", "eager")


def wishes(distribution: Distribution) -> dict[str, str]:
    """
    Read what a distribution asks for: dotted names, and ``"defer"`` or ``"eager"`` for each.

    Raises ValueError for another value.
    """
    found = {}
    for point in distribution.entry_points.select(group=GROUP):
        if point.value not in VALUES:
            raise ValueError(
                f"entry point {point.name!r} of group {GROUP!r} is {point.value!r}, expected defer or eager"
            )
        found[point.name] = point.value
    return found


def write_images(files: Iterable[str], *, root: str | os.PathLike[str], modules: Mapping[str, str]) -> list[str]:
    """
    Write flagged images for the modules that are to be deferred, and say which.

    files: paths relative to `root`, with slashes, as in ``RECORD``; root: the folder that is on ``sys.path``; modules:
    what `wishes` returns. Nothing is imported. Returns the images' paths, relative to `root` if they are below it. A
    module that can't be split or compiled gets none. Raises OSError when an image can't be written.
    """
    written = []
    checked_hash = default_checked_hash()
    folder = Path(root).resolve()
    for file in files:
        name, is_package = _module(file)
        if name is None or _wish(name, modules) != "defer":
            continue
        try:
            _, image = _native.write_image(
                str(folder / file), name, is_package, flagged=True, checked_hash=checked_hash, force=True
            )
        except (SyntaxError, ValueError):  # as an installer that compiles: a file for another version, a template
            continue
        if image is not None:
            written.append(image.relative_to(folder).as_posix() if image.is_relative_to(folder) else str(image))
    return written


def compile_distribution(distribution: Distribution) -> list[str]:
    """
    Write flagged images for an installed distribution, and add them to its ``RECORD``.

    Returns the images' paths, as in ``RECORD``. Images of an earlier call that are not wanted any more are removed.
    Raises LookupError when the distribution has no ``RECORD`` or asks for nothing, ValueError for an entry point that
    can't be understood, OSError when a file can't be written.
    """
    name = distribution.metadata["Name"]
    modules = wishes(distribution)
    text = distribution.read_text("RECORD")
    if text is None:
        raise LookupError(
            f"{name} has no RECORD: it is installed in a way that can't be compiled (editable, by a system)"
        )
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    root = Path(str(distribution.locate_file(""))).resolve()
    suffix = f".{_tag()}.ati"
    earlier = {row[0] for row in rows if row[0].endswith(suffix)}
    if not modules and not earlier:
        raise LookupError(f"{name} asks for nothing: it has no entry points of the group {GROUP!r}")
    written = write_images((row[0] for row in rows), root=root, modules=modules)
    for file in earlier - set(written):
        (root / file).unlink(missing_ok=True)
    rows = [row for row in rows if row[0] not in earlier]
    (own,) = (row[0] for row in rows if row[0].endswith(".dist-info/RECORD"))
    for file in written:
        content = (root / file).read_bytes()
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        rows.append([file, f"sha256={digest}", str(len(content))])
    output = io.StringIO()
    csv.writer(output, lineterminator="\n").writerows(rows)
    _replace(root / own, output.getvalue())
    return written


def default_checked_hash() -> bool | None:
    """
    Say how a new image knows its source where nobody says so: by a checked hash where ``SOURCE_DATE_EPOCH`` is set,
    else by time and size (``py_compile._get_default_invalidation_mode``).
    """
    return True if os.environ.get("SOURCE_DATE_EPOCH") else None


def _module(file: str) -> tuple[str | None, bool]:
    """Give the dotted name of the module that a file is, and whether it is a package's; no name for other files."""
    path = PurePosixPath(file)
    parts = [*path.parent.parts, path.stem]
    if path.suffix != ".py" or path.is_absolute() or not all(part.isidentifier() for part in parts):
        return None, False
    if path.stem == "__init__":
        return ".".join(parts[:-1]) or None, True
    return ".".join(parts), False


def _wish(name: str, modules: Mapping[str, str]) -> str | None:
    while name:
        if name in modules:
            return modules[name]
        name = name.rpartition(".")[0]
    return None


def _tag() -> str:
    import sys

    level = f".opt-{sys.flags.optimize}" if sys.flags.optimize else ""
    return f"{sys.implementation.cache_tag}{level}"


def _replace(path: Path, text: str) -> None:
    """Replace a file so that a reader sees all of the old text or all of the new one."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8", newline="")
    temporary.chmod(path.stat().st_mode & 0o777)
    temporary.replace(path)
