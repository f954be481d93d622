//! The model itself: BERT, mean over the tokens, unit length (Reimers and Gurevych 2019, Sentence-BERT, section 3).

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

use rust_bert::bert::{BertConfig, BertEmbeddings, BertModel};
use tch::nn::VarStore;
use tch::{Device, TchError, Tensor};

use super::packed::{Branch, Packed, Weights, numbers};
use super::tuning::Tuning;
use super::words::Words;
use super::{Encoded, EncoderError, Precision};
use crate::dot::dot;
use crate::nlu::Vector;

/// Lengths to which batches are padded in bf16: few shapes, whose kernels are then compiled.
const BUCKETS: [usize; 4] = [16, 32, 64, 128];
/// A precision must win by this much to be worth its lost digits.
const WORTH_IT: f64 = 0.9;
/// Tokens from which on more texts in a pass of the packed model gain nothing: its weights are read once in a pass.
const PASS: usize = 64;
/// A precision that takes this many times as long as the best so far isn't measured to the end.
const HOPELESS: u32 = 3;

/// A loaded model. It belongs to one thread: tensors may move between threads, not be shared.
pub(super) struct Bert {
    /// In single precision or bf16; `None` where the packed model serves.
    whole: Option<Whole>,
    /// In eight bits; beside a whole model it is made when the first text comes that tuned layers shall see too.
    packed: Option<Packed>,
    /// The tuned layers that were asked for last, and their id.
    branch: Option<(String, Branch)>,
    folder: PathBuf,
    config: BertConfig,
    precision: Precision,
    dimensions: usize,
    /// Whether it tells what the layer at three quarters of the depth makes of a text.
    tells_middle: bool,
}

/// rust-bert's model, and the store that names its tensors.
struct Whole {
    model: BertModel<BertEmbeddings>,
    store: VarStore,
}

/// Threads inside an operation fight with our workers for the cores: one each. Must run before the first operation.
pub(super) fn one_thread_per_operation() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tch::set_num_threads(1);
        tch::set_num_interop_threads(1);
    });
}

/// The precision to serve in, and the length of the vectors. `Auto` measures all on a short message.
pub(super) fn choose_precision(folder: &Path, wanted: Precision) -> Result<(Precision, usize), EncoderError> {
    let dimensions = configuration(folder)?.hidden_size as usize;
    if wanted != Precision::Auto {
        return Ok((wanted, dimensions));
    }
    let single = Bert::load(folder, Precision::F32)?.time_per_message(None)?;
    let (mut chosen, mut best) = (Precision::F32, single);
    for precision in [Precision::I8, Precision::Bf16] {
        let time = Bert::load(folder, precision)?.time_per_message(Some(best))?;
        tracing::info!(?precision, micros = time.as_micros() as u64, "encoder measured");
        if time.as_secs_f64() < WORTH_IT * best.as_secs_f64() {
            (chosen, best) = (precision, time);
        }
    }
    tracing::info!(
        f32_micros = single.as_micros() as u64,
        ?chosen,
        "encoder measured"
    );
    Ok((chosen, dimensions))
}

impl Bert {
    pub(super) fn load(folder: &Path, precision: Precision) -> Result<Self, EncoderError> {
        let config = configuration(folder)?;
        let weights = folder.join("model.safetensors");
        let damaged = |reason: String| EncoderError::Damaged {
            file: weights.clone(),
            reason,
        };
        let load = || match precision {
            Precision::I8 => Ok((
                None,
                Some(packed(&config, &weights).map_err(|error| error.to_string())?),
            )),
            _ => Ok((Some(Whole::load(&config, &weights, precision)?), None)),
        };
        // The libraries below panic on some kinds of damage and return an error on others.
        let (whole, packed) = catch_unwind(AssertUnwindSafe(load))
            .map_err(|_| damaged("the tensors don't fit the configuration".into()))?
            .map_err(damaged)?;
        Ok(Self {
            whole,
            packed,
            branch: None,
            folder: folder.to_owned(),
            precision,
            dimensions: config.hidden_size as usize,
            config,
            tells_middle: false,
        })
    }

    /// The same model, which tells of its middle layer too.
    pub(super) fn with_middle(self) -> Self {
        Self {
            tells_middle: true,
            ..self
        }
    }

    /// The same model for another thread: both read the same weights.
    pub(super) fn share(&self) -> Result<Self, EncoderError> {
        let share = |whole: &Whole| whole.share(&self.config, self.precision);
        Ok(Self {
            whole: self.whole.as_ref().map(share).transpose().map_err(failed)?,
            packed: self.packed.as_ref().map(Packed::share),
            branch: None,
            folder: self.folder.clone(),
            config: configuration(&self.folder)?,
            precision: self.precision,
            dimensions: self.dimensions,
            tells_middle: self.tells_middle,
        })
    }

    /// Tokens beyond which more texts at once gain nothing.
    pub(super) fn tokens_at_once(&self) -> usize {
        match self.whole {
            Some(_) => usize::MAX,
            None => PASS,
        }
    }

