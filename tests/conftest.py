"""What all tests share: fixtures that run Python in a fresh process."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from fresh import Python

MODULE = """
    __at_import__ = None
    from _trace import ran
    limit = ran(3) or 5
    derived = ran(4) or limit * 2
    other = ran(5) or "other"


    def read():
        return limit


    def write(value):
        global limit
        limit = value


    def everything():
        return globals()
"""


# a shell ignores it for what runs in its background, and so would every process of the tests
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def python(tmp_path: Path) -> Python:
    """Give a Python in a fresh folder."""
    return Python(tmp_path)


@pytest.fixture
def module(python: Python) -> Python:
    """Give a Python that has the module `m`."""
    python.write("m.py", MODULE)
    return python


def pytest_report_header() -> str:
    """Say what is tested."""
    return f"interpreter: {sys.executable}"
