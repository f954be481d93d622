//! What is said in a chat, beside what the recommender thinks: a list is put in the order of both.

/// Recommendations that limits and the words choose from.
pub const ADVISED: usize = 60;
/// How much the words count beside the recommender's order, which counts 1.
pub const WORDS_WEIGHT: f32 = 1.5;

/// A list in the order of its places and of how near its members are to what was said, `[list]`, both scaled to 0..1.
pub fn steered<T>(listed: Vec<T>, near: &[f32], weight: f32) -> Vec<T> {
    let low = near.iter().copied().fold(f32::MAX, f32::min);
    let high = near.iter().copied().fold(f32::MIN, f32::max);
    let span = (high - low).max(1e-6);
    let places = listed.len().max(1) as f32;
    let mut rated: Vec<(f32, T)> = listed
        .into_iter()
        .zip(near)
        .enumerate()
        .map(|(place, (listed, near))| {
            let standing = 1.0 - place as f32 / places;
            (standing + weight * (near - low) / span, listed)
        })
        .collect();
    rated.sort_by(|a, b| b.0.total_cmp(&a.0));
    rated.into_iter().map(|(_, listed)| listed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_move_what_they_are_near_to() {
        let near = [0.1, 0.2, 0.9];
        assert_eq!(steered(vec!["a", "b", "c"], &near, 0.0), ["a", "b", "c"]);
        assert_eq!(steered(vec!["a", "b", "c"], &near, 1.5), ["c", "a", "b"]);
        assert_eq!(steered(Vec::<u8>::new(), &[], 1.5), [0u8; 0]);
    }
}
