//! What a turn thinks before it speaks: understands the message, looks up what it asks, decides.

use std::time::Instant;

use futures_util::future::{try_join, try_join_all};

use super::asks::{self, Ask, How};
use super::conversations::Opened;
use super::errands::Errands;
use super::forms::{Filled, OrderForm, Slot, Task, begins, fill, task_by_words, task_of};
use super::goods::Finding;
use super::intents::{Behaviour, Behaviours};
use super::message::Message;
use super::policy::{Button, Decision, Facts, Input, Question, call_for_person, decide};
use super::sight::Sight;
use super::state::State;
use super::trace::{Micros, Trace};
use super::wants::Wants;
use super::{ChatError, Inner};
use crate::knowledge::Answer;
use crate::nlu::{EntityKind, Understanding, Verdict};
use crate::store::now;
use crate::text::clauses;
use crate::text::say::Voice;

/// Cosine from which an article's question is the one that is asked, and from which it is like it.
const SAME_QUESTION: f32 = 0.9;
const LIKE_QUESTION: f32 = 0.8;

/// What a turn thought before it spoke.
pub struct Thought {
    pub decision: Decision,
    pub answer: Answer,
    pub questions: Vec<Question>,
    pub finding: Option<Finding>,
    /// What the message's intent would have arranged about an order.
    pub task: Option<Task>,
    pub trace: Trace,
}

/// Thinks about a message: what it says, what the shop has for it, what to do.
pub async fn think(
    inner: &Inner,
    opened: &Opened,
    message: &Message,
    voice: &Voice,
) -> Result<Thought, ChatError> {
    let sight = Sight::of(inner, opened);
    if message.content_attributes.contains_key("attachments") {
        return Ok(without_words(inner, opened, message, None, Input::Attachment));
    }
    if let Some(button) = pressed(message) {
        return Ok(press(inner, opened, message, voice, &sight, button).await);
    }
    // The whole and its questions at once: the encoder takes them together.
    let whole = understood(inner, &opened.state, &message.content, voice);
    let (understanding, mut questions) = try_join(whole, one_by_one(inner, &message.content, voice)).await?;
    // What a group of people gets is one question, however many clauses it has.
    if asks::is_for_some(&message.content) {
        questions.clear();
    }
    let searching = Instant::now();
    let found = inner.knowledge.answer_across(&voice.code(), &understanding).await;
    let micros = Micros {
        understand: understanding.micros,
        search: searching.elapsed().as_micros() as u64,
    };
    let mut errands = Errands::new(inner, opened, message, voice);
    let mut finding = None;
    let mut leaves_form = false;
    // Whoever wants a person gets one; nothing is looked up or changed meanwhile.
    if call_for_person(&understanding, &inner.behaviours).is_none() {
        match form_of(&opened.state, &understanding, &inner.behaviours) {
            Filled::On(form) => finding = Some(errands.attend(form).await),
            Filled::GivenUp => leaves_form = true,
            Filled::Nothing => {
                let ask = sight.ask(inner, &understanding);
                let ask =
                    ask.filter(|ask| !is_answered(ask, &understanding, &found.answer, &inner.behaviours));
                finding = errands.look_up(ask, &understanding.vector).await;
            }
        }
        for question in &mut questions {
            let ask = sight.ask(inner, &question.understanding);
            question.finding = errands.look_up(ask, &question.understanding.vector).await;
        }
    }
    let facts = Facts {
        leaves_form,
        ..facts(inner, opened, &found.answer, &questions, finding.as_ref())
    };
    let decision = decide(&opened.state, &Input::Words(&understanding), &facts);
    let trace = Trace::new(
        &message.content,
        Some(&understanding),
        &found.hits,
        &decision,
        micros,
    );
    Ok(Thought {
        task: task_meant(&understanding, &inner.behaviours),
        decision,
        answer: found.answer,
        trace: trace.with_questions(&questions),
        questions,
        finding,
    })
}

