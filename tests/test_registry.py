"""Rules that come late, go deep, follow aliases and paths, are withdrawn and frozen; and what a decision lists."""

from __future__ import annotations

import pytest

from fresh import Python

DECLARED = "__at_import__ = None\nvalue = len('x')\n"


def test_a_late_pin_runs_what_is_pending_and_says_so(python: Python) -> None:
    python.write("m.py", "__at_import__ = None\nfrom _trace import ran\na = ran(3) or 1\nb = ran(4) or 2\n")
    python.deferred("""
        import m
        assert LINES == []
        registration = atimport.overrides.pin_eager("m", reason="late")
        assert registration.report.resolved == ("m.ran", "m.a", "m.b"), registration.report
        assert registration.report.errors == ()
        assert LINES == [3, 4], LINES
        assert not atimport.is_deferred(m) and type(m) is type(atimport)
        assert atimport.overrides.pin_eager("m").report.resolved == ()
    """)


def test_a_late_pin_collects_errors(python: Python) -> None:
    python.write("m.py", "__at_import__ = None\nbad = 1 // 0\ngood = len('x')\n")
    python.deferred("""
        import m
        report = atimport.overrides.pin_eager("m").report
        assert report.resolved == ("m.good",), report
        ((name, error),) = report.errors
        assert name == "m.bad" and type(error) is ZeroDivisionError
        assert atimport.pending(m) == ("bad",)
    """)


@pytest.mark.parametrize("late", [False, True])
def test_a_deep_pin_holds_for_what_a_pinned_module_imports(python: Python, late: bool) -> None:
    python.write("tool.py", "__at_import__ = None\nprint(end='')\nimport library\nused = library.value\n")
    python.write("library.py", "__at_import__ = None\nimport below\nvalue = len('x')\n")
    python.write("below.py", DECLARED)
    python.write("other.py", DECLARED)
    pin = "atimport.overrides.pin_eager('tool', deep=True)"
    python.deferred(f"""
        import sys
        {"pass" if late else pin}
        import tool, other
        {pin if late else "pass"}
        for name in "library", "below":
            assert name in sys.modules and not atimport.is_deferred(sys.modules[name]), name
        assert atimport.is_deferred(other)
    """)


def test_a_late_deep_pin_reaches_what_was_imported_meanwhile(python: Python) -> None:
    """`library` was imported deferred while `tool` was executing, before anybody pinned `tool`."""
    python.write("tool.py", "import library\n")
    python.write("library.py", DECLARED)
    python.deferred("""
        import tool
        assert atimport.is_deferred(tool.library)
        assert atimport.overrides.pin_eager("tool").report.resolved == ()
        assert atimport.overrides.pin_eager("tool", deep=True).report.resolved == ("library.value",)
    """)


def test_a_pin_that_is_not_deep_leaves_imports_alone(python: Python) -> None:
    python.write("tool.py", "import library\n")
    python.write("library.py", DECLARED)
    python.deferred("""
        atimport.overrides.pin_eager("tool")
        import tool
        assert atimport.is_deferred(tool.library)
    """)


DEBUNDLED = """
    import sys
    import library
    sys.modules["tool._vendor.library"] = library
"""


@pytest.mark.parametrize("late", [False, True])
def test_an_alias_is_a_name_like_any_other(python: Python, late: bool) -> None:
    """What a debundled pip does: `pip._vendor.X` is the top-level `X`."""
    python.write("tool/__init__.py", "")
    python.write("tool/_vendor/__init__.py", DEBUNDLED)
    python.write("library.py", DECLARED)
    pin = "atimport.overrides.pin_eager('tool._vendor.*')"
    python.deferred(f"""
        {"pass" if late else pin}
        import tool._vendor, library
        {"assert atimport.is_deferred(library)" if late else "pass"}
        {pin if late else "pass"}
        assert not atimport.is_deferred(library)
        decision = atimport.overrides.decide("library")
        assert (decision.mode, decision.rule) == ("eager", "tool._vendor.*"), decision
    """)


def test_resolve_matches_aliases(python: Python) -> None:
    python.write("library.py", DECLARED)
    python.deferred("""
        import sys, library
        sys.modules["tool._vendor.library"] = library
        assert atimport.resolve("tool._vendor.*").resolved == ("library.value",)
        assert atimport.resolve("tool._vendor.*").resolved == ()
    """)


