//! The SQL of remembered vectors: texts that were encoded once are not encoded again.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::encoder::Encoded;
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
    let encoded = cached_encoded(store, encoder, texts, progress).await?;
    Ok(encoded.into_iter().map(|encoded| encoded.vector).collect())
}

/// The same, with all that a text has.
pub(super) async fn cached_encoded(
    store: &Store,
    encoder: &Encoder,
    texts: &[String],
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
        let vectors = encoder.encode_all(&texts, progress).await?;
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
    // A row of the wrong length is as good as none.
    let length = 4 * encoder.dimensions();
    let vector = |bytes: &[u8]| -> Vector {
        let (values, _) = bytes.as_chunks::<4>();
        values.iter().map(|value| f32::from_le_bytes(*value)).collect()
    };
    Ok(bytes
        .filter(|bytes| bytes.len() == encoder.vectors_per_text() * length)
        .map(|bytes| Encoded {
            middle: (bytes.len() > length).then(|| vector(&bytes[length..])),
            ..Encoded::plain(vector(&bytes[..length]))
        }))
}

async fn put(store: &Store, encoder: &Encoder, vectors: &[(String, Encoded)]) -> Result<(), StoreError> {
    let mut transaction = store.begin().await?;
    for (hash, encoded) in vectors {
        let values = encoded
            .vector
            .iter()
            .chain(encoded.middle.iter().flat_map(|middle| middle.iter()));
        let bytes: Vec<u8> = values.flat_map(|value| value.to_le_bytes()).collect();
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
