//! The model itself: BERT, mean over the tokens, unit length (Reimers and Gurevych 2019, Sentence-BERT, section 3).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Once;
use std::time::{Duration, Instant};

use rust_bert::bert::{BertConfig, BertEmbeddings, BertModel};
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor};

use super::{EncoderError, Precision};
use crate::nlu::Vector;

/// Lengths to which batches are padded: few shapes, whose kernels are then warm.
const BUCKETS: [usize; 4] = [16, 32, 64, 128];
/// bf16 must win by this much to be worth its lost digits.
const WORTH_IT: f64 = 0.9;

/// A loaded model. It belongs to one thread: tensors may move between threads, not be shared.
pub(super) struct Bert {
    model: BertModel<BertEmbeddings>,
    dimensions: usize,
}

/// Threads inside an operation fight with our workers for the cores: one each. Must run before the first operation.
pub(super) fn one_thread_per_operation() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tch::set_num_threads(1);
        tch::set_num_interop_threads(1);
    });
}

/// The precision to serve in, and the length of the vectors. `Auto` measures both on a short message.
pub(super) fn choose_precision(folder: &Path, wanted: Precision) -> Result<(Precision, usize), EncoderError> {
    let single = Bert::load(folder, Precision::F32)?;
    let dimensions = single.dimensions;
    if wanted != Precision::Auto {
        return Ok((wanted, dimensions));
    }
    let single = single.time_per_message()?;
    let half = Bert::load(folder, Precision::Bf16)?.time_per_message()?;
    let chosen = if half.as_secs_f64() < WORTH_IT * single.as_secs_f64() {
        Precision::Bf16
    } else {
        Precision::F32
    };
    tracing::info!(
        f32_micros = single.as_micros() as u64,
        bf16_micros = half.as_micros() as u64,
        ?chosen,
        "encoder measured"
    );
    Ok((chosen, dimensions))
}

impl Bert {
    pub(super) fn load(folder: &Path, precision: Precision) -> Result<Self, EncoderError> {
        let file = folder.join("config.json");
        let damaged = |file: &Path, reason: String| EncoderError::Damaged {
            file: file.into(),
            reason,
        };
        let text = std::fs::read_to_string(&file).map_err(|error| damaged(&file, error.to_string()))?;
        let config: BertConfig =
            serde_json::from_str(&text).map_err(|error| damaged(&file, error.to_string()))?;
        let weights = folder.join("model.safetensors");
        // The libraries below panic on some kinds of damage and return an error on others.
        let loaded = catch_unwind(AssertUnwindSafe(|| load_weights(&config, &weights, precision)));
        let model = loaded
            .map_err(|_| damaged(&weights, "the tensors don't fit the configuration".into()))?
            .map_err(|reason| damaged(&weights, reason))?;
        Ok(Self {
            model,
            dimensions: config.hidden_size as usize,
        })
    }

    /// The vectors of a batch of token ids, in its order.
    pub(super) fn encode(&self, batch: &[&[i64]]) -> Result<Vec<Vector>, EncoderError> {
        let _no_gradients = tch::no_grad_guard();
        let pooled = self
            .pooled(batch)
            .map_err(|error| EncoderError::Failed(error.to_string()))?;
        let mut values = vec![0f32; batch.len() * self.dimensions];
        let count = values.len();
        pooled
            .f_copy_data(&mut values, count)
            .map_err(|error| EncoderError::Failed(error.to_string()))?;
        Ok(values.chunks(self.dimensions).map(Vector::from).collect())
    }

    /// `[texts × dimensions]`, rows of unit length.
    fn pooled(&self, batch: &[&[i64]]) -> Result<Tensor, tch::TchError> {
        let longest = batch.iter().map(|ids| ids.len()).max().unwrap_or(1);
        let width = BUCKETS
            .into_iter()
            .find(|bucket| *bucket >= longest)
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
        let output = self
            .model
            .forward_t(Some(&ids), Some(&mask), None, None, None, None, None, false)
            .map_err(|error| tch::TchError::Torch(error.to_string()))?;
        let hidden = output.hidden_state.f_to_kind(Kind::Float)?; // [texts × width × dimensions]
        let mask = mask.f_to_kind(Kind::Float)?.f_unsqueeze(-1)?; // [texts × width × 1]
        let sum = (hidden * &mask).f_sum_dim_intlist([1i64].as_slice(), false, Kind::Float)?;
        let norm = sum
            .f_norm_scalaropt_dim(2, [1i64].as_slice(), true)?
            .f_clamp_min(1e-12)?;
        // The mean and the sum differ by a factor that the norm takes out.
        sum.f_div(&norm)
    }

    /// One pass per bucket, so that the first shopper doesn't pay for it.
    pub(super) fn warm_up(&self) -> Result<(), EncoderError> {
        for width in BUCKETS {
            self.encode(&[&vec![1; width]])?;
        }
        Ok(())
    }

    /// Median time of a message of 16 tokens.
    fn time_per_message(&self) -> Result<Duration, EncoderError> {
        let ids = vec![1; 16];
        let mut times = Vec::new();
        for round in 0..10 {
            let started = Instant::now();
            self.encode(&[&ids])?;
            if round >= 3 {
                times.push(started.elapsed());
            }
        }
        times.sort();
        Ok(times[times.len() / 2])
    }
}

fn load_weights(
    config: &BertConfig,
    weights: &Path,
    precision: Precision,
) -> Result<BertModel<BertEmbeddings>, String> {
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
    Ok(model)
}
