//! Training the encoder's upper layers on the shop's phrases: softmax regression on the cosines of a phrase's vector to
//! one trained direction per intent (a prototype, as in Snell et al. 2017, that starts at the mean of its phrases).
//!
//! A fifth of each intent's phrases is held out. It says when to stop, and whether the tuned layers are worth having:
//! they serve beside the vectors as they were, and only if both together beat the head alone. The run is written down
//! after every round over the phrases; one that was cancelled goes on from there.

mod adam;
mod checkpoint;
mod network;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};
use tch::{TchError, Tensor};

use super::calibration::{HeldOut, best_temperature, cross_entropy};
use super::data::places;
use super::encoder::Tuning;
use super::model::{Opinion, Tuned, Views};
use super::softmax::Softmax;
use super::tensors::floats;
use super::train::Prepared;
use super::{Encoder, NluError, Vector};
use crate::progress::{Cancelled, Progress};
use adam::Trained;
use checkpoint::Checkpoint;
use network::{Network, unit_rows};

/// Layers that are trained, counted from the top.
const TUNED_LAYERS: usize = 3;
/// Rounds over the phrases.
const ROUNDS: u64 = 6;
/// Rounds in a row without a lower cross-entropy on what is held out, after which it stops.
const PATIENCE: u64 = 2;
const BATCH: usize = 32;
/// Batches that are filled from phrases of like length.
const SORTED_TOGETHER: usize = 8;
const RATE: f64 = 2e-4;
/// How much faster the intents' directions learn than the layers.
const PROTOTYPE_RATE: f64 = 10.0;
/// Share of all steps in which the rate rises.
const WARM_UP: f64 = 0.1;
const DROPOUT: f64 = 0.1;
/// Logits are cosines times this.
const SCALE: f64 = 20.0;
/// Share of a phrase's target that is spread over all intents.
const SMOOTHING: f64 = 0.1;
/// Of each intent's phrases, one of this many is held out.
const HELD_OUT: usize = 5;
/// Phrases whose lower layers are computed at a time.
const TRUNK_BATCH: usize = 64;

/// What fine-tuning found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct FinetuneReport {
    /// Accuracy and cross-entropy on the part held out, of the head alone and with the tuned layers.
    pub head_accuracy: f64,
    pub head_loss: f64,
    pub tuned_accuracy: f64,
    pub tuned_loss: f64,
    /// Rounds over the phrases.
    pub rounds: u64,
    pub phrases_held_out: usize,
    /// Whether the tuned layers are part of the model: with them the cross-entropy is less, and the accuracy no less.
    pub kept: bool,
}

/// What is to be tuned, and where.
pub(super) struct Finetune<'a> {
    prepared: &'a Prepared,
    encoder: &'a Encoder,
    /// Token ids of the phrases, then of the classes' names.
    tokens: Vec<Vec<i64>>,
    labels: Vec<usize>,
    /// Where the run is written down.
    file: PathBuf,
    progress: &'a Progress,
}

/// How well phrases held out are told apart; the loss is the mean cross-entropy at the temperature that suits them best.
#[derive(Debug, Clone, Copy)]
struct Score {
    accuracy: f64,
    loss: f64,
    temperature: f32,
}

/// One round over the phrases, of how many: the rate falls to nothing by the last.
struct Pass<'a> {
    what: &'a str,
    round: u64,
    rounds: u64,
}

/// The tuned part of a model, the temperature that fits it, and what was found.
pub(super) struct Outcome {
    pub tuned: Option<Tuned>,
    /// That suits the part held out best, tuned layers included.
    pub temperature: f32,
    pub report: FinetuneReport,
}

impl<'a> Finetune<'a> {
    /// `folder`: where the run is written down; `run` names data and encoder.
    pub(super) fn new(
        prepared: &'a Prepared,
        encoder: &'a Encoder,
        folder: &Path,
        run: &str,
        progress: &'a Progress,
    ) -> Result<Self, NluError> {
        let names = prepared.names.iter().map(|(name, _)| name);
        let tokens: Result<Vec<_>, _> = prepared
            .texts
            .iter()
            .chain(names)
            .map(|text| encoder.tokens(text))
            .collect();
        let labels = prepared
            .labels
            .iter()
            .copied()
            .chain(0..prepared.classes.len())
            .collect();
        Ok(Self {
            prepared,
            encoder,
            tokens: tokens?,
            labels,
            file: folder.join(format!("{run}.finetune")),
            progress,
        })
    }