    /// The vectors of a text, that of the tuned layers among them.
    pub(super) fn encode_tuned(
        &mut self,
        ids: &[i64],
        tuning: &Tuning,
        words: bool,
    ) -> Result<Encoded, EncoderError> {
        let _no_gradients = tch::no_grad_guard();
        if self.packed.is_none() {
            self.packed = Some(packed(&self.config, &self.folder.join("model.safetensors")).map_err(failed)?);
        }
        if self.branch.as_ref().is_none_or(|(id, _)| id != tuning.id()) {
            let weights = Weights {
                tensors: &tuning.tensors().map_err(failed)?.into_iter().collect(),
                config: &self.config,
            };
            self.branch = Some((
                tuning.id().to_owned(),
                weights.branch(tuning.first).map_err(failed)?,
            ));
        }
        let (Some(model), Some((_, branch))) = (&self.packed, &self.branch) else {
            return Err(EncoderError::Failed("the tuned layers can't be used here".into()));
        };
        Ok(self.pass(model, &[ids], Some(branch), words)?.remove(0))
    }

    /// The vectors of a batch of token ids, in its order; with `words` those of the tokens too.
    pub(super) fn encode(&self, batch: &[&[i64]], words: bool) -> Result<Vec<Encoded>, EncoderError> {
        let _no_gradients = tch::no_grad_guard();
        if let Some(whole) = &self.whole {
            return self.encode_whole(whole, batch, words);
        }
        let Some(packed) = &self.packed else {
            return Err(EncoderError::Failed("no model is loaded".into()));
        };
        self.pass(packed, batch, None, words)
    }

    fn encode_whole(
        &self,
        whole: &Whole,
        batch: &[&[i64]],
        words: bool,
    ) -> Result<Vec<Encoded>, EncoderError> {
        let hidden = self.hidden(whole, batch).map_err(failed)?;
        let width = hidden.size()[1] as usize;
        let values = numbers(&hidden).map_err(failed)?;
        let texts = values.chunks_exact(width * self.dimensions).zip(batch);
        let encoded = texts.map(|(text, ids)| self.encoded(&text[..ids.len() * self.dimensions], words));
        Ok(encoded.collect())
    }

    /// The vectors of some texts by the packed model.
    fn pass(
        &self,
        packed: &Packed,
        texts: &[&[i64]],
        branch: Option<&Branch>,
        words: bool,
    ) -> Result<Vec<Encoded>, EncoderError> {
        let middle = self.tells_middle.then(|| packed.depth() * 3 / 4);
        let hidden = packed.pass(texts, middle, branch).map_err(failed)?;
        let mut first = 0;
        let encoded = texts.iter().map(|ids| {
            let own = first..first + ids.len() * self.dimensions;
            first = own.end;
            let vector = |hidden: &Vec<f32>| direction(&hidden[own.clone()], self.dimensions);
            Encoded {
                middle: hidden.middle.as_ref().map(vector),
                tuned: hidden.tuned.as_ref().map(vector),
                ..self.encoded(&hidden.last[own.clone()], words)
            }
        });
        Ok(encoded.collect())
    }

    /// From the last layer of one text, `[tokens × dimensions]`.
    fn encoded(&self, hidden: &[f32], words: bool) -> Encoded {
        Encoded {
            words: words.then(|| Arc::new(Words::of(hidden, self.dimensions))),
            ..Encoded::plain(direction(hidden, self.dimensions))
        }
    }

    /// The last layer, `[texts × width × dimensions]`.
    fn hidden(&self, whole: &Whole, batch: &[&[i64]]) -> Result<Tensor, TchError> {
        let longest = batch.iter().map(|ids| ids.len()).max().unwrap_or(1);
        let bucket = BUCKETS.into_iter().find(|bucket| *bucket >= longest);
        let width = bucket
            .filter(|_| self.precision == Precision::Bf16)
            .unwrap_or(longest);
        let padded = |value: &dyn Fn(&[i64], usize) -> i64| -> Vec<i64> {
            batch
                .iter()
                .flat_map(|ids| (0..width).map(|at| value(ids, at)))
                .collect()
        };
        let shape = [batch.len() as i64, width as i64];
        let ids = Tensor::from_slice(&padded(&|ids, at| ids.get(at).copied().unwrap_or(0))).f_view(shape)?;
        let mask = Tensor::from_slice(&padded(&|ids, at| i64::from(at < ids.len()))).f_view(shape)?;
        let output = whole
            .model
            .forward_t(Some(&ids), Some(&mask), None, None, None, None, None, false)
            .map_err(|error| TchError::Torch(error.to_string()))?;
        Ok(output.hidden_state)
    }

    /// A pass of each kind and length, so that the first shopper doesn't pay for it.
    pub(super) fn warm_up(&self) -> Result<(), EncoderError> {
        for width in BUCKETS {
            self.encode(&[&vec![1; width]], false)?;
        }
        Ok(())
    }

