"""
The criterion benches of `benches/core`, and a record of them: ``core.py --record FILE``.

See ``make bench-core``. Criterion measures and prints; what it stores of each bench (``estimates.json``,
``benchmark.json``) goes into a table: the median, its confidence interval, and how much is done a second.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sysconfig
from pathlib import Path

from processes import made_by, publish

CRATE = Path(__file__).parent / "core"


def duration(nanoseconds: float) -> str:
    """Write a time in the unit that suits it."""
    for unit, size in ("s", 1e9), ("ms", 1e6), ("µs", 1e3):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g} {unit}"
    return f"{nanoseconds:.3g} ns"


def rate(throughput: dict[str, int], nanoseconds: float) -> str:
    """Say what is done a second, or what one of many takes."""
    if "Bytes" in throughput:
        return f"{throughput['Bytes'] / nanoseconds * 1e3:,.1f} MB/s"
    return f"{nanoseconds / throughput['Elements']:.0f} ns each"


def rows(folder: Path) -> list[str]:
    """Read what criterion has stored; a row for each bench, in the order of their names."""
    found = []
    for path in sorted(folder.glob("**/new/benchmark.json")):
        bench = json.loads(path.read_text())
        median = json.loads(path.with_name("estimates.json").read_text())["median"]
        interval = median["confidence_interval"]
        low, middle, high = interval["lower_bound"], median["point_estimate"], interval["upper_bound"]
        times = f"{duration(middle)} | {duration(low)} to {duration(high)}"
        found.append(f"| {bench['full_id'].replace('/', ': ')} | {times} | {rate(bench['throughput'], middle)} |")
    return found


def main() -> None:
    """Run the benches, print, write the record."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--record", type=Path, help="file for the Markdown table")
    options = parser.parse_args()
    target = Path("target/benches").absolute()
    sources = sysconfig.get_path("stdlib")
    words = ["cargo", "bench", "--locked", "--manifest-path", CRATE / "Cargo.toml", "--target-dir", target]
    subprocess.run(
        words, check=True, env=os.environ | {"BENCH_SOURCES": sources, "CRITERION_HOME": str(target / "criterion")}
    )
    text = [
        "# What needs no interpreter: analysis, image, decisions",
        "",
        made_by("bench-core"),
        "Medians by criterion, with their 95 % confidence intervals. The real files are the first of the standard",
        "library that the analysis accepts; *analysis by size* is one module, ten times and a hundred times as long;",
        "an image holds 900 bytes of code a unit; a decision is about one module, among 10,000 rules of a kind.",
        "",
        "| bench | median | interval | |",
        "|---|--:|--:|--:|",
        *rows(target / "criterion"),
        "",
    ]
    publish("\n".join(text), options.record)


if __name__ == "__main__":
    main()
