//! How a network learns: Adam with decoupled decay (Loshchilov and Hutter 2019) on shuffled batches, the rate halved
//! whenever held-out rows say that it doesn't get better any more.

use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use tch::nn::{AdamW, Optimizer, OptimizerConfig, VarStore};
use tch::{Device, Reduction, Tensor};

use super::network::{HIDDEN, Layers, Scale};
use super::{RankerError, Target};
use crate::progress::{Cancelled, Progress};

const RATE: f64 = 1e-2;
/// Epochs without a better result on the held-out rows after which the rate is halved.
const PATIENCE: usize = 5;
const HALVINGS: i32 = 4;
/// Batches of an epoch, at least, while their sizes stay within these bounds.
const BATCHES: i64 = 32;
const BATCH_ROWS: (i64, i64) = (32, 1024);
/// The decay that holds few rows' noise off costs many rows precision: it is this over the number of rows.
const DECAY_ROWS: f64 = 400.0;
const DECAY: (f64, f64) = (0.01, 0.1);

/// Trains one network; a tenth of the rows is held out and the weights that do best there are kept.
pub(super) fn learn(
    all: &Lesson,
    target: Target,
    scale: &Scale,
    epochs: &Epochs<'_>,
    random: &mut StdRng,
) -> Result<Layers, RankerError> {
    let mut order: Vec<i64> = (0..all.len()).collect();
    order.shuffle(random);
    let (held_out, learnt) = order.split_at((order.len() / 10).max(1));
    let mut student = Student::new(learnt.len(), all.rows.size()[1], target, random)?;
    student.study(&all.select(learnt), &all.select(held_out), epochs, random)?;
    student.graduate(scale)
}

/// The passes over the rows that a network may make, among those of all.
pub(super) struct Epochs<'a> {
    pub(super) before: usize,
    pub(super) own: usize,
    pub(super) all: usize,
    pub(super) progress: &'a Progress,
}

impl Epochs<'_> {
    fn begin(&self, epoch: usize) -> Result<(), Cancelled> {
        let (done, all) = (self.before + epoch, self.all);
        self.progress.step("network", done as u64, all as u64)
    }
}

/// Rows `[rows × width]` and their targets `[rows]`.
pub(super) struct Lesson {
    pub(super) rows: Tensor,
    pub(super) targets: Tensor,
}

impl Lesson {
    fn len(&self) -> i64 {
        self.targets.size()[0]
    }

    fn select(&self, rows: &[i64]) -> Self {
        let rows = Tensor::from_slice(rows);
        Self {
            rows: self.rows.index_select(0, &rows),
            targets: self.targets.index_select(0, &rows),
        }
    }

    fn batch(&self, start: i64, size: i64) -> Self {
        let size = size.min(self.len() - start);
        Self {
            rows: self.rows.narrow(0, start, size),
            targets: self.targets.narrow(0, start, size),
        }
    }
}

/// The network while it learns.
struct Student {
    /// As in [`Layers`]; the biases `[HIDDEN]` and `[1]`.
    weights: [Tensor; 4],
    optimizer: Optimizer,
    target: Target,
    best: Vec<Tensor>,
}

impl Student {
    /// To learn from so many rows of that width. Weights drawn as He et al. (2015) do for ReLU, from our own random
    /// numbers; the outer ones smaller, so that the first guess is near the mean.
    fn new(rows: usize, width: i64, target: Target, random: &mut StdRng) -> Result<Self, RankerError> {
        let variables = VarStore::new(Device::Cpu);
        let root = variables.root();
        let mut drawn = |name: &str, shape: &[i64], inputs: i64| {
            let bound = (6.0 / inputs as f32).sqrt();
            let count = shape.iter().product::<i64>() as usize;
            let values: Vec<f32> = (0..count).map(|_| random.random_range(-bound..bound)).collect();
            root.var_copy(name, &Tensor::from_slice(&values).view(shape))
        };
        let hidden = HIDDEN as i64;
        let inner = drawn("inner", &[width, hidden], width);
        let outer = drawn("outer", &[hidden], 6 * hidden);
        let inner_bias = root.zeros("inner_bias", &[hidden]);
        let bias = root.zeros("bias", &[1]);
        let decay = AdamW {
            wd: (DECAY_ROWS / rows as f64).clamp(DECAY.0, DECAY.1),
            ..AdamW::default()
        };
        Ok(Self {
            optimizer: decay.build(&variables, RATE)?,
            weights: [inner, inner_bias, outer, bias],
            target,
            best: Vec::new(),
        })
    }

    fn study(
        &mut self,
        learnt: &Lesson,
        held_out: &Lesson,
        epochs: &Epochs<'_>,
        random: &mut StdRng,
    ) -> Result<(), RankerError> {
        let mut order: Vec<i64> = (0..learnt.len()).collect();
        let (mut least, mut since, mut halvings) = (f64::INFINITY, 0, 0);
        for epoch in 0..epochs.own {
            epochs.begin(epoch)?;
            order.shuffle(random);
            self.pass(&learnt.select(&order));
            let loss = self.held_out_loss(held_out);
            if loss < least {
                (least, since) = (loss, 0);
                self.best = self.weights.iter().map(|weight| weight.detach().copy()).collect();
                continue;
            }
            since += 1;
            if since > PATIENCE {
                if halvings == HALVINGS {
                    break;
                }
                (since, halvings) = (0, halvings + 1);
                self.optimizer.set_lr(RATE * 0.5f64.powi(halvings));
            }
        }
        Ok(())
    }

    /// Once over the lesson, in its order.
    fn pass(&mut self, lesson: &Lesson) {
        let size = (lesson.len() / BATCHES).clamp(BATCH_ROWS.0, BATCH_ROWS.1);
        for start in (0..lesson.len()).step_by(size as usize) {
            let loss = self.loss(&lesson.batch(start, size));
            self.optimizer.backward_step(&loss);
        }
    }

    fn held_out_loss(&self, lesson: &Lesson) -> f64 {
        tch::no_grad(|| self.loss(lesson).double_value(&[]))
    }

    /// The mean loss of the lesson's rows.
    fn loss(&self, lesson: &Lesson) -> Tensor {
        let [inner, inner_bias, outer, bias] = &self.weights;
        let hidden = (lesson.rows.matmul(inner) + inner_bias).relu();
        let scores = hidden.mv(outer) + bias;
        match self.target {
            Target::Value => scores.mse_loss(&lesson.targets, Reduction::Mean),
            Target::Chance => {
                let weights = None::<&Tensor>;
                scores.binary_cross_entropy_with_logits(&lesson.targets, weights, weights, Reduction::Mean)
            }
        }
    }

    /// The best weights, for targets in their own unit.
    fn graduate(&self, scale: &Scale) -> Result<Layers, RankerError> {
        let [inner, inner_bias, outer, bias] = self.best.as_slice() else {
            return Err(RankerError::Diverged);
        };
        let outer = outer * f64::from(scale.deviation);
        let bias = bias * f64::from(scale.deviation) + f64::from(scale.mean);
        Ok(Layers {
            inner: floats(inner)?,
            inner_bias: floats(inner_bias)?,
            outer: floats(&outer)?,
            bias: floats(&bias)?.first().copied().unwrap_or_default(),
        })
    }
}

fn floats(tensor: &Tensor) -> Result<Vec<f32>, RankerError> {
    Ok(Vec::<f32>::try_from(tensor.contiguous().view(-1))?)
}
