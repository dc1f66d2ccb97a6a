"""Ctrl-C during ``atimport verify``: what was started ends, and nothing is left behind."""

from __future__ import annotations

import threading
import time
from typing import Any, cast

import pytest

from atimport.verification import judging
from atimport.verification.processes import Setting
from fresh import Python


def test_ctrl_c(python: Python) -> None:
    """It ends what it started, leaves nothing behind, and says that this is no answer."""
    python.write("slow.py", "import time\ntime.sleep(0.5)\nx = len('')\n")
    python.write(
        "press.py",
        """
        import glob, os, signal, subprocess, sys, time
        command = [sys.executable, "-m", "atimport", "verify", "slow", "--rounds", "0"]
        environment = {**os.environ, "TMPDIR": os.getcwd()}
        started = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
        while not glob.glob("atimport-verify-*/**/scratch-*", recursive=True):  # a worker has begun
            time.sleep(0.01)
        started.send_signal(signal.SIGINT)
        print(started.communicate()[1], started.returncode)
        print([name for name in os.listdir() if name.startswith("atimport-verify-")])
        """,
    )
    found = python.start("press.py")
    assert found.lines == ["Error: interrupted before everything was compared", " 2", "[]"]


def test_ctrl_c_while_a_worker_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that is being started then is one that the pool does not know: it must not outlive the rest."""
    made: list[str] = []
    start = threading.Thread.start

    class Slow:
        def __init__(self, _: object) -> None:
            time.sleep(0.2)
            made.append("made")

        def stop(self) -> None:
            made.append("stopped")

    def interrupted(thread: threading.Thread) -> None:
        start(thread)
        raise KeyboardInterrupt

    monkeypatch.setattr(judging, "Worker", Slow)
    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        judging.side_by_side(cast(Setting, None), [], cast(Any, None), jobs=2, say=made.append)
    left = list(made)
    time.sleep(0.5)
    assert made == left
    assert made in ([], ["made", "stopped"])
