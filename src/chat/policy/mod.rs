//! Decides what to say. A pure function of state, understanding and facts: no I/O, no clock.

use serde::Serialize;

use super::asks::Doing;
use super::forms::{OrderForm, task_of};
use super::goods::{Finding, Record};
use super::intents::{Behaviour, Behaviours};
use super::state::{Pending, State};
use crate::knowledge::{Answer, Related};
use crate::nlu::{EntityKind, Understanding, Verdict};
use crate::text::mood::{is_angry, is_trick};

/// Turns in a row without help after which a person is called.
const FAILURES_BEFORE_HANDOVER: u8 = 2;

/// A courtesy up to this many words is taken as nothing but a courtesy ("ok thanks a lot"); a longer one carries
/// a question ("thanks, and when does it arrive").
const COURTESY_WORDS: usize = 6;

/// Bad answers in a row to a form, after which a person is called.
const WRONG_ANSWERS: u8 = 3;

/// What the turn knows beside the state and the message.
pub struct Facts<'a> {
    /// What the knowledge base found for the message.
    pub answer: &'a Answer,
    /// The message's questions one by one, when it is more than one clause.
    pub questions: &'a [Question],
    pub behaviours: &'a Behaviours,
    /// What the shop has for the message as a whole.
    pub finding: Option<&'a Finding>,
    /// The shopper doesn't want to go on with the form.
    pub leaves_form: bool,
    /// A person was called and isn't there yet.
    pub person_wanted: bool,
    /// Nobody is there now, and nobody knows where to write to.
    pub asks_contact: bool,
}

/// One of several questions in a message.
pub struct Question {
    pub understanding: Understanding,
    pub answer: Answer,
    pub finding: Option<Finding>,
}

/// What the shopper did: wrote, or chose a button.
pub enum Input<'a> {
    Words(&'a Understanding),
    Button(Button),
    /// Sent a photo or a document.
    Attachment,
}

mod button;
pub use button::Button;

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
        /// Ask how the conversation was.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        rate: bool,
    },
    AskToRephrase,
    /// Say so, offer a person and what comes nearest, record the question.
    DontKnow {
        topics: Vec<Related>,
    },
    HandOver {
        reason: Reason,
        /// Ask where the shopper can be written to.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        asks_contact: bool,
    },
    /// A person was called already: note it for them.
    NoteForPerson,
    /// The answer to a form's question was none.
    AskAgain,
    /// Keep where the shopper can be written to while no person is there.
    KeepContact {
        #[serde(skip)]
        email: String,
    },
    /// Several of these one after the other.
    Mixed {
        actions: Vec<Action>,
    },
    /// Say what the shop has.
    #[serde(untagged)]
    Shop(ShopAction),
}

/// Saying what was found in the shop, and the records that it stands on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShopAction {
    pub action: Doing,
    /// For which of the message's questions; `None`: for all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<usize>,
    pub records: Vec<Record>,
}

/// Why a person is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The shopper asked for one.
    Wish,
    Complaint,
    Anger,
    /// The bot failed too often in a row.
    Failures,
    /// The shopper sent what the bot can't look at.
    Attachment,
    /// So much would be given back that a person decides.
    Value,
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
    let decision = match input {
        Input::Button(_) | Input::Words(_) if is_at_stake(facts) => at_stake(state, facts),
        Input::Button(button) => press(state, button, facts),
        Input::Attachment if facts.person_wanted => decision(
            Action::NoteForPerson,
            state.clone(),
            "a file for the person who was called already",
        ),
        Input::Attachment => hand_over(state, Reason::Attachment, "the bot can't look at files"),
        Input::Words(understanding) => calls_a_person(state, understanding, facts)
            .or_else(|| contact(state, understanding))
            .or_else(|| trick(state, understanding))
            .or_else(|| several(state, facts))
            .or_else(|| from_the_shop(state, facts))
            .or_else(|| by_intent(state, understanding, facts))
            .or_else(|| each_question(state, facts))
            .unwrap_or_else(|| by_knowledge(state, understanding, facts)),
    };
    out_of_hours(in_the_form(state, decision), facts)
}

/// Whether what the message asks of the order desk is a person's to decide.
fn is_at_stake(facts: &Facts<'_>) -> bool {
    let arranged = facts.finding.and_then(|finding| finding.arranged.as_ref());
    !facts.leaves_form && arranged.is_some_and(|arranged| arranged.calls_person)
}

