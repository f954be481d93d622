//! The model with its weights in whole numbers, layer by layer, for texts that stand one after the other without padding.

use std::collections::HashMap;
use std::sync::Arc;

use rust_bert::Activation;
use rust_bert::bert::BertConfig;
use tch::{Kind, TchError, Tensor};

use super::layers::{LANES, Layer, Norm, Room};
use crate::nlu::matrix::Matrix;

/// A BERT of the usual build (absolute positions, GELU).
pub(super) struct Packed {
    /// `[vocabulary × width]`, in half precision.
    words: Tensor,
    own: Arc<Own>,
}

/// What threads read together.
struct Own {
    /// Positions' and the first segment's embeddings, added: `[positions × width]`.
    places: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
    heads: usize,
    width: usize,
}

/// Layers that stand in the place of the last ones.
pub(super) struct Branch {
    first: usize,
    layers: Vec<Layer>,
}

/// What a pass tells of each token, text after text, each `[tokens × width]`.
pub(super) struct Hidden {
    pub last: Vec<f32>,
    pub middle: Option<Vec<f32>>,
    pub tuned: Option<Vec<f32>>,
}

/// The tensors of a model, by their names in its file.
pub(super) struct Weights<'a> {
    pub tensors: &'a HashMap<String, Tensor>,
    pub config: &'a BertConfig,
}

impl Packed {
    /// Packs the weights; fails when the model is of another kind than this is written for.
    pub(super) fn of(weights: &Weights<'_>) -> Result<Self, TchError> {
        let config = weights.config;
        let (width, heads) = (config.hidden_size as usize, config.num_attention_heads as usize);
        let is_usual =
            matches!(config.hidden_act, Activation::gelu) && heads > 0 && width.is_multiple_of(heads * LANES);
        if !is_usual {
            return Err(TchError::Torch(
                "the encoder is of another build than BERT's usual one".into(),
            ));
        }
        let segment = weights.single("embeddings.token_type_embeddings.weight")?.get(0);
        let places = weights.single("embeddings.position_embeddings.weight")? + segment;
        Ok(Self {
            words: weights
                .tensor("embeddings.word_embeddings.weight")?
                .f_to_kind(Kind::Half)?,
            own: Arc::new(Own {
                places: numbers(&places)?,
                norm: weights.norm("embeddings.LayerNorm")?,
                layers: weights.layers(0)?,
                heads,
                width,
            }),
        })
    }

    /// The same weights for another thread, which reads them only, as this one does.
    pub(super) fn share(&self) -> Self {
        Self {
            words: self.words.shallow_clone(),
            own: self.own.clone(),
        }
    }

    /// How many layers there are.
    pub(super) fn depth(&self) -> usize {
        self.own.layers.len()
    }

    /// One pass over some texts, and what of it is wanted beside the last layer: the layer after the first `middle`, and
    /// a branch's layers in the place of the last ones.
    pub(super) fn pass(
        &self,
        texts: &[&[i64]],
        middle: Option<usize>,
        branch: Option<&Branch>,
    ) -> Result<Hidden, TchError> {
        let own = &self.own;
        let lengths: Vec<usize> = texts.iter().map(|ids| ids.len()).collect();
        let mut room = Room::default();
        let mut run = |layers: &[Layer], hidden: &mut [f32]| {
            for layer in layers {
                layer.forward(hidden, &lengths, own.heads, &mut room);
            }
        };
        let mut hidden = self.placed(texts)?;
        let mut done = 0;
        let mut up_to = |layer: usize, hidden: &mut [f32]| {
            let layer = layer.clamp(done, own.layers.len());
            run(&own.layers[done..layer], hidden);
            done = layer;
        };
        let at_middle = middle.map(|middle| {
            up_to(middle, &mut hidden);
            hidden.clone()
        });
        let branched = branch.map(|branch| {
            up_to(branch.first, &mut hidden);
            hidden.clone()
        });
        up_to(own.layers.len(), &mut hidden);
        let tuned = branch.zip(branched).map(|(branch, mut hidden)| {
            run(&branch.layers, &mut hidden);
            hidden
        });
        Ok(Hidden {
            last: hidden,
            middle: at_middle,
            tuned,
        })
    }

    fn placed(&self, texts: &[&[i64]]) -> Result<Vec<f32>, TchError> {
        let own = &self.own;
        let words = self
            .words
            .f_index_select(0, &Tensor::from_slice(&texts.concat()))?;
        let mut hidden = numbers(&words)?; // [tokens × width]
        let mut rows = hidden.chunks_exact_mut(own.width);
        for text in texts {
            let places = own.places.chunks_exact(own.width);
            for (row, place) in rows.by_ref().take(text.len()).zip(places) {
                for (value, place) in row.iter_mut().zip(place) {
                    *value += place;
                }
            }
        }
        own.norm.apply(&mut hidden);
        Ok(hidden)
    }
}

/// A tensor's values in single precision.
pub(super) fn numbers(tensor: &Tensor) -> Result<Vec<f32>, TchError> {
    let tensor = tensor.f_to_kind(Kind::Float)?.f_contiguous()?;
    let mut values = vec![0.0; tensor.numel()];
    let count = values.len();
    tensor.f_copy_data(&mut values, count)?;
    Ok(values)
}

impl Weights<'_> {
    fn tensor(&self, name: &str) -> Result<Tensor, TchError> {
        let found = self.tensors.get(name).map(Tensor::shallow_clone);
        found.ok_or_else(|| TchError::Torch(format!("no tensor `{name}`")))
    }

    /// In single precision, whatever the file has.
    fn single(&self, name: &str) -> Result<Tensor, TchError> {
        self.tensor(name)?.f_to_kind(Kind::Float)
    }

    fn norm(&self, name: &str) -> Result<Norm, TchError> {
        Ok(Norm {
            weight: numbers(&self.tensor(&format!("{name}.weight"))?)?,
            bias: numbers(&self.tensor(&format!("{name}.bias"))?)?,
        })
    }

    /// One linear step whose outputs are those of `names`, one after the other.
    fn linear(&self, prefix: &str, names: &[&str]) -> Result<Matrix, TchError> {
        let all = |kind: &str| -> Result<Vec<f32>, TchError> {
            let parts = names
                .iter()
                .map(|name| numbers(&self.tensor(&format!("{prefix}.{name}.{kind}"))?));
            Ok(parts.collect::<Result<Vec<_>, _>>()?.concat())
        };
        Ok(Matrix::of(&all("weight")?, &all("bias")?))
    }

    /// The layers from `first` on.
    fn layers(&self, first: usize) -> Result<Vec<Layer>, TchError> {
        (first as i64..self.config.num_hidden_layers)
            .map(|layer| self.layer(&format!("encoder.layer.{layer}")))
            .collect()
    }

    /// The layers from `first` on as a branch of a model of the same configuration.
    pub(super) fn branch(&self, first: usize) -> Result<Branch, TchError> {
        Ok(Branch {
            first,
            layers: self.layers(first)?,
        })
    }

    fn layer(&self, prefix: &str) -> Result<Layer, TchError> {
        let attention = [
            "attention.self.query",
            "attention.self.key",
            "attention.self.value",
        ];
        Ok(Layer {
            attention: self.linear(prefix, &attention)?,
            attended: self.linear(prefix, &["attention.output.dense"])?,
            attended_norm: self.norm(&format!("{prefix}.attention.output.LayerNorm"))?,
            inner: self.linear(prefix, &["intermediate.dense"])?,
            outer: self.linear(prefix, &["output.dense"])?,
            outer_norm: self.norm(&format!("{prefix}.output.LayerNorm"))?,
        })
    }
}
