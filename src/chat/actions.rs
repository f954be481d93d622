//! Carries out what the policy decided: turns an action into the parts of a reply.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::forms::Task;
use super::goods::Finding;
use super::message::Choice;
use super::policy::{Action, Button, Question, Reason};
use super::reply::Part;
use crate::config::{Config, OpenNow};
use crate::knowledge::{Answer, Article, Knowledge, Related};
use crate::text::dates::moment_text;
use crate::text::say::Voice;

/// Related questions offered below an answer.
const RELATED: usize = 3;

/// What carrying out an action needs.
pub(super) struct Stage<'a> {
    pub config: &'a Config,
    pub voice: &'a Voice,
    pub knowledge: &'a Knowledge,
    pub answer: &'a Answer,
    pub questions: &'a [Question],
    /// What the shop has for the message as a whole.
    pub finding: Option<&'a Finding>,
    pub hours: OpenNow,
    /// What the message's intent would have arranged about an order.
    pub task: Option<Task>,
    /// Of whoever is handed over.
    pub place_in_line: i64,
}

/// The parts of the reply, in the order in which they are said.
pub(super) fn carry_out(action: &Action, stage: &Stage<'_>) -> Vec<Part> {
    match action {
        Action::Quote => with_task(quote(stage.answer, stage), stage),
        Action::QuoteEach { questions } => quote_each(questions, stage),
        Action::QuoteArticle { slug } => quote_article(slug, stage),
        Action::Clarify { topics } => vec![clarify(topics, stage.voice)],
        Action::SmallTalk { topic, rate } => {
            let said = stage.text_for_shop(&format!("bot-{topic}"));
            let asks = rate.then(|| Part::Csat {
                prompt: stage.voice.say("bot-rate"),
            });
            std::iter::once(said).chain(asks).collect()
        }
        Action::AskToRephrase => vec![stage.text("bot-rephrase")],
        Action::DontKnow { topics } => vec![stage.text("bot-unknown"), offer_person(topics, stage.voice)],
        Action::HandOver { reason, asks_contact } => vec![hand_over(*reason, *asks_contact, stage)],
        Action::NoteForPerson => vec![stage.text("bot-waiting")],
        Action::AskAgain => vec![stage.text("bot-order-not-understood")],
        Action::KeepContact { email } => vec![Part::Text {
            text: stage.voice.say_with("bot-contact-kept", &[("email", email)]),
        }],
        Action::Mixed { actions } => actions
            .iter()
            .flat_map(|action| carry_out(action, stage))
            .collect(),
        Action::Shop(action) => stage.found(action.question),
    }
}

impl Stage<'_> {
    fn text(&self, key: &str) -> Part {
        Part::Text {
            text: self.voice.say(key),
        }
    }

    /// What was found for one of the questions, or for all of the message.
    fn found(&self, question: Option<usize>) -> Vec<Part> {
        let finding = match question {
            Some(at) => self
                .questions
                .get(at)
                .and_then(|question| question.finding.as_ref()),
            None => self.finding,
        };
        finding.map(|finding| finding.parts.clone()).unwrap_or_default()
    }

    fn text_for_shop(&self, key: &str) -> Part {
        Part::Text {
            text: self.voice.say_with(key, &[("shop", &self.config.shop.name)]),
        }
    }
}

/// The answers one after the other, each with its source. Further topics are offered only below a single one.
fn quote_each(questions: &[usize], stage: &Stage<'_>) -> Vec<Part> {
    let answers = questions.iter().filter_map(|at| stage.questions.get(*at));
    let mut parts: Vec<Part> = answers
        .flat_map(|question| quote(&question.answer, stage))
        .filter(|part| !matches!(part, Part::Choices { .. }) || questions.len() == 1)
        .collect();
    if parts.is_empty() {
        parts.push(stage.text("bot-unknown"));
    }
    parts
}

fn quote(answer: &Answer, stage: &Stage<'_>) -> Vec<Part> {
    let Answer::Confident { hit, quote, related } = answer else {
        return vec![stage.text("bot-unknown")];
    };
    sourced(
        quote.clone(),
        &hit.article,
        hit.heading.as_deref(),
        related,
        stage.voice,
    )
}

/// Who asks how something about an order is done may want it done.
fn with_task(mut parts: Vec<Part>, stage: &Stage<'_>) -> Vec<Part> {
    let Some(task) = stage.task else {
        return parts;
    };
    let choice = Choice {
        title: stage.voice.say(&format!("bot-order-button-{}", task.name())),
        value: Button::Order { task }.value(),
    };
    match parts.last_mut() {
        Some(Part::Choices { choices, .. }) => choices.insert(0, choice),
        _ => parts.push(Part::Choices {
            prompt: String::new(),
            choices: vec![choice],
        }),
    }
    parts
}

