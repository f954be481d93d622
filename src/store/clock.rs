use std::time::{SystemTime, UNIX_EPOCH};

/// A point in time: milliseconds since 1970 UTC.
pub type Millis = i64;

/// The present.
pub fn now() -> Millis {
    // A clock before 1970 is a broken machine; zero keeps the order of events within it.
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as Millis)
}
