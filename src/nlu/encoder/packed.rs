//! The same model for a lone message: weights in half precision, packed for the processor, sums in single precision.
//!
//! What bounds a short message is not arithmetic but reading the weights, which don't fit the processor's cache in
//! single precision. Half as many bytes take half the time; the vectors agree to five digits. In a batch the weights
//! are read once for many texts, and the plain model does as well.

use std::collections::HashMap;
use std::sync::Once;

use rust_bert::Activation;
use rust_bert::bert::BertConfig;
use tch::{Kind, TchError, Tensor};

/// As in the plain model, which takes it from no configuration either.
const EPSILON: f64 = 1e-12;

/// A BERT of the usual build (absolute positions, GELU), layer by layer.
pub(super) struct Packed {
    words: Tensor,
    /// Positions' and the first segment's embeddings, added: `[positions × width]`.
    places: Tensor,
    norm: Norm,
    layers: Vec<Layer>,
    heads: i64,
    width: i64,
    half: bool,
}

struct Layer {
    /// Query, key and value in one: `[3·width × width]`.
    attention: Linear,
    attended: Linear,
    attended_norm: Norm,
    inner: Linear,
    outer: Linear,
    outer_norm: Norm,
}

/// A linear step; where the processor has no packed form, the weights as they are.
enum Linear {
    Packed { weights: Tensor, bias: Tensor },
    Plain { weights: Tensor, bias: Tensor },
}

/// Layers that stand in the place of the last ones.
pub(super) struct Branch {
    first: usize,
    layers: Vec<Layer>,
}

/// Sums of a layer's vectors over the tokens, each `[1 × width]`, and the last layer itself, `[tokens × width]`.
pub(super) struct Sums {
    pub hidden: Tensor,
    pub last: Tensor,
    pub middle: Option<Tensor>,
    pub tuned: Option<Tensor>,
}

struct Norm {
    weight: Tensor,
    bias: Tensor,
}

/// The tensors of a model, by their names in its file.
pub(super) struct Weights<'a> {
    pub tensors: &'a HashMap<String, Tensor>,
    pub config: &'a BertConfig,
    /// Whether the weights are packed in half precision.
    pub half: bool,
}

impl Packed {
    /// Packs the weights; `None` when the model or the processor is of another kind than this is written for.
    pub(super) fn of(weights: &Weights<'_>) -> Option<Self> {
        if !matches!(weights.config.hidden_act, Activation::gelu) {
            return None;
        }
        static FIRST: Once = Once::new();
        if weights.half {
            FIRST.call_once(|| silence_deprecation(weights));
        }
        Self::pack(weights).ok()
    }

    fn pack(weights: &Weights<'_>) -> Result<Self, TchError> {
        let config = weights.config;
        let segment = weights.single("embeddings.token_type_embeddings.weight")?.get(0);
        Ok(Self {
            words: weights.tensor("embeddings.word_embeddings.weight")?,
            places: weights.single("embeddings.position_embeddings.weight")? + segment,
            norm: weights.norm("embeddings.LayerNorm")?,
            layers: weights.layers(0)?,
            heads: config.num_attention_heads,
            width: config.hidden_size,
            half: weights.half,
        })
    }

    /// The same weights for another thread, which reads them only, as this one does.
    pub(super) fn share(&self) -> Self {
        Self {
            words: self.words.shallow_clone(),
            places: self.places.shallow_clone(),
            norm: self.norm.share(),
            layers: self.layers.iter().map(Layer::share).collect(),
            heads: self.heads,
            width: self.width,
            half: self.half,
        }
    }

    /// Whether the layers are packed in half precision.
    pub(super) fn is_half(&self) -> bool {
        self.half
    }

    /// How many layers there are.
    pub(super) fn depth(&self) -> usize {
        self.layers.len()
    }

    /// One pass, and what of it is wanted beside the last layer: the layer after the first `middle`, and a branch's
    /// layers in the place of the last ones.
    pub(super) fn pass(
        &self,
        ids: &[i64],
        middle: Option<usize>,
        branch: Option<&Branch>,
    ) -> Result<Sums, TchError> {
        let mut hidden = self.placed(ids)?;
        let (mut at_middle, mut tuned) = (None, None);
        for below in 0..=self.layers.len() {
            if middle == Some(below) {
                at_middle = Some(self.summed(&hidden)?);
            }
            if let Some(branch) = branch.filter(|branch| branch.first.min(self.layers.len()) == below) {
                let own = self.run(hidden.shallow_clone(), &branch.layers)?;
                tuned = Some(self.summed(&own)?);
            }
            if let Some(layer) = self.layers.get(below) {
                hidden = layer.forward(&hidden, self.heads)?;
            }
        }
        Ok(Sums {
            last: self.summed(&hidden)?,
            hidden,
            middle: at_middle,
            tuned,
        })
    }

