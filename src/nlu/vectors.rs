//! The SQL of remembered vectors: texts that were encoded once are not encoded again.

use std::collections::HashMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::encoder::{Encoded, Words};
use super::{Encoder, NluError, Vector};
use crate::progress::Progress;
use crate::store::{Store, StoreError};

/// The vectors of `texts`, in their order; those not remembered are encoded and kept.
pub async fn cached_vectors(
    store: &Store,
    encoder: &Encoder,
    texts: &[String],
    progress: &Progress,
) -> Result<Vec<Vector>, NluError> {
    let encoded = cached(store, encoder, texts, false, progress).await?;
    Ok(encoded.into_iter().map(|encoded| encoded.vector).collect())
}

/// The same, with all that a text has, what is known of its tokens among it.
pub(super) async fn cached_encoded(
    store: &Store,
    encoder: &Encoder,
    texts: &[String],
    progress: &Progress,
) -> Result<Vec<Encoded>, NluError> {
    cached(store, encoder, texts, encoder.tells_words(), progress).await
}

async fn cached(
    store: &Store,
    encoder: &Encoder,
    texts: &[String],
    words: bool,
    progress: &Progress,
) -> Result<Vec<Encoded>, NluError> {
    let hashes: Vec<String> = texts
        .iter()
        .map(|text| hex::encode(&Sha256::digest(text.as_bytes())[..16]))
        .collect();
    let mut known = HashMap::new();
    for hash in &hashes {
        if !known.contains_key(hash)
            && let Some(vector) = get(store, encoder, hash).await?
            && (vector.words.is_some() || !words)
        {
            known.insert(hash.clone(), vector);
        }
    }
    let mut new: Vec<(&String, &String)> = hashes
        .iter()
        .zip(texts)
        .filter(|(hash, _)| !known.contains_key(*hash))
        .collect();
    new.sort();
    new.dedup();
    if !new.is_empty() {
        let texts: Vec<String> = new.iter().map(|(_, text)| (*text).clone()).collect();
        let vectors = encoder.encode_all(&texts, words, progress).await?;
        let new: Vec<_> = new.iter().map(|(hash, _)| (*hash).clone()).zip(vectors).collect();
        put(store, encoder, &new).await?;
        known.extend(new);
    }
    Ok(hashes
        .iter()
        .filter_map(|hash| known.get(hash).cloned())
        .collect())
}

async fn get(store: &Store, encoder: &Encoder, hash: &str) -> Result<Option<Encoded>, StoreError> {
    let bytes: Option<Vec<u8>> =
        sqlx::query_scalar("SELECT vector FROM vectors WHERE encoder = $1 AND text_hash = $2")
            .bind(encoder.id())
            .bind(hash)
            .fetch_optional(store.reader())
            .await?;
    let (length, vectors) = (4 * encoder.dimensions(), encoder.vectors_per_text());
    let vector = |bytes: &[u8]| -> Vector {
        let (values, _) = bytes.as_chunks::<4>();
        values.iter().map(|value| f32::from_le_bytes(*value)).collect()
    };
    Ok(bytes.and_then(|bytes| {
        // A row of the wrong length is as good as none.
        let (vectors, words) = bytes.split_at_checked(vectors * length)?;
        let words = Words::from_bytes(words, encoder.dimensions())?;
        let (first, middle) = vectors.split_at(length);
        Some(Encoded {
            middle: (!middle.is_empty()).then(|| vector(middle)),
            words: Some(words).filter(|words| words.rows().len() > 0).map(Arc::new),
            ..Encoded::plain(vector(first))
        })
    }))
}

async fn put(store: &Store, encoder: &Encoder, vectors: &[(String, Encoded)]) -> Result<(), StoreError> {
    let mut transaction = store.begin().await?;
    for (hash, encoded) in vectors {
        let values = encoded
            .vector
            .iter()
            .chain(encoded.middle.iter().flat_map(|middle| middle.iter()));
        let words = encoded.words.iter().flat_map(|words| words.bytes());
        let bytes: Vec<u8> = values
            .flat_map(|value| value.to_le_bytes())
            .chain(words)
            .collect();
        sqlx::query(
            "INSERT INTO vectors (encoder, text_hash, vector) VALUES ($1, $2, $3)
             ON CONFLICT (encoder, text_hash) DO UPDATE SET vector = excluded.vector",
        )
        .bind(encoder.id())
        .bind(hash)
        .bind(bytes)
        .execute(&mut *transaction)
        .await?;
    }
    transaction.commit().await?;
    Ok(())
}
