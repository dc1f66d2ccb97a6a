//! What a decision of the override registry costs: ten thousand rules of each kind, a mixture of all, and none; a thousand
//! modules asked about that no rule, or one rule, speaks about. Every answer is compared with that of a search through all
//! rules, once.

use std::hint::black_box;

use atimport::overrides::{Pattern, Registry, Rule, Ruling, Source, Subject};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const RULES: usize = 10_000;
const MODULES: usize = 1_000;

/// What a kind of rules is called, and the pattern of the nth.
type Kind = (&'static str, fn(usize) -> String);

const KINDS: [Kind; 6] = [
    ("names, `pkg7.mod7`", |n| format!("pkg{n}.mod{n}")),
    ("trees, `pkg7.sub7.*`", |n| format!("pkg{n}.sub{n}.*")),
    ("globs with a head of their own, `pkg7.*.x`", |n| format!("pkg{n}.*.x")),
    ("globs with a tail of their own, `*_x7`", |n| format!("*_x{n}")),
    ("globs with one head, `pkg.*x7`", |n| format!("pkg.*x{n}")),
    ("a mixture", |n| match n % 4 {
        0 => format!("pkg{n}.mod{n}"),
        1 => format!("pkg{n}.sub{n}.*"),
        2 => format!("pkg{n}.*.x"),
        _ => format!("*_x{n}"),
    }),
];

fn decisions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decision");
    group.sample_size(30).throughput(Throughput::Elements(MODULES as u64));
    let mut measure = |kind: &str, who: &str, registry: &Registry, names: &[String]| {
        group.bench_function(BenchmarkId::new(kind, who), |bencher| {
            bencher.iter(|| {
                for name in names {
                    black_box(registry.ruling(&Subject::named(&[black_box(name.as_str())])));
                }
            });
        });
    };
    let silent: Vec<String> = (0..MODULES).map(|n| format!("application.part{n}.module")).collect();
    measure("none", "no rule speaks", &Registry::default(), &silent);
    for (kind, pattern) in KINDS {
        let mut registry = Registry::default();
        for number in 0..RULES {
            let pattern = Pattern::parse(&pattern(number)).expect("a pattern");
            registry.add(Rule::new(pattern, Source::PinEager)).expect("not frozen");
        }
        let speaking: Vec<String> = (0..MODULES).map(|n| matching(&pattern(n * 7))).collect();
        for name in speaking.iter().chain(&silent) {
            let subject = [name.as_str()];
            let searched = registry.speaking(&Subject::named(&subject));
            let ruled = matches!(registry.ruling(&Subject::named(&subject)), Ruling::Eager { .. });
            assert_eq!(ruled, !searched.is_empty(), "{name}");
            assert_eq!(ruled, speaking.contains(name), "{name}");
        }
        measure(kind, "no rule speaks", &registry, &silent);
        measure(kind, "one rule speaks", &registry, &speaking);
    }
}

/// A name that a pattern matches.
fn matching(pattern: &str) -> String {
    pattern.strip_suffix(".*").map_or_else(|| pattern.replace('*', "any"), |root| format!("{root}.below"))
}

criterion_group!(benches, decisions);
criterion_main!(benches);
