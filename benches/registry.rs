//! What a decision of the override registry costs: `cargo run --release --example registry --no-default-features`.
//!
//! Ten thousand rules of each kind, a mixture of all, and none; a thousand modules asked about that no rule, or one rule,
//! speaks about. Prints a Markdown table (nanoseconds a decision, the best of several turns). Every answer is compared with
//! that of a search through all rules, once.

use std::hint::black_box;
use std::time::Instant;

use atimport::overrides::{Pattern, Registry, Rule, Ruling, Source, Subject};

const RULES: usize = 10_000;
const MODULES: usize = 1_000;
const TURNS: usize = 20;

/// What a kind of rules is called, and the pattern of the nth.
type Kind = (&'static str, fn(usize) -> String);

fn main() {
    let kinds: [Kind; 6] = [
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
    println!("| rules | no rule speaks, ns | one rule speaks, ns |");
    println!("|---|--:|--:|");
    let nothing = Registry::default();
    let silent: Vec<String> = (0..MODULES).map(|n| format!("application.part{n}.module")).collect();
    println!("| none | {:.0} | |", best(&nothing, &silent));
    for (kind, pattern) in kinds {
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
        println!("| 10,000 {kind} | {:.0} | {:.0} |", best(&registry, &silent), best(&registry, &speaking));
    }
}

/// A name that a pattern matches.
fn matching(pattern: &str) -> String {
    pattern.strip_suffix(".*").map_or_else(|| pattern.replace('*', "any"), |root| format!("{root}.below"))
}

/// Nanoseconds a decision takes, in the fastest of several turns.
fn best(registry: &Registry, names: &[String]) -> f64 {
    let turn = |_| {
        let start = Instant::now();
        for name in names {
            black_box(registry.ruling(&Subject::named(&[black_box(name.as_str())])));
        }
        start.elapsed().as_secs_f64() * 1e9 / names.len() as f64
    };
    (0..TURNS).map(turn).fold(f64::INFINITY, f64::min)
}
