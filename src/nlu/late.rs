//! Late interaction: every token of a message looks for its nearest among the tokens of an intent's phrases; the mean of
//! what they find says how well the intent's words cover the message (Boiman, Shechtman, Irani 2008, "In Defense of
//! Nearest-Neighbor Based Image Classification", for parts of pictures; Khattab, Zaharia 2020, ColBERT, for tokens). A
//! message may so be near to an intent by words of several phrases, none of which is near to it as a whole.

use serde::{Deserialize, Serialize};

use super::encoder::{Words, in_unit_length};
use super::matrix::{Inputs, Matrix, greatest};

/// Tokens of an intent, evenly spread over its phrases if there are more.
const TOKENS: usize = 400;
/// Intents that are looked at: those that the other views think most likely. More never changed who came first.
const LOOKED_AT: usize = 5;
/// What a cosine counts as log-probability.
const SHARPNESS: f32 = 20.0;

/// The tokens of every intent's phrases.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Late {
    /// Of each class, in unit length, `[tokens × width]`; empty: no phrase has any.
    classes: Vec<Matrix>,
}

/// How well intents cover a message.
pub(super) struct Covered {
    /// Of each class a logarithm of its probability, up to a constant.
    pub logits: Vec<f32>,
    /// The best mean cosine.
    pub best: f32,
}

impl Late {
    /// Of phrases' tokens and classes.
    pub(super) fn of<'a>(phrases: impl Iterator<Item = (&'a Words, usize)>, classes: usize) -> Self {
        let mut of_class: Vec<Vec<&[i8]>> = vec![Vec::new(); classes];
        for (words, label) in phrases {
            of_class[label].extend(words.rows());
        }
        if of_class.iter().all(Vec::is_empty) {
            return Self::default();
        }
        let class = |tokens: Vec<&[i8]>| {
            let count = tokens.len().min(TOKENS);
            let chosen = (0..count).map(|place| tokens[place * tokens.len() / count]);
            let rows: Vec<f32> = chosen.flat_map(in_unit_length).collect();
            Matrix::of_rows(&rows, tokens.first().map_or(0, |token| token.len()))
        };
        Self {
            classes: of_class.into_iter().map(class).collect(),
        }
    }

    /// Looks at the classes that `logits` think most likely; the others are covered as badly as the worst of these.
    /// `None` where no phrase has tokens, or the message has none.
    pub(super) fn covered(&self, words: Option<&Words>, logits: &[f32]) -> Option<Covered> {
        let words = words?;
        if words.rows().len() == 0 || self.classes.is_empty() {
            return None;
        }
        let mut message = Inputs::default();
        message.fill(&words.directions(), words.width());
        let mut likely: Vec<usize> = (0..logits.len()).collect();
        likely.sort_unstable_by(|a, b| logits[*b].total_cmp(&logits[*a]));
        likely.truncate(LOOKED_AT);
        let mut cosines = Vec::new();
        let means: Vec<f32> = likely
            .iter()
            .map(|class| mean_of_nearest(&self.classes[*class], &message, &mut cosines))
            .collect();
        let (mut best, mut worst) = (f32::MIN, f32::MAX);
        for mean in &means {
            (best, worst) = (best.max(*mean), worst.min(*mean));
        }
        let mut covered = vec![SHARPNESS * (worst - best); logits.len()];
        for (class, mean) in likely.into_iter().zip(means) {
            covered[class] = SHARPNESS * (mean - best);
        }
        Some(Covered {
            logits: covered,
            best,
        })
    }
}

/// The mean over the message's tokens of the cosine of the nearest one of a class; 0 for a class without any. `cosines`:
/// room to work in.
fn mean_of_nearest(class: &Matrix, message: &Inputs, cosines: &mut Vec<f32>) -> f32 {
    let tokens = class.outputs();
    if tokens == 0 {
        return 0.0;
    }
    class.multiply(message, cosines);
    let rows = cosines.chunks_exact(tokens);
    let count = rows.len() as f32;
    rows.map(greatest).sum::<f32>() / count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(tokens: &[[i8; 2]]) -> Words {
        let bytes: Vec<u8> = tokens.iter().flatten().map(|value| *value as u8).collect();
        Words::from_bytes(&bytes, 2).unwrap()
    }

    #[test]
    fn words_of_several_phrases_cover_a_message_together() {
        let phrases = [
            words(&[[127, 0], [127, 10]]),
            words(&[[0, 127]]),
            words(&[[-127, 0], [-127, -3]]),
        ];
        let late = Late::of(phrases.iter().zip([0, 0, 1]), 2);
        let message = words(&[[127, 0], [0, 127]]);
        let covered = late.covered(Some(&message), &[0.0, 0.0]).unwrap();
        assert!((covered.best - 1.0).abs() < 1e-4);
        assert_eq!(covered.logits[0], 0.0);
        assert!(covered.logits[1] < -SHARPNESS);
        assert!(late.covered(None, &[0.0, 0.0]).is_none());
        assert!(late.covered(Some(&words(&[])), &[0.0, 0.0]).is_none());
        assert!(Late::default().covered(Some(&message), &[0.0, 0.0]).is_none());
    }
}
