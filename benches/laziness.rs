//! How lazy the plans of whole corpora are.
//!
//! ```text
//! cargo run --release --no-default-features --example laziness -- [--version 3.13] [--costly N] [--names] [--joins] PATH...
//! ```
//!
//! A folder is walked as something that stands on `sys.path`; a file is a module of that name. What is counted, and what
//! the ideal slice is, is defined in `src/analysis/laziness.rs`. `--costly` lists the modules that cost most, under what
//! they cost it for; `--names` also says which of their names. `--joins` lists which lines were put together, and why, and
//! which run at import.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use atimport::analysis::laziness::{AtImport, Laziness, measure};
use atimport::analysis::{Analysis, Input, analyze};

/// Folders and modules that no corpus counts, as in the differential tests.
const LEFT_OUT: [&str; 15] = [
    "test",
    "tests",
    "idlelib",
    "turtledemo",
    "lib2to3",
    "this",
    "antigravity",
    "__main__",
    "__phello__",
    "__hello__",
    "sitecustomize",
    "usercustomize",
    "site-packages",
    "dist-packages",
    "lib-dynload",
];

struct Module {
    name: String,
    file: PathBuf,
    is_package: bool,
}

struct Measured {
    name: String,
    laziness: Laziness,
    took: Duration,
}

fn main() {
    let (mut version, mut costly, mut names, mut joins, mut paths) = ((3, 13), 0, false, false, Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--version" => {
                let text = arguments.next().unwrap_or_default();
                let minor = text.strip_prefix("3.").and_then(|minor| minor.parse().ok());
                version = (3, minor.expect("--version 3.11 to 3.15"));
            }
            "--costly" => {
                costly = arguments.next().and_then(|count| count.parse().ok()).expect("--costly N");
            }
            "--names" => names = true,
            "--joins" => joins = true,
            _ => paths.push(PathBuf::from(argument)),
        }
    }
    let mut modules = Vec::new();
    for path in paths {
        if path.is_dir() {
            walk(&path, "", &mut modules);
        } else {
            let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            modules.push(Module { name, file: path, is_package: false });
        }
    }
    let (mut all, mut skipped) = (Vec::new(), 0);
    for module in &modules {
        let source = fs::read_to_string(&module.file).ok();
        let started = Instant::now();
        let analysis = source.and_then(|source| {
            let input = Input {
                source: &source,
                module: &module.name,
                is_package: module.is_package,
                version,
                platform: "linux",
                without: "",
            };
            analyze(&input).ok()
        });
        match analysis {
            Some(analysis) => {
                let took = started.elapsed();
                if joins {
                    list_joins(&module.name, &analysis);
                }
                all.push(Measured { name: module.name.clone(), laziness: measure(&analysis), took });
            }
            None => skipped += 1,
        }
    }
    summary(&all, skipped);
    if costly > 0 {
        list(&all, costly, names);
    }
}

fn walk(folder: &Path, prefix: &str, found: &mut Vec<Module>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect();
    entries.sort();
    for entry in entries {
        let text = |part: Option<&std::ffi::OsStr>| part.map(|part| part.to_string_lossy().into_owned());
        let stem = text(if entry.is_dir() { entry.file_name() } else { entry.file_stem() }).unwrap_or_default();
        if LEFT_OUT.contains(&stem.as_str()) || stem.contains(['-', '.', ' ']) {
            continue;
        }
        let init = entry.join("__init__.py");
        if init.exists() {
            found.push(Module { name: format!("{prefix}{stem}"), file: init, is_package: true });
            walk(&entry, &format!("{prefix}{stem}."), found);
        } else if entry.extension().is_some_and(|extension| extension == "py") && stem != "__init__" {
            found.push(Module { name: format!("{prefix}{stem}"), file: entry, is_package: false });
        }
    }
}

fn share(part: usize, whole: usize) -> String {
    #[allow(clippy::cast_precision_loss)]
    let percent = 100.0 * part as f64 / whole.max(1) as f64;
    format!("{part} ({percent:.1} %)")
}