async fn press(
    inner: &Inner,
    opened: &Opened,
    message: &Message,
    voice: &Voice,
    sight: &Sight<'_>,
    button: Button,
) -> Thought {
    let mut errands = Errands::new(inner, opened, message, voice);
    let finding = match button.form(opened.state.form.as_ref()) {
        Some(form) => Some(errands.attend(form).await),
        None => {
            let ask = button.ask(&sight.scene(&[], &Wants::default()));
            errands.look_up(ask, &[]).await
        }
    };
    without_words(inner, opened, message, finding, Input::Button(button))
}

/// What is thought of a message of which there is nothing to understand.
fn without_words(
    inner: &Inner,
    opened: &Opened,
    message: &Message,
    finding: Option<Finding>,
    input: Input<'_>,
) -> Thought {
    let answer = Answer::Unknown { nearest: None };
    let decision = decide(
        &opened.state,
        &input,
        &facts(inner, opened, &answer, &[], finding.as_ref()),
    );
    let trace = Trace::new(&message.content, None, &[], &decision, Micros::default());
    Thought {
        task: None,
        decision,
        answer,
        trace,
        questions: Vec::new(),
        finding,
    }
}

/// The message understood; one that only goes on from the question before, together with that.
async fn understood(
    inner: &Inner,
    state: &State,
    text: &str,
    voice: &Voice,
) -> Result<Understanding, ChatError> {
    let language = voice.code();
    let own = inner.nlu.understand(text, &language).await?;
    let completed = state.last_question.as_deref().and_then(|before| {
        if clauses::goes_on(text) {
            return Some(completed(inner, before, &own, &language));
        }
        // With products on the table it points at one of them.
        clauses::pointing_back(before, text).filter(|_| state.shown.is_empty())
    });
    match completed {
        Some(whole) => Ok(inner.nlu.understand(&whole, &language).await?),
        None => Ok(own),
    }
}

/// The question before with what the message puts in place of something in it: a place for a place, a thing for a
/// thing.
fn completed(inner: &Inner, before: &str, own: &Understanding, language: &str) -> String {
    let is_of = |kinds: &[EntityKind]| own.entities.iter().any(|entity| kinds.contains(&entity.kind));
    let places = [EntityKind::Country, EntityKind::Region];
    let replaced: Vec<EntityKind> = [&places[..], &[EntityKind::Category], &[EntityKind::Brand]]
        .into_iter()
        .filter(|kinds| is_of(kinds))
        .flatten()
        .cloned()
        .collect();
    let named = inner.nlu.entities(before, language);
    let named = named.iter().filter(|entity| replaced.contains(&entity.kind));
    let replaced: Vec<&str> = named.map(|entity| entity.text.as_str()).collect();
    clauses::completed(before, &own.text, &replaced)
}

fn facts<'a>(
    inner: &'a Inner,
    opened: &Opened,
    answer: &'a Answer,
    questions: &'a [Question],
    finding: Option<&'a Finding>,
) -> Facts<'a> {
    Facts {
        answer,
        questions,
        behaviours: &inner.behaviours,
        finding,
        leaves_form: false,
        person_wanted: opened.person_wanted.is_some(),
        asks_contact: !inner.config.hours.at(now()).open && !knows_email(opened),
    }
}

/// Whether the shop knows where to write to.
fn knows_email(opened: &Opened) -> bool {
    let told = opened.shopper["user"]["email"].as_str();
    opened.state.contact.is_some() || told.is_some_and(|email| email.contains('@'))
}

/// The task that a message is surely about.
fn task_meant(understanding: &Understanding, behaviours: &Behaviours) -> Option<Task> {
    let sure = understanding
        .ranking
        .first()
        .filter(|_| understanding.verdict == Verdict::Act);
    sure.and_then(|intent| task_of(behaviours.of(&intent.name)))
}

