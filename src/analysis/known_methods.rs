//! Methods of built-in objects whose behaviour is known by their names.
//!
//! Which question does this file answer? "The receiver is an atom, or a built-in container: what does this method do to it,
//! and what does it yield?"
//!
//! ```python
//! "x".upper()        # yields an atom
//! "a b".split()      # doesn't: a new list
//! L.count(1)         # leaves L as it is
//! L.append(1)        # doesn't
//! ```
//!
//! It is a table like [`super::known`], and separate from it because here there is no path: only the receiver is known.

/// Methods of paths that look at the file system, or at the working directory.
pub(super) fn looks_at_files(name: &str) -> bool {
    matches!(
        name,
        "absolute"
            | "cwd"
            | "exists"
            | "expanduser"
            | "glob"
            | "group"
            | "is_dir"
            | "is_file"
            | "is_mount"
            | "is_symlink"
            | "iterdir"
            | "lstat"
            | "open"
            | "owner"
            | "read_bytes"
            | "read_text"
            | "readlink"
            | "resolve"
            | "rglob"
            | "samefile"
            | "stat"
            | "walk"
    )
}

/// Methods of strings, numbers, patterns, paths and the like that yield something that can't change.
pub(super) fn gives_atom(name: &str) -> bool {
    matches!(
        name,
        "capitalize"
            | "casefold"
            | "center"
            | "count"
            | "encode"
            | "decode"
            | "endswith"
            | "expandtabs"
            | "find"
            | "format"
            | "format_map"
            | "index"
            | "join"
            | "ljust"
            | "lower"
            | "lstrip"
            | "partition"
            | "removeprefix"
            | "removesuffix"
            | "replace"
            | "rfind"
            | "rindex"
            | "rjust"
            | "rpartition"
            | "rstrip"
            | "startswith"
            | "strip"
            | "swapcase"
            | "title"
            | "translate"
            | "upper"
            | "zfill"
            | "isalnum"
            | "isalpha"
            | "isascii"
            | "isdecimal"
            | "isdigit"
            | "isidentifier"
            | "islower"
            | "isnumeric"
            | "isprintable"
            | "isspace"
            | "istitle"
            | "isupper"
            | "hex"
            | "bit_length"
            | "bit_count"
            | "to_bytes"
            | "conjugate"
            | "is_integer"
            | "as_integer_ratio"
            | "match"
            | "fullmatch"
            | "search"
            | "sub"
            | "subn"
            | "group"
            | "groups"
            | "start"
            | "end"
            | "span"
            | "expand"
            | "joinpath"
            | "with_name"
            | "with_suffix"
            | "with_stem"
            | "resolve"
            | "absolute"
            | "exists"
            | "is_file"
            | "is_dir"
            | "is_absolute"
            | "as_posix"
            | "relative_to"
            | "read_text"
            | "read_bytes"
            | "expanduser"
            | "isoformat"
            | "strftime"
            | "timestamp"
            | "date"
            | "total_seconds"
            | "utcoffset"
            | "pack"
            | "unpack"
            | "unpack_from"
            | "quantize"
    )
}

/// Method names that leave a built-in container as it is.
pub(super) fn is_reading_method(name: &str) -> bool {
    matches!(
        name,
        "get"
            | "items"
            | "keys"
            | "values"
            | "copy"
            | "index"
            | "count"
            | "union"
            | "intersection"
            | "difference"
            | "symmetric_difference"
            | "issubset"
            | "issuperset"
            | "isdisjoint"
            | "most_common"
            | "elements"
            | "fromkeys"
            | "join"
            | "format"
            | "hex"
            | "decode"
            | "__len__"
            | "__contains__"
            | "__getitem__"
            | "__iter__"
    )
}

/// Method names with which built-in containers are filled, and do nothing else.
pub(super) fn is_filling_method(name: &str) -> bool {
    matches!(name, "append" | "appendleft" | "extend" | "extendleft" | "insert" | "add" | "update" | "setdefault")
}