    /// Tunes, compares with the head on phrases held out, and tunes on all phrases when it was worth it.
    pub(super) fn run(&self) -> Result<Outcome, NluError> {
        let _threads = AllThreads::take();
        let phrases = self.prepared.texts.len();
        let (held, inside) = self.split();
        let mut checkpoint = Checkpoint::read(&self.file);
        let head = self.prepared.fit(&inside, self.progress)?;
        let names = phrases..self.tokens.len();
        let trunk = self.trunk()?;
        let network = || Network::load(self.encoder.folder(), self.first_layer()?).map_err(failed);
        if !checkpoint.searched {
            let rows: Vec<usize> = inside.iter().copied().chain(names.clone()).collect();
            self.search(&network()?, &trunk, &rows, (&head, &held), &mut checkpoint)?;
        }
        let head_alone = self.score(self.opinions(&head, &held, None), &held);
        let best = checkpoint.best;
        let report = FinetuneReport {
            head_accuracy: head_alone.accuracy,
            head_loss: head_alone.loss,
            tuned_accuracy: best.accuracy,
            tuned_loss: best.loss,
            rounds: checkpoint.best_round,
            phrases_held_out: held.len(),
            kept: best.loss < head_alone.loss && best.accuracy >= head_alone.accuracy,
        };
        let mut tuned = None;
        if report.kept {
            let rows: Vec<usize> = (0..self.tokens.len()).collect();
            tuned = Some(self.finish(network()?, &trunk, &rows, &mut checkpoint)?);
        }
        checkpoint::remove(&self.file);
        Ok(Outcome {
            tuned,
            temperature: best.temperature,
            report,
        })
    }

    fn first_layer(&self) -> Result<usize, NluError> {
        Ok(self.encoder.layers()?.saturating_sub(TUNED_LAYERS))
    }

    /// Rows held out and rows inside.
    fn split(&self) -> (Vec<usize>, Vec<usize>) {
        let places = places(&self.prepared.labels);
        (0..self.prepared.texts.len()).partition(|row| places[*row] % HELD_OUT == HELD_OUT - 1)
    }

    /// What the lower layers make of all texts.
    fn trunk(&self) -> Result<Vec<Tensor>, NluError> {
        let network = Network::load(self.encoder.folder(), self.first_layer()?).map_err(failed)?;
        let mut order: Vec<usize> = (0..self.tokens.len()).collect();
        order.sort_by_key(|row| self.tokens[*row].len());
        let mut trunk: Vec<Option<Tensor>> = self.tokens.iter().map(|_| None).collect();
        for (at, rows) in order.chunks(TRUNK_BATCH).enumerate() {
            self.progress
                .step("lower layers", (at * TRUNK_BATCH) as u64, order.len() as u64)?;
            let batch: Vec<&[i64]> = rows.iter().map(|row| self.tokens[*row].as_slice()).collect();
            for (row, text) in rows.iter().zip(network.trunk(&batch)) {
                trunk[*row] = Some(text);
            }
        }
        Ok(trunk.into_iter().flatten().collect())
    }

