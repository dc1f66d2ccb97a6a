"""The suites: what is run, and what is deferred while it runs.

A CPython suite is a name of `python -m test`; the modules that it is about are deferred by assumption.  Where the name
of the suite does not say which, `SUBJECTS` does.  A project's suite is run by pytest from its source distribution, whose
pinned version is installed from the very same file.
"""

from __future__ import annotations

import dataclasses

NAMES = """
    test_argparse test_ast test_asyncio test_bisect test_calendar test_cmd test_code test_codeop test_collections
    test_colorsys test_configparser test_contextlib test_copy test_csv test_dataclasses test_datetime test_decimal
    test_difflib test_dis test_email test_enum test_filecmp test_fileinput test_fnmatch test_fractions test_ftplib
    test_functools test_getopt test_glob test_graphlib test_gzip test_hashlib test_heapq test_hmac test_html
    test_htmlparser test_http_cookies test_httplib test_inspect test_ipaddress test_json test_keyword test_linecache
    test_locale test_logging test_lzma test_mailbox test_mimetypes test_netrc test_numeric_tower test_operator
    test_optparse test_ordered_dict test_pathlib test_pickle test_pickletools test_plistlib test_posixpath test_pprint
    test_pyclbr test_queue test_quopri test_random test_re test_reprlib test_rlcompleter test_sched test_secrets
    test_selectors test_shelve test_shlex test_shutil test_smtplib test_statistics test_string
    test_stringprep test_symtable test_tabnanny test_tarfile test_tempfile test_textwrap test_timeit test_tokenize
    test_tomllib test_trace test_traceback test_typing test_unittest test_urllib test_urllib2 test_urllib_response
    test_urlparse test_uuid test_wave test_weakref test_weakset test_xml_etree test_xmlrpc test_zipapp test_zipfile
    test_zoneinfo
"""
CPYTHON = tuple(NAMES.split())

# Suites of what every import, thread, pickle, debugger and warning goes through.
MACHINERY = (
    "test_import",
    "test_importlib",
    "test_threading",
    "test_pickle",
    "test_reprlib",
    "test_inspect",
    "test_pdb",
    "test_doctest",
    "test_multiprocessing_spawn",
    "test_zipimport",
    "test_runpy",
    "test_warnings",
    "test_traceback",
    "test_sys_settrace",
    "test_monitoring",
)

# Suites whose name is not that of the module under test.
SUBJECTS = {
    "test_code": ["code", "codeop"],
    "test_datetime": ["datetime", "_pydatetime", "_strptime"],
    "test_decimal": ["decimal", "_pydecimal", "numbers"],
    "test_dis": ["dis", "opcode", "_opcode_metadata"],
    "test_htmlparser": ["html.*", "_markupbase"],
    "test_http_cookies": ["http.*"],
    "test_httplib": ["http.*", "email.*"],
    "test_numeric_tower": ["numbers", "fractions", "statistics"],
    "test_ordered_dict": ["collections.*"],
    "test_pathlib": ["pathlib.*", "fnmatch", "ntpath", "glob"],
    "test_pickle": ["pickle", "_compat_pickle", "pickletools"],
    "test_posixpath": ["posixpath", "genericpath"],
    "test_tokenize": ["tokenize", "token"],
    "test_traceback": ["traceback", "linecache", "tokenize"],
    "test_urllib": ["urllib.*", "http.*", "email.*"],
    "test_urllib2": ["urllib.*", "http.*", "email.*"],
    "test_urllib_response": ["urllib.*"],
    "test_urlparse": ["urllib.*"],
    "test_weakset": ["_weakrefset"],
    "test_xml_etree": ["xml.*"],
    "test_xmlrpc": ["xmlrpc.*", "http.*", "socketserver"],
}

