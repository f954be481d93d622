//! Decides what to say. A pure function of state, understanding and facts: no I/O, no clock.

use serde::Serialize;

use super::goods::{Goods, Origin};
use super::intents::{Behaviour, Behaviours};
use super::state::{Pending, State};
use crate::knowledge::{Answer, Related};
use crate::nlu::{Understanding, Verdict};

/// Turns in a row without help after which a person is called.
const FAILURES_BEFORE_HANDOVER: u8 = 2;

/// A courtesy up to this many words is taken as nothing but a courtesy ("ok thanks a lot"); a longer one carries
/// a question ("thanks, and when does it arrive").
const COURTESY_WORDS: usize = 6;

/// What the turn knows beside the state and the message.
pub struct Facts<'a> {
    /// What the knowledge base found for the message.
    pub answer: &'a Answer,
    /// The message's questions one by one, when it is more than one clause.
    pub questions: &'a [Question],
    pub behaviours: &'a Behaviours,
    /// What the shop has to show for the message.
    pub goods: &'a Goods,
    /// A person was called and isn't there yet.
    pub person_wanted: bool,
}

/// One of several questions in a message.
pub struct Question {
    pub understanding: Understanding,
    pub answer: Answer,
}

/// What the shopper did: wrote, or chose a button.
pub enum Input<'a> {
    Words(&'a Understanding),
    Button(Button),
    /// Sent a photo or a document.
    Attachment,
}

/// What a button of ours stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Button {
    Article { slug: String },
    NoneOfThese,
    CallPerson,
    NoPerson,
}

impl Button {
    /// Reads the value that [`Button::value`] wrote; `None` for anything else, which is then read as words.
    pub fn parse(value: &str) -> Option<Self> {
        Some(match value.split_once(':')? {
            ("article", slug) if !slug.is_empty() => Self::Article { slug: slug.into() },
            ("topic", "none") => Self::NoneOfThese,
            ("person", "yes") => Self::CallPerson,
            ("person", "no") => Self::NoPerson,
            _ => return None,
        })
    }

    pub fn value(&self) -> String {
        match self {
            Self::Article { slug } => format!("article:{slug}"),
            Self::NoneOfThese => "topic:none".into(),
            Self::CallPerson => "person:yes".into(),
            Self::NoPerson => "person:no".into(),
        }
    }
}

/// One thing to do in the reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Quote what the knowledge base is confident of.
    Quote,
    /// Quote an article for each of these of the message's questions.
    QuoteEach {
        questions: Vec<usize>,
    },
    /// Quote the beginning of an article that the shopper chose.
    QuoteArticle {
        slug: String,
    },
    /// Ask which of these topics is meant.
    Clarify {
        topics: Vec<Related>,
    },
    /// A courtesy: the sentence `bot-<topic>`.
    SmallTalk {
        topic: String,
    },
    AskToRephrase,
    /// Say so, offer a person and what comes nearest, record the question.
    DontKnow {
        topics: Vec<Related>,
    },
    HandOver {
        reason: Reason,
    },
    /// Show products that fit, and name what they were found by.
    ShowProducts {
        advice: bool,
        records: Vec<Origin>,
    },
    /// Show the offers that run.
    ShowOffers {
        records: Vec<Origin>,
    },
    /// Say what is the matter with the codes that the message names.
    ExplainCodes {
        records: Vec<Origin>,
    },
    /// A person was called already: note it for them.
    NoteForPerson,
}

/// Why a person is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The shopper asked for one.
    Wish,
    Complaint,
    /// The bot failed too often in a row.
    Failures,
    /// The shopper sent what the bot can't look at.
    Attachment,
}

/// What to do, the state after it, and why, in words for agents and admins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub action: Action,
    pub state: State,
    pub why: String,
}

