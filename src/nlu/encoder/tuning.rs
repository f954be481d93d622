//! Upper layers that were tuned to a shop's phrases. They serve beside the encoder's own: both start from the same
//! lower layers.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tch::{Kind, TchError, Tensor};

use super::EncoderError;

/// Tuned layers, as a model's file keeps them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Tuning {
    id: String,
    /// The first layer that was tuned.
    pub(super) first: usize,
    weights: Vec<Weight>,
}

/// A tensor in half precision.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Weight {
    /// As in the encoder's file.
    name: String,
    shape: Vec<i64>,
    bytes: Vec<u8>,
}

impl Tuning {
    /// Keeps the tensors of the layers from `first` on.
    pub(in crate::nlu) fn of<'a>(
        first: usize,
        tensors: impl Iterator<Item = (&'a str, &'a Tensor)>,
    ) -> Result<Self, EncoderError> {
        let failed = |error: TchError| EncoderError::Failed(error.to_string());
        let weight = |(name, tensor): (&str, &Tensor)| -> Result<Weight, TchError> {
            let half = tensor.detach().f_to_kind(Kind::Half)?.f_contiguous()?;
            let mut bytes = vec![0; 2 * half.numel()];
            half.f_copy_data_u8(&mut bytes, half.numel())?;
            Ok(Weight {
                name: name.to_owned(),
                shape: half.size(),
                bytes,
            })
        };
        let weights: Result<Vec<Weight>, TchError> = tensors.map(weight).collect();
        let weights = weights.map_err(failed)?;
        let mut hasher = Sha256::new();
        weights.iter().for_each(|weight| hasher.update(&weight.bytes));
        Ok(Self {
            id: hex::encode(&hasher.finalize()[..12]),
            first,
            weights,
        })
    }

    /// Names the weights.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// The tensors in single precision, by their names.
    pub(super) fn tensors(&self) -> Result<Vec<(String, Tensor)>, TchError> {
        self.weights
            .iter()
            .map(|weight| {
                let tensor = Tensor::f_from_data_size(&weight.bytes, &weight.shape, Kind::Half)?;
                Ok((weight.name.clone(), tensor.f_to_kind(Kind::Float)?))
            })
            .collect()
    }
}
