"""
Which interpreters atimport runs on, and the refusal for all others.

Question: "may this interpreter load the native module?" It is a file of its own, without imports and in the syntax of
old Pythons, because it must give its clear answer exactly where nothing else of the package can be loaded.

>>> refusal(implementation="cpython", version=(3, 13), build="3.13.1 (main)") is None
True
>>> print(refusal(implementation="pypy", version=(3, 11), build="3.11.13"))
atimport runs on CPython 3.11 to 3.15; this is pypy 3.11
"""

OLDEST = (3, 11)
NEWEST = (3, 15)


def refusal(*, implementation, version, build):
    # type: (str, tuple[object, ...], str) -> str | None
    """
    Say why an interpreter is not supported, or return None when it is.

    implementation: ``sys.implementation.name``.
    version: ``sys.version_info``, of which the first two items count.
    build: ``sys.version``; a free-threaded build says so there (PEP 703).
    """
    supported = "atimport runs on CPython {}.{} to {}.{}".format(*(OLDEST + NEWEST))
    this = "{} {}.{}".format("CPython" if implementation == "cpython" else implementation, version[0], version[1])
    if implementation != "cpython" or not OLDEST <= version[:2] <= NEWEST:
        return f"{supported}; this is {this}"
    if "free-threading build" in build:
        return f"{supported} with the GIL; this is a free-threaded build of {this}"
    return None
