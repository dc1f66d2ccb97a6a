//! Attributes of modules whose values, or whose dependence on the world, are known.
//!
//! ```python
//! FLAGS = os.O_RDWR | os.O_CREAT   # documented to be numbers: so is FLAGS, and `FLAGS |= 1` changes nobody's object
//! HOME = os.environ["HOME"]        # the environment, which an author may not expect to be read late
//! ```
//!
//! A table like [`super::known`], apart from it because nothing is called here. Whoever adds a line vouches that the
//! documentation promises an object that can't be changed.

/// Attributes of modules that are documented to be numbers, strings, or tuples and flags of these.
pub(super) fn is_constant(path: &str) -> bool {
    let Some((module, name)) = path.rsplit_once('.') else { return false };
    let upper = |prefixes: &[&str]| {
        prefixes.iter().any(|prefix| name.starts_with(prefix))
            && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    };
    match module {
        "os" | "posix" | "nt" => {
            matches!(
                name,
                "name"
                    | "sep"
                    | "altsep"
                    | "extsep"
                    | "pathsep"
                    | "linesep"
                    | "defpath"
                    | "devnull"
                    | "curdir"
                    | "pardir"
                    | "F_OK"
                    | "R_OK"
                    | "W_OK"
                    | "X_OK"
            ) || upper(&["O_", "SEEK_", "EX_", "P_", "RTLD_", "WNOHANG"])
        }
        "os.path" | "posixpath" | "ntpath" => {
            matches!(name, "sep" | "altsep" | "extsep" | "pathsep" | "defpath" | "devnull" | "curdir" | "pardir")
        }
        "sys" => matches!(
            name,
            "api_version"
                | "byteorder"
                | "copyright"
                | "hexversion"
                | "maxsize"
                | "maxunicode"
                | "platform"
                | "version"
                | "version_info"
        ),
        "string" => matches!(
            name,
            "ascii_letters"
                | "ascii_lowercase"
                | "ascii_uppercase"
                | "digits"
                | "hexdigits"
                | "octdigits"
                | "printable"
                | "punctuation"
                | "whitespace"
        ),
        "math" | "cmath" => matches!(name, "e" | "pi" | "tau" | "inf" | "nan" | "infj" | "nanj"),
        "errno" => upper(&["E", "WSA"]),
        "stat" => upper(&["S_", "UF_", "SF_", "ST_", "FILE_ATTRIBUTE_"]),
        "re" => matches!(
            name,
            "A" | "ASCII"
                | "DEBUG"
                | "I"
                | "IGNORECASE"
                | "L"
                | "LOCALE"
                | "M"
                | "MULTILINE"
                | "NOFLAG"
                | "S"
                | "DOTALL"
                | "U"
                | "UNICODE"
                | "X"
                | "VERBOSE"
        ),
        _ => false,
    }
}

/// What an expression reads besides its operands, which an author may not expect to happen late.
pub(super) fn ambient(path: &str) -> Option<&'static str> {
    Some(match path {
        "os.environ" | "os.environb" | "os.getenv" | "os.getenvb" => "the environment",
        "sys.argv" | "sys.orig_argv" => "the command line",
        "os.getcwd" | "os.getcwdb" | "os.path.abspath" | "pathlib.Path.cwd" => "the working directory",
        "builtins.open" | "io.open" | "os.listdir" | "os.scandir" | "os.walk" | "os.stat" | "os.path.exists"
        | "os.path.isfile" | "os.path.isdir" | "os.path.islink" | "os.path.realpath" | "os.path.expanduser" => {
            "the file system"
        }
        "os.path.expandvars" => "the environment",
        "sys.path" | "sys.meta_path" | "sys.path_hooks" => "the import path",
        "sys.stdin" | "sys.stdout" | "sys.stderr" => "the standard streams",
        _ => match path.split_once('.') {
            Some(("random" | "secrets", _)) => "the shared random generator",
            Some(("time", _)) => "the clock",
            Some(("datetime", rest)) if rest.ends_with("now") || rest.ends_with("today") => "the clock",
            Some(("locale", _)) => "the locale",
            Some(("tempfile", _)) => "the file system",
            Some(("uuid", "uuid1" | "uuid4")) => "the shared random generator",
            _ => return None,
        },
    })
}
