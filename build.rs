//! Tells the crate which CPython it is built for (`cfg(Py_3_12)` and its like), and gives images the version of the code
//! that makes them.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// What decides how a source is split and compiled.
const ANALYSER: [&str; 12] = [
    "src/analysis",
    "src/image/mentions.rs",
    "src/loader/annotations.rs",
    "src/loader/bodies.rs",
    "src/loader/compile.rs",
    "src/loader/mentioned.rs",
    "src/loader/module_scope.rs",
    "src/loader/nodes.rs",
    "src/loader/outline.rs",
    "src/loader/separate.rs",
    "src/loader/source.rs",
    "src/runtime/bytecode.rs",
];

fn main() {
    #[cfg(feature = "python")]
    pyo3_build_config::use_pyo3_cfgs();
    let mut files = Vec::new();
    for place in ANALYSER {
        println!("cargo:rerun-if-changed={place}");
        collect(Path::new(place), &mut files);
    }
    files.sort();
    let mut hash = 0x811c_9dc5_u32;
    for file in files {
        // FNV-1a over names and contents
        let content = fs::read(&file).unwrap_or_default();
        for byte in file.to_string_lossy().bytes().chain(content) {
            hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let text = format!("/// See build.rs.\npub const ANALYSER_VERSION: u32 = {hash:#x};\n");
    fs::write(out.join("analyser.rs"), text).expect("OUT_DIR is writable");
}

fn collect(place: &Path, files: &mut Vec<PathBuf>) {
    match fs::read_dir(place) {
        Ok(entries) => entries.flatten().for_each(|entry| collect(&entry.path(), files)),
        Err(_) => files.push(place.to_owned()),
    }
}