/// Decides what to do about `input`.
pub fn decide(state: &State, input: &Input<'_>, facts: &Facts<'_>) -> Decision {
    match input {
        Input::Button(button) => press(state, button),
        Input::Attachment if facts.person_wanted => decision(
            Action::NoteForPerson,
            state.clone(),
            "a file for the person who was called already",
        ),
        Input::Attachment => hand_over(Reason::Attachment, "the bot can't look at files"),
        Input::Words(understanding) => by_intent(state, understanding, facts)
            .or_else(|| each_question(facts))
            .unwrap_or_else(|| by_knowledge(state, understanding, facts)),
    }
}

fn press(state: &State, button: &Button) -> Decision {
    match button {
        Button::Article { slug } => {
            let state = State {
                last_article: Some(slug.clone()),
                ..State::default()
            };
            decision(
                Action::QuoteArticle { slug: slug.clone() },
                state,
                "the shopper chose this article",
            )
        }
        Button::NoneOfThese => {
            let state = State {
                failures: state.failures.saturating_add(1),
                pending: None,
                ..state.clone()
            };
            decision(
                Action::AskToRephrase,
                state,
                "none of the topics offered was meant",
            )
        }
        Button::CallPerson => hand_over(Reason::Wish, "the shopper accepted the offer of a person"),
        Button::NoPerson => small_talk(state, "deny-ok", "the shopper declined the offer of a person"),
    }
}

/// What the intent alone decides: persons, courtesies, yes and no.
fn by_intent(state: &State, understanding: &Understanding, facts: &Facts<'_>) -> Option<Decision> {
    let intent = understanding
        .ranking
        .first()
        .filter(|_| understanding.verdict == Verdict::Act)?;
    let name = intent.name.as_str();
    let answered = matches!(facts.answer, Answer::Confident { .. });
    let courtesy = !answered || word_count(&understanding.text) <= COURTESY_WORDS;
    match facts.behaviours.of(name) {
        Behaviour::HandOver if facts.person_wanted => Some(decision(
            Action::NoteForPerson,
            state.clone(),
            "a person was called already",
        )),
        Behaviour::HandOver => {
            let reason = if name == "complaint" {
                Reason::Complaint
            } else {
                Reason::Wish
            };
            Some(hand_over(reason, &format!("intent `{name}` calls a person")))
        }
        Behaviour::SmallTalk if courtesy => Some(small_talk(
            state,
            &name.replace("bot_", "").replace('_', "-"),
            &format!("intent `{name}` is a courtesy"),
        )),
        Behaviour::Affirm if courtesy => Some(affirm(state)),
        Behaviour::Deny if courtesy => Some(deny(state)),
        Behaviour::FindProducts | Behaviour::RecommendProducts if !facts.goods.products.is_empty() => {
            let action = Action::ShowProducts {
                advice: facts.behaviours.of(name) == Behaviour::RecommendProducts,
                records: facts.goods.origin.clone(),
            };
            Some(show(action, &format!("intent `{name}` is about products")))
        }
        Behaviour::ShowOffers if !facts.goods.offers.is_empty() => {
            let records = facts.goods.origin.clone();
            Some(show(
                Action::ShowOffers { records },
                &format!("intent `{name}` is about offers"),
            ))
        }
        Behaviour::ExplainCode if !facts.goods.codes.is_empty() => {
            let records = facts.goods.origin.clone();
            Some(show(
                Action::ExplainCodes { records },
                "the message names a code of the shop's",
            ))
        }
        _ => None,
    }
}

fn show(action: Action, why: &str) -> Decision {
    decision(action, State::default(), why)
}

fn affirm(state: &State) -> Decision {
    match &state.pending {
        Some(Pending::OfferPerson) => hand_over(Reason::Wish, "yes to the offer of a person"),
        Some(Pending::Topics { slugs }) if slugs.len() == 1 => press(
            state,
            &Button::Article {
                slug: slugs[0].clone(),
            },
        ),
        Some(Pending::Topics { .. }) => decision(
            Action::AskToRephrase,
            state.clone(),
            "yes, but which topic isn't clear",
        ),
        None => small_talk(state, "affirm-what", "yes, with nothing asked"),
    }
}

