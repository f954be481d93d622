//! The policy's table: what is understood, what the knowledge base found, what was asked before ⇒ what is said.

use std::sync::Arc;

use super::*;
use crate::knowledge::Hit;
use crate::nlu::ScoredIntent;

fn understanding(text: &str, intent: &str, verdict: Verdict) -> Understanding {
    let ranking = vec![ScoredIntent {
        name: intent.into(),
        confidence: 0.9,
        nearest: 0.8,
    }];
    Understanding {
        text: text.into(),
        read_as: None,
        vector: Arc::from([0.0f32; 4].as_slice()),
        ranking,
        scope: 0.5,
        verdict,
        nearest: None,
        entities: Vec::new(),
        micros: 0,
    }
}

fn confident() -> Answer {
    Answer::Confident {
        hit: Hit::of("returns"),
        quote: "30 days.".into(),
        related: Vec::new(),
    }
}

fn unsure() -> Answer {
    let topic = |slug: &str| Related {
        slug: slug.into(),
        title: slug.into(),
    };
    Answer::Unsure {
        topics: vec![topic("returns"), topic("exchanges")],
    }
}

fn unknown_answer() -> Answer {
    Answer::Unknown { nearest: None }
}

fn behaviours() -> Behaviours {
    Behaviours::from([
        ("complaint", Behaviour::HandOver),
        ("talk_to_person", Behaviour::HandOver),
        ("greeting", Behaviour::SmallTalk),
        ("bot_identity", Behaviour::SmallTalk),
        ("affirm", Behaviour::Affirm),
        ("deny", Behaviour::Deny),
    ])
}

fn asked(pending: Pending) -> State {
    State {
        pending: Some(pending),
        ..State::default()
    }
}

fn failed_once() -> State {
    State {
        failures: 1,
        pending: Some(Pending::OfferPerson),
        ..State::default()
    }
}

fn topics(slugs: &[&str]) -> Pending {
    Pending::Topics {
        slugs: slugs.iter().map(|slug| (*slug).to_owned()).collect(),
    }
}

/// The action's name and, where it has one, its object: `quote_article returns`, `hand_over wish`.
fn named(action: &Action) -> String {
    let value = serde_json::to_value(action).unwrap();
    let object = ["slug", "topic", "reason"]
        .iter()
        .find_map(|key| value[key].as_str())
        .unwrap_or_default();
    format!("{} {object}", value["action"].as_str().unwrap())
        .trim()
        .to_owned()
}

#[test]
fn what_is_said_to_words() {
    use Verdict::{Act, Ask, OutOfScope};
    let fresh = State::default;
    for (case, state, text, intent, verdict, answer, person_wanted, expected) in [
        (
            "a question with an answer",
            fresh(),
            "can i send it back",
            "return_item",
            Act,
            confident(),
            false,
            "quote",
        ),
        (
            "the article decides, not the intent's doubt",
            fresh(),
            "can i send it back",
            "return_item",
            OutOfScope,
            confident(),
            false,
            "quote",
        ),
        (
            "several topics",
            fresh(),
            "about my parcel",
            "return_item",
            Ask,
            unsure(),
            false,
            "clarify",
        ),
        (
            "off topic, though something comes near",
            fresh(),
            "who won the game",
            "return_item",
            OutOfScope,
            unsure(),
            false,
            "dont_know",
        ),
        (
            "nothing comes near",
            fresh(),
            "do you fix cars",
            "repair",
            Act,
            unknown_answer(),
            false,
            "dont_know",
        ),
        (
            "the second failure calls a person",
            failed_once(),
            "do you fix cars",
            "repair",
            Ask,
            unknown_answer(),
            false,
            "hand_over failures",
        ),
        (
            "a person is on the way",
            fresh(),
            "do you fix cars",
            "repair",
            Ask,
            unknown_answer(),
            true,
            "note_for_person",
        ),
        (
            "an answer is given while waiting",
            fresh(),
            "can i send it back",
            "return_item",
            Act,
            confident(),
            true,
            "quote",
        ),
        (
            "a wish for a person",
            fresh(),
            "let me talk to someone",
            "talk_to_person",
            Act,
            unknown_answer(),
            false,
            "hand_over wish",
        ),
        (
            "the wish again",
            fresh(),
            "hello? a person please",
            "talk_to_person",
            Act,
            unknown_answer(),
            true,
            "note_for_person",
        ),
        (
            "a complaint, even where an article comes near",
            fresh(),
            "this is a disgrace",
            "complaint",
            Act,
            confident(),
            false,
            "hand_over complaint",
        ),
        (
            "a doubtful complaint is a question first",
            fresh(),
            "this is a disgrace",
            "complaint",
            Ask,
            unknown_answer(),
            false,
            "dont_know",
        ),
        (
            "hello",
            fresh(),
            "hi there",
            "greeting",
            Act,
            unknown_answer(),
            false,
            "small_talk greeting",
        ),
        (
            "the prefix of the bot's own intents falls off",
            fresh(),
            "are you a robot",
            "bot_identity",
            Act,
            unknown_answer(),
            false,
            "small_talk identity",
        ),
        (
            "hello and a question",
            fresh(),
            "hi there can i send back boots that i wore once",
            "greeting",
            Act,
            confident(),
            false,
            "quote",
        ),
        (
            "yes to the offer of a person",
            failed_once(),
            "yes please",
            "affirm",
            Act,
            unknown_answer(),
            false,
            "hand_over wish",
        ),
        (
            "no to the offer of a person",
            failed_once(),
            "no thanks",
            "deny",
            Act,
            unknown_answer(),
            false,
            "small_talk deny-ok",
        ),
        (
            "yes to one topic",
            asked(topics(&["returns"])),
            "yes",
            "affirm",
            Act,
            unknown_answer(),
            false,
            "quote_article returns",
        ),
        (
            "yes to two topics",
            asked(topics(&["returns", "exchanges"])),
            "yes",
            "affirm",
            Act,
            unknown_answer(),
            false,
            "ask_to_rephrase",
        ),
        (
            "no to two topics",
            asked(topics(&["returns", "exchanges"])),
            "no",
            "deny",
            Act,
            unknown_answer(),
            false,
            "ask_to_rephrase",
        ),
        (
            "yes to nothing",
            fresh(),
            "yes",
            "affirm",
            Act,
            unknown_answer(),
            false,
            "small_talk affirm-what",
        ),
    ] {
        let understanding = understanding(text, intent, verdict);
        let behaviours = behaviours();
        let facts = Facts {
            answer: &answer,
            questions: &[],
            behaviours: &behaviours,
            finding: None,
            leaves_form: false,
            person_wanted,
            asks_contact: false,
        };
        let decision = decide(&state, &Input::Words(&understanding), &facts);
        assert_eq!(named(&decision.action), expected, "{case}");
        assert!(!decision.why.is_empty(), "{case}");
    }
}

