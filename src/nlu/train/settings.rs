//! What can be chosen about training. Kept with each model version.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::trainings;

/// How a model is trained.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// On the encoder's vectors as they are: seconds.
    #[default]
    Head,
    /// The encoder's upper layers are trained too: minutes. Kept only if it beats the head on phrases held out.
    Finetune,
}

/// A training of the intent model, as programs order it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TrainingRequest {
    /// `head`: seconds; `finetune`: minutes, kept only if it beats the head on phrases held out.
    pub mode: Mode,
    /// Put the model in service when it is trained.
    pub activate: bool,
}

impl trainings::Order for TrainingRequest {
    fn arguments(&self) -> Vec<&'static str> {
        let tuned = (self.mode == Mode::Finetune).then_some("--finetune");
        tuned
            .into_iter()
            .chain(self.activate.then_some("--activate"))
            .collect()
    }
}

/// What goes into the views and how much each counts. The defaults won on held-out phrases (docs/understanding.md).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainSettings {
    pub mode: Mode,
    /// Inverse strength of the softmax's regularisation.
    pub c: f64,
    /// What the n-gram model counts beside the softmax on vectors.
    pub lexical: f32,
    /// What the coverage of the message's words counts, where the encoder tells of words.
    pub late: f32,
    /// What the nearest phrases count where it doesn't.
    pub neighbours: f32,
    /// Whether an intent's name is one more of its phrases.
    pub names: bool,
    /// Share of a phrase's target that is spread over all intents (Szegedy et al. 2016), 0 to 1.
    pub smoothing: f64,
    /// Whether intents count alike, however many phrases they have.
    pub balanced: bool,
    /// Misspelt copies of each phrase that are trained on too.
    pub misspelt: usize,
}

impl TrainSettings {
    /// The defaults, with or without the encoder's upper layers.
    pub fn with_finetuning(finetune: bool) -> Self {
        let mode = if finetune { Mode::Finetune } else { Mode::Head };
        Self {
            mode,
            ..Self::default()
        }
    }
}

impl Default for TrainSettings {
    fn default() -> Self {
        Self {
            mode: Mode::Head,
            c: 15.0,
            lexical: 0.3,
            late: 0.5,
            neighbours: 0.3,
            names: true,
            smoothing: 0.0,
            balanced: false,
            misspelt: 0,
        }
    }
}
