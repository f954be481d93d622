//! How long the encoder takes for 1, 8 and 32 sentences at once, for a lone message, and for a message of each of 16 callers,
//! who ask the next thing as soon as they are answered; and the last two for all of a message's understanding, with the demo
//! shop's intents.

use std::cell::Cell;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use shopkeeper::nlu::{Encoder, EncoderSettings, Memory, Nlu, TrainSettings, TrainingData, train};
use shopkeeper::progress::Progress;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

const CALLERS: u64 = 16;

/// A message of twelve words that comes again after 20,736 others: nothing is remembered of it.
fn message(number: &Cell<u64>) -> String {
    let all = [
        "tent", "stove", "lamp", "kettle", "jacket", "boots", "rope", "map", "bag", "mug", "knife", "chair",
    ];
    number.set(number.get() + 1);
    let word = |place: u32| all[(number.get() / 12u64.pow(place) % 12) as usize];
    format!(
        "how long does delivery of a {} {} to {} {} take",
        word(0),
        word(1),
        word(2),
        word(3)
    )
}

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
    let number = Cell::new(0);
    bench_callers(&mut group, &runtime, "vector", || {
        let (encoder, message) = (encoder.clone(), message(&number));
        async move { drop(encoder.encode(&message).await.unwrap()) }
    });
    group.finish();

    let phrases = Path::new(env!("CARGO_MANIFEST_DIR")).join("knowledge_base/intents/en.yml");
    let phrases = TrainingData::load(&phrases).unwrap();
    let model = runtime.block_on(train(
        &phrases,
        &encoder,
        Memory::default(),
        &TrainSettings::default(),
        &Progress::silent(),
    ));
    let nlu = Arc::new(Nlu::new(encoder, Some(model.unwrap())));
    let mut group = criterion.benchmark_group("understanding");
    bench_callers(&mut group, &runtime, "all", || {
        let (nlu, message) = (nlu.clone(), message(&number));
        async move { drop(nlu.understand(&message).await.unwrap()) }
    });
    group.finish();
}

/// One caller, and many at once, each a task of its own.
fn bench_callers<F: Future<Output = ()> + Send + 'static>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    runtime: &Runtime,
    name: &str,
    call: impl Fn() -> F,
) {
    group.throughput(Throughput::Elements(1));
    group.bench_function(format!("{name}, a lone message"), |bencher| {
        bencher.to_async(runtime).iter(&call);
    });
    group.throughput(Throughput::Elements(CALLERS));
    group.bench_function(format!("{name}, 16 callers"), |bencher| {
        bencher.to_async(runtime).iter_custom(async |messages| {
            let start = Instant::now();
            let callers: JoinSet<()> = (0..CALLERS)
                .map(|_| {
                    let calls: Vec<F> = (0..messages).map(|_| call()).collect();
                    async move {
                        for call in calls {
                            call.await;
                        }
                    }
                })
                .collect();
            callers.join_all().await;
            start.elapsed()
        });
    });
}

criterion_group!(benches, encoder);
criterion_main!(benches);
