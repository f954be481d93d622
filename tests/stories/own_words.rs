//! Shoppers ask the demo shop in words of their own, none of which stand so in an article or a training phrase.

use crate::common::{Server, Shopper, slug_of_source};

/// A question and the articles that answer it, `-` where none does, a line each.
const QUESTIONS: &str = include_str!("../data/questions.tsv");
/// Of the questions that an article answers, so many are answered from a right one. The others are asked about or not
/// known; both are better than a wrong answer.
const RIGHT: usize = 17;

#[tokio::test]
async fn most_questions_are_answered_from_the_right_article_and_none_from_nowhere() {
    let server = Server::start();
    let (mut right, mut missed) = (0, Vec::new());
    for line in QUESTIONS.lines() {
        let (question, expected) = line.split_once('\t').unwrap();
        let reply = Shopper::arrives(&server).await.asks(question).await;
        let source = slug_of_source(&reply);
        if expected == "-" {
            assert_eq!(source, None, "{question}");
        } else if source.is_some_and(|slug| expected.split('|').any(|known| known == slug)) {
            right += 1;
        } else {
            missed.push((question, source.map(str::to_owned)));
        }
    }
    assert!(right >= RIGHT, "{right} right, these not: {missed:?}");
}
