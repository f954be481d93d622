//! The encoder as a network that can be trained: its lower layers as they are, the upper ones with gradients.

use std::collections::HashMap;
use std::path::Path;

use tch::{Device, Kind, TchError, Tensor};

use crate::nlu::encoder::configuration;

/// As in the model that serves.
const EPSILON: f64 = 1e-12;
/// Added to the scores of padding before the softmax.
const NEVER: f64 = -1e9;

/// A batch of token ids, padded.
pub(super) struct Batch {
    /// `[texts × width]`
    ids: Tensor,
    /// 1 for tokens, 0 for padding: `[texts × width × 1]`
    mask: Tensor,
}

impl Batch {
    pub(super) fn of(texts: &[&[i64]]) -> Self {
        let width = texts.iter().map(|ids| ids.len()).max().unwrap_or(1);
        let padded = |value: &dyn Fn(&[i64], usize) -> i64| -> Vec<i64> {
            let row = |ids: &&[i64]| (0..width).map(|at| value(ids, at)).collect::<Vec<_>>();
            texts.iter().flat_map(row).collect()
        };
        let shape = [texts.len() as i64, width as i64];
        let ids = padded(&|ids, at| ids.get(at).copied().unwrap_or(0));
        let mask = padded(&|ids, at| i64::from(at < ids.len()));
        Self {
            ids: Tensor::from_slice(&ids).view(shape),
            mask: Tensor::from_slice(&mask)
                .view(shape)
                .to_kind(Kind::Float)
                .unsqueeze(-1),
        }
    }
}

/// A layer's tensors, by their names within the layer.
type Layer = HashMap<String, Tensor>;

pub(super) struct Network {
    embeddings: HashMap<String, Tensor>,
    layers: Vec<Layer>,
    heads: i64,
    /// The first layer that is trained.
    first: usize,
}

impl Network {
    /// Reads the weights; the layers from `first` on get gradients.
    pub(super) fn load(folder: &Path, first: usize) -> Result<Self, TchError> {
        let config = configuration(folder).map_err(|error| TchError::FileFormat(error.to_string()))?;
        let mut embeddings = HashMap::new();
        let mut layers: Vec<Layer> = (0..config.num_hidden_layers).map(|_| Layer::new()).collect();
        for (name, tensor) in Tensor::read_safetensors(folder.join("model.safetensors"))? {
            let name = name.strip_prefix("bert.").unwrap_or(&name);
            if let Some(name) = name.strip_prefix("embeddings.") {
                embeddings.insert(name.to_owned(), tensor.to_kind(Kind::Float));
            } else if let Some((layer, name)) = name
                .strip_prefix("encoder.layer.")
                .and_then(|name| name.split_once('.'))
                && let Some(layer) = layer.parse().ok().and_then(|at: usize| layers.get_mut(at))
            {
                layer.insert(name.to_owned(), tensor.to_kind(Kind::Float));
            }
        }
        for tensor in layers.iter_mut().skip(first).flat_map(|layer| layer.values_mut()) {
            *tensor = tensor.set_requires_grad(true);
        }
        Ok(Self {
            embeddings,
            layers,
            heads: config.num_attention_heads,
            first,
        })
    }

    /// The trained tensors, by their names in the encoder's file, in the order of their names.
    pub(super) fn trained(&self) -> Vec<(String, Tensor)> {
        let layers = self.layers.iter().enumerate().skip(self.first);
        let mut trained: Vec<(String, Tensor)> = layers
            .flat_map(|(at, layer)| {
                let named = move |(name, tensor): (&String, &Tensor)| {
                    (format!("encoder.layer.{at}.{name}"), tensor.shallow_clone())
                };
                layer.iter().map(named)
            })
            .collect();
        trained.sort_by(|a, b| a.0.cmp(&b.0));
        trained
    }

