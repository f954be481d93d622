//! What the knowledge base lacks: questions that no article answered, those that mean the same together, each language
//! for itself.

use std::collections::HashMap;

use serde::Serialize;

use super::{KnowledgeError, Unanswered};
use crate::dot::dot;
use crate::nlu::{Encoders, Vector};
use crate::progress::Progress;
use crate::store::{Millis, Store};
use crate::text::normalise::normalise;

/// Cosine to a group's middle from which a question belongs to it, of vectors that fill the space and of those that fill
/// a cone. On the demo shop's own questions two thirds of the pairs that meet are of one article.
const MEETS: f32 = 0.6;
const MEETS_ACROSS: f32 = 0.45;
/// Wordings that are shown of a gap.
const SHOWN: usize = 5;

/// Questions of one language that mean the same, and that no article answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gap {
    pub locale: String,
    /// How often it was asked, in whichever words.
    pub asked: usize,
    pub last_asked_at: Millis,
    /// The wordings asked most, at most five.
    pub questions: Vec<String>,
    /// The article that came nearest most often: perhaps it only lacks a wording.
    pub nearest: Option<String>,
}

/// One wording.
struct Wording {
    text: String,
    vector: Vector,
    asked: usize,
    last: Millis,
    nearest: Vec<String>,
}

/// The gaps of a language among its unanswered questions since `since`, those asked most first.
pub async fn gaps(
    store: &Store,
    encoders: &Encoders,
    locale: &str,
    since: Millis,
    progress: &Progress,
) -> Result<Vec<Gap>, KnowledgeError> {
    let Some(encoder) = encoders.of(locale) else {
        return Ok(Vec::new());
    };
    let unanswered = super::unanswered::since(store, locale, since).await?;
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut wordings: Vec<(String, Vec<Unanswered>)> = Vec::new();
    for question in unanswered {
        let key = normalise(&question.question);
        let place = *places.entry(key.clone()).or_insert_with(|| {
            wordings.push((key, Vec::new()));
            wordings.len() - 1
        });
        wordings[place].1.push(question);
    }
    let texts: Vec<String> = wordings.iter().map(|(key, _)| key.clone()).collect();
    let vectors = encoder.encode_many(&texts, progress).await?;
    let wordings = wordings.into_iter().zip(vectors);
    let wordings = wordings.map(|((_, asked), vector)| Wording::of(asked, vector));
    let is_cone = encoders
        .across()
        .is_some_and(|across| across.id() == encoder.id());
    let meets = if is_cone { MEETS_ACROSS } else { MEETS };
    Ok(grouped(wordings.collect(), locale, meets))
}

impl Wording {
    fn of(asked: Vec<Unanswered>, vector: Vector) -> Self {
        Self {
            text: asked
                .first()
                .map(|question| question.question.clone())
                .unwrap_or_default(),
            vector,
            asked: asked.len(),
            last: asked
                .iter()
                .map(|question| question.created_at)
                .max()
                .unwrap_or(0),
            nearest: asked
                .into_iter()
                .filter_map(|question| question.nearest_slug)
                .collect(),
        }
    }
}

/// Puts each wording, those asked most first, to the group whose middle is nearest, or into a new one.
fn grouped(mut wordings: Vec<Wording>, locale: &str, meets: f32) -> Vec<Gap> {
    wordings.sort_by(|a, b| b.asked.cmp(&a.asked).then(b.last.cmp(&a.last)));
    let mut groups: Vec<(Vec<f32>, Vec<Wording>)> = Vec::new();
    for wording in wordings {
        let cosine = |middle: &[f32]| dot(middle, &wording.vector) / dot(middle, middle).sqrt().max(1e-12);
        let nearest = groups
            .iter_mut()
            .map(|group| (cosine(&group.0), group))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        match nearest {
            Some((cosine, (middle, members))) if cosine >= meets => {
                middle
                    .iter_mut()
                    .zip(wording.vector.iter())
                    .for_each(|(a, b)| *a += b);
                members.push(wording);
            }
            _ => groups.push((wording.vector.to_vec(), vec![wording])),
        }
    }
    let mut gaps: Vec<Gap> = groups
        .into_iter()
        .map(|(_, members)| gap(members, locale))
        .collect();
    gaps.sort_by(|a, b| b.asked.cmp(&a.asked).then(b.last_asked_at.cmp(&a.last_asked_at)));
    gaps
}

fn gap(members: Vec<Wording>, locale: &str) -> Gap {
    let mut slugs: HashMap<&str, usize> = HashMap::new();
    for slug in members.iter().flat_map(|wording| &wording.nearest) {
        *slugs.entry(slug).or_default() += 1;
    }
    let nearest = slugs.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(a.0)));
    Gap {
        locale: locale.to_owned(),
        asked: members.iter().map(|wording| wording.asked).sum(),
        last_asked_at: members.iter().map(|wording| wording.last).max().unwrap_or(0),
        nearest: nearest.map(|(slug, _)| slug.to_owned()),
        questions: members
            .into_iter()
            .take(SHOWN)
            .map(|wording| wording.text)
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wording(text: &str, vector: [f32; 2], asked: usize, nearest: &str) -> Wording {
        Wording {
            text: text.into(),
            vector: Vector::from(vector.as_slice()),
            asked,
            last: asked as i64,
            nearest: vec![nearest.into(); asked],
        }
    }

    #[test]
    fn what_means_the_same_is_one_gap() {
        let wordings = vec![
            wording("do you rent tents", [1.0, 0.0], 1, "tents"),
            wording("is there a rental", [0.8, 0.6], 3, "rent"),
            wording("can i bring my dog", [0.0, 1.0], 2, "store"),
        ];
        let gaps = grouped(wordings, "en", 0.7);
        assert_eq!(gaps.len(), 2, "{gaps:?}");
        assert_eq!((gaps[0].asked, gaps[0].nearest.as_deref()), (4, Some("rent")));
        assert_eq!(gaps[0].questions, ["is there a rental", "do you rent tents"]);
        assert_eq!(gaps[1].last_asked_at, 2);
    }
}