fn at_stake(state: &State, facts: &Facts<'_>) -> Decision {
    let state = facts
        .finding
        .map_or_else(|| state.clone(), |finding| after(state, finding));
    match facts.person_wanted {
        true => decision(Action::NoteForPerson, state, "a person was called already"),
        false => hand_over(&state, Reason::Value, "so much is at stake that a person decides"),
    }
}

/// Whoever is handed over while nobody is there is asked where to write to.
fn out_of_hours(mut decision: Decision, facts: &Facts<'_>) -> Decision {
    if let Action::HandOver { asks_contact, .. } = &mut decision.action
        && facts.asks_contact
    {
        *asks_contact = true;
        decision.state.pending = Some(Pending::Contact);
    }
    decision
}

/// What isn't understood while a form awaits an answer is a bad answer, not a question without one.
fn in_the_form(state: &State, decision: Decision) -> Decision {
    let is_lost = matches!(decision.action, Action::DontKnow { .. } | Action::Clarify { .. });
    let Some(form) = state.form.as_ref().filter(|_| is_lost) else {
        return decision;
    };
    if form.tries + 1 >= WRONG_ANSWERS {
        return hand_over(
            state,
            Reason::Failures,
            "the shopper and the form don't understand each other",
        );
    }
    let form = OrderForm {
        tries: form.tries + 1,
        ..form.clone()
    };
    let state = State {
        form: Some(form),
        ..state.clone()
    };
    self::decision(Action::AskAgain, state, "no answer to what the form asks")
}

/// The bot is a shop's assistant, whatever it is told to be.
fn trick(state: &State, understanding: &Understanding) -> Option<Decision> {
    let why = "the message wants to make something else of the bot";
    is_trick(&understanding.text).then(|| small_talk(state, "help", why))
}

/// Where the shopper can be written to, when that was asked.
fn contact(state: &State, understanding: &Understanding) -> Option<Decision> {
    if state.pending != Some(Pending::Contact) {
        return None;
    }
    let email = understanding
        .entities
        .iter()
        .find(|entity| entity.kind == EntityKind::Email)?;
    let email = email.text.clone();
    let state = State {
        contact: Some(email.clone()),
        ..state.answered()
    };
    Some(decision(
        Action::KeepContact { email },
        state,
        "the shopper says where to write to",
    ))
}

fn press(state: &State, button: &Button, facts: &Facts<'_>) -> Decision {
    match button {
        Button::Article { slug } => choose_article(state, slug),
        Button::NoneOfThese => none_of_these(state),
        Button::CallPerson => hand_over(state, Reason::Wish, "the shopper accepted the offer of a person"),
        Button::NoPerson => small_talk(state, "deny-ok", "the shopper declined the offer of a person"),
        Button::GiveUp => give_up(state),
        _ => from_the_shop(state, facts).unwrap_or_else(|| {
            let why = "what the button stands for is no longer there";
            decision(Action::AskToRephrase, state.clone(), why)
        }),
    }
}

/// The shopper leaves a form.
fn give_up(state: &State) -> Decision {
    let state = State {
        form: None,
        ..state.clone()
    };
    small_talk(&state, "form-left", "the shopper leaves the form")
}

fn choose_article(state: &State, slug: &str) -> Decision {
    let state = State {
        last_article: Some(slug.to_owned()),
        ..state.answered()
    };
    let slug = slug.to_owned();
    decision(
        Action::QuoteArticle { slug },
        state,
        "the shopper chose this article",
    )
}

