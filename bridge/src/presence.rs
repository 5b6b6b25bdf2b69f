//! Whether an object store exists at all.
//!
//! The underlying libraries also make an empty list of a web page, a proxy or a login page that
//! answers a list request with success. So before an empty list is accepted, a file that nobody has
//! written is requested: a store reports that it does not exist, with its own kind of error.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use lance::io::{ObjectStore, ObjectStoreParams, StorageOptionsAccessor};
use lancedb::Connection;
use object_store::ObjectStoreExt;

use crate::error::{BridgeError, Code, Result};
use crate::explain::Explain;
use crate::facts::{is_page, Kind};
use crate::runtime;

/// How long a store that has been seen counts as present.
const SEEN_FOR: Duration = Duration::from_secs(60);

/// The object with which writers probe conditional writes. Its name is fixed, so that at most one is left behind where
/// deletion is forbidden. It is not a table, because those are folders.
pub const PROBE: &str = "_metaxy_probe";

/// Those accessed over HTTP.
const SCHEMES: [&str; 6] = ["s3", "s3+ddb", "gs", "az", "abfss", "oss"];

pub struct Presence {
    uri: Option<String>,
    server: Option<Connection>,
    options: HashMap<String, String>,
    seen: Mutex<Option<Instant>>,
}

/// As lance opens it for its own requests, so that both share connections.
pub async fn open_store(
    uri: &str,
    options: &HashMap<String, String>,
    what: impl Fn() -> String,
) -> Result<(Arc<ObjectStore>, object_store::path::Path)> {
    let params = ObjectStoreParams {
        storage_options_accessor: (!options.is_empty())
            .then(|| Arc::new(StorageOptionsAccessor::with_static_options(options.clone()))),
        ..Default::default()
    };
    let session = runtime::session()?;
    let registry = session.store_registry();
    let opened = ObjectStore::from_uri_and_params(registry, uri, &params).await;
    opened.opening(what)
}

impl Presence {
    pub fn of(place: &str, options: &HashMap<String, String>, server: Option<&Connection>) -> Self {
        let scheme = place.split_once("://").map(|(scheme, _)| scheme);
        let asked = scheme.is_some_and(|scheme| SCHEMES.contains(&scheme));
        Self {
            uri: asked.then(|| place.to_string()),
            server: server.cloned(),
            options: options.clone(),
            seen: Mutex::new(None),
        }
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.seen
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// After a response; fails if it said that there is nothing, and did not come from a store.
    pub async fn confirm(&self, empty: bool, what: impl Fn() -> String) -> Result<()> {
        let recently = self.seen().is_some_and(|at| at.elapsed() < SEEN_FOR);
        if empty && !recently {
            match (&self.uri, &self.server) {
                (Some(uri), _) => ask(uri, &self.options, what).await?,
                (None, Some(server)) => ask_server(server, what).await?,
                (None, None) => {}
            }
        }
        *self.seen() = Some(Instant::now());
        Ok(())
    }
}

/// Whether it knows about tables at all: any server says that it does not know a table. One that
/// does not permit these credentials to list them has shown that it is one.
async fn ask_server(server: &Connection, what: impl Fn() -> String) -> Result<()> {
    let listed = server.table_names().limit(1).execute().await;
    match listed.opening(what).map_err(BridgeError::no_database) {
        Ok(_) => Ok(()),
        Err(e) if e.code == Code::Permission => Ok(()),
        Err(e) => Err(e),
    }
}

async fn ask(
    uri: &str,
    options: &HashMap<String, String>,
    what: impl Fn() -> String,
) -> Result<()> {
    let (store, base) = open_store(uri, options, &what).await?;
    let page = || {
        let mut error = BridgeError::of_kind(
            Code::Io,
            Kind::NotAStore,
            format!("{}: the response is not from an object store", what()),
        );
        error.facts.doing = what();
        error
    };
    match store.inner.get(&base.join(PROBE)).await {
        // The probe of a writer without permission to delete.
        Ok(found) if found.meta.size == 0 => Ok(()),
        Ok(_) => Err(page()),
        Err(e) => {
            let error = BridgeError::from_source(&what(), &e, crate::classify::Missing::Table);
            let known = matches!(
                e,
                object_store::Error::NotFound { .. }
                    | object_store::Error::PermissionDenied { .. }
                    | object_store::Error::Unauthenticated { .. }
            );
            match known {
                // A store that denies access to this file has still shown that it is one.
                true if error.facts.store_error.is_empty() && is_page(&error.facts.body) => {
                    Err(page())
                }
                true if error.facts.kind == Kind::NotAStore => Err(page()),
                true if error.facts.store_error == "NoSuchBucket" => Err(error),
                true => Ok(()),
                false => Err(error),
            }
        }
    }
}
