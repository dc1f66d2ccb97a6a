"""
`install()` as a call and as a context manager.

Question: "what does leaving the ``with`` block take back?" The loader itself is native and knows only on and off; who
switched it on is known here.

>>> import atimport
>>> with atimport.install():
...     atimport.is_installed()
True
>>> atimport.is_installed()
False
"""

from atimport import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType


class Installation:
    """What `install` did; as a context manager it takes that back at the end of the block, and no more."""

    __slots__ = ("_mine",)

    def __init__(self, *, mine: bool) -> None:
        """Remember whether this call installed the loader (`mine`) or found it installed."""
        self._mine = mine

    def __enter__(self) -> "Installation":
        """Return self; the loader has been installed since `install` was called."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: "TracebackType | None"
    ) -> None:
        """Uninstall, unless the loader was already installed before."""
        if self._mine:
            self._mine = False
            _native.uninstall()

    def __repr__(self) -> str:
        """Name what leaving the block would do."""
        return f"<atimport.Installation {'uninstalls at exit' if self._mine else 'leaves the loader as it is'}>"


def install() -> Installation:
    """
    Honour ``__at_import__`` in every module that is imported from now on.

    Idempotent. Modules that have been imported before stay as they are. The return value may be ignored, or used as a
    context manager: ``with atimport.install(): ...`` uninstalls at the end of the block, unless the loader was already
    installed before. Modules that were imported deferred stay deferred when the loader is uninstalled.

    Raises RuntimeError in an interpreter that isn't supported (a sub-interpreter, for instance).
    """
    mine = not _native.is_installed()
    _native.install()
    return Installation(mine=mine)
