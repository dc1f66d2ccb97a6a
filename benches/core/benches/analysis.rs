//! Source → plan: bytes a second on real files, and how the time grows with a file's size.
//!
//! `BENCH_SOURCES`: a folder of Python files; the first thousand of it, in the order of their paths, are analysed.

use std::path::PathBuf;

use atimport::analysis::{Input, analyze};
use atimport_benches::source;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use walkdir::WalkDir;

/// Most files that are read.
const FILES: usize = 1_000;

fn input(source: &str) -> Input<'_> {
    Input { source, module: "package.module", is_package: false, version: (3, 13), platform: "linux", without: "" }
}

fn real_files(criterion: &mut Criterion) {
    let Some(folder) = std::env::var_os("BENCH_SOURCES") else { return };
    let entries = WalkDir::new(folder).sort_by_file_name().into_iter().filter_map(Result::ok);
    let python =
        entries.map(|entry| entry.into_path()).filter(|path: &PathBuf| path.extension().is_some_and(|end| end == "py"));
    let sources = python.filter_map(|path| std::fs::read_to_string(path).ok());
    let sources: Vec<String> = sources.filter(|source| analyze(&input(source)).is_ok()).take(FILES).collect();
    let mut group = criterion.benchmark_group("analysis of real files");
    group.sample_size(10).throughput(Throughput::Bytes(sources.iter().map(|source| source.len() as u64).sum()));
    group.bench_function(BenchmarkId::from_parameter(format!("{} files", sources.len())), |bencher| {
        bencher.iter(|| {
            sources
                .iter()
                .filter_map(|source| analyze(&input(source)).ok())
                .map(|found| found.plan.units.len())
                .sum::<usize>()
        });
    });
    group.finish();
}

fn growth(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("analysis by size");
    for times in [1, 10, 100] {
        let source = source(10 * times);
        group.sample_size(10).throughput(Throughput::Bytes(source.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(times), &source, |bencher, source| {
            bencher.iter(|| analyze(&input(source)).map(|found| found.plan.units.len()));
        });
    }
    group.finish();
}

criterion_group!(benches, real_files, growth);
criterion_main!(benches);