fn deny(state: &State) -> Decision {
    match &state.pending {
        Some(Pending::Topics { .. }) => press(state, &Button::NoneOfThese),
        _ => small_talk(state, "deny-ok", "no, with nothing left to decline"),
    }
}

/// Several questions, each clear and each with an article of its own, are all answered. A message that says too little
/// as a whole is answered by the one question in it that is clear.
fn each_question(facts: &Facts<'_>) -> Option<Decision> {
    let mut articles: Vec<&str> = Vec::new();
    let mut clear = Vec::new();
    for (at, question) in facts.questions.iter().enumerate() {
        if let Answer::Confident { hit, .. } = &question.answer
            && question.understanding.verdict == Verdict::Act
            && !articles.contains(&hit.article.slug.as_str())
        {
            articles.push(&hit.article.slug);
            clear.push(at);
        }
    }
    let whole_is_clear = matches!(facts.answer, Answer::Confident { .. });
    if clear.is_empty() || (clear.len() == 1 && whole_is_clear) {
        return None;
    }
    let state = State {
        last_article: articles.last().map(|slug| (*slug).to_owned()),
        ..State::default()
    };
    let why = match clear.len() {
        1 => "one of the message's questions is clear",
        _ => "the message asks several questions, and each has its article",
    };
    Some(decision(Action::QuoteEach { questions: clear }, state, why))
}

/// What the knowledge base decides, with the scope verdict as a brake.
fn by_knowledge(state: &State, understanding: &Understanding, facts: &Facts<'_>) -> Decision {
    match facts.answer {
        Answer::Confident { hit, .. } => {
            let state = State {
                last_article: Some(hit.article.slug.clone()),
                ..State::default()
            };
            decision(Action::Quote, state, "an article answers this well enough")
        }
        Answer::Unsure { topics } if understanding.verdict != Verdict::OutOfScope && !topics.is_empty() => {
            let slugs = topics.iter().map(|topic| topic.slug.clone()).collect();
            let state = State {
                pending: Some(Pending::Topics { slugs }),
                ..state.clone()
            };
            decision(
                Action::Clarify {
                    topics: topics.clone(),
                },
                state,
                "several articles come near, none near enough",
            )
        }
        // Near some article, yet unlike anything a shopper asks here: said so, with the articles as a second guess.
        Answer::Unsure { topics } => unknown(state, facts, topics),
        Answer::Unknown { .. } => unknown(state, facts, &[]),
    }
}

fn unknown(state: &State, facts: &Facts<'_>, topics: &[Related]) -> Decision {
    let failures = state.failures.saturating_add(1);
    if facts.person_wanted {
        return decision(
            Action::NoteForPerson,
            state.clone(),
            "no article answers this, and a person was called already",
        );
    }
    if failures >= FAILURES_BEFORE_HANDOVER {
        return hand_over(Reason::Failures, "the bot could not help several times in a row");
    }
    let state = State {
        failures,
        pending: Some(Pending::OfferPerson),
        ..state.clone()
    };
    let topics = topics.to_vec();
    decision(Action::DontKnow { topics }, state, "no article answers this")
}

fn hand_over(reason: Reason, why: &str) -> Decision {
    decision(Action::HandOver { reason }, State::default(), why)
}

fn small_talk(state: &State, topic: &str, why: &str) -> Decision {
    let state = State {
        failures: 0,
        pending: None,
        ..state.clone()
    };
    decision(Action::SmallTalk { topic: topic.into() }, state, why)
}

fn decision(action: Action, state: State, why: &str) -> Decision {
    Decision {
        action,
        state,
        why: why.into(),
    }
}

fn word_count(text: &str) -> usize {
    text.split_whitespace().count()
}

#[cfg(test)]
mod tests;
