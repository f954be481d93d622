//! Bot or person, never both: after a take-over the bot is silent, whatever it was about to say.

use std::time::{Duration, Instant};

use shopkeeper::chat::{ConversationError, ConversationId, hand_back, take_over};
use shopkeeper::store::Store;

use crate::common::{QUESTION, SOURCE, Server, Shopper, slug_of_source, spelled};

const ROUNDS: u32 = 60;

#[tokio::test]
async fn after_a_take_over_the_bot_says_nothing_more() {
    let server = Server::start();
    nothing_more(&server, &server.store().await).await;
}

pub async fn nothing_more(server: &Server, store: &Store) {
    // Not the bare question: an earlier story may have asked it, and what the encoder remembers takes no time.
    let asked = Instant::now();
    let first = format!("{QUESTION} First round.");
    Shopper::arrives(server).await.asks(&first).await;
    let (turn, mut taken) = (asked.elapsed(), Vec::new());
    for round in 0..ROUNDS {
        let shopper = Shopper::arrives(server).await;
        shopper
            .says(&format!("{QUESTION} Round {}.", spelled(round)))
            .await;
        // The agent comes at any moment of the turn: before, amid or after the reply.
        tokio::time::sleep(turn * 3 * round / ROUNDS).await;
        let id = shopper.id.parse().unwrap();
        let conversation = take_over(store, id, "Ann").await.unwrap();
        shopper.says("Are you still there?").await;
        taken.push((shopper, conversation.last_seq));
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut silenced = 0;
    for (shopper, last_seq) in &taken {
        let transcript = shopper.transcript().await;
        let later = transcript
            .iter()
            .filter(|message| message["seq"].as_i64() > Some(*last_seq));
        let words: Vec<_> = later.map(|message| &message["sender"]["kind"]).collect();
        assert_eq!(words, ["shopper"], "{transcript:?}");
        silenced += usize::from(*last_seq == 1);
    }
    assert!(
        (1..taken.len()).contains(&silenced),
        "{silenced} of {ROUNDS} replies came too late: it was no race"
    );
    // Nor does it after a restart or with the next message; only when the agent hands back.
    let (shopper, _) = &taken[0];
    let conversation = hand_back(store, shopper.id.parse().unwrap()).await.unwrap();
    let reply = shopper.asks(QUESTION).await;
    assert_eq!(slug_of_source(&reply), Some(SOURCE));
    assert_eq!(
        reply[0]["seq"],
        conversation.last_seq + 2,
        "what was said to the agent is answered too"
    );
}

/// A reply that was ready before the take-over and comes to be stored after it: the database itself refuses it.
#[tokio::test]
async fn a_reply_that_was_computed_before_the_take_over_is_not_stored() {
    let server = Server::start();
    let store = server.store().await;
    let mut refused = 0;
    for round in 0..8 {
        let shopper = Shopper::arrives(&server).await;
        shopper
            .says(&format!("{QUESTION} Round {}.", spelled(round)))
            .await;
        // SQLite has one writer: while this transaction lasts, the ready reply waits.
        let mut transaction = store.begin().await.unwrap();
        tokio::time::sleep(Duration::from_millis(150)).await;
        let last_seq: i64 = sqlx::query_scalar(
            "UPDATE conversations SET owner_kind = 'agent', owner_id = 'Ann', fence = fence + 1 WHERE id = $1 RETURNING last_seq",
        )
        .bind(&shopper.id)
        .fetch_one(&mut *transaction)
        .await
        .unwrap();
        transaction.commit().await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(shopper.transcript().await.len() as i64, last_seq);
        refused += u32::from(last_seq == 1);
    }
    assert!(refused > 0, "no reply came too late: nothing was tried");
}

#[tokio::test]
async fn nobody_takes_over_what_does_not_exist() {
    let server = Server::start();
    let unknown: ConversationId = "01890000-0000-7000-8000-000000000000".parse().unwrap();
    let taken = take_over(&server.store().await, unknown, "Ann").await;
    assert!(matches!(taken, Err(ConversationError::NotFound)), "{taken:?}");
}
