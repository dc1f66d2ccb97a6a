//! The pure layers against input that nobody would write: the fuzzer's, replayed, and sources that are hostile by size.
//!
//! Which questions does this file answer? "Is every promise that a fuzz target checks kept for all that the fuzzer has
//! found so far?" (`make fuzz` looks for more; this only tries what is in `fuzz/corpus` and `fuzz/findings`), and "Can a
//! source file make the analysis hang, overflow its stack or eat the machine?": sources of every shape of
//! [`checks::hostile`] are analysed, modest ones by `make test`, large ones by `make fuzz`, each in a process of its own so
//! that its memory is its own.

#[path = "../fuzz/checks/mod.rs"]
mod checks;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use atimport::analysis::{Input, analyze, invariants};
use checks::hostile::{SHAPES, Shape};

/// A source that takes longer hangs, in seconds. Nothing here takes a tenth of it on an idle machine.
const HANG: u64 = 100;
/// Statements, or whatever else repeats, of a modest source.
const MODEST: usize = 3000;

/// Feeds a target all that is known of it.
fn replay(target: &str, check: fn(&[u8])) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let mut tried = 0;
    for folder in ["corpus", "findings"] {
        let Ok(entries) = fs::read_dir(root.join(folder).join(target)) else { continue };
        for entry in entries {
            let path = entry.expect("a folder can be listed").path();
            let data = fs::read(&path).expect("a file can be read");
            let outcome = std::panic::catch_unwind(|| check(&data));
            assert!(outcome.is_ok(), "{} breaks a promise of the {target} target", path.display());
            tried += 1;
        }
    }
    assert!(tried > 5, "the corpus of {target} is gone");
}

#[test]
fn analysis() {
    replay("analysis", checks::analysis::check);
}

#[test]
fn decode() {
    replay("decode", checks::decode::check);
}

#[test]
fn store() {
    replay("store", checks::store::check);
}

#[test]
fn overrides() {
    replay("overrides", checks::overrides::check);
}

fn analyse(source: &str) -> String {
    let input = Input { source, module: "m", is_package: false, version: (3, 12), platform: "linux", without: "" };
    match analyze(&input) {
        Ok(analysis) => {
            invariants::hold(&analysis);
            format!("{} statements, {} units", analysis.plan.statements.len(), analysis.plan.units.len())
        }
        Err(error) => error.to_string(),
    }
}

/// Analyses on a thread with the stack of a Python thread on Linux.
fn within(seconds: u64, name: &str, source: String) -> String {
    let (sender, receiver) = mpsc::channel();
    let work = move || sender.send(analyse(&source)).expect("somebody waits");
    std::thread::Builder::new().stack_size(8 << 20).spawn(work).expect("a thread");
    receiver.recv_timeout(Duration::from_secs(seconds)).unwrap_or_else(|_| panic!("{name}: hangs, or panicked"))
}

#[test]
fn modest_sources_of_every_shape_are_analysed() {
    for Shape { name, make, .. } in SHAPES {
        within(HANG, name, make(MODEST));
    }
}

/// What a process of this test reports of one shape and size.
struct Report {
    bytes: f64,
    seconds: f64,
    /// Peak memory in bytes.
    memory: f64,
    outcome: String,
}

impl Report {
    fn of(shape: &Shape, size: usize) -> String {
        let source = (shape.make)(size);
        let length = source.len();
        let start = Instant::now();
        let outcome = within(HANG, shape.name, source);
        let seconds = start.elapsed().as_secs_f64();
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        format!("{}\t{length}\t{seconds:.3}\t{}000\t{outcome}", shape.name, peak.unwrap_or("0"))
    }

    /// Runs this test's executable again, for one shape and size; `None` when it dies or hangs.
    fn in_a_process(name: &str, size: usize) -> Option<Self> {
        let mut command = Command::new(std::env::current_exe().expect("a test has an executable"));
        command.args(["large_sources_of_every_shape_are_analysed", "--exact", "--ignored", "--nocapture"]);
        let output = command.env("ATI_HOSTILE", format!("{name}\t{size}")).stderr(Stdio::null()).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let words: Vec<&str> = text.lines().find(|line| line.starts_with(name))?.split('\t').collect();
        let number = |position: usize| words[position].parse().expect("a number");
        Some(Self { bytes: number(1), seconds: number(2), memory: number(3), outcome: words[4].to_owned() })
    }

    /// Seconds that it may take to analyse what is four times as long, when time grows as the source does; three times that
    /// much, because machines are busy.
    fn allows(&self) -> f64 {
        12.0 * self.seconds.max(0.1)
    }

    fn is_modest(&self) -> bool {
        self.memory < 300e6 + 500.0 * self.bytes
    }
}

#[test]
#[ignore = "takes minutes: `make fuzz` runs it"]
fn large_sources_of_every_shape_are_analysed() {
    if let Ok(wanted) = std::env::var("ATI_HOSTILE") {
        let (name, size) = wanted.split_once('\t').expect("a name and a size");
        let shape = SHAPES.iter().find(|shape| shape.name == name).expect("a shape");
        println!("\n{}", Report::of(shape, size.parse().expect("a size")));
        return;
    }
    let mut failed = Vec::new();
    for Shape { name, large, .. } in SHAPES {
        let mut before: Option<Report> = None;
        for size in [large / 16, large / 4, *large] {
            let Some(report) = Report::in_a_process(name, size) else {
                failed.push(format!("{name}: size {size} hangs or dies"));
                break;
            };
            let Report { bytes, seconds, memory, outcome } = &report;
            let (long, much) = (bytes / 1e6, memory / 1e6);
            println!("| {name} | {size} | {long:.2} | {seconds:.2} | {much:.0} | {outcome} |");
            let _ = std::io::stdout().flush();
            if before.is_some_and(|before| before.allows() < *seconds) || !report.is_modest() {
                failed.push(format!("{name}: size {size} takes {seconds:.2} s and {much:.0} MB"));
                break;
            }
            before = Some(report);
        }
    }
    assert!(failed.is_empty(), "more than linear:\n{}", failed.join("\n"));
}
