//! How long a shopper waits for a whole reply: the program is started, stores everything and encodes every question.

#[path = "../tests/common/mod.rs"]
mod common;

use std::cell::Cell;

use common::{Server, Shopper, slug_of_source, spelled};
use criterion::{Criterion, criterion_group, criterion_main};
use tokio::runtime::Runtime;
use tokio::sync::Mutex;

/// A question that the encoder has not met yet.
fn question(number: &Cell<u32>) -> String {
    number.set(number.get() + 1);
    format!("How do I clean cast iron? {}", spelled(number.get()))
}

fn reply(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let server = Server::start();
    let shopper = runtime.block_on(Shopper::arrives(&server));
    let number = Cell::new(10_000);
    let mut group = criterion.benchmark_group("reply");
    group.bench_function("REST", |bencher| {
        bencher.to_async(&runtime).iter(async || {
            let reply = shopper.asks(&question(&number)).await;
            assert!(slug_of_source(&reply).is_some(), "{reply:?}");
        });
    });
    let other = runtime.block_on(Shopper::arrives(&server));
    let socket = Mutex::new(runtime.block_on(other.socket(0)));
    group.bench_function("WebSocket", |bencher| {
        bencher.to_async(&runtime).iter(async || {
            let mut socket = socket.lock().await;
            let question = question(&number);
            socket.says(&number.get().to_string(), &question).await;
            assert!(slug_of_source(&socket.reply().await).is_some());
        });
    });
    group.finish();
}

criterion_group!(benches, reply);
criterion_main!(benches);