    fn placed(&self, ids: &[i64]) -> Result<Tensor, TchError> {
        let words = self.words.f_index_select(0, &Tensor::from_slice(ids))?;
        let words = words.f_to_kind(Kind::Float)?;
        let placed = words.f_add(&self.places.f_narrow(0, 0, ids.len() as i64)?)?;
        self.norm.of(&placed) // [tokens × width]
    }

    fn run(&self, mut hidden: Tensor, layers: &[Layer]) -> Result<Tensor, TchError> {
        for layer in layers {
            hidden = layer.forward(&hidden, self.heads)?;
        }
        Ok(hidden)
    }

    fn summed(&self, hidden: &Tensor) -> Result<Tensor, TchError> {
        hidden
            .f_sum_dim_intlist([0i64].as_slice(), true, Kind::Float)?
            .f_view([1, self.width])
    }
}

/// libtorch warns once, on standard error, that a later version of it will lack these operations. Ours is pinned; the
/// warning would only worry whoever starts the server.
fn silence_deprecation(weights: &Weights<'_>) {
    let _silence = gag::Gag::stderr();
    if let Ok(linear) = weights.linear("encoder.layer.0", &["attention.output.dense"]) {
        let input = Tensor::zeros([1, weights.config.hidden_size], (Kind::Float, tch::Device::Cpu));
        // What fails here fails again where it counts.
        let _ = linear.of(&input);
    }
}

impl Layer {
    fn forward(&self, hidden: &Tensor, heads: i64) -> Result<Tensor, TchError> {
        let size = hidden.size();
        let (tokens, width) = (size[0], size[1]);
        let all = self
            .attention
            .of(hidden)?
            .f_view([tokens, 3, heads, width / heads])?;
        // [heads × tokens × width of a head]
        let part = |at: i64| all.f_select(1, at)?.f_transpose(0, 1);
        let (query, key, value) = (part(0)?, part(1)?, part(2)?);
        let scale = ((width / heads) as f64).powf(-0.5);
        let weights = query
            .f_matmul(&key.f_transpose(1, 2)?)?
            .f_mul_scalar(scale)?
            .f_softmax(-1, Kind::Float)?; // [heads × tokens × tokens]
        let seen = weights
            .f_matmul(&value)?
            .f_transpose(0, 1)?
            .f_reshape([tokens, width])?;
        let attended = self.attended_norm.of(&self.attended.of(&seen)?.f_add(hidden)?)?;
        let inner = self.inner.of(&attended)?.f_gelu("none")?;
        self.outer_norm.of(&self.outer.of(&inner)?.f_add(&attended)?)
    }
}

impl Layer {
    fn share(&self) -> Self {
        Self {
            attention: self.attention.share(),
            attended: self.attended.share(),
            attended_norm: self.attended_norm.share(),
            inner: self.inner.share(),
            outer: self.outer.share(),
            outer_norm: self.outer_norm.share(),
        }
    }
}

impl Linear {
    fn share(&self) -> Self {
        match self {
            Self::Packed { weights, bias } => Self::Packed {
                weights: weights.shallow_clone(),
                bias: bias.shallow_clone(),
            },
            Self::Plain { weights, bias } => Self::Plain {
                weights: weights.shallow_clone(),
                bias: bias.shallow_clone(),
            },
        }
    }

    fn of(&self, input: &Tensor) -> Result<Tensor, TchError> {
        match self {
            Self::Packed { weights, bias } => {
                input.f_fbgemm_linear_fp16_weight_fp32_activation(weights, bias)
            }
            Self::Plain { weights, bias } => input.f_linear(weights, Some(bias)),
        }
    }
}

impl Norm {
    fn share(&self) -> Self {
        Self {
            weight: self.weight.shallow_clone(),
            bias: self.bias.shallow_clone(),
        }
    }

    fn of(&self, input: &Tensor) -> Result<Tensor, TchError> {
        let width = self.weight.size();
        input.f_layer_norm(
            width.as_slice(),
            Some(&self.weight),
            Some(&self.bias),
            EPSILON,
            false,
        )
    }
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
            weight: self.single(&format!("{name}.weight"))?,
            bias: self.single(&format!("{name}.bias"))?,
        })
    }

    /// One linear step whose outputs are those of `names`, one after the other.
    fn linear(&self, prefix: &str, names: &[&str]) -> Result<Linear, TchError> {
        let parts = |kind: &str| -> Result<Vec<Tensor>, TchError> {
            names
                .iter()
                .map(|name| self.single(&format!("{prefix}.{name}.{kind}")))
                .collect()
        };
        let (weights, bias) = (
            Tensor::f_cat(&parts("weight")?, 0)?,
            Tensor::f_cat(&parts("bias")?, 0)?,
        );
        Ok(if self.half {
            Linear::Packed {
                weights: weights.f_fbgemm_pack_gemm_matrix_fp16()?,
                bias,
            }
        } else {
            Linear::Plain { weights, bias }
        })
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