fn none_of_these(state: &State) -> Decision {
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

/// Why a message calls a person, whatever else it says: an intent that does, or anger.
pub fn call_for_person(understanding: &Understanding, behaviours: &Behaviours) -> Option<(Reason, String)> {
    let sure = understanding
        .ranking
        .first()
        .filter(|_| understanding.verdict == Verdict::Act);
    let intent = sure.filter(|intent| behaviours.of(&intent.name) == Behaviour::HandOver);
    match intent {
        Some(intent) => {
            let is_complaint = intent.name == "complaint";
            let reason = if is_complaint {
                Reason::Complaint
            } else {
                Reason::Wish
            };
            Some((reason, format!("intent `{}` calls a person", intent.name)))
        }
        None => is_angry(&understanding.text).then(|| (Reason::Anger, "the shopper is angry".to_owned())),
    }
}

fn calls_a_person(state: &State, understanding: &Understanding, facts: &Facts<'_>) -> Option<Decision> {
    let (reason, why) = call_for_person(understanding, facts.behaviours)?;
    Some(match facts.person_wanted {
        true => decision(
            Action::NoteForPerson,
            state.clone(),
            "a person was called already",
        ),
        false => hand_over(state, reason, &why),
    })
}

/// A courtesy, yes and no.
fn by_intent(state: &State, understanding: &Understanding, facts: &Facts<'_>) -> Option<Decision> {
    let intent = understanding
        .ranking
        .first()
        .filter(|_| understanding.verdict == Verdict::Act)?;
    let name = intent.name.as_str();
    let answered = matches!(facts.answer, Answer::Confident { .. });
    let courtesy = !answered || word_count(&understanding.text) <= COURTESY_WORDS;
    match facts.behaviours.of(name) {
        Behaviour::SmallTalk if courtesy => Some(small_talk(
            state,
            &name.replace("bot_", "").replace('_', "-"),
            &format!("intent `{name}` is a courtesy"),
        )),
        Behaviour::Affirm if courtesy => Some(affirm(state)),
        Behaviour::Deny if courtesy => Some(deny(state)),
        _ => None,
    }
}

/// What the shop has for the message as a whole.
fn from_the_shop(state: &State, facts: &Facts<'_>) -> Option<Decision> {
    if facts.leaves_form {
        return Some(give_up(state));
    }
    let finding = facts.finding?;
    let action = Action::Shop(shop_action(finding, None));
    let state = after(&state.answered(), finding);
    Some(decision(action, state, "the shop has something for this"))
}

fn shop_action(finding: &Finding, question: Option<usize>) -> ShopAction {
    ShopAction {
        action: finding.doing,
        question,
        records: finding.records.clone(),
    }
}

/// The state once a finding is said.
fn after(state: &State, finding: &Finding) -> State {
    let mut state = state.clone();
    if let Some(shown) = &finding.shown {
        state.put_on_the_table(shown.clone(), finding.wants.clone());
        state.focus = None;
    }
    if let Some(focus) = &finding.focus {
        state.focus = Some(focus.clone());
    }
    if let (Doing::Dismiss, Some(Record::Product { id, .. })) = (finding.doing, finding.records.first()) {
        state.dismissed.push(id.clone());
        state.shown.retain(|shown| shown != id);
    }
    if let Some(arranged) = &finding.arranged {
        state.form = arranged.form.clone();
        state.order = arranged.order.clone().or(state.order);
        state.proof = arranged.proof.clone().or(state.proof);
        state.pending = arranged.offers_person.then_some(Pending::OfferPerson);
    }
    state.guesses = state.guesses.saturating_add(finding.guessed.into());
    state.offered = finding.offered.clone().or(state.offered);
    state
}

/// A message that asks different things: each clear one gets its part, answers first, then products, then offers.
fn several(state: &State, facts: &Facts<'_>) -> Option<Decision> {
    let mut articles = Vec::new();
    let mut findings: Vec<(usize, &Finding)> = Vec::new();
    for (at, question) in facts.questions.iter().enumerate() {
        match &question.finding {
            Some(finding) if findings.iter().all(|(_, known)| known.doing != finding.doing) => {
                findings.push((at, finding));
            }
            // What was found already is not shown again; an article may say what the clause is about.
            _ if is_clear(question) => articles.push(at),
            _ => {}
        }
    }
    let articles = with_different_articles(&articles, facts);
    let desk = facts.finding.filter(|finding| finding.arranged.is_some());
    if desk.is_some() {
        // What is arranged is about all of the message; an article on how it is arranged says less.
        return with_the_desk(state, facts, &findings);
    }
    // What one of several clauses asks of the shop counts, when the whole of them asks for nothing.
    let is_all_there_is = facts.finding.is_none() && findings.len() == 1;
    if findings.is_empty() || articles.len() + findings.len() < 2 && !is_all_there_is {
        return None;
    }
    findings.sort_by_key(|(at, finding)| (finding.doing.place(), *at));
    let mut state = state.answered();
    let mut actions = Vec::new();
    if !articles.is_empty() {
        state.last_article = last_article(&articles, facts);
        actions.push(Action::QuoteEach { questions: articles });
    }
    for (at, finding) in findings {
        actions.push(Action::Shop(shop_action(finding, Some(at))));
        state = after(&state, finding);
    }
    Some(decision(
        Action::Mixed { actions },
        state,
        "the message asks several things",
    ))
}

/// What else a message asks, before what is arranged about an order.
fn with_the_desk(state: &State, facts: &Facts<'_>, findings: &[(usize, &Finding)]) -> Option<Decision> {
    let desk = facts.finding?;
    let is_other = |at: &usize| {
        let intent = facts.questions[*at].understanding.ranking.first();
        intent.is_some_and(|intent| task_of(facts.behaviours.of(&intent.name)).is_none())
            && facts.questions[*at].finding.is_none()
            && is_clear(&facts.questions[*at])
    };
    let others: Vec<usize> = (0..facts.questions.len()).filter(is_other).collect();
    let articles = with_different_articles(&others, facts);
    if articles.is_empty() && findings.is_empty() {
        return None;
    }
    let mut state = state.answered();
    let mut actions = Vec::new();
    if !articles.is_empty() {
        actions.push(Action::QuoteEach { questions: articles });
    }
    for (at, finding) in findings {
        actions.push(Action::Shop(shop_action(finding, Some(*at))));
        state = after(&state, finding);
    }
    actions.push(Action::Shop(shop_action(desk, None)));
    state = after(&state, desk);
    Some(decision(
        Action::Mixed { actions },
        state,
        "the message asks several things",
    ))
}

fn is_clear(question: &Question) -> bool {
    matches!(question.answer, Answer::Confident { .. }) && question.understanding.verdict == Verdict::Act
}

/// Of questions with clear answers, the first for each article.
fn with_different_articles(questions: &[usize], facts: &Facts<'_>) -> Vec<usize> {
    let mut articles: Vec<&str> = Vec::new();
    let mut clear = Vec::new();
    for at in questions {
        if let Answer::Confident { hit, .. } = &facts.questions[*at].answer
            && !articles.contains(&hit.article.slug.as_str())
        {
            articles.push(&hit.article.slug);
            clear.push(*at);
        }
    }
    clear
}

fn last_article(questions: &[usize], facts: &Facts<'_>) -> Option<String> {
    match &facts.questions[*questions.last()?].answer {
        Answer::Confident { hit, .. } => Some(hit.article.slug.clone()),
        _ => None,
    }
}

fn affirm(state: &State) -> Decision {
    match &state.pending {
        Some(Pending::OfferPerson) => hand_over(state, Reason::Wish, "yes to the offer of a person"),
        Some(Pending::Topics { slugs }) if slugs.len() == 1 => choose_article(state, &slugs[0]),
        Some(Pending::Topics { .. }) => decision(
            Action::AskToRephrase,
            state.clone(),
            "yes, but which topic isn't clear",
        ),
        Some(Pending::Contact) | None => small_talk(state, "affirm-what", "yes, with nothing asked"),
    }
}

fn deny(state: &State) -> Decision {
    match &state.pending {
        Some(Pending::Topics { .. }) => none_of_these(state),
        _ => small_talk(state, "deny-ok", "no, with nothing left to decline"),
    }
}

/// Several questions, each clear and each with an article of its own, are all answered. A message that says too little
/// as a whole is answered by the one question in it that is clear.
fn each_question(state: &State, facts: &Facts<'_>) -> Option<Decision> {
    let clear: Vec<usize> = (0..facts.questions.len())
        .filter(|at| is_clear(&facts.questions[*at]))
        .collect();
    let clear = with_different_articles(&clear, facts);
    let whole_is_clear = matches!(facts.answer, Answer::Confident { .. });
    if clear.is_empty() || (clear.len() == 1 && whole_is_clear) {
        return None;
    }
    let state = State {
        last_article: last_article(&clear, facts),
        last_question: clear
            .last()
            .map(|at| facts.questions[*at].understanding.text.clone()),
        ..state.answered()
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
                last_question: Some(understanding.text.clone()),
                ..state.answered()
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
        return hand_over(
            state,
            Reason::Failures,
            "the bot could not help several times in a row",
        );
    }
    let state = State {
        failures,
        pending: Some(Pending::OfferPerson),
        ..state.clone()
    };
    let topics = topics.to_vec();
    decision(Action::DontKnow { topics }, state, "no article answers this")
}

/// Calls a person. What the shopper was looking at stays: the bot may have the conversation again.
fn hand_over(state: &State, reason: Reason, why: &str) -> Decision {
    let state = State {
        failures: 0,
        pending: None,
        ..state.clone()
    };
    let asks_contact = false;
    decision(Action::HandOver { reason, asks_contact }, state, why)
}

fn small_talk(state: &State, topic: &str, why: &str) -> Decision {
    // Whoever was helped and takes leave is asked once how it was.
    let rate = state.helped && !state.asked_rating && matches!(topic, "thanks" | "goodbye");
    let state = State {
        failures: 0,
        pending: None,
        asked_rating: state.asked_rating || rate,
        ..state.clone()
    };
    let topic = topic.into();
    decision(Action::SmallTalk { topic, rate }, state, why)
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
