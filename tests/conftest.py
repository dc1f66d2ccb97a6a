"""What all tests share: one fixture that runs Python in a fresh process."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from fresh import Python


@pytest.fixture
def python(tmp_path: Path) -> Python:
    """Give a Python in a fresh folder."""
    return Python(tmp_path)


def pytest_report_header() -> str:
    """Say what is tested."""
    return f"interpreter: {sys.executable}"
