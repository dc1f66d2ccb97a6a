"""Building and running fuzz targets.

Terms: an *execution* is one input tried; an *edge* is a way from one piece of machine code to the next that some input has
taken, as libFuzzer counts them; a *finding* is an input that breaks a promise.

Separate from the command because this file is all that knows libFuzzer's options and what it prints.
"""

from __future__ import annotations

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
from dataclasses import dataclass, field

ROOT = pathlib.Path(__file__).resolve().parents[2]
FUZZ = ROOT / "fuzz"
BUILD = ROOT / "build" / "fuzz"
TARGETS = ("analysis", "decode", "store", "overrides")
#: What cargo-fuzz passes to rustc for libFuzzer without a sanitizer.
FLAGS = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cllvm-args=-sanitizer-coverage-stack-depth",
    "--cfg=fuzzing",
]
#: An input that takes longer hangs (seconds); one that needs more eats the machine (MB); none is longer (bytes).
LIMITS = ["-timeout=20", "-rss_limit_mb=2048", "-max_len=4096"]


@dataclass
class Run:
    """What fuzzing a target came to."""

    target: str
    binary: pathlib.Path
    #: the corpus of this machine, everything that ever added coverage
    corpus: pathlib.Path
    seconds: int
    executions: int = 0
    edges: int = 0
    findings: list[pathlib.Path] = field(default_factory=list)


def build() -> pathlib.Path:
    """Build all targets; returns the folder that has them.  Raises `SystemExit` (2) when that fails."""
    shown = subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True).stdout
    host = next(line.removeprefix("host: ") for line in shown.splitlines() if line.startswith("host: "))
    # with a target named, build scripts and macros are not instrumented
    words = [
        "cargo",
        "build",
        "--locked",
        "--release",
        "--bins",
        "--target",
        host,
        "--manifest-path",
        "fuzz/Cargo.toml",
    ]
    environment = os.environ | {"RUSTFLAGS": " ".join(FLAGS), "CARGO_TARGET_DIR": str(BUILD / "target")}
    if subprocess.run(words, cwd=ROOT, env=environment, check=False).returncode != 0:
        raise SystemExit(2)
    return BUILD / "target" / host / "release"


def start(binary: pathlib.Path, *words: str | pathlib.Path, log: pathlib.Path) -> str:
    """Run a target with libFuzzer's options; returns what it prints, which `log` keeps."""
    with log.open("wb") as output:
        environment = os.environ | {"RUST_BACKTRACE": "0"}
        subprocess.run([binary, *map(str, words)], stdout=output, stderr=output, env=environment, check=False)
    return log.read_bytes().decode("utf-8", "replace")


def fuzz(target: str, folder: pathlib.Path, seconds: int, jobs: int, seeds: list[bytes]) -> Run:
    """Fuzz a target, from all that is known of it and from `seeds`."""
    own = BUILD / target
    run = Run(target, folder / target, own / "corpus", seconds)
    artifacts = own / "artifacts"
    shutil.rmtree(artifacts, ignore_errors=True)
    for place in (run.corpus, artifacts, own / "seeds", FUZZ / "corpus" / target):
        place.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        (own / "seeds" / hashlib.sha1(seed).hexdigest()).write_bytes(seed)
    known = [FUZZ / "corpus" / target, own / "seeds"]
    if (FUZZ / "findings" / target).is_dir():
        known.append(FUZZ / "findings" / target)
    dictionary = [f"-dict={FUZZ / f'{target}.dict'}"] if (FUZZ / f"{target}.dict").exists() else []
    text = start(
        run.binary,
        run.corpus,
        *known,
        *dictionary,
        *LIMITS,
        f"-max_total_time={seconds}",
        f"-fork={jobs}",
        "-ignore_crashes=1",
        "-ignore_timeouts=1",
        "-ignore_ooms=1",
        f"-artifact_prefix={artifacts}/",
        log=own / "log",
    )
    # #4096: cov: 5410 ft: 22345 corp: 903 exec/s 1024 oom/timeout/crash: 0/0/0 time: 12s job: 3 dft_time: 0
    for line in re.findall(r"^#(\d+): cov: (\d+)", text, flags=re.M):
        run.executions, run.edges = int(line[0]), int(line[1])
    for artifact in sorted(artifacts.iterdir()):
        if artifact.name.startswith(("crash-", "timeout-", "oom-")):
            run.findings.append(cut_down(run, artifact))
    return run


def cut_down(run: Run, artifact: pathlib.Path) -> pathlib.Path:
    """Make a finding smaller, if it crashes, and keep it for good; returns where."""
    place = FUZZ / "findings" / run.target
    place.mkdir(parents=True, exist_ok=True)
    kept = place / artifact.name
    shutil.copyfile(artifact, kept)
    if artifact.name.startswith("crash-"):
        smaller = artifact.with_name(f"small-{artifact.name}")
        words = ["-minimize_crash=1", "-max_total_time=30", f"-exact_artifact_path={smaller}", *LIMITS]
        start(run.binary, *words, artifact, log=artifact.with_suffix(".log"))
        again = (
            subprocess.run(
                [run.binary, f"-artifact_prefix={artifact.parent}/again-", smaller], capture_output=True, check=False
            )
            if smaller.exists()
            else None
        )
        if again is not None and again.returncode != 0:
            shutil.copyfile(smaller, kept)
    return kept
