//! What was understood of a message, in the shape of Rasa's `POST /model/parse`.

use serde::Serialize;
use utoipa::ToSchema;

use super::entities::{Entity, EntityValue, Source};
use super::{ScoredIntent, Understanding, Verdict};

/// The intent of a message that is out of scope; the name is Rasa's.
pub const FALLBACK: &str = "nlu_fallback";

/// Rasa's parse result. `negated` is our addition to its entities.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Parse {
    /// As typed.
    pub text: String,
    pub intent: ParsedIntent,
    /// Best first; the confidences of the shop's intents sum to 1. [`FALLBACK`] comes first when the message is out of
    /// scope.
    pub intent_ranking: Vec<ParsedIntent>,
    pub entities: Vec<ParsedEntity>,
}

/// An intent and how sure it is. For the shop's intents that is the calibrated probability; for [`FALLBACK`] it is the
/// scope score: probability of the best intent × cosine of the nearest training phrase. It lies below the model's
/// threshold then, as Rasa's confidence of the fallback equals its threshold. Without a trained model `name` is null.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ParsedIntent {
    pub name: Option<String>,
    pub confidence: f32,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ParsedEntity {
    pub entity: String,
    /// In characters (Unicode code points) of the text.
    pub start: usize,
    pub end: usize,
    pub value: EntityValue,
    pub confidence: f32,
    pub extractor: Source,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Named as what isn't wanted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub negated: bool,
}

impl From<&Understanding> for Parse {
    fn from(understood: &Understanding) -> Self {
        let mut ranking: Vec<ParsedIntent> = understood.ranking.iter().map(ParsedIntent::from).collect();
        if understood.verdict == Verdict::OutOfScope {
            let fallback = ParsedIntent {
                name: Some(FALLBACK.to_owned()),
                confidence: understood.scope,
            };
            ranking.insert(0, fallback);
        }
        let unknown = ParsedIntent {
            name: None,
            confidence: 0.0,
        };
        Self {
            text: understood.text.clone(),
            intent: ranking.first().cloned().unwrap_or(unknown),
            intent_ranking: ranking,
            entities: understood.entities.iter().map(ParsedEntity::from).collect(),
        }
    }
}

impl From<&ScoredIntent> for ParsedIntent {
    fn from(intent: &ScoredIntent) -> Self {
        Self {
            name: Some(intent.name.clone()),
            confidence: intent.confidence,
        }
    }
}

impl From<&Entity> for ParsedEntity {
    fn from(entity: &Entity) -> Self {
        Self {
            entity: entity.kind.name().to_owned(),
            start: entity.start,
            end: entity.end,
            value: entity.value.clone(),
            confidence: entity.confidence,
            extractor: entity.extractor,
            role: entity.role.clone(),
            group: entity.group.clone(),
            negated: entity.negated,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::nlu::entities::Extractor;

    fn understood(text: &str, verdict: Verdict) -> Understanding {
        let ranking = [("order_status", 0.75), ("bye", 0.25)].map(|(name, confidence)| ScoredIntent {
            name: name.into(),
            confidence,
            nearest: 0.5,
        });
        Understanding {
            text: text.to_owned(),
            read_as: None,
            vector: [].into(),
            ranking: ranking.into(),
            scope: 0.5,
            verdict,
            nearest: None,
            entities: Extractor::default().extract(text, jiff::civil::date(2026, 11, 24)),
            micros: 0,
        }
    }

    #[test]
    fn the_shape_is_rasas() {
        let parse = Parse::from(&understood("order 10432 not in black", Verdict::Act));
        assert_eq!(
            serde_json::to_value(parse).unwrap(),
            json!({
                "text": "order 10432 not in black",
                "intent": { "name": "order_status", "confidence": 0.75 },
                "intent_ranking": [
                    { "name": "order_status", "confidence": 0.75 },
                    { "name": "bye", "confidence": 0.25 },
                ],
                "entities": [
                    { "entity": "order_number", "start": 6, "end": 11, "value": "10432", "confidence": 1.0, "extractor": "regex" },
                    { "entity": "colour", "start": 19, "end": 24, "value": { "colour": "black", "base": "black" },
                      "confidence": 1.0, "extractor": "gazetteer", "negated": true },
                ],
            })
        );
    }

    #[test]
    fn out_of_scope_is_the_fallback() {
        let parse = Parse::from(&understood("sing", Verdict::OutOfScope));
        assert_eq!(parse.intent.name.as_deref(), Some(FALLBACK));
        assert_eq!(parse.intent.confidence, 0.5);
        assert_eq!(parse.intent_ranking.len(), 3);
        let mut without_model = understood("sing", Verdict::Ask);
        without_model.ranking.clear();
        assert_eq!(Parse::from(&without_model).intent.name, None);
    }
}
