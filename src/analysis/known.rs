//! Callables outside the module whose behaviour is known.
//!
//! Terms: a callable is *known* when calling it changes neither its arguments nor anything outside, and what it returns
//! can be told; it *runs* its arguments when it calls them, or may. Which question does this file answer? "What does
//! `functools.partial(f)` do to `f`, and is its result ours alone?"
//!
//! ```python
//! P = re.compile("x")              # an atom: nothing can be changed through it
//! D = collections.defaultdict(f)   # a fresh object that holds `f`
//! S = sorted(xs, key=f)            # fresh, runs `f`, consumes `xs`
//! L = logging.getLogger("x")       # not known: others may hold the same logger
//! ```
//!
//! The paths are resolved through imports that are bound exactly once. It is a table and nothing else, in a file of its
//! own, because it grows by experience: whoever adds a line vouches that the documentation of the callable promises it.

/// What a known callable returns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Gives {
    /// Something that can't be changed and holds nothing that can.
    Atom,
    /// A new built-in container of what its arguments contain.
    Container,
    /// The same, that is asked for what it lacks: calls its first argument, and keeps what that returns.
    Defaults,
    /// A new object that holds its arguments.
    Object,
    /// A new iterator over its arguments.
    Iterator,
    /// One of its arguments, or something taken from it.
    Argument,
    /// An object made from its arguments that spreads no aliases: types, type aliases, wrapped functions.
    Wrapper,
}

/// A known callable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Known {
    pub(super) gives: Gives,
    /// It may call its arguments, or their methods, before it returns.
    pub(super) runs: bool,
    /// It iterates over its arguments.
    pub(super) consumes: bool,
}

const fn known(gives: Gives, runs: bool, consumes: bool) -> Option<Known> {
    Some(Known { gives, runs, consumes })
}

/// A class that `collections.namedtuple` has made.
pub(super) const TUPLE: Known = Known { gives: Gives::Object, runs: false, consumes: false };