fn summary(all: &[Measured], skipped: usize) {
    let sum = |of: &dyn Fn(&Laziness) -> usize| all.iter().map(|module| of(&module.laziness)).sum::<usize>();
    let statements = sum(&|module| module.statements);
    let cheap = sum(&|module| module.cheap);
    let mut kinds: BTreeMap<&str, AtImport> = BTreeMap::new();
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    for module in all {
        for (kind, counted) in &module.laziness.at_import {
            let entry = kinds.entry(kind).or_default();
            entry.itself += counted.itself;
            entry.joined += counted.joined;
            entry.needed += counted.needed;
        }
        for (rule, count) in &module.laziness.joins {
            *rules.entry(rule).or_default() += count;
        }
    }
    let at_import: usize = kinds.values().map(|counted| counted.all()).sum();
    let (immediate, deferred) = (sum(&|module| module.immediate), sum(&|module| module.deferred.len()));
    println!("modules                  {} (not Python: {skipped})", all.len());
    println!(
        "  that stay whole        {}",
        share(all.iter().filter(|module| module.laziness.whole).count(), all.len())
    );
    println!("statements               {statements}");
    println!("  run at import          {}", share(at_import, statements));
    println!("    cheap                {}", share(cheap, statements));
    println!("    not cheap            {}", share(at_import - cheap, statements));
    println!("names deferred           {}", share(deferred, deferred + immediate));
    let costs = || all.iter().flat_map(|module| &module.laziness.deferred);
    #[allow(clippy::cast_precision_loss)]
    let mut ratios: Vec<f64> = costs().map(|cost| cost.runs as f64 / cost.ideal.max(1) as f64).collect();
    ratios.sort_by(f64::total_cmp);
    let at = |part: usize| ratios.get((ratios.len() * part / 100).min(ratios.len().saturating_sub(1))).copied();
    println!(
        "touching against ideal   median {:.2}, 90th {:.2}, 95th {:.2}; all names together {} against {}",
        at(50).unwrap_or(1.0),
        at(90).unwrap_or(1.0),
        at(95).unwrap_or(1.0),
        costs().map(|cost| cost.runs).sum::<usize>(),
        costs().map(|cost| cost.ideal).sum::<usize>(),
    );
    let slowest = all.iter().max_by_key(|module| module.took);
    let total: Duration = all.iter().map(|module| module.took).sum();
    let slow = slowest.map_or_else(String::new, |module| format!("{} {:.2?}", module.name, module.took));
    println!("time                     {total:.2?}; slowest {slow}");
    println!("\nat import, by root cause: itself, joined with it, needed by these");
    let mut kinds: Vec<_> = kinds.into_iter().collect();
    kinds.sort_by_key(|(_, counted)| std::cmp::Reverse(counted.all()));
    for (kind, counted) in kinds {
        let AtImport { itself, joined, needed } = counted;
        println!("  {kind:20} {itself:6} {joined:6} {needed:6}  {}", share(counted.all(), statements));
    }
    println!("\nunits fewer, by rule");
    for (rule, count) in rules {
        println!("  {rule:20} {count:6}");
    }
}

fn list_joins(name: &str, analysis: &Analysis) {
    println!("{name}");
    let line = |statement: atimport::analysis::ids::StmtId| analysis.plan.statements[statement.index()].first_line;
    for join in &analysis.joins {
        println!("  lines {} and {}: {} ({join})", line(join.first), line(join.second), join.why.rule());
    }
    for diagnostic in analysis.diagnostics.iter().filter(|diagnostic| diagnostic.code >= "ATI130") {
        println!("  line {}: {}", diagnostic.line, diagnostic.message);
    }
}

fn list(all: &[Measured], costly: usize, names: bool) {
    let excess = |module: &&Measured| -> usize {
        module.laziness.deferred.iter().map(|cost| cost.runs.saturating_sub(cost.ideal)).sum()
    };
    let import = |module: &&Measured| -> usize {
        module.laziness.at_import.values().map(|counted| counted.all()).sum::<usize>() - module.laziness.cheap
    };
    let mut order: Vec<&Measured> = all.iter().collect();
    order.sort_by_key(|module| std::cmp::Reverse(import(module)));
    println!("\nmost at import");
    for module in order.iter().take(costly) {
        let kinds: Vec<String> = module
            .laziness
            .at_import
            .iter()
            .map(|(kind, counted)| format!("{kind} {}+{}+{}", counted.itself, counted.joined, counted.needed))
            .collect();
        println!("  {:40} {:4} of {:4}  {}", module.name, import(module), module.laziness.statements, kinds.join(", "));
    }
    order.sort_by_key(|module| std::cmp::Reverse(excess(module)));
    println!("\nmost beyond the ideal slices");
    for module in order.iter().take(costly) {
        println!("  {:40} {:6}  {:?}", module.name, excess(module), module.laziness.joins);
        if names {
            for cost in &module.laziness.deferred {
                println!("      {:30} {} against {}", cost.name, cost.runs, cost.ideal);
            }
        }
    }
    order.sort_by_key(|module| std::cmp::Reverse(module.took));
    println!("\nslowest");
    for module in order.iter().take(costly) {
        println!("  {:40} {:.2?}", module.name, module.took);
    }
    println!("\nwhole");
    for module in all.iter().filter(|module| module.laziness.whole) {
        println!("  {:40} {:4} {:?}", module.name, module.laziness.statements, module.laziness.joins);
    }
}
