"""Suites of projects from PyPI: their source distribution, installed and unpacked, in an environment of its own."""

from __future__ import annotations

import subprocess
import sys
import tarfile

from .catalogue import Project
from .running import Bench, Run

# What these releases were tested with.
RUNNER = ("pytest==8.4.2", "pytest-timeout==2.4.0")


def prepare(bench: Bench, project: Project) -> Run:
    """Install one project and what its tests need.  Raises `SystemExit` with pip's words when that fails."""
    folder = bench.build / "projects" / project.name
    site, sources = folder / "site", folder / "sources"
    wanted = f"{project.name}=={project.version}"
    if not (folder / "ready").exists() or (folder / "ready").read_text() != repr(project):
        pip(bench, "install", "--target", str(site), "--upgrade", *RUNNER, wanted, *project.needs)
        pip(bench, "download", "--no-deps", "--no-binary", ":all:", "--dest", str(sources), wanted)
        (archive,) = sources.glob("*.tar.gz")
        with tarfile.open(archive) as tar:
            tar.extractall(sources, filter="data")
        (folder / "ready").write_text(repr(project))
    (unpacked,) = (path for path in sources.iterdir() if path.is_dir())
    options = ("-q", "-p", "no:cacheprovider", "--junit-xml", "{xml}")
    return Run(bench, project.name, (f"{project.package}.*",), ("pytest", *options, project.tests), unpacked, site)


def pip(bench: Bench, command: str, *arguments: str) -> None:
    """Run pip, which the environments of the tests lack, for the bench's interpreter."""
    tool = [sys.executable, "-m", "pip", "--python", bench.python, "--disable-pip-version-check", "--quiet"]
    ended = subprocess.run([*tool, command, *arguments], capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"suites: pip {command} {' '.join(arguments)}:\n{ended.stderr}")
