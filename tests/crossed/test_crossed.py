"""A sample of the crossed modules on every interpreter, and that a missing rule is found."""

from __future__ import annotations

import re
import sys

import pytest

from fresh import ENDS, command

from .modules import CHANGES, FUNCTIONS, SEEN, blocks, changing, modules


def test_deferred_is_eager() -> None:
    """No module of this interpreter's share can be told from its eager self."""
    printed = command("tests.crossed", "--jobs", "1", "--count", "400", "--seed", str(sys.version_info.minor), expect=0)
    # those that raise eagerly say nothing, and are few
    assert re.match(r"400 modules, of which \d\d? raise eagerly", printed), printed
    assert printed.endswith(": 0 differ\n")


@ENDS
@pytest.mark.parametrize("rule", ["implicit", "changes"])
def test_a_missing_rule_is_found(rule: str) -> None:
    """Without a rule of the analysis, some module differs."""
    assert "differ" in command("tests.crossed", "--jobs", "1", "--count", "120", expect=1, ATI_WITHOUT_RULE=rule)


def test_everything_is_crossed() -> None:
    """Each way stands in the files once, and meets each of the others."""
    running, flowing = blocks("running.txt"), blocks("flowing.txt")
    assert len(set(running)) == len(running) > 250
    assert len(set(flowing)) == len(flowing) > 240
    sources = [source for _, source in modules()]
    binding, reading = blocks("binding.txt"), blocks("reading.txt")
    assert len(set(binding)) == len(binding) > 180
    assert len(set(reading)) == len(reading) > 180
    importing, asking = blocks("importing.txt"), blocks("asking.txt")
    assert len(set(importing)) == len(importing) > 100
    assert len(set(asking)) == len(asking) > 70
    crossed = len(running) * (len(FUNCTIONS) + len(SEEN)) + len(flowing) * len(CHANGES)
    crossed += sum((i + j) % 4 == 0 for i in range(len(binding)) for j in range(len(reading)))
    crossed += sum((i + j) % 3 == 0 for i in range(len(importing)) for j in range(len(asking)))
    assert sum(words.startswith("state ") for words, _ in modules()) > 600
    touching = len(blocks("touching.txt"))
    crossed += sum((i + j) % 8 == 0 for i in range(len(binding)) for j in range(touching))
    assert len(sources) == crossed + len(list(changing()))
    assert len(set(sources)) == len(sources)
