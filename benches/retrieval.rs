//! How long the demo shop's knowledge base takes for a question that is understood already.

#[path = "../tests/common/mod.rs"]
mod common;

use std::hint::black_box;

use common::{Folder, project};
use criterion::{Criterion, criterion_group, criterion_main};
use shopkeeper::knowledge::{Answer, Knowledge};
use shopkeeper::nlu::{Encoder, EncoderSettings, Encoders, Nlu, Understanding};
use shopkeeper::progress::Progress;
use tokio::runtime::Runtime;

const QUESTION: &str = "how do i clean cast iron";

async fn open(folder: &Folder) -> (Knowledge, Understanding) {
    let encoder = Encoder::load(&EncoderSettings::new(project().join(".shopkeeper/encoder"))).unwrap();
    let progress = Progress::silent();
    let knowledge = Knowledge::open(
        folder.store().await,
        Encoders::one("en", encoder.clone()),
        None,
        &progress,
    )
    .await;
    let understood = Nlu::new(encoder, None).understand(QUESTION).await.unwrap();
    (knowledge.unwrap(), understood)
}

fn retrieval(criterion: &mut Criterion) {
    let folder = Folder::warm();
    let runtime = Runtime::new().unwrap();
    let (knowledge, understood) = runtime.block_on(open(&folder));
    let found = knowledge.answer("en", &understood);
    assert!(matches!(found.answer, Answer::Confident { .. }), "{found:?}");
    let mut group = criterion.benchmark_group("retrieval");
    group.bench_function("answer", |bencher| {
        bencher.iter(|| knowledge.answer("en", black_box(&understood)));
    });
    group.bench_function("search field", |bencher| {
        bencher.iter(|| knowledge.keyword_search("en", black_box("cast iron"), 12));
    });
    group.finish();
}

criterion_group!(benches, retrieval);
criterion_main!(benches);