    /// Tunes on `rows` until the held-out cross-entropy falls no more; the checkpoint says which round was best.
    fn search(
        &self,
        network: &Network,
        trunk: &[Tensor],
        rows: &[usize],
        (head, held): (&Views, &[usize]),
        checkpoint: &mut Checkpoint,
    ) -> Result<(), NluError> {
        let mut trained = self.trained(network, rows);
        checkpoint.restore(&mut trained);
        while checkpoint.round < ROUNDS && checkpoint.worse < PATIENCE {
            let pass = Pass {
                what: "finding rounds",
                round: checkpoint.round,
                rounds: ROUNDS,
            };
            self.round(network, &mut trained, trunk, rows, &pass)?;
            checkpoint.round += 1;
            let opinions = self.opinions(head, held, Some(&self.tuned_of(network, &trained, trunk, held)));
            let round = self.score(opinions, held);
            tracing::info!(
                round = checkpoint.round,
                accuracy = round.accuracy,
                loss = round.loss,
                "fine-tuning"
            );
            if round.loss < checkpoint.best.loss {
                checkpoint.worse = 0;
                (checkpoint.best, checkpoint.best_round) = (round, checkpoint.round);
            } else {
                checkpoint.worse += 1;
            }
            checkpoint.write(&self.file, &trained).map_err(failed)?;
        }
        checkpoint.searched = true;
        checkpoint.round = 0;
        checkpoint.forget_tensors();
        checkpoint.write(&self.file, &[]).map_err(failed)
    }

    fn score(&self, opinions: Vec<Opinion>, rows: &[usize]) -> Score {
        let labels = rows.iter().map(|row| self.prepared.labels[*row]);
        let held: Vec<HeldOut> = opinions
            .into_iter()
            .zip(labels)
            .map(|(opinion, label)| HeldOut { opinion, label })
            .collect();
        let right = held
            .iter()
            .filter(|held| held.opinion.best() == held.label)
            .count();
        let temperature = best_temperature(&held);
        Score {
            accuracy: right as f64 / held.len().max(1) as f64,
            loss: cross_entropy(&held, temperature),
            temperature,
        }
    }

    /// As many rounds as were best, on all phrases.
    fn finish(
        &self,
        network: Network,
        trunk: &[Tensor],
        rows: &[usize],
        checkpoint: &mut Checkpoint,
    ) -> Result<Tuned, NluError> {
        let mut trained = self.trained(&network, rows);
        checkpoint.restore(&mut trained);
        while checkpoint.round < checkpoint.best_round {
            let pass = Pass {
                what: "fine-tuning",
                round: checkpoint.round,
                rounds: checkpoint.best_round,
            };
            self.round(&network, &mut trained, trunk, rows, &pass)?;
            checkpoint.round += 1;
            checkpoint.write(&self.file, &trained).map_err(failed)?;
        }
        let layers = trained.iter().filter(|tensor| tensor.name != PROTOTYPES);
        let tuning = Tuning::of(
            self.first_layer()?,
            layers.map(|tensor| (tensor.name.as_str(), &tensor.value)),
        )?;
        Ok(Tuned {
            softmax: softmax(&trained),
            tuning: Arc::new(tuning),
        })
    }

    /// The network's trained tensors and the prototypes, which start at the means of the rows' vectors.
    fn trained(&self, network: &Network, rows: &[usize]) -> Vec<Trained> {
        let names = self.prepared.names.iter().map(|(_, encoded)| encoded);
        let encoded = self.prepared.encoded.iter().chain(names);
        let vectors: Vec<&Vector> = encoded.map(|encoded| &encoded.vector).collect();
        let dimensions = self.encoder.dimensions();
        let mut sums = vec![0f32; self.prepared.classes.len() * dimensions];
        for row in rows {
            let sum = &mut sums[self.labels[*row] * dimensions..][..dimensions];
            sum.iter_mut()
                .zip(vectors[*row].iter())
                .for_each(|(sum, value)| *sum += value);
        }
        let shape = [self.prepared.classes.len() as i64, dimensions as i64];
        let prototypes = unit_rows(&Tensor::from_slice(&sums).view(shape)).set_requires_grad(true);
        let layers = network.trained().into_iter();
        let mut trained: Vec<Trained> = layers
            .map(|(name, value)| Trained::new(name, value, 1.0))
            .collect();
        trained.push(Trained::new(PROTOTYPES.into(), prototypes, PROTOTYPE_RATE));
        trained
    }