# The same for `MACHINERY`. Where the interpreter itself is under test, what is traced or imported: the tests' own modules.
MACHINERY_SUBJECTS = {
    "test_import": ["importlib.*", "test.test_import.*"],
    "test_importlib": ["importlib.*", "zipfile.*", "email.*"],
    "test_threading": ["threading", "_threading_local", "queue", "concurrent.*", "subprocess"],
    "test_inspect": ["inspect", "ast", "dis", "test.inspect_fodder*", "test.test_inspect.*"],
    "test_pdb": ["pdb", "bdb", "cmd", "code", "codeop", "linecache", "tokenize"],
    "test_doctest": ["doctest", "pdb", "bdb", "difflib", "test.test_doctest.*", "test.sample_doctest*"],
    "test_multiprocessing_spawn": ["multiprocessing.*", "queue", "socket", "subprocess", "tempfile"],
    "test_zipimport": ["zipfile.*", "linecache", "inspect"],
    "test_runpy": ["pkgutil", "importlib.*", "tempfile", "test.test_runpy"],
    "test_warnings": ["warnings", "_py_warnings", "linecache", "tracemalloc", "test.test_warnings.*"],
    "test_sys_settrace": ["asyncio.*", "contextlib", "test.test_sys_settrace"],
    "test_monitoring": ["functools", "textwrap", "operator", "test.test_monitoring"],
}

# What differs, and why: suite -> (glob of tests, reason).  A difference that is listed does not fail the run; one that is
# listed and does not occur is no fault, because not every version has it.
EXPLAINED = {
    "test_import": [
        (
            "test.test_import.CircularImportTests.*",
            "expects circles of the test's own modules to fail at import: deferred ones fail at the first touch, or not at all",
        ),
        (
            "test.test_import.SubinterpImportTests.*",
            "looks the loader's type up among the stock ones, and does not know the subclass",
        ),
    ],
    "test_importlib": [
        (
            "test.test_importlib.import_.test_path.*.test_invalidate_caches_*",
            "empties what finders there are while it calls into a deferred module, whose imports run then",
        )
    ],
    "test_inspect": [
        (
            "test.test_inspect.test_inspect.TestModuleCLI.test_details_option_with_package",
            "compares the loader's repr with that in an isolated process, which has the stock loader",
        )
    ],
    "test_runpy": [
        ("test.test_runpy.RunModuleTestCase.*", "compares types of loaders: ours is a subclass"),
        ("test.test_runpy.RunPathTestCase.test_directory*", "compares types of loaders: ours is a subclass"),
    ],
    "test_email": [
        (
            "test.test_email.test__header_value_parser.*",
            "the module says `import urllib` and reads `urllib.parse`, which only `email.utils` imports: deferred there",
        )
    ],
    "test_zoneinfo": [
        (
            "*.test_env_variable_relative_paths_warning_location",
            "expects a warning at import: warnings of deferred statements come when they run",
        )
    ],
}


@dataclasses.dataclass(frozen=True)
class Project:
    """A project from PyPI: its source distribution (`name==version`), what its tests need, and where they are."""

    name: str
    version: str
    package: str
    tests: str
    needs: tuple[str, ...] = ()


PROJECTS = (
    Project("packaging", "25.0", "packaging", "tests", ("pretend",)),
    Project("more-itertools", "10.8.0", "more_itertools", "tests"),
    Project("click", "8.3.1", "click", "tests"),
    Project("jinja2", "3.1.6", "jinja2", "tests", ("markupsafe", "trio")),
    Project("boltons", "25.0.0", "boltons", "tests"),
    Project("marshmallow", "4.1.1", "marshmallow", "tests", ("simplejson",)),
    Project("idna", "3.11", "idna", "tests"),
    Project("attrs", "25.4.0", "attr", "tests", ("hypothesis", "cloudpickle")),
)


def subjects(suite: str, *, machinery: bool = False) -> list[str]:
    """The patterns that are deferred while a suite of CPython runs; `machinery` for a run of `MACHINERY`."""
    name = suite.removeprefix("test_")
    known = SUBJECTS | MACHINERY_SUBJECTS if machinery else SUBJECTS
    return known.get(suite, [f"{name}.*"])
