//! From a failure of the underlying libraries to a [`BridgeError`].

use std::error::Error as StdError;

use crate::causes::chain;
use crate::classify::{classify, Missing};
use crate::error::{BridgeError, Code, Result};
use crate::facts::{facts, Kind};
use crate::words::describe;

impl BridgeError {
    /// A failure of the underlying libraries, classified by its chain of causes.
    pub fn from_source(what: &str, source: &(dyn StdError + 'static), missing: Missing) -> Self {
        // One of ours that has passed through the libraries keeps its details.
        if let Some(ours) = chain(source).find_map(|cause| cause.downcast_ref::<Self>()) {
            return ours.clone().about(|| what.to_string());
        }
        let verdict = classify(source, missing);
        let mut facts = facts(chain(source));
        facts.doing = what.to_string();
        let cause = describe(source);
        let code = match facts.kind {
            // The store is missing, not a table of it.
            Kind::NotAStore if verdict.code == Code::NotFound => Code::Io,
            _ => verdict.code,
        };
        Self {
            code,
            retryable: verdict.retryable,
            message: format!("{what}: {cause}"),
            cause,
            facts: Box::new(facts),
        }
    }
}

/// Turns a failure of the underlying libraries into a [`BridgeError`] that names the operation.
pub trait Explain<T> {
    /// For operations that find a table: what is missing is the table.
    fn opening(self, what: impl FnOnce() -> String) -> Result<T>;
    /// For operations on an open table: what is missing is a file of it.
    fn doing(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: StdError + 'static> Explain<T> for std::result::Result<T, E> {
    fn opening(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|e| BridgeError::from_source(&what(), &e, Missing::Table))
    }

    fn doing(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|e| BridgeError::from_source(&what(), &e, Missing::File))
    }
}