/// The form that a message fills or begins.
fn form_of(state: &State, understanding: &Understanding, behaviours: &Behaviours) -> Filled {
    let meant = task_meant(understanding, behaviours).filter(|task| begins(*task, understanding));
    // Who names an order and says what shall happen is understood without the intent.
    let task = task_by_words(understanding).or(meant);
    if let Some(form) = &state.form {
        let is_asked_for_yes = form.asked == Some(Slot::Confirm);
        let other = task.filter(|task| *task != form.task && !is_asked_for_yes);
        let other = other.filter(|_| meant.is_some() || form.asked != Some(Slot::Number));
        let form = other.map_or_else(|| form.clone(), |task| form.turned_to(task));
        return match fill(&form, understanding) {
            Filled::Nothing if other.is_some() => Filled::On(form),
            filled => filled,
        };
    }
    let Some(task) = task else {
        return Filled::Nothing;
    };
    match fill(&OrderForm::new(task), understanding) {
        Filled::On(form) => Filled::On(form),
        _ => Filled::On(OrderForm::new(task)),
    }
}

/// Whether an article says so much of what a message asks that products are not what it wants: "Do you rent out
/// snowshoes?", where that is what an article is called.
fn is_answered(ask: &Ask, understanding: &Understanding, answer: &Answer, behaviours: &Behaviours) -> bool {
    let is_new =
        matches!(ask, Ask::Products(asked) if matches!(asked.how, How::Search | How::Advice | How::Refined));
    let least = match understanding.verdict {
        Verdict::Act => SAME_QUESTION,
        _ => LIKE_QUESTION,
    };
    let Answer::Confident { hit, .. } = answer else {
        return false;
    };
    // An article on how to find products is no answer to a wish for one.
    let mut about = hit.article.intents.iter().map(|intent| behaviours.of(intent));
    let is_about_goods = about.any(Behaviour::is_for_goods);
    is_new && hit.cosine >= least && !is_about_goods
}

/// The questions of a message that asks several, each understood and looked up alone.
async fn one_by_one(inner: &Inner, text: &str, voice: &Voice) -> Result<Vec<Question>, ChatError> {
    let understood = clauses::clauses(text).into_iter().map(async |clause| {
        let alone = looked_up(inner, &clause.alone, voice);
        Ok::<_, ChatError>(match &clause.with_before {
            Some(whole) => {
                let (whole, alone) = try_join(looked_up(inner, whole, voice), alone).await?;
                (whole, Some(alone))
            }
            None => (alone.await?, None),
        })
    });
    let mut questions: Vec<Question> = Vec::new();
    for (whole, alone) in try_join_all(understood).await? {
        let article = article_of(&whole);
        let is_answered = questions
            .iter()
            .any(|known| article.is_some() && article_of(known) == article);
        // What points back may yet be a question of its own: "do you gift wrap and can I pick it up".
        let is_own = |alone: &Question| article_of(alone).is_some() && (is_answered || article.is_none());
        questions.push(match alone {
            Some(alone) if is_own(&alone) => alone,
            _ => whole,
        });
    }
    Ok(questions)
}

async fn looked_up(inner: &Inner, text: &str, voice: &Voice) -> Result<Question, ChatError> {
    let language = voice.code();
    let understanding = inner.nlu.understand(text, &language).await?;
    let answer = inner
        .knowledge
        .answer_across(&language, &understanding)
        .await
        .answer;
    Ok(Question {
        understanding,
        answer,
        finding: None,
    })
}

/// The article that surely answers a question.
fn article_of(question: &Question) -> Option<&str> {
    match &question.answer {
        Answer::Confident { hit, .. } if question.understanding.verdict == Verdict::Act => {
            Some(&hit.article.slug)
        }
        _ => None,
    }
}

/// The button of ours that the message presses.
fn pressed(message: &Message) -> Option<Button> {
    let value = message
        .content_attributes
        .get("submitted_values")?
        .get(0)?
        .get("value")?
        .as_str()?;
    Button::parse(value)
}
