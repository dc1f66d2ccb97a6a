"""The committed corpus: few, small inputs that together reach nearly all that is known to be reachable.

Everything that ever added coverage stays under ``build/``; committed is the smallest set that libFuzzer finds, of inputs
that are short, because it is replayed by every `make test` and lies in every clone.
"""

from __future__ import annotations

import pathlib
import shutil

from .targets import FUZZ, Run, start

#: Bytes of an input, and of all inputs of a target.
LONGEST = 600
LARGEST = 60_000


def keep(run: Run) -> None:
    """Replace the committed corpus of a target by the best that is known."""
    committed = FUZZ / "corpus" / run.target
    work = run.corpus.parent
    for place in (work / "short", work / "merged"):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
    for known in (committed, work / "seeds", run.corpus):
        for file in known.iterdir():
            if file.stat().st_size <= LONGEST:
                shutil.copyfile(file, work / "short" / file.name)
    words = ["-set_cover_merge=1", "-timeout=20", "-rss_limit_mb=2048"]
    start(run.binary, *words, work / "merged", work / "short", log=work / "merge.log")
    best = sorted(sorted((work / "merged").iterdir()), key=lambda file: file.stat().st_size)
    if not best:
        return  # the target failed on its own corpus: that is a finding, and nothing to keep
    shutil.rmtree(committed)
    committed.mkdir()
    size = 0
    for file in best:
        size += file.stat().st_size
        if size > LARGEST:
            break
        shutil.copyfile(file, committed / file.name)


def size(target: str) -> tuple[int, int]:
    """Return how many inputs are committed for a target, and their bytes."""
    files = list(pathlib.Path(FUZZ / "corpus" / target).iterdir())
    return len(files), sum(file.stat().st_size for file in files)