def test_a_path_matches_source_files_through_links(python: Python) -> None:
    python.write("real/inside.py", DECLARED)
    python.write("real/deeper/below.py", DECLARED)
    python.write("outside.py", DECLARED)
    python.write("realistic/near.py", DECLARED)
    (python.folder / "link").symlink_to("real")
    for rule in "real", "link":
        for entry in "real", "link":
            python.deferred(f"""
                import sys, os
                sys.path[:0] = [os.path.abspath(p) for p in ({entry!r}, {entry + "/deeper"!r}, "realistic")]
                atimport.overrides.pin_eager(os.path.abspath({rule!r}))
                import inside, below, outside, near
                deferred = [atimport.is_deferred(m) for m in (inside, below, outside, near)]
                assert deferred == [False, False, True, True], deferred
                assert atimport.overrides.decide("inside").rule == os.path.abspath({rule!r})
                assert atimport.overrides.decide("new", path=os.path.abspath("real/new.py")).mode == "eager"
                assert atimport.overrides.decide("near").rule is None
            """)


def test_a_late_path_pin_and_resolve_by_path(python: Python) -> None:
    python.write("a/one.py", DECLARED)
    python.write("b/two.py", DECLARED)
    python.deferred("""
        import os, sys
        sys.path[:0] = ["a", "b"]
        import one, two
        assert atimport.overrides.pin_eager(os.path.abspath("a")).report.resolved == ("one.value",)
        assert atimport.resolve(os.path.abspath("b/two.py")).resolved == ("two.value",)
    """)


def test_only_the_token_withdraws(python: Python) -> None:
    python.deferred("""
        from atimport.overrides import Registration, decide, pin_eager, rules
        mine = pin_eager("pkg.*", owner="me", reason="first")
        other = pin_eager("pkg.*", owner="other", reason="second")
        assert [(rule.owner, rule.reason) for rule in rules()] == [("me", "first"), ("other", "second")]
        assert not hasattr(rules()[0], "withdraw")
        try:
            Registration()
        except TypeError:
            pass
        else:
            raise AssertionError("a token can be made")
        mine.withdraw()
        assert [rule.owner for rule in decide("pkg").rules] == ["other"]
        try:
            mine.withdraw()
        except LookupError as error:
            assert "withdrawn already" in str(error)
        else:
            raise AssertionError("withdrawn twice")
        other.withdraw()
        assert decide("pkg").mode == "declaration" and rules() == ()
    """)


def test_the_owner_is_the_caller_by_default(python: Python) -> None:
    python.write("tool.py", "from atimport import overrides\nmade = overrides.pin_eager('x')\n")
    python.deferred("""
        import tool
        assert tool.made.rule.owner == "tool"
        assert atimport.overrides.pin_eager("y").rule.owner == "__main__"
    """)


def test_a_frozen_registry_refuses_everything(python: Python) -> None:
    python.write("m.py", DECLARED)
    python.write("n.py", DECLARED)
    python.deferred("""
        import sys
        from atimport import overrides
        sys.at_import_eager = ("m",)
        token = overrides.pin_eager("x")
        overrides.freeze()
        overrides.freeze()
        assert overrides.is_frozen()
        for change in (
            lambda: overrides.pin_eager("n"),
            lambda: overrides.pin_eager("n", deep=True),
            lambda: overrides.assume_deferred("n"),
            token.withdraw,
        ):
            try:
                change()
            except overrides.FrozenRegistryError as error:
                assert "frozen" in str(error)
            else:
                raise AssertionError("changed")
        sys.at_import_eager = ("n",)
        import m, n
        assert not atimport.is_deferred(m) and atimport.is_deferred(n)
        assert {rule.pattern for rule in overrides.rules()} == {"m", "x"}
    """)


def test_plain_data_is_read_on_each_decision(python: Python) -> None:
    for name in "abcd":
        python.write(f"{name}.py", DECLARED)
    python.deferred("""
        import sys
        import a
        sys.at_import_eager = ["b"]
        import b
        assert (atimport.is_deferred(a), atimport.is_deferred(b)) == (True, False)
        sys.at_import_eager.append("a")         # in place; and `a` has been imported already
        import c
        assert not atimport.is_deferred(a) and atimport.is_deferred(c)
        assert atimport.overrides.decide("a").source == "sys.at_import_eager"
        del sys.at_import_eager
        assert atimport.overrides.decide("a").mode == "declaration"
        import d
        assert atimport.is_deferred(d)
    """)


