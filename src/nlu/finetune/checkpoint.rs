//! A run written down after every round, so that one that was cancelled or cut off goes on from there.

use std::collections::HashMap;
use std::path::Path;

use tch::{Kind, TchError, Tensor};

use super::Score;
use super::adam::Trained;

const STATE: &str = "state";

/// How far a run is.
pub(super) struct Checkpoint {
    /// Whether the best number of rounds is known.
    pub searched: bool,
    /// Rounds done of what is under way.
    pub round: u64,
    pub best_round: u64,
    /// Of the best round.
    pub best: Score,
    /// Rounds since.
    pub worse: u64,
    tensors: HashMap<String, Tensor>,
}

impl Checkpoint {
    /// The run in `file`; a new one when there is none that can be read.
    pub(super) fn read(file: &Path) -> Self {
        let tensors = Tensor::read_safetensors(file).unwrap_or_default();
        let tensors: HashMap<String, Tensor> = tensors.into_iter().collect();
        let Some(state) = tensors.get(STATE).filter(|state| state.numel() == 7) else {
            return Self::begun();
        };
        let value = |at: i64| state.double_value(&[at]);
        Self {
            searched: value(0) == 1.0,
            round: value(1) as u64,
            best_round: value(2) as u64,
            best: Score {
                accuracy: value(3),
                loss: value(4),
                temperature: value(5) as f32,
            },
            worse: value(6) as u64,
            tensors,
        }
    }

    fn begun() -> Self {
        Self {
            searched: false,
            round: 0,
            best_round: 0,
            best: Score {
                accuracy: 0.0,
                loss: f64::MAX,
                temperature: 1.0,
            },
            worse: 0,
            tensors: HashMap::new(),
        }
    }

    /// Writes the run whole or not at all.
    pub(super) fn write(&mut self, file: &Path, trained: &[Trained]) -> Result<(), TchError> {
        for tensor in trained {
            for (part, value) in [
                ("value", &tensor.value),
                ("first", &tensor.first),
                ("second", &tensor.second),
            ] {
                self.tensors
                    .insert(format!("{part} {}", tensor.name), value.detach().copy());
            }
        }
        let searched = f64::from(u8::from(self.searched));
        let state = [
            searched,
            self.round as f64,
            self.best_round as f64,
            self.best.accuracy,
            self.best.loss,
            f64::from(self.best.temperature),
            self.worse as f64,
        ];
        self.tensors.insert(STATE.into(), Tensor::from_slice(&state));
        let tensors: Vec<(&String, &Tensor)> = self.tensors.iter().collect();
        let beside = file.with_extension("part");
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Tensor::write_safetensors(&tensors, &beside)?;
        Ok(std::fs::rename(&beside, file)?)
    }

    /// Gives the tensors the values of the last round that was written, if there was one.
    pub(super) fn restore(&self, trained: &mut [Trained]) {
        for tensor in trained {
            let name = tensor.name.clone();
            self.copy("value", &name, &mut tensor.value);
            self.copy("first", &name, &mut tensor.first);
            self.copy("second", &name, &mut tensor.second);
        }
    }

    /// What comes next starts from the encoder as it was.
    pub(super) fn forget_tensors(&mut self) {
        self.tensors.clear();
    }

    fn copy(&self, part: &str, name: &str, to: &mut Tensor) {
        let _no_gradients = tch::no_grad_guard();
        if let Some(from) = self.tensors.get(&format!("{part} {name}"))
            && from.size() == to.size()
        {
            to.copy_(&from.to_kind(Kind::Float));
        }
    }
}

/// The run is over.
pub(super) fn remove(file: &Path) {
    // One that stays is read by the next run of the same data, which then ends at once.
    let _ = std::fs::remove_file(file);
}