#[test]
fn what_a_button_does() {
    let facts_answer = unknown_answer();
    let behaviours = behaviours();
    for (value, expected) in [
        ("article:returns", "quote_article returns"),
        ("topic:none", "ask_to_rephrase"),
        ("person:yes", "hand_over wish"),
        ("person:no", "small_talk deny-ok"),
    ] {
        let button = Button::parse(value).unwrap();
        assert_eq!(button.value(), value);
        let facts = Facts {
            answer: &facts_answer,
            questions: &[],
            behaviours: &behaviours,
            finding: None,
            leaves_form: false,
            person_wanted: false,
            asks_contact: false,
        };
        let decision = decide(&failed_once(), &Input::Button(button), &facts);
        assert_eq!(named(&decision.action), expected, "{value}");
    }
    for value in [
        "",
        "article:",
        "topic:all",
        "person",
        "coupon:10",
        "javascript:alert(1)",
    ] {
        assert_eq!(Button::parse(value), None, "{value}");
    }
}

#[test]
fn the_state_follows() {
    let behaviours = behaviours();
    let next = |state: &State, answer: &Answer| {
        let understanding = understanding("do you fix cars", "repair", Verdict::Ask);
        let facts = Facts {
            answer,
            questions: &[],
            behaviours: &behaviours,
            finding: None,
            leaves_form: false,
            person_wanted: false,
            asks_contact: false,
        };
        decide(state, &Input::Words(&understanding), &facts).state
    };
    let once = next(&State::default(), &unknown_answer());
    assert_eq!(
        (once.failures, once.pending.clone()),
        (1, Some(Pending::OfferPerson))
    );
    let answered = next(&once, &confident());
    assert_eq!((answered.failures, answered.pending), (0, None));
    assert_eq!(answered.last_article.as_deref(), Some("returns"));
    // Being asked to choose is no failure; choosing none is one.
    let asked = next(&State::default(), &unsure());
    assert_eq!(
        (asked.failures, asked.pending.clone()),
        (0, Some(topics(&["returns", "exchanges"])))
    );
    let facts = Facts {
        answer: &unsure(),
        questions: &[],
        behaviours: &behaviours,
        finding: None,
        leaves_form: false,
        person_wanted: false,
        asks_contact: false,
    };
    let none = decide(&asked, &Input::Button(Button::NoneOfThese), &facts).state;
    assert_eq!((none.failures, none.pending), (1, None));
}

#[test]
fn a_file_is_for_a_person() {
    let behaviours = behaviours();
    for (person_wanted, expected) in [(false, "hand_over attachment"), (true, "note_for_person")] {
        let facts = Facts {
            answer: &unknown_answer(),
            questions: &[],
            behaviours: &behaviours,
            finding: None,
            leaves_form: false,
            asks_contact: false,
            person_wanted,
        };
        let decision = decide(&State::default(), &Input::Attachment, &facts);
        assert_eq!(named(&decision.action), expected);
    }
}

fn question(slug: &str, verdict: Verdict) -> Question {
    Question {
        understanding: understanding("a question", "some_intent", verdict),
        answer: Answer::Confident {
            hit: Hit::of(slug),
            quote: "An answer.".into(),
            related: Vec::new(),
        },
        finding: None,
    }
}