@pytest.mark.parametrize(
    ("value", "shown"),
    [("3", "got int"), ("('good', 3)", "got int"), ("('good', 'a..b')", "a..b"), ("{'good': 1, b'x': 2}", "got bytes")],
)
def test_plain_data_that_cannot_be_understood_warns_once(python: Python, value: str, shown: str) -> None:
    python.write("m.py", DECLARED)
    found = python.deferred(
        f"""
        import sys
        sys.at_import_eager = {value}
        decide = atimport.overrides.decide
        print(decide("good").mode, decide("good").mode)
        import m
        """,
        warnings="always",
    )
    assert found.out.split() == ["eager" if "good" in value else "declaration"] * 2
    assert "sys.at_import_eager" in found.err
    assert shown in found.err
    assert found.err.count("RuntimeWarning") == 1


def test_a_decision_lists_every_rule_that_spoke(python: Python) -> None:
    found = python.run(
        """
        import sys
        from atimport.overrides import *
        sys.at_import_eager = ("pip.*",)
        pin_eager("*.rich", reason="globbed", owner="me")
        pin_eager("pip._vendor.*", reason="vendored", deep=True)
        assume_deferred("pip.*")
        pin_eager("other")
        decision = decide("pip._vendor.rich")
        print(decision.mode, decision.rule, decision.reason)
        for rule in decision.rules:
            print(rule.source, rule.pattern, rule.eager, rule.deep)
        print(decision.rules[1])
        """,
        environment={"ATIMPORT": "off", "ATIMPORT_EAGER": "pip", "ATIMPORT_DEFER": "*"},
    )
    assert found.lines == [
        "eager pip._vendor.* vendored",
        "pin_eager pip._vendor.* True True",
        "pin_eager *.rich True False",
        "sys.at_import_eager pip.* True False",
        "ATIMPORT * True False",
        "assume_deferred pip.* False False",
        "ATIMPORT_DEFER * False False",
        'Rule(pattern="*.rich", source="pin_eager", owner="me", reason="globbed")',
    ]


@pytest.mark.parametrize("pattern", ["*", "*a*a*a*a*b", "?" * 256, "é.*"])
def test_a_hostile_pattern_has_a_bounded_answer(python: Python, pattern: str) -> None:
    python.run(f"""
        import time
        from atimport.overrides import pin_eager, decide
        pin_eager({pattern!r})
        start = time.perf_counter()
        for name in "", ".", "a" * 10_000, "é" * 10_000, "a." * 10_000, chr(0):
            decide(name)
        assert time.perf_counter() - start < 10
    """)


def test_resolve_goes_on_to_a_fixpoint(python: Python) -> None:
    python.write("pkg/__init__.py", "__at_import__ = None\nfrom pkg import a\n")
    python.write("pkg/a.py", "__at_import__ = None\nfrom pkg import b\nbad = 1 // 0\n")
    python.write("pkg/b.py", "__at_import__ = None\nimport no_such_module\ngood = len('x')\n")
    python.deferred("""
        import pkg
        report = atimport.resolve("pkg.*")
        assert report.resolved == ("pkg.a", "pkg.a.b", "pkg.b.good"), report
        errors = {name: type(error).__name__ for name, error in report.errors}
        assert errors == {"pkg.a.bad": "ZeroDivisionError", "pkg.b.no_such_module": "ModuleNotFoundError"}, errors
        again = atimport.resolve("pkg.*")
        assert again.resolved == () and len(again.errors) == 2
    """)


def test_resolve_from_many_threads(python: Python) -> None:
    python.write(
        "m.py",
        "__at_import__ = None\nfrom _trace import ran\n" + "".join(f"v{i} = ran({i}) or 1\n" for i in range(200)),
    )
    python.deferred("""
        import threading
        import m
        barrier = threading.Barrier(4)
        def work():
            barrier.wait()
            atimport.resolve("m")
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        assert sorted(LINES) == list(range(200)), "each once"
        assert not atimport.is_deferred(m)
    """)