/// The entry for a dotted absolute name; built-ins stand under `builtins`.
pub(super) fn callable(path: &str) -> Option<Known> {
    let (module, name) = path.rsplit_once('.')?;
    match module {
        "builtins" => builtin(name),
        "builtins.str" | "builtins.bytes" if name == "maketrans" => known(Gives::Container, false, false),
        "builtins.dict" if name == "fromkeys" => known(Gives::Container, false, true),
        "builtins.int" if name == "from_bytes" => known(Gives::Atom, false, false),
        "builtins.float" | "builtins.bytes" if name == "fromhex" => known(Gives::Atom, false, false),
        "typing" | "typing_extensions" => match name {
            "get_type_hints" | "get_overloads" | "clear_overloads" | "overload" => None,
            "cast" | "final" | "runtime_checkable" | "no_type_check" | "override" | "assert_type" => {
                known(Gives::Argument, false, false)
            }
            _ => known(Gives::Wrapper, false, false),
        },
        "functools" => match name {
            "partial"
            | "partialmethod"
            | "lru_cache"
            | "cache"
            | "wraps"
            | "cmp_to_key"
            | "total_ordering"
            | "singledispatch"
            | "singledispatchmethod"
            | "cached_property" => known(Gives::Wrapper, false, false),
            "reduce" => known(Gives::Argument, true, true),
            _ => None,
        },
        "collections" => match name {
            "namedtuple" => known(Gives::Wrapper, false, true),
            "defaultdict" => known(Gives::Defaults, false, true),
            "OrderedDict" | "deque" | "Counter" => known(Gives::Container, false, true),
            "ChainMap" | "UserDict" | "UserList" => known(Gives::Object, false, true),
            _ => None,
        },
        "re" => match name {
            "compile" | "escape" | "match" | "fullmatch" | "search" => known(Gives::Atom, false, false),
            _ => None,
        },
        "operator" => match name {
            "attrgetter" | "itemgetter" | "methodcaller" => known(Gives::Atom, false, false),
            _ => None,
        },
        "itertools" => match name {
            "count" | "cycle" | "repeat" | "chain" | "islice" | "zip_longest" | "product" | "permutations"
            | "combinations" | "tee" | "compress" | "pairwise" => known(Gives::Iterator, false, true),
            "accumulate" | "groupby" | "starmap" | "takewhile" | "dropwhile" | "filterfalse" => {
                known(Gives::Iterator, true, true)
            }
            _ => None,
        },
        "itertools.chain" => known(Gives::Iterator, true, true),
        "os" => match name {
            "fspath" | "fsencode" | "fsdecode" | "getenv" | "getcwd" | "getpid" | "cpu_count" => {
                known(Gives::Atom, false, false)
            }
            _ => None,
        },
        "os.path" | "posixpath" | "ntpath" => match name {
            "join" | "dirname" | "basename" | "abspath" | "realpath" | "expanduser" | "expandvars" | "normpath"
            | "normcase" | "exists" | "isfile" | "isdir" | "islink" | "isabs" | "split" | "splitext" | "relpath"
            | "commonprefix" => known(Gives::Atom, false, false),
            _ => None,
        },
        "struct" => match name {
            "calcsize" | "Struct" | "pack" | "unpack" => known(Gives::Atom, false, false),
            _ => None,
        },
        "sys" => match name {
            "intern" | "getsizeof" | "getrecursionlimit" | "getdefaultencoding" | "getfilesystemencoding" => {
                known(Gives::Atom, false, false)
            }
            _ => None,
        },
        "random" => match name {
            // These change the shared generator, which is outside; what they return is a number.
            "random" | "randrange" | "randint" | "getrandbits" | "uniform" => known(Gives::Atom, false, false),
            "Random" => known(Gives::Object, false, false),
            _ => None,
        },
        "time" => match name {
            "time" | "time_ns" | "monotonic" | "perf_counter" => known(Gives::Atom, false, false),
            _ => None,
        },
        "math" | "cmath" => known(Gives::Atom, false, true),
        "string" if name == "Template" => known(Gives::Object, false, false),
        "pathlib" => match name {
            "Path" | "PurePath" | "PosixPath" | "WindowsPath" | "PurePosixPath" | "PureWindowsPath" => {
                known(Gives::Atom, false, false)
            }
            _ => None,
        },
        "datetime" => match name {
            "datetime" | "date" | "time" | "timedelta" | "timezone" => known(Gives::Atom, false, false),
            _ => None,
        },
        "decimal" if name == "Decimal" => known(Gives::Atom, false, false),
        "fractions" if name == "Fraction" => known(Gives::Atom, false, false),
        "uuid" if name == "UUID" => known(Gives::Atom, false, false),
        "threading" => match name {
            "Lock" | "RLock" | "Event" | "Condition" | "Semaphore" | "local" => known(Gives::Object, false, false),
            _ => None,
        },
        "_thread" if name == "allocate_lock" || name == "RLock" => known(Gives::Object, false, false),
        "weakref" => match name {
            "WeakKeyDictionary" | "WeakValueDictionary" | "WeakSet" => known(Gives::Object, false, false),
            _ => None,
        },
        "io" => match name {
            "StringIO" | "BytesIO" => known(Gives::Object, false, false),
            _ => None,
        },
        "contextvars" if name == "ContextVar" => known(Gives::Object, false, false),
        "contextlib" => match name {
            "contextmanager" | "asynccontextmanager" => known(Gives::Wrapper, false, false),
            "suppress" | "nullcontext" => known(Gives::Object, false, false),
            _ => None,
        },
        "types" => match name {
            "SimpleNamespace" | "MappingProxyType" => known(Gives::Object, false, false),
            "GenericAlias" | "DynamicClassAttribute" => known(Gives::Wrapper, false, false),
            _ => None,
        },
        "abc" if name.starts_with("abstract") => known(Gives::Wrapper, false, false),
        "argparse" if name == "ArgumentParser" => known(Gives::Object, false, false),
        "array" if name == "array" => known(Gives::Object, false, true),
        "queue" => match name {
            "Queue" | "LifoQueue" | "PriorityQueue" | "SimpleQueue" => known(Gives::Object, false, false),
            _ => None,
        },
        "enum" => match name {
            "auto" | "unique" | "member" | "nonmember" | "property" => known(Gives::Wrapper, false, false),
            _ => None,
        },
        "dataclasses" => match name {
            "field" => known(Gives::Object, false, false),
            _ => None,
        },
        "datetime.timezone" | "datetime.datetime" | "datetime.date" => known(Gives::Atom, false, false),
        "copy" if name == "copy" || name == "deepcopy" => known(Gives::Object, true, false),
        _ => None,
    }
}

fn builtin(name: &str) -> Option<Known> {
    match name {
        "len" | "isinstance" | "issubclass" | "hasattr" | "callable" | "id" | "hash" | "repr" | "str" | "int"
        | "float" | "bool" | "complex" | "ord" | "chr" | "hex" | "oct" | "bin" | "ascii" | "format" | "range"
        | "bytes" | "object" => known(Gives::Atom, false, name == "bytes"),
        // Special methods may return anything; of numbers they return numbers.
        "abs" | "round" | "pow" | "divmod" => known(Gives::Argument, false, false),
        "slice" => known(Gives::Wrapper, false, false),
        "any" | "all" => known(Gives::Atom, true, true),
        "sum" | "min" | "max" => known(Gives::Argument, true, true),
        "list" | "tuple" | "set" | "frozenset" | "dict" | "bytearray" => known(Gives::Container, false, true),
        "sorted" => known(Gives::Container, true, true),
        "enumerate" | "zip" | "reversed" => known(Gives::Iterator, false, true),
        "iter" | "map" | "filter" => known(Gives::Iterator, true, true),
        "property" | "staticmethod" | "classmethod" | "memoryview" => known(Gives::Wrapper, false, false),
        "super" => known(Gives::Argument, false, false),
        "getattr" => known(Gives::Argument, false, false),
        _ if name.ends_with("Error") || name.ends_with("Exception") || name.ends_with("Warning") => {
            known(Gives::Object, false, false)
        }
        _ => None,
    }
}

