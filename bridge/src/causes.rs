//! The chain of causes of an error of the underlying libraries.

use std::error::Error as StdError;

pub type Cause<'a> = &'a (dyn StdError + 'static);

/// The layers of an error, from the outside in. `source()` of transparent wrappers skips what they
/// wrap, so those are unwrapped by hand.
pub fn chain(error: Cause<'_>) -> impl Iterator<Item = Cause<'_>> {
    // Deeper than any real chain; protects against cycles.
    std::iter::successors(Some(error), |e| inner(*e)).take(40)
}

fn inner(error: Cause<'_>) -> Option<Cause<'_>> {
    if let Some(e) = error.downcast_ref::<lancedb::Error>() {
        match e {
            lancedb::Error::External { source } => return Some(source.as_ref()),
            lancedb::Error::Lance { source } => return Some(source),
            lancedb::Error::ObjectStore { source } => return Some(source),
            lancedb::Error::Arrow { source } => return Some(source),
            _ => {}
        }
    }
    if let Some(e) = error.downcast_ref::<lance::Error>() {
        match e {
            lance::Error::External { source } => return Some(source.as_ref()),
            lance::Error::Shared { source } => return Some(source.as_ref()),
            lance::Error::FieldNotFound { source } => return Some(source),
            _ => {}
        }
    }
    if let Some(e) = error.downcast_ref::<std::io::Error>() {
        return e.get_ref().map(|e| e as Cause<'_>);
    }
    error.source()
}
