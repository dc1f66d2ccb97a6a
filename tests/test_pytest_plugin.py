"""The pytest plugin, in runs of pytest of their own: what is deferred, what is reported, and that it stays away unasked."""

from __future__ import annotations

import pytest

from fresh import Outcome, Python

TESTS = """
    import pkg.core


    def test_one():
        assert pkg.core.double(3) == 6


    def test_two():
        assert pkg.core.size == 3
"""


@pytest.fixture
def project(python: Python) -> Python:
    """Give a project with a package, a conftest that imports it, and a test."""
    python.write("pkg/__init__.py", "")
    python.write(
        "pkg/core.py",
        "import itertools\nsize = len('abc')\nunused = len('u')\nother = len('o')\n\ndef double(x):\n    return 2 * x\n",
    )
    python.write("conftest.py", "import pkg.core\nfrom pathlib import Path\n")
    python.write("test_pkg.py", TESTS)
    return python


def run(project: Python, *words: str, **options: object) -> Outcome:
    # with temporary folders of its own: in the common place it would tidy up what earlier runs of all tests have left
    own = {"PYTEST_DEBUG_TEMPROOT": str(project.folder)}
    return project.start("-m", "pytest", "-p", "no:cacheprovider", *words, environment=own, **options)  # type: ignore[arg-type]


def summary(outcome: Outcome) -> list[str]:
    """Return the lines of the plugin's section."""
    lines = outcome.lines
    starts = [place for place, line in enumerate(lines) if line.strip("=") == " atimport "]
    assert len(starts) == 1, outcome.out
    rest = lines[starts[0] + 1 :]
    end = next(place for place, line in enumerate(rest) if line.startswith("="))
    return [line for line in rest[:end] if line]


def test_what_conftest_and_tests_import_is_deferred(project: Python) -> None:
    found = run(project, "--atimport-defer=pkg.*")
    assert "2 passed" in found.out
    assert "atimport: deferred: pkg.*" in found.lines
    assert summary(found) == [
        "2 modules deferred: 2 of 5 units ran; 3 names were never resolved",
        "pkg.core: 2 of 5 units; never resolved: itertools, unused, other",
    ]


def test_long_lists_are_cut_short_but_for_v(project: Python) -> None:
    project.write("pkg/core.py", "".join(f"name{i} = len('{i}')\n" for i in range(9)))
    project.write("test_pkg.py", "def test():\n    pass\n")
    short = summary(run(project, "--atimport-defer", "pkg.core"))
    assert short[1].endswith("never resolved: name0, name1, name2, name3, name4, name5 and 3 more (-v)")
    assert summary(run(project, "-v", "--atimport-defer", "pkg.core"))[1].endswith("name6, name7, name8")


def test_unasked_it_does_not_load_atimport(project: Python) -> None:
    project.write(
        "test_pkg.py", "import sys\ndef test():\n    assert not any('atimport._' in m for m in sys.modules)\n"
    )
    found = run(project)
    assert "1 passed" in found.out
    assert "deferred" not in found.out


def test_a_configuration_file_says_the_same(project: Python) -> None:
    project.write("pytest.ini", "[pytest]\natimport_defer =\n    pkg.*\n    other\natimport_eager = pkg.core\n")
    found = run(project)
    assert "atimport: deferred: pkg.*, other" in found.lines
    assert not any(line.startswith("pkg.core") for line in summary(found))


def test_declared_modules_are_deferred_when_others_are_pinned(project: Python) -> None:
    project.write("pkg/core.py", "__at_import__ = None\nsize = len('abc')\n\ndef double(x):\n    return 2 * x\n")
    found = run(project, "--atimport-eager=somebody.else")
    assert summary(found) == [
        "1 module deferred: 2 of 2 units ran; 0 names were never resolved",
        "pkg.core: 2 of 2 units",
    ]
    assert "atimport: deferred: what declares it" in found.lines


@pytest.mark.parametrize("option", ["--atimport-defer", "--atimport-eager"])
def test_malformed_pattern(project: Python, option: str) -> None:
    found = run(project, f"{option}=pkg..x", expect=4)
    assert f"{option}: " in found.err
    assert "pkg..x" in found.err


def test_modules_that_were_imported_before_are_reported(project: Python) -> None:
    project.write("early.py", "import pkg.core\n")
    found = run(project, "-p", "early", "--atimport-defer=pkg.*")
    assert summary(found) == [
        "no module was deferred",
        "imported before atimport was installed, so not deferred: pkg, pkg.core",
    ]


def test_xdist_sums_over_workers(project: Python) -> None:
    found = run(project, "-n2", "--dist=each", "--atimport-defer=pkg.*")
    assert "4 passed" in found.out
    first, *rest = summary(found)
    assert "4 of 10 units ran, summed over 2 workers; 3 names were never resolved" in first
    assert rest[-1] == "pkg.core: 4 of 10 units; never resolved: itertools, unused, other"


def test_xdist_names_that_one_worker_resolved_are_resolved(project: Python) -> None:
    project.write("conftest.py", "")
    project.write("test_other.py", "def test_other():\n    import pkg.core\n    assert pkg.core.other\n")
    found = run(project, "-n2", "--dist=loadfile", "--atimport-defer=pkg.core")
    line = summary(found)[-1]
    assert "; never resolved: itertools, unused" in line


def test_failures_are_the_projects_own(project: Python) -> None:
    """A test that fails fails; deferred code that raises says where it stands."""
    project.write("pkg/core.py", "size = int('no')\n\ndef double(x):\n    return 2 * x\n")
    found = run(project, "--atimport-defer=pkg.core", expect=1)
    assert "1 failed, 1 passed" in found.out
    assert "while executing line 1 of pkg.core" in found.out
    assert "never resolved: size" in summary(found)[1]


def test_a_run_inside_of_another_process_leaves_nothing_behind(project: Python) -> None:
    project.run("""
        import sys, atimport, pytest
        assert pytest.main(["-q", "-p", "no:cacheprovider", "--atimport-defer=pkg.*", "--atimport-eager=other"]) == 0
        assert not atimport.is_installed() and atimport.overrides.rules() == ()
        assert pytest.main(["-q", "-p", "no:cacheprovider", "--atimport-eager=other", "--atimport-defer=..."]) == 4
        assert not atimport.is_installed() and atimport.overrides.rules() == ()
        with atimport.install():
            pytest.main(["-q", "-p", "no:cacheprovider", "--atimport-eager=other"])
            assert atimport.is_installed()
    """)


def test_pytest_does_not_warn_of_an_atimport_that_is_loaded(project: Python) -> None:
    """It would, for a plugin's package that it comes too late to rewrite."""
    found = project.start("-m", "atimport", "run", "--defer", "pkg.*", "-m", "pytest", "-p", "no:cacheprovider")
    assert "2 passed" in found.out
    assert "warning" not in found.out
