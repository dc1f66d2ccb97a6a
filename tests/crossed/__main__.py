"""Small modules that cross ways of doing things: is a deferred import of each the same as an eager one?

    python -m tests.crossed                             all of them
    python -m tests.crossed --count 500 --seed 3        as many, drawn with that seed
    python -m tests.crossed --record FILE               and a line for this interpreter in FILE

Exit status: 0 when no module could be told from its eager self; 1 when one could (it is printed); 2 for a command that can't run.
"""

from __future__ import annotations

import argparse
import datetime
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

from tests.generated.record import put_line

from .modules import OF, modules

HEAD = """# Crossed modules

Small modules, each with one way in which a statement does something that another one sees (`tests/crossed`), imported deferred and
touched in two orders, compared with their eager run. Made by `make crossed`. Of some the eager import raises: they say nothing.

| CPython | date | modules | eager import raises | seconds | differ |
|---|---|---|---|---|---|
"""
#: What some of the modules import.
PACKAGES = pathlib.Path(__file__).parent / "packages"
#: Modules for one process that forks.
SHARE = 200


def run(folder: pathlib.Path, names: list[str]) -> list[tuple[str, str]]:
    """What came of some modules."""
    words = [sys.executable, "-B", "-m", "tests.crossed.child", str(folder), *names]
    done = subprocess.run(words, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    answers = [tuple(json.loads(line)) for line in done.stdout.splitlines()]
    if done.returncode or len(answers) != len(names):
        sys.exit(f"tests.crossed: the child process ended with {done.returncode}\n{done.stderr}")
    return answers


def record(path: pathlib.Path, counts: tuple[int, int, int], seconds: float) -> None:
    """Put this interpreter's line into the table at `path`."""
    version = ".".join(map(str, sys.version_info[:3]))
    tried, raising, differing = counts
    line = (
        f"| {version} | {datetime.date.today().isoformat()} | {tried:,} | {raising:,} | {seconds:.0f} | {differing} |"
    )
    put_line(path, HEAD, line)


def main() -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.crossed", description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, metavar="N", help="modules (default: all)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="which modules (default: 1)")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="processes (default: 2)")
    parser.add_argument("--record", type=pathlib.Path, metavar="FILE", help="keep the counts in a table")
    options = parser.parse_args()
    chosen = list(modules())
    if options.count is not None:
        chosen = random.Random(options.seed).sample(chosen, min(options.count, len(chosen)))
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as made, ThreadPoolExecutor(options.jobs) as pool:
        folder = pathlib.Path(made)
        shutil.copytree(PACKAGES, folder, dirs_exist_ok=True)
        described: dict[str, tuple[str, str]] = {}
        for number, (words, source) in enumerate(chosen):
            name = f"crossed_{number}"
            source = source.replace("MODULE", name)
            itself, _, other = source.partition(OF.replace("MODULE", name))
            (folder / f"{name}.py").write_text(itself, encoding="utf-8")
            if other:
                (folder / f"{name}_of.py").write_text(other, encoding="utf-8")
            described[name] = (words, source)
        names = list(described)
        shares = [names[start : start + SHARE] for start in range(0, len(names), SHARE)]
        answers = [answer for share in pool.map(lambda share: run(folder, share), shares) for answer in share]
    seconds = time.monotonic() - begun
    differing = [(name, answer) for name, answer in answers if answer not in {"same", "raises"}]
    for name, answer in differing:
        words, source = described[name]
        print(f"\n=== {words}: {answer}\n--- the module\n{source}", end="")
    raising = sum(answer == "raises" for _, answer in answers)
    print(f"{len(answers)} modules, of which {raising} raise eagerly, in {seconds:.0f} s: {len(differing)} differ")
    if options.record is not None:
        record(options.record, (len(answers), raising, len(differing)), seconds)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
