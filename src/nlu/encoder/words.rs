//! What the last layer says of each token of a text, and not only of all together.

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

    /// All tokens, in unit length: `[tokens × width]`.
    pub(in crate::nlu) fn directions(&self) -> Vec<f32> {
        self.rows().flat_map(in_unit_length).collect()
    }

    pub(in crate::nlu) fn width(&self) -> usize {
        self.width
    }
}

/// The components of a vector as shares of the largest one, which is 127 or -127.
fn in_eight_bits(vector: &[f32]) -> impl Iterator<Item = i8> + '_ {
    let most = vector
        .iter()
        .fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()));
    vector
        .iter()
        .map(move |value| (value / most * 127.0).round() as i8)
}

/// One token in unit length.
pub(in crate::nlu) fn in_unit_length(token: &[i8]) -> impl Iterator<Item = f32> + '_ {
    let square = |value: &i8| i32::from(*value) * i32::from(*value);
    let squares: i32 = token.iter().map(square).sum();
    let scale = 1.0 / (squares as f32).sqrt().max(f32::MIN_POSITIVE);
    token.iter().map(move |value| f32::from(*value) * scale)
}
