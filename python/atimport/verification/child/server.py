"""A server that forks one process a job.

    python -S -s child/server.py [--path FOLDER]... [--hooks call | --atimport FOLDER [--assume PATTERN]...]
    python -S -s child/server.py [--path FOLDER]... --control FOLDER [--hooks call]

Starting an interpreter costs more than most jobs, so one is started, single-threaded and with nothing imported but what
the interpreter itself needs, builtin modules and the harness's own files; every job runs in a fork of it, with its own
standard streams.  With ``--atimport`` the server first imports and installs atimport, modules of those patterns assumed
deferred, and then drops from ``sys.modules`` the Python modules that this brought in: the jobs must see those deferred
as well.  With ``--control`` nothing is installed, to show what the import of atimport alone does.  With ``--hooks``
modules that have a hook get it called.  The harness's own modules leave ``sys.modules`` too: their names may be those
of modules under test.

Requests come on standard input, answers go to standard output, both as marshalled dicts with a length before them.  The
entries themselves are written to the file that the request names.  A hang ends by SIGALRM, whose default action no
Python code can postpone; faulthandler first writes where it hung.
"""

import sys

START = set(sys.modules)
HERE = sys.path.pop(0)

sys.path.insert(0, HERE)
import _signal  # noqa: E402
import _warnings  # noqa: E402
import atexit  # noqa: E402
import faulthandler  # noqa: E402
import marshal  # noqa: E402
import posix  # noqa: E402

import hooks  # noqa: E402
import job  # noqa: E402

sys.path.remove(HERE)
for name in [name for name, module in sys.modules.items() if str(getattr(module, "__file__", "")).startswith(HERE)]:
    if name != "__main__":
        del sys.modules[name]

KEPT_ORIGINS = ("built-in", "frozen")
# `types.MemberDescriptorType` is found by looking at `FunctionType.__globals__`, which atimport has replaced by then.
KEPT_NAMES = ("types",)


def import_atimport(folder, install, assumed=()):
    """Import atimport from `folder`, install it if so asked, then forget every Python module that came along."""
    sys.path.insert(0, folder)
    import atimport

    if install:
        for pattern in assumed:
            atimport.overrides.assume_deferred(pattern)
        atimport.install()
    sys.path.remove(folder)
    for name, module in list(sys.modules.items()):
        if name in START or name.partition(".")[0] == "atimport":
            continue
        origin = getattr(getattr(module, "__spec__", None), "origin", None) or "built-in"
        if origin in KEPT_ORIGINS or ".so" in origin or name in KEPT_NAMES:
            continue
        del sys.modules[name]
    return atimport


def read_exactly(size):
    parts = b""
    while len(parts) < size:
        part = posix.read(0, size - len(parts))
        if not part:
            posix._exit(0)  # the driver has gone
        parts += part
    return parts


def receive():
    return marshal.loads(read_exactly(int.from_bytes(read_exactly(4), "little")))


def send(answer):
    data = marshal.dumps(answer, 2)
    write_all(1, len(data).to_bytes(4, "little") + data)


def write_all(descriptor, data):
    while data:
        data = data[posix.write(descriptor, data) :]


def create(path):
    return posix.open(path, posix.O_CREAT | posix.O_TRUNC | posix.O_WRONLY, 0o600)


def child(request, deferral):
    """The forked process: standard streams to files, a time limit, the job, its result; never returns."""
    path = request["result"]
    posix.dup2(posix.open("/dev/null", posix.O_RDONLY), 0)
    posix.dup2(create(path + ".out"), 1)
    posix.dup2(create(path + ".err"), 2)
    crash = create(path + ".crash")
    faulthandler.enable(crash)
    faulthandler.register(_signal.SIGALRM, file=crash, all_threads=True, chain=True)
    _signal.alarm(request["timeout"])
    facts, entries = job.work(request, deferral)
    # Version 0 of the format has no back references: equal tables are equal bytes.
    blob = marshal.dumps((marshal.dumps(facts, 0), marshal.dumps(sorted(entries.items()), 0)), 0)
    result = create(path)
    write_all(result, blob)
    posix.close(result)
    if request["settle"]:
        atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not stream.closed:
            stream.flush()
    posix._exit(0)


def gone(path):
    """Whether the folder of a file has been removed: the driver was interrupted, and nobody waits for an answer."""
    try:
        posix.stat(path.rpartition("/")[0])
    except FileNotFoundError:
        return True
    return False


def serve(deferral):
    while True:
        request = receive()
        process = posix.fork()
        if process == 0:
            try:
                child(request, deferral)
            except BaseException as error:
                if gone(request["result"]):
                    posix._exit(0)
                import traceback

                traceback.print_exception(error)
                sys.stderr.flush()
                posix._exit(70)
        _, status = posix.waitpid(process, 0)
        send({"exit": posix.WEXITSTATUS(status), "signal": posix.WTERMSIG(status) if posix.WIFSIGNALED(status) else 0})


def main(arguments):
    deferral = job.Eager()
    options = {"--path": [], "--hooks": [], "--atimport": [], "--assume": [], "--control": []}
    for option, value in zip(arguments[::2], arguments[1::2], strict=True):
        options[option].append(value)
    sys.path[:] = dict.fromkeys(options["--path"] + sys.path)
    for folder in options["--atimport"]:
        deferral = job.Deferred(import_atimport(folder, True, options["--assume"]))
    for folder in options["--control"]:
        import_atimport(folder, False)
    if options["--hooks"]:
        hooks.call_hooks()
    # Show every warning: the list object is shared with `warnings`, whoever imports that later.
    _warnings.filters.insert(0, ("always", None, Warning, None, 0))
    sys.argv = [""]
    send({"modules": sorted(sys.modules), "version": sys.version.split()[0]})
    serve(deferral)


main(sys.argv[1:])
