//! The model itself: BERT, mean over the tokens, unit length (Reimers and Gurevych 2019, Sentence-BERT, section 3).

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

use rust_bert::bert::{BertConfig, BertEmbeddings, BertModel};
use tch::nn::VarStore;
use tch::{Device, Kind, TchError, Tensor};

use super::packed::{Branch, Packed, Weights};
use super::tuning::Tuning;
use super::words::Words;
use super::{Encoded, EncoderError, Precision};
use crate::nlu::Vector;

/// Lengths to which batches are padded in bf16: few shapes, whose kernels are then compiled.
const BUCKETS: [usize; 4] = [16, 32, 64, 128];
/// A precision must win by this much to be worth its lost digits.
const WORTH_IT: f64 = 0.9;
/// Texts up to this many are encoded one by one when that is faster than together.
const FEW: usize = 4;
/// A precision that takes this many times as long as the best so far isn't measured to the end.
const HOPELESS: u32 = 3;

/// A loaded model. It belongs to one thread: tensors may move between threads, not be shared.
pub(super) struct Bert {
    /// For batches; `None` in a compact model, which takes texts one by one.
    model: Option<Whole>,
    /// For texts that come alone.
    packed: Option<Packed>,
    /// Layer by layer, for texts that tuned layers shall see too; made when the first of them comes, if there is no packed model.
    layered: Option<Packed>,
    /// The tuned layers that were asked for last, and their id.
    branch: Option<(String, Branch)>,
    folder: PathBuf,
    config: BertConfig,
    precision: Precision,
    dimensions: usize,
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
    let single = Bert::load(folder, Precision::F32)?;
    let dimensions = single.dimensions;
    if wanted != Precision::Auto {
        return Ok((wanted, dimensions));
    }
    let single = single.time_per_message(None)?;
    let (mut chosen, mut best) = (Precision::F32, single);
    for precision in [Precision::F16, Precision::Bf16] {
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
    /// A model that takes up as little memory as it can: words in half precision, layers packed where the processor has
    /// that, and nothing beside them.
    pub(super) fn load_compact(folder: &Path) -> Result<Self, EncoderError> {
        let config = configuration(folder)?;
        let weights = folder.join("model.safetensors");
        let damaged = |reason: String| EncoderError::Damaged {
            file: weights.clone(),
            reason,
        };
        let packed = catch_unwind(AssertUnwindSafe(|| compact(&config, &weights)))
            .map_err(|_| damaged("the tensors don't fit the configuration".into()))?
            .map_err(|error| damaged(error.to_string()))?;
        Ok(Self {
            model: None,
            packed: Some(packed),
            layered: None,
            branch: None,
            folder: folder.to_owned(),
            precision: Precision::F16,
            dimensions: config.hidden_size as usize,
            config,
        })
    }

    /// The same model for another thread: both read the same weights.
    pub(super) fn share(&self) -> Result<Self, EncoderError> {
        let failed = |error: TchError| EncoderError::Failed(error.to_string());
        let share = |whole: &Whole| whole.share(&self.config, self.precision);
        Ok(Self {
            model: self.model.as_ref().map(share).transpose().map_err(failed)?,
            packed: self.packed.as_ref().map(Packed::share),
            layered: None,
            branch: None,
            folder: self.folder.clone(),
            config: configuration(&self.folder)?,
            precision: self.precision,
            dimensions: self.dimensions,
        })
    }

    pub(super) fn load(folder: &Path, precision: Precision) -> Result<Self, EncoderError> {
        let damaged = |file: &Path, reason: String| EncoderError::Damaged {
            file: file.into(),
            reason,
        };
        let config = configuration(folder)?;
        let weights = folder.join("model.safetensors");
        // The libraries below panic on some kinds of damage and return an error on others.
        let loaded = catch_unwind(AssertUnwindSafe(|| load_weights(&config, &weights, precision)));
        let (model, packed) = loaded
            .map_err(|_| damaged(&weights, "the tensors don't fit the configuration".into()))?
            .map_err(|reason| damaged(&weights, reason))?;
        Ok(Self {
            model: Some(model),
            packed,
            layered: None,
            branch: None,
            folder: folder.to_owned(),
            precision,
            dimensions: config.hidden_size as usize,
            config,
        })
    }

    /// The vectors of a text, that of the tuned layers among them.
    pub(super) fn encode_tuned(
        &mut self,
        ids: &[i64],
        tuning: &Tuning,
        words: bool,
    ) -> Result<Encoded, EncoderError> {
        let _no_gradients = tch::no_grad_guard();
        let failed = |error: TchError| EncoderError::Failed(error.to_string());
        if self.packed.is_none() && self.layered.is_none() {
            self.layered = Some(layered(&self.folder, &self.config).map_err(failed)?);
        }
        if self.branch.as_ref().is_none_or(|(id, _)| id != tuning.id()) {
            let weights = Weights {
                tensors: &tuning.tensors().map_err(failed)?.into_iter().collect(),
                config: &self.config,
                half: self.packed.as_ref().is_some_and(Packed::is_half),
            };
            self.branch = Some((
                tuning.id().to_owned(),
                weights.branch(tuning.first).map_err(failed)?,
            ));
        }
        let (Some(model), Some((_, branch))) = (self.packed.as_ref().or(self.layered.as_ref()), &self.branch)
        else {
            return Err(EncoderError::Failed("the tuned layers can't be used here".into()));
        };
        self.encoded(model, ids, Some(branch), words)
    }

    /// The vectors of a batch of token ids, in its order; with `words` those of the tokens too.
    pub(super) fn encode(&self, batch: &[&[i64]], words: bool) -> Result<Vec<Encoded>, EncoderError> {
        let _no_gradients = tch::no_grad_guard();
        let failed = |error: TchError| EncoderError::Failed(error.to_string());
        let alone = batch.len() <= FEW || self.model.is_none();
        if let Some(packed) = self.packed.as_ref().filter(|_| alone) {
            return batch
                .iter()
                .map(|ids| self.encoded(packed, ids, None, words))
                .collect();
        }
        let (hidden, mask) = self.hidden(batch).map_err(failed)?;
        // The mean and the sum differ by a factor that the norm takes out.
        let sums = (&hidden * mask)
            .f_sum_dim_intlist([1i64].as_slice(), false, Kind::Float)
            .and_then(|sums| unit_length(&sums))
            .map_err(failed)?;
        let vectors = self.vectors(&sums, batch.len())?;
        let encoded = vectors
            .into_iter()
            .zip(batch)
            .enumerate()
            .map(|(place, (vector, ids))| {
                let own = || hidden.f_get(place as i64)?.f_narrow(0, 0, ids.len() as i64);
                Ok(Encoded {
                    words: words.then(|| self.words(&own().map_err(failed)?)).transpose()?,
                    ..Encoded::plain(vector)
                })
            });
        encoded.collect()
    }

    /// The vectors of one text. Compact models give that of the layer at three quarters of the depth too.
    fn encoded(
        &self,
        packed: &Packed,
        ids: &[i64],
        branch: Option<&Branch>,
        words: bool,
    ) -> Result<Encoded, EncoderError> {
        let middle = self.model.is_none().then(|| packed.depth() * 3 / 4);
        let failed = |error: TchError| EncoderError::Failed(error.to_string());
        let sums = packed.pass(ids, middle, branch).map_err(failed)?;
        let vector = |sum: &Tensor| {
            let rows = unit_length(sum).map_err(failed)?;
            Ok::<_, EncoderError>(self.vectors(&rows, 1)?.remove(0))
        };
        Ok(Encoded {
            vector: vector(&sums.last)?,
            middle: sums.middle.as_ref().map(vector).transpose()?,
            tuned: sums.tuned.as_ref().map(vector).transpose()?,
            words: words.then(|| self.words(&sums.hidden)).transpose()?,
        })
    }

    /// The rows of `[texts × dimensions]`.
    fn vectors(&self, rows: &Tensor, texts: usize) -> Result<Vec<Vector>, EncoderError> {
        let values = self.values(rows, texts)?;
        Ok(values.chunks(self.dimensions).map(Vector::from).collect())
    }

    fn words(&self, hidden: &Tensor) -> Result<Arc<Words>, EncoderError> {
        let values = self.values(hidden, hidden.size()[0] as usize)?;
        Ok(Arc::new(Words::of(&values, self.dimensions)))
    }

    fn values(&self, rows: &Tensor, count: usize) -> Result<Vec<f32>, EncoderError> {
        let mut values = vec![0f32; count * self.dimensions];
        let count = values.len();
        rows.f_contiguous()
            .and_then(|rows| rows.f_copy_data(&mut values, count))
            .map_err(|error| EncoderError::Failed(error.to_string()))?;
        Ok(values)
    }

    /// The last layer, `[texts × width × dimensions]`, and which of its tokens are no padding, `[texts × width × 1]`.
    fn hidden(&self, batch: &[&[i64]]) -> Result<(Tensor, Tensor), TchError> {
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
        let model = self.model.as_ref();
        let model = model.ok_or_else(|| TchError::Torch("a compact model takes texts one by one".into()))?;
        let output = model
            .model
            .forward_t(Some(&ids), Some(&mask), None, None, None, None, None, false)
            .map_err(|error| TchError::Torch(error.to_string()))?;
        let hidden = output.hidden_state.f_to_kind(Kind::Float)?;
        Ok((hidden, mask.f_to_kind(Kind::Float)?.f_unsqueeze(-1)?))
    }

    /// A pass of each kind and length, so that the first shopper doesn't pay for it.
    pub(super) fn warm_up(&self) -> Result<(), EncoderError> {
        for width in BUCKETS {
            self.encode(&[&vec![1; width]], false)?;
        }
        self.encode(&[[1i64; 16].as_slice(); FEW + 1], false)?;
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

/// The model layer by layer, in single precision.
fn layered(folder: &Path, config: &BertConfig) -> Result<Packed, TchError> {
    let tensors: HashMap<String, Tensor> = Tensor::read_safetensors(folder.join("model.safetensors"))?
        .into_iter()
        .collect();
    let weights = Weights {
        tensors: &tensors,
        config,
        half: false,
    };
    Packed::of(&weights).ok_or_else(|| TchError::Torch("the encoder is of another build".into()))
}

/// The model layer by layer, packed where that can be, its words as they are in the file.
fn compact(config: &BertConfig, weights: &Path) -> Result<Packed, TchError> {
    let tensors: HashMap<String, Tensor> = Tensor::read_safetensors(weights)?.into_iter().collect();
    let packed = |half| {
        Packed::of(&Weights {
            tensors: &tensors,
            config,
            half,
        })
    };
    packed(true)
        .or_else(|| packed(false))
        .ok_or_else(|| TchError::Torch("the encoder is of another build than BERT's usual one".into()))
}

fn unit_length(sums: &Tensor) -> Result<Tensor, TchError> {
    let norm = sums
        .f_norm_scalaropt_dim(2, [1i64].as_slice(), true)?
        .f_clamp_min(1e-12)?;
    sums.f_div(&norm)
}

type Loaded = (Whole, Option<Packed>);

impl Whole {
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

fn load_weights(config: &BertConfig, weights: &Path, precision: Precision) -> Result<Loaded, String> {
    let mut store = VarStore::new(Device::Cpu);
    let model = BertModel::<BertEmbeddings>::new(store.root(), config);
    let missing = store.load_partial(weights).map_err(|error| error.to_string())?;
    // The pooler serves sentence pairs; sentence encoders do without it.
    if let Some(name) = missing.iter().find(|name| !name.starts_with("pooler")) {
        return Err(format!("it lacks the tensor `{name}`"));
    }
    store.freeze();
    let packed = match precision {
        Precision::F16 => Packed::of(&Weights {
            tensors: &store.variables(),
            config,
            half: true,
        }),
        _ => None,
    };
    if precision == Precision::Bf16 {
        store.bfloat16();
    }
    Ok((Whole { model, store }, packed))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both ways of encoding give the same vectors, alone and in company, whatever the lengths.
    #[test]
    fn packed_weights_give_the_same_vectors() {
        one_thread_per_operation();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(".shopkeeper/encoder");
        let plain = Bert::load(&folder, Precision::F32).unwrap();
        let half = Bert::load(&folder, Precision::F16).unwrap();
        let texts: Vec<Vec<i64>> = [3, 9, 30, 12, 5]
            .iter()
            .map(|length| (0..*length).map(|at| 1000 + 37 * at * length % 20_000).collect())
            .collect();
        let texts: Vec<&[i64]> = texts.iter().map(Vec::as_slice).collect();
        let together = plain.encode(&texts, true).unwrap();
        for (text, expected) in texts.iter().zip(&together) {
            let alone = half.encode(&[text], true).unwrap().remove(0);
            let (words, others) = (alone.words.unwrap(), expected.words.as_ref().unwrap());
            assert_eq!(words.rows().len(), text.len() - 2);
            let differs = words
                .bytes()
                .zip(others.bytes())
                .any(|(a, b)| (a as i8).abs_diff(b as i8) > 2);
            assert!(!differs, "the tokens of {} differ", text.len());
            let cosine: f32 = alone
                .vector
                .iter()
                .zip(expected.vector.iter())
                .map(|(a, b)| a * b)
                .sum();
            assert!(cosine > 0.9999, "{cosine}");
        }
        assert_eq!(plain.share().unwrap().encode(&texts, true).unwrap(), together);
        let shared = half.share().unwrap();
        assert_eq!(
            shared.encode(&texts[..2], true).unwrap(),
            half.encode(&texts[..2], true).unwrap()
        );
        assert_eq!(
            shared.encode(&texts, true).unwrap(),
            half.encode(&texts, true).unwrap()
        );
    }
}
