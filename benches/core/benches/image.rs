//! Image → bytes → image: what a cached module costs before anything of it runs. Code is filler, of a usual length.

use atimport::analysis::{Input, analyze};
use atimport::image::decode::decode;
use atimport::image::encode::encode;
use atimport::image::{BytesMut, Code, Image, Key, Name, Step, Unit, Validation};
use atimport_benches::source;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// Bytes of marshalled code that a unit of the standard library has on average.
const CODE: usize = 900;

fn key() -> Key {
    let validation = Validation::Time { mtime: 1, size: 2 };
    Key { interpreter: [0; 4], optimization: 0, validation, module: "package.module".to_owned() }
}

/// The image of a module of that many blocks.
fn image(blocks: usize) -> Image {
    let source = source(blocks);
    let input = Input {
        source: &source,
        module: "package.module",
        is_package: false,
        version: (3, 13),
        platform: "linux",
        without: "",
    };
    let plan = analyze(&input).expect("valid source").plan;
    let code = || Code { marshalled: vec![0xe3; CODE].into(), mentions: vec![1, 2, 3].into() };
    let names = plan.names.iter().map(|name| Name {
        text: name.text.as_str().into(),
        unit: name.unit.map(|unit| unit.0),
        definite: name.definite,
        submodule: name.submodule,
        only_submodule: name.only_submodule,
    });
    let units = plan.units.iter().map(|unit| Unit {
        lines: [(1, 2)].into(),
        dependencies: unit.dependencies.iter().map(|unit| unit.0).collect(),
        free_reads: unit.free_reads.iter().map(Into::into).collect(),
        code: code(),
        ..Unit::default()
    });
    let names: Vec<Name> = names.collect();
    let end = u32::try_from(names.len()).expect("few names");
    Image {
        declared: true,
        units: units.collect(),
        prelude: vec![Step::Run(code()), Step::Announce(0, end)],
        names,
        ..Image::default()
    }
}

fn images(criterion: &mut Criterion) {
    for blocks in [5, 50] {
        let image = image(blocks);
        let bytes = encode(&image, &key());
        let mut group = criterion.benchmark_group("image");
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(BenchmarkId::new("encode", format!("{} units", image.units.len())), |bencher| {
            bencher.iter(|| encode(&image, &key()));
        });
        group.bench_function(BenchmarkId::new("decode", format!("{} units", image.units.len())), |bencher| {
            bencher.iter_batched(
                || BytesMut::from(bytes.as_slice()),
                |mut file| decode(&mut file, &key()).expect("just written"),
                BatchSize::SmallInput,
            );
        });
        group.finish();
    }
}

criterion_group!(benches, images);
criterion_main!(benches);
