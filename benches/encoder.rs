//! How long the encoder takes for 1, 8 and 32 sentences at once.

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use shopkeeper::nlu::{Encoder, EncoderSettings};
use shopkeeper::progress::Progress;
use tokio::runtime::Runtime;

fn encoder(criterion: &mut Criterion) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(".shopkeeper/encoder");
    let encoder = Encoder::load(&EncoderSettings::new(folder)).unwrap();
    let runtime = Runtime::new().unwrap();
    let mut group = criterion.benchmark_group("encoder");
    for count in [1, 8, 32] {
        let sentences: Vec<String> = (0..count)
            .map(|number| format!("how long does delivery of order {number} to canada take"))
            .collect();
        group.throughput(Throughput::Elements(count));
        group.bench_function(format!("{count} sentences"), |bencher| {
            // The way of many sentences: it remembers none.
            bencher.to_async(&runtime).iter(async || {
                let vectors = encoder
                    .encode_many(black_box(&sentences), &Progress::silent())
                    .await;
                vectors.unwrap()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, encoder);
criterion_main!(benches);