/// Decorators that hand back the function, or a wrapper that keeps no state worth ordering, and register nowhere.
pub(super) fn is_plain_decorator(path: &str) -> bool {
    matches!(
        path,
        "builtins.property"
            | "builtins.staticmethod"
            | "builtins.classmethod"
            | "functools.wraps"
            | "functools.lru_cache"
            | "functools.cache"
            | "functools.cached_property"
            | "functools.total_ordering"
            | "functools.singledispatch"
            | "functools.singledispatchmethod"
            | "contextlib.contextmanager"
            | "contextlib.asynccontextmanager"
            | "abc.abstractmethod"
            | "abc.abstractproperty"
            | "abc.abstractclassmethod"
            | "abc.abstractstaticmethod"
            | "typing.final"
            | "typing.runtime_checkable"
            | "typing.no_type_check"
            | "typing.override"
            | "typing_extensions.final"
            | "typing_extensions.runtime_checkable"
            | "typing_extensions.override"
            | "typing_extensions.deprecated"
            | "warnings.deprecated"
            | "dataclasses.dataclass"
            | "enum.unique"
            | "types.coroutine"
            | "reprlib.recursive_repr"
    )
}

/// Callables that keep what they are handed for somebody outside to run, and run none of it before they return:
/// Modules/atexitmodule.c, Modules/posixmodule.c (`os_register_at_fork_impl`), Lib/copyreg.py, Python/codecs.c.
pub(super) fn keeps_for_later(path: &str) -> bool {
    matches!(
        path,
        "atexit.register"
            | "os.register_at_fork"
            | "copyreg.pickle"
            | "copyreg.constructor"
            | "codecs.register"
            | "codecs.register_error"
    )
}

/// `register` of an abstract base class of the standard library: it keeps the class weakly, where nobody can list it, and runs
/// none of its methods. Who asks whether something is an instance of the base has got hold of an instance of the class
/// (`ABCMeta.register`, Lib/_py_abc.py; `_abc__abc_register_impl`, Modules/_abc.c).
pub(super) fn registers_subclass(path: &str) -> bool {
    let Some((module, name)) = path.strip_suffix(".register").and_then(|base| base.rsplit_once('.')) else {
        return false;
    };
    match module {
        "numbers" | "collections.abc" | "importlib.abc" | "importlib.resources.abc" => true,
        "contextlib" => name.starts_with("Abstract"),
        "io" => name.ends_with("IOBase"),
        "os" => name == "PathLike",
        _ => false,
    }
}

/// Plain decorators whose result only runs the function when it is called, not when it is looked up in an instance.
pub(super) fn only_runs_when_called(path: &str) -> bool {
    is_plain_decorator(path)
        && !matches!(path, "builtins.property" | "functools.cached_property" | "abc.abstractproperty")
}

/// Decorators that keep what a function has returned, and return it again: calling it changes it.
pub(super) fn remembers(path: &str) -> bool {
    matches!(path, "functools.lru_cache" | "functools.cache")
}

/// Plain bases whose constructor, or whose methods, may convert, compare, hash or iterate over what they are given.
pub(super) fn looks_into_arguments(path: &str) -> bool {
    match path.rsplit_once('.') {
        Some(("collections" | "enum" | "types" | "string", _)) => true,
        Some(("builtins", name)) => matches!(
            name,
            "int"
                | "str"
                | "float"
                | "complex"
                | "bytes"
                | "bytearray"
                | "tuple"
                | "list"
                | "dict"
                | "set"
                | "frozenset"
                | "type"
        ),
        _ => false,
    }
}

/// Classes outside the module that may be subclassed without anything being registered that a program can see, except
/// by `__subclasses__`.
pub(super) fn is_plain_base(path: &str) -> bool {
    match path.rsplit_once('.') {
        Some(("typing" | "typing_extensions" | "abc" | "enum" | "collections" | "collections.abc" | "types", _)) => {
            true
        }
        Some(("builtins", name)) => {
            matches!(
                name,
                "object"
                    | "bool"
                    | "property"
                    | "classmethod"
                    | "staticmethod"
                    | "super"
                    | "BaseException"
                    | "KeyboardInterrupt"
                    | "SystemExit"
                    | "GeneratorExit"
                    | "StopIteration"
                    | "StopAsyncIteration"
                    | "BaseExceptionGroup"
                    | "ExceptionGroup"
            ) || looks_into_arguments(path)
                || name.ends_with("Error")
                || name.ends_with("Exception")
                || name.ends_with("Warning")
        }
        Some(("contextlib", name)) => name == "ContextDecorator" || name.starts_with("Abstract"),
        Some(("string", "Formatter" | "Template")) | Some(("threading", "local")) => true,
        _ => false,
    }
}