    /// Median time of a message of 16 tokens; any time that is hopeless against `best`.
    fn time_per_message(&self, best: Option<Duration>) -> Result<Duration, EncoderError> {
        let ids = vec![1; 16];
        let mut times = Vec::new();
        for round in 0..10 {
            let started = Instant::now();
            self.encode(&[&ids], false)?;
            if round >= 3 {
                times.push(started.elapsed());
            }
            // The first round may compile kernels.
            if round > 0 && best.is_some_and(|best| started.elapsed() > best * HOPELESS) {
                return Ok(started.elapsed());
            }
        }
        times.sort();
        Ok(times[times.len() / 2])
    }
}

/// What `config.json` says.
pub(in crate::nlu) fn configuration(folder: &Path) -> Result<BertConfig, EncoderError> {
    let file = folder.join("config.json");
    let damaged = |reason: String| EncoderError::Damaged {
        file: file.clone(),
        reason,
    };
    let text = std::fs::read_to_string(&file).map_err(|error| damaged(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))
}

/// The model in eight bits, from its file.
fn packed(config: &BertConfig, weights: &Path) -> Result<Packed, TchError> {
    let tensors: HashMap<String, Tensor> = Tensor::read_safetensors(weights)?.into_iter().collect();
    Packed::of(&Weights {
        tensors: &tensors,
        config,
    })
}

/// The mean of the rows of `[tokens × dimensions]`, in unit length, for which the sum does as well.
fn direction(hidden: &[f32], dimensions: usize) -> Vector {
    let mut sums = vec![0f32; dimensions];
    for row in hidden.chunks_exact(dimensions) {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += value;
        }
    }
    let length = dot(&sums, &sums).sqrt().max(1e-12);
    sums.iter().map(|sum| sum / length).collect()
}

fn failed(error: TchError) -> EncoderError {
    EncoderError::Failed(error.to_string())
}

impl Whole {
    fn load(config: &BertConfig, weights: &Path, precision: Precision) -> Result<Self, String> {
        let mut store = VarStore::new(Device::Cpu);
        let model = BertModel::<BertEmbeddings>::new(store.root(), config);
        let missing = store.load_partial(weights).map_err(|error| error.to_string())?;
        // The pooler serves sentence pairs; sentence encoders do without it.
        if let Some(name) = missing.iter().find(|name| !name.starts_with("pooler")) {
            return Err(format!("it lacks the tensor `{name}`"));
        }
        store.freeze();
        if precision == Precision::Bf16 {
            store.bfloat16();
        }
        Ok(Self { model, store })
    }

    /// The same model over the same tensors.
    fn share(&self, config: &BertConfig, precision: Precision) -> Result<Self, TchError> {
        let mut store = VarStore::new(Device::Cpu);
        let model = BertModel::<BertEmbeddings>::new(store.root(), config);
        store.freeze();
        if precision == Precision::Bf16 {
            store.bfloat16();
        }
        let own = self.store.variables();
        for (name, mut tensor) in store.variables() {
            let shared = own.get(&name);
            tensor.f_set_data(shared.ok_or_else(|| TchError::Torch(format!("no tensor `{name}`")))?)?;
        }
        Ok(Self { model, store })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both ways of encoding give the same vectors, alone and in company, whatever the lengths.
    #[test]
    fn packed_weights_give_the_same_vectors() {
        one_thread_per_operation();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(".shopkeeper/encoder");
        let whole = Bert::load(&folder, Precision::F32).unwrap();
        let packed = Bert::load(&folder, Precision::I8).unwrap();
        let texts: Vec<Vec<i64>> = [3, 9, 30, 12, 5, 80]
            .iter()
            .map(|length| (0..*length).map(|at| 1000 + 37 * at * length % 20_000).collect())
            .collect();
        let texts: Vec<&[i64]> = texts.iter().map(Vec::as_slice).collect();
        let expected = whole.encode(&texts, true).unwrap();
        let together = packed.encode(&texts, true).unwrap();
        for ((text, own), expected) in texts.iter().zip(&together).zip(&expected) {
            let (words, others) = (own.words.as_ref().unwrap(), expected.words.as_ref().unwrap());
            assert_eq!(words.rows().len(), text.len() - 2);
            for (own, other) in words.rows().zip(others.rows()) {
                assert!(
                    cosine(own, other) > 0.998,
                    "a token of {}: {}",
                    text.len(),
                    cosine(own, other)
                );
            }
            let cosine = dot(&own.vector, &expected.vector);
            assert!(cosine > 0.9995, "{}: {cosine}", text.len());
            assert_eq!(
                &packed.encode(&[text], true).unwrap()[0],
                own,
                "alone and in company"
            );
        }
        assert_eq!(whole.share().unwrap().encode(&texts, true).unwrap(), expected);
        assert_eq!(packed.share().unwrap().encode(&texts, true).unwrap(), together);
    }

    fn cosine(a: &[i8], b: &[i8]) -> f32 {
        let [a, b] = [a, b].map(|row| row.iter().map(|value| f32::from(*value)).collect::<Vec<_>>());
        dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt()
    }
}
