"""``python -m tests.soak --python PATH…``: every long run on every interpreter, one after the other, and their record."""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import subprocess
import sys

from . import record

TESTS = pathlib.Path(__file__).resolve().parent.parent

#: What is run → its words; several commands of one name are several rows.
RUNS = (
    ("staged", ["-m", "staged", "--repeat", "{performances}"]),
    ("stress", ["-m", "soak.stress", "--seconds", "{seconds}"]),
    ("churn", ["-m", "soak.churn", "--cycles", "200"]),
    ("memory", ["-m", "soak.memory", "--cycles", "{cycles}"]),
    ("depth", ["-m", "soak.depth", "--units", "10000", "--statements", "49999"]),
    ("depth", ["-m", "soak.depth", "--units", "10000", "--statements", "100000"]),
)


def main() -> None:
    """Run everything; the exit status is 1 when something failed."""
    parser = argparse.ArgumentParser(prog="tests.soak")
    parser.add_argument("--python", action="append", required=True, metavar="PATH")
    parser.add_argument("--json", type=pathlib.Path, help="keep the results here, and add to those that are there")
    parser.add_argument("--performances", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--cycles", type=int, default=10_000)
    parser.add_argument(
        "--only", action="append", help="staged, stress, churn, memory, depth; then no record is written"
    )
    parser.add_argument("--record", type=pathlib.Path)
    options = parser.parse_args()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "ATIMPORT"))}
    environment["PYTHONPATH"] = str(TESTS)
    results: dict[str, dict[str, list[dict[str, object]]]] = {}
    if options.json and options.json.exists():
        results = json.loads(options.json.read_text(encoding="utf-8"))
    failed = False
    for python in options.python:
        command = [python, "-c", "import platform; print(platform.python_version())"]
        version = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        found = results.setdefault(version, {})
        for name in options.only or {name for name, _ in RUNS}:
            found[name] = []
        for name, words in RUNS:
            if options.only and name not in options.only:
                continue
            command = [python, "-W", "error", *(word.format(**vars(options)) for word in words)]
            # each has a watchdog of its own, which says where it hangs; this one is for those that crash the watchdog
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=3600)
            print(f"{version} {name}: {'ok' if done.returncode == 0 else f'exit status {done.returncode}'}", flush=True)
            if done.returncode:
                failed = True
                print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
            found[name].extend(json.loads(line) for line in done.stdout.splitlines() if line.startswith("{"))
    results = dict(sorted(results.items()))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1), encoding="utf-8")
    if failed:
        sys.exit(1)
    if options.record and not options.only:
        record.write(options.record, results)


if __name__ == "__main__":
    main()