fn quote_article(slug: &str, stage: &Stage<'_>) -> Vec<Part> {
    let article = stage.knowledge.article_across(&stage.voice.code(), slug);
    let found = article.and_then(|article| {
        let opening = stage.knowledge.opening(&article.locale, slug)?;
        Some((article, opening))
    });
    match found {
        Some((article, opening)) => sourced(
            opening,
            &article,
            None,
            &stage.knowledge.related(&article.locale, slug),
            stage.voice,
        ),
        // The article was taken back since its button was shown.
        None => vec![stage.text("bot-rephrase")],
    }
}

/// A quotation, the article it stands in, and questions that go with it.
fn sourced(
    quote: String,
    article: &Article,
    heading: Option<&str>,
    related: &[Related],
    voice: &Voice,
) -> Vec<Part> {
    let source = Part::Source {
        title: article.title.clone(),
        description: heading.unwrap_or_default().to_owned(),
        slug: article.slug.clone(),
        link: format!("/help/{}", article.slug),
    };
    // The shop has it in another language only: the reply says so, and quotes it as it is.
    let text = match article.locale == voice.code() {
        true => quote,
        false => {
            let language = Voice::of(&article.locale).say("language-name");
            let note = voice.say_with("bot-other-language", &[("language", &language)]);
            format!("{note}\n\n{quote}")
        }
    };
    let mut parts = vec![Part::Text { text }, source];
    let related: Vec<_> = related.iter().take(RELATED).map(topic_choice).collect();
    if !related.is_empty() {
        parts.push(Part::Choices {
            prompt: voice.say("bot-related"),
            choices: related,
        });
    }
    parts
}

fn clarify(topics: &[Related], voice: &Voice) -> Part {
    let mut choices: Vec<_> = topics.iter().map(topic_choice).collect();
    choices.push(Choice {
        title: voice.say("bot-clarify-none"),
        value: Button::NoneOfThese.value(),
    });
    Part::Choices {
        prompt: voice.say("bot-clarify"),
        choices,
    }
}

fn topic_choice(topic: &Related) -> Choice {
    Choice {
        title: topic.title.clone(),
        value: Button::Article {
            slug: topic.slug.clone(),
        }
        .value(),
    }
}

/// The buttons that call a person, or none.
pub(super) fn person_or_not(voice: &Voice) -> [Choice; 2] {
    let choice = |key, button: Button| Choice {
        title: voice.say(key),
        value: button.value(),
    };
    [
        choice("bot-person-yes", Button::CallPerson),
        choice("bot-person-no", Button::NoPerson),
    ]
}

/// A person, and before that what may help without one.
fn offer_person(topics: &[Related], voice: &Voice) -> Part {
    let mut choices: Vec<_> = topics.iter().map(topic_choice).collect();
    choices.extend(person_or_not(voice));
    let prompt = match topics {
        [] => String::new(),
        _ => voice.say("bot-perhaps"),
    };
    Part::Choices { prompt, choices }
}

fn hand_over(reason: Reason, asks_contact: bool, stage: &Stage<'_>) -> Part {
    let opening = match reason {
        Reason::Wish => String::new(),
        Reason::Complaint => stage.voice.say("bot-handover-complaint") + " ",
        Reason::Anger => stage.voice.say("bot-handover-anger") + " ",
        Reason::Attachment => stage.voice.say("bot-attachment") + " ",
        Reason::Value => stage.voice.say("bot-handover-value") + " ",
        Reason::Failures => stage.voice.say("bot-handover-failures") + " ",
    };
    let promise = if stage.hours.open {
        let line = match stage.place_in_line {
            ..=1 => String::new(),
            place => " ".to_owned() + &stage.voice.say_count("bot-handover-place", "place", place),
        };
        stage.voice.say("bot-handover-open") + &line
    } else {
        let back = back_at(&stage.hours, &stage.config.hours.time_zone, stage.voice);
        stage.voice.say_with(
            "bot-handover-closed",
            &[("back", &back), ("email", &stage.config.shop.email)],
        )
    };
    let asks = match asks_contact {
        true => " ".to_owned() + &stage.voice.say("bot-handover-contact"),
        false => String::new(),
    };
    Part::Text {
        text: opening + &promise + &asks,
    }
}

/// When people are back, in words: "on Monday, 23 November at 08:00 (EST)".
pub fn back_at(hours: &OpenNow, time_zone: &str, voice: &Voice) -> String {
    let zoned = hours
        .opens_at
        .and_then(|at| Timestamp::from_millisecond(at).ok())
        .zip(TimeZone::get(time_zone).ok())
        .map(|(at, zone)| at.to_zoned_datetime(zone));
    match zoned {
        Some(at) => moment_text(&at, &voice.code()),
        None => voice.say("bot-no-back"),
    }
}
