//! Probe for conditional writes: whether an object store refuses to create an object that already
//! exists, which keeps writers from losing a commit.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode};

use crate::connection::MxlConnection;
use crate::error::{BridgeError, MxlError, Result};
use crate::explain::Explain;
use crate::ffi;
use crate::guard::guard;
use crate::presence::{open_store, PROBE};
use crate::runtime;

/// The locations that this process has found to refuse, with their options. The others are probed
/// again: they may have been fixed.
static REFUSING: Mutex<Vec<(String, HashMap<String, String>)>> = Mutex::new(Vec::new());

#[no_mangle]
pub unsafe extern "C" fn mxl_connection_probe_conditional_write(
    connection: *const MxlConnection,
    out: *mut i32,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (connection, out) = unsafe {
            (
                ffi::handle(connection, "connection")?,
                ffi::out(out, "out")?,
            )
        };
        if connection.remote {
            return Err(BridgeError::not_supported(
                "a LanceDB server does not expose its files",
            ));
        }
        let place = (connection.place.clone(), connection.storage_options.clone());
        let known = || {
            REFUSING
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner())
        };
        let mut refuses = known().contains(&place);
        if !refuses {
            let (uri, options) = place.clone();
            let presence = connection.presence.clone();
            refuses = runtime::run(async move {
                let refuses = ask(&uri, &options).await?;
                // A web page accepts whatever is written to it, and refuses nothing.
                let what = || format!("cannot write to '{uri}'");
                presence.confirm(!refuses, what).await?;
                Ok(refuses)
            })?;
            if refuses {
                known().push(place);
            }
        }
        out.set(i32::from(refuses));
        Ok(())
    })
}

async fn ask(uri: &str, options: &HashMap<String, String>) -> Result<bool> {
    let what = || format!("cannot write to '{uri}'");
    let (store, base) = open_store(uri, options, what).await?;
    let store = store.inner.as_ref();
    let path = base.clone().join(PROBE);
    match create(store, &path).await.opening(what)? {
        Created::Refused => return Ok(true),
        Created::Unknown => return Ok(false),
        Created::Yes => {}
    }
    let second = create(store, &path).await;
    // Where deletion is forbidden, one empty object remains, with a self-explanatory name.
    let _ = store.delete(&path).await;
    match second.opening(what)? {
        Created::Refused => return Ok(true),
        Created::Unknown => return Ok(false),
        Created::Yes => {}
    }
    // Another writer's probe may have deleted the object in between: one with a unique name
    // decides.
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = since_epoch.map_or(0, |time| time.as_nanos());
    let path = base.join(format!("{PROBE}-{}-{now}", std::process::id()));
    let mut outcome = create(store, &path).await.opening(what)?;
    if matches!(outcome, Created::Yes) {
        let second = create(store, &path).await;
        let _ = store.delete(&path).await;
        outcome = second.opening(what)?;
    }
    Ok(matches!(outcome, Created::Refused))
}

enum Created {
    Yes,
    Refused,
    /// The client does not even send the condition.
    Unknown,
}

async fn create(
    store: &dyn ObjectStore,
    path: &Path,
) -> std::result::Result<Created, object_store::Error> {
    match store
        .put_opts(path, "".into(), PutMode::Create.into())
        .await
    {
        Ok(_) => Ok(Created::Yes),
        Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => Ok(Created::Refused),
        Err(Error::NotImplemented { .. }) => Ok(Created::Unknown),
        Err(e) => Err(e),
    }
}