    /// One round over the rows, in an order that only the round's number decides.
    fn round(
        &self,
        network: &Network,
        trained: &mut [Trained],
        trunk: &[Tensor],
        rows: &[usize],
        pass: &Pass<'_>,
    ) -> Result<(), Cancelled> {
        tch::manual_seed(pass.round as i64);
        let mut random = StdRng::seed_from_u64(pass.round);
        let mut order = rows.to_vec();
        order.shuffle(&mut random);
        for rows in order.chunks_mut(BATCH * SORTED_TOGETHER) {
            rows.sort_by_key(|row| self.tokens[*row].len());
        }
        let mut batches: Vec<&[usize]> = order.chunks(BATCH).collect();
        batches.shuffle(&mut random);
        let steps = batches.len() as u64;
        for (at, batch) in batches.into_iter().enumerate() {
            let step = pass.round * steps + at as u64;
            self.progress.step(pass.what, step, pass.rounds * steps)?;
            let texts: Vec<&Tensor> = batch.iter().map(|row| &trunk[*row]).collect();
            let targets: Vec<i64> = batch.iter().map(|row| self.labels[*row] as i64).collect();
            let vectors = network.vectors(&texts, DROPOUT);
            let logits = vectors.matmul(&unit_rows(prototypes(trained)).tr()) * SCALE;
            let loss = logits.cross_entropy_loss::<&Tensor>(
                &Tensor::from_slice(&targets),
                None,
                tch::Reduction::Mean,
                -100,
                SMOOTHING,
            );
            loss.backward();
            adam::step(trained, rate(step, pass.rounds * steps), step + 1);
        }
        Ok(())
    }

    /// What the layers as they are now say of `rows`: log-probabilities, `[rows][classes]`.
    fn tuned_of(
        &self,
        network: &Network,
        trained: &[Trained],
        trunk: &[Tensor],
        rows: &[usize],
    ) -> Vec<Vec<f32>> {
        let _no_gradients = tch::no_grad_guard();
        let softmax = softmax(trained);
        let vectors = rows.chunks(TRUNK_BATCH).flat_map(|rows| {
            let texts: Vec<&Tensor> = rows.iter().map(|row| &trunk[*row]).collect();
            let vectors = network.vectors(&texts, 0.0);
            (0..rows.len() as i64)
                .map(|at| floats(&vectors.get(at)))
                .collect::<Vec<_>>()
        });
        vectors.map(|vector| softmax.logits(&vector)).collect()
    }

    fn opinions(&self, views: &Views, rows: &[usize], tuned: Option<&[Vec<f32>]>) -> Vec<Opinion> {
        let opinion = |(at, row): (usize, &usize)| {
            let mut opinion = views.opinion(&self.prepared.texts[*row], &self.prepared.encoded[*row]);
            if let Some(tuned) = tuned {
                opinion.add_tuned(tuned[at].clone());
            }
            opinion
        };
        rows.iter().enumerate().map(opinion).collect()
    }
}

const PROTOTYPES: &str = "prototypes";

fn failed(error: TchError) -> NluError {
    NluError::Training(error.to_string())
}

fn prototypes(trained: &[Trained]) -> &Tensor {
    // `trained()` puts them last.
    &trained[trained.len() - 1].value
}

/// The prototypes as a softmax layer on the tuned vectors.
fn softmax(trained: &[Trained]) -> Softmax {
    let _no_gradients = tch::no_grad_guard();
    let rows = unit_rows(prototypes(trained)) * SCALE;
    Softmax::without_constants(&floats(&rows), rows.size()[1] as usize)
}

/// Rises to [`RATE`], then falls in a line.
fn rate(step: u64, steps: u64) -> f64 {
    let (step, steps) = (step as f64, steps as f64);
    let rising = (step + 1.0) / (steps * WARM_UP);
    RATE * rising.min(1.0) * ((steps - step) / steps)
}

/// While it lives, an operation of this thread may use all cores.
struct AllThreads(i32);

impl AllThreads {
    fn take() -> Self {
        let before = tch::get_num_threads();
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
        tch::set_num_threads(cores as i32);
        Self(before)
    }
}

impl Drop for AllThreads {
    fn drop(&mut self) {
        tch::set_num_threads(self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_and_falls() {
        assert!(rate(0, 100) < rate(9, 100));
        assert!(rate(50, 100) < rate(10, 100));
        assert!(rate(99, 100) < 0.02 * RATE);
    }
}