    /// What the layers that aren't trained make of each text: `[tokens × width]`, in half precision, for there are many.
    pub(super) fn trunk(&self, batch: &[&[i64]]) -> Vec<Tensor> {
        let _no_gradients = tch::no_grad_guard();
        let padded = Batch::of(batch);
        let width = padded.ids.size()[1];
        let embedding = |name: &str| &self.embeddings[&format!("{name}_embeddings.weight")];
        let words = Tensor::embedding(embedding("word"), &padded.ids, -1, false, false);
        let placed = words + embedding("position").narrow(0, 0, width) + embedding("token_type").get(0);
        let mut hidden = norm(&placed, &self.embeddings, "LayerNorm");
        for layer in &self.layers[..self.first] {
            hidden = self.layer(layer, &hidden, &padded.mask, 0.0);
        }
        batch
            .iter()
            .enumerate()
            .map(|(at, ids)| {
                let text = hidden.get(at as i64).narrow(0, 0, ids.len() as i64);
                text.to_kind(Kind::Half)
            })
            .collect()
    }

    /// Vectors of unit length, `[texts × width]`, from what the trunk made of the texts. `dropout`: share of the values
    /// that are left out, 0 when not training.
    pub(super) fn vectors(&self, trunk: &[&Tensor], dropout: f64) -> Tensor {
        let rows: Vec<Tensor> = trunk.iter().map(|text| text.to_kind(Kind::Float)).collect();
        let mut hidden = Tensor::pad_sequence(&rows, true, 0.0);
        let ones: Vec<Tensor> = trunk
            .iter()
            .map(|text| Tensor::ones([text.size()[0], 1], (Kind::Float, Device::Cpu)))
            .collect();
        let mask = Tensor::pad_sequence(&ones, true, 0.0);
        for layer in &self.layers[self.first..] {
            hidden = self.layer(layer, &hidden, &mask, dropout);
        }
        let sums = (hidden * mask).sum_dim_intlist([1i64].as_slice(), false, Kind::Float);
        unit_rows(&sums)
    }

    /// One layer (Devlin et al. 2019). `hidden`: `[texts × tokens × width]`, `mask`: `[texts × tokens × 1]`.
    fn layer(&self, layer: &Layer, hidden: &Tensor, mask: &Tensor, dropout: f64) -> Tensor {
        let (texts, tokens, width) = hidden.size3().unwrap_or((0, 0, 0));
        let drop = |tensor: Tensor| {
            if dropout > 0.0 {
                tensor.dropout(dropout, true)
            } else {
                tensor
            }
        };
        let by_head = |name: &str| {
            linear(hidden, layer, &format!("attention.self.{name}"))
                .view([texts, tokens, self.heads, width / self.heads])
                .transpose(1, 2)
        };
        let (query, key, value) = (by_head("query"), by_head("key"), by_head("value"));
        let scale = ((width / self.heads) as f64).powf(-0.5);
        // [texts × 1 × 1 × tokens]
        let barred = (1.0 - mask.transpose(1, 2).unsqueeze(1)) * NEVER;
        let scores: Tensor = query.matmul(&key.transpose(-2, -1)) * scale + barred;
        let seen = drop(scores.softmax(-1, Kind::Float)).matmul(&value);
        let seen = seen.transpose(1, 2).reshape([texts, tokens, width]);
        let attended = drop(linear(&seen, layer, "attention.output.dense")) + hidden;
        let attended = norm(&attended, layer, "attention.output.LayerNorm");
        let inner = linear(&attended, layer, "intermediate.dense").gelu("none");
        let outer = drop(linear(&inner, layer, "output.dense")) + attended;
        norm(&outer, layer, "output.LayerNorm")
    }
}

fn linear(input: &Tensor, layer: &Layer, name: &str) -> Tensor {
    let bias = Some(&layer[&format!("{name}.bias")]);
    input.linear(&layer[&format!("{name}.weight")], bias)
}

fn norm(input: &Tensor, layer: &HashMap<String, Tensor>, name: &str) -> Tensor {
    let (weight, bias) = (&layer[&format!("{name}.weight")], &layer[&format!("{name}.bias")]);
    input.layer_norm(weight.size(), Some(weight), Some(bias), EPSILON, false)
}

/// Rows of unit length.
pub(super) fn unit_rows(rows: &Tensor) -> Tensor {
    rows / rows
        .norm_scalaropt_dim(2, [1i64].as_slice(), true)
        .clamp_min(1e-12)
}
