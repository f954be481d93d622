//! What the last layer says of each token of a text, and not only of all together.

use crate::nlu::eight_bits::in_eight_bits;

/// Directions of a text's tokens, begin and end marks left out: `[tokens × width]`, each token's largest component 127
/// or -127. Eight bits are enough to compare them by cosine, and keep a phrase in 5 kB.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::nlu) struct Words {
    values: Vec<i8>,
    width: usize,
}

impl Words {
    /// From the last layer of a whole text, `[tokens × width]`, its marks among them.
    pub(super) fn of(hidden: &[f32], width: usize) -> Self {
        let tokens = hidden.chunks_exact(width);
        let inner = tokens.len().saturating_sub(2);
        let values = tokens.skip(1).take(inner).flat_map(in_eight_bits);
        Self {
            values: values.collect(),
            width,
        }
    }

    /// As they were kept; `None` if they don't fit the width.
    pub(in crate::nlu) fn from_bytes(bytes: &[u8], width: usize) -> Option<Self> {
        bytes.len().is_multiple_of(width).then(|| Self {
            values: bytes.iter().map(|byte| *byte as i8).collect(),
            width,
        })
    }

    pub(in crate::nlu) fn bytes(&self) -> impl Iterator<Item = u8> + '_ {
        self.values.iter().map(|value| *value as u8)
    }

    /// Token by token.
    pub(in crate::nlu) fn rows(&self) -> impl ExactSizeIterator<Item = &[i8]> {
        self.values.chunks_exact(self.width.max(1))
    }
}
