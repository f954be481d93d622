use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

/// A new id: UUIDv7, so ids sort by the time they were made.
pub fn new_id() -> String {
    Uuid::now_v7().to_string()
}

/// A new secret of 256 random bits, 43 characters that are safe in a URL.
pub fn new_secret() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}