/// Which of the questions are quoted, given what the whole message found.
fn quoted(whole: Answer, questions: &[Question]) -> Option<Vec<usize>> {
    let facts = Facts {
        answer: &whole,
        questions,
        behaviours: &behaviours(),
        finding: None,
        leaves_form: false,
        person_wanted: false,
        asks_contact: false,
    };
    let whole = understanding("a question and another", "some_intent", Verdict::Act);
    match decide(&State::default(), &Input::Words(&whole), &facts).action {
        Action::QuoteEach { questions } => Some(questions),
        _ => None,
    }
}

#[test]
fn two_clear_questions_are_both_answered() {
    let (returns, shipping) = (
        question("returns", Verdict::Act),
        question("shipping", Verdict::Act),
    );
    assert_eq!(quoted(confident(), &[returns, shipping]), Some(vec![0, 1]));
    // The same article twice, or one that isn't clear: the message is answered as a whole.
    let twice = [
        question("returns", Verdict::Act),
        question("returns", Verdict::Act),
    ];
    assert_eq!(quoted(confident(), &twice), None);
    let vague = [
        question("returns", Verdict::Act),
        question("shipping", Verdict::Ask),
    ];
    assert_eq!(quoted(confident(), &vague), None);
    // The whole says too little, one of its questions enough.
    assert_eq!(quoted(unsure(), &vague), Some(vec![0]));
}

fn finding(doing: Doing, shown: &[&str]) -> Finding {
    Finding {
        doing,
        parts: Vec::new(),
        records: shown
            .iter()
            .map(|id| Record::Product {
                id: (*id).into(),
                reason: String::new(),
            })
            .collect(),
        shown: (!shown.is_empty()).then(|| shown.iter().map(|id| (*id).to_owned()).collect()),
        focus: None,
        wants: None,
        offered: None,
        guessed: false,
        arranged: None,
    }
}

/// What is decided about words of an intent that is nothing special, with what the shop has for them.
fn decided(state: &State, text: &str, found: Option<&Finding>, questions: &[Question]) -> Decision {
    let facts = Facts {
        answer: &confident(),
        questions,
        behaviours: &behaviours(),
        finding: found,
        leaves_form: false,
        person_wanted: false,
        asks_contact: false,
    };
    decide(
        state,
        &Input::Words(&understanding(text, "some_intent", Verdict::Act)),
        &facts,
    )
}

#[test]
fn what_the_shop_has_goes_before_what_articles_say() {
    let products = finding(Doing::ShowProducts, &["a", "b"]);
    let shown = decided(&State::default(), "show me a tent", Some(&products), &[]);
    assert_eq!(named(&shown.action), "show_products");
    assert_eq!((shown.state.shown.len(), shown.state.seen.len()), (2, 2));
    assert_eq!(
        named(&decided(&State::default(), "show me a tent", None, &[]).action),
        "quote"
    );
    // What is spoken of stays on the table over a question in between.
    let after = decided(&shown.state, "can i send it back", None, &[]);
    assert_eq!(after.state.shown, ["a", "b"]);
    let gone = decided(
        &shown.state,
        "not the first",
        Some(&finding(Doing::Dismiss, &["a"])),
        &[],
    );
    assert_eq!(gone.state.dismissed, ["a"]);
}

#[test]
fn a_mixed_message_is_answered_in_order() {
    let with = |found: Finding| Question {
        finding: Some(found),
        ..question("none", Verdict::Act)
    };
    let questions = [
        with(finding(Doing::ShowOffers, &[])),
        question("returns", Verdict::Act),
        with(finding(Doing::ShowProducts, &["a"])),
        with(finding(Doing::ShowProducts, &["b"])),
    ];
    let decision = decided(&State::default(), "many things", None, &questions);
    let Action::Mixed { actions } = &decision.action else {
        panic!("{:?}", decision.action);
    };
    let names: Vec<String> = actions.iter().map(named).collect();
    assert_eq!(names, ["quote_each", "show_products", "show_offers"]);
    assert_eq!(decision.state.shown, ["a"]);
}

#[test]
fn anger_calls_a_person_and_leave_taking_asks_how_it_was() {
    let angry = decided(&State::default(), "you are thieves and scammers!!", None, &[]);
    assert_eq!(named(&angry.action), "hand_over anger");
    let helped = State {
        helped: true,
        ..State::default()
    };
    let facts_answer = unknown_answer();
    let facts = Facts {
        answer: &facts_answer,
        questions: &[],
        behaviours: &Behaviours::from([("goodbye", Behaviour::SmallTalk)]),
        finding: None,
        leaves_form: false,
        person_wanted: false,
        asks_contact: false,
    };
    let bye = understanding("bye", "goodbye", Verdict::Act);
    let first = decide(&helped, &Input::Words(&bye), &facts);
    assert_eq!(
        first.action,
        Action::SmallTalk {
            topic: "goodbye".into(),
            rate: true
        }
    );
    let again = decide(&first.state, &Input::Words(&bye), &facts);
    assert_eq!(
        again.action,
        Action::SmallTalk {
            topic: "goodbye".into(),
            rate: false
        }
    );
}
