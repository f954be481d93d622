//! AdamW (Loshchilov and Hutter 2019), with moments that can be saved and read back.

use tch::Tensor;

const BETAS: (f64, f64) = (0.9, 0.999);
const EPSILON: f64 = 1e-8;
const DECAY: f64 = 0.01;

/// A tensor that is trained, and the running means of its gradient and of the gradient's square.
pub(super) struct Trained {
    pub name: String,
    pub value: Tensor,
    pub first: Tensor,
    pub second: Tensor,
    /// Its learning rate over that of the encoder's layers.
    pub rate: f64,
}

impl Trained {
    pub(super) fn new(name: String, value: Tensor, rate: f64) -> Self {
        let zeros = || value.detach().zeros_like();
        Self {
            first: zeros(),
            second: zeros(),
            name,
            value,
            rate,
        }
    }
}

/// One step down the gradients, which are then forgotten. `step` counts from 1.
pub(super) fn step(trained: &mut [Trained], rate: f64, step: u64) {
    let _no_gradients = tch::no_grad_guard();
    let correction = |beta: f64| 1.0 - beta.powi(step.min(100_000) as i32);
    for tensor in trained {
        let gradient = tensor.value.grad();
        if !gradient.defined() {
            continue;
        }
        let rate = rate * tensor.rate;
        let _ = tensor
            .first
            .g_mul_scalar_(BETAS.0)
            .g_add_(&(&gradient * (1.0 - BETAS.0)));
        let _ = tensor
            .second
            .g_mul_scalar_(BETAS.1)
            .g_add_(&(&gradient * &gradient * (1.0 - BETAS.1)));
        let spread = (&tensor.second / correction(BETAS.1)).sqrt() + EPSILON;
        let change = &tensor.first / correction(BETAS.0) / spread + &tensor.value * DECAY;
        let _ = tensor.value.g_sub_(&(change * rate));
        tensor.value.zero_grad();
    }
}
