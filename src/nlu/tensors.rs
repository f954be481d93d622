//! Values out of tensors.

use tch::{Kind, Tensor};

/// The values of a tensor in single precision, row by row.
pub(super) fn floats(tensor: &Tensor) -> Vec<f32> {
    let mut values = vec![0f32; tensor.numel()];
    let count = values.len();
    tensor
        .to_kind(Kind::Float)
        .contiguous()
        .copy_data(&mut values, count);
    values
}
