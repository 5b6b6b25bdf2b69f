//! Whether an object store refuses to create an object that is there: what keeps two writers from losing a commit.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use lance::io::{ObjectStore, ObjectStoreParams, StorageOptionsAccessor};
use lance::session::Session;
use object_store::{Error, ObjectStoreExt, PutMode};

use crate::connection::MxlConnection;
use crate::error::{BridgeError, Explain, MxlError, Result};
use crate::ffi;
use crate::guard::guard;
use crate::runtime;

#[no_mangle]
pub unsafe extern "C" fn mxl_connection_probe_conditional_write(
    connection: *const MxlConnection,
    out_refuses: *mut i32,
    out_clock_ahead_ms: *mut i64,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (connection, out_refuses, out_clock_ahead_ms) = unsafe {
            (
                ffi::reference(connection, "connection")?,
                ffi::out(out_refuses, "out_refuses")?,
                ffi::out(out_clock_ahead_ms, "out_clock_ahead_ms")?,
            )
        };
        if connection.remote {
            return Err(BridgeError::not_supported(
                "a LanceDB server does not show its files",
            ));
        }
        let uri = connection.place.clone();
        let options = connection.storage_options.clone();
        let params = ObjectStoreParams {
            storage_options_accessor: (!options.is_empty())
                .then(|| Arc::new(StorageOptionsAccessor::with_static_options(options))),
            ..Default::default()
        };
        let session = runtime::session()?;
        let probe = runtime::run(probe(uri, params, session))?;
        out_refuses.set(i32::from(probe.refuses));
        out_clock_ahead_ms.set(probe.clock_ahead_ms);
        Ok(())
    })
}

struct Probe {
    refuses: bool,
    /// This machine's clock less the store's.
    clock_ahead_ms: i64,
}

async fn probe(uri: String, params: ObjectStoreParams, session: Arc<Session>) -> Result<Probe> {
    let what = || format!("cannot write to '{uri}'");
    let registry = session.store_registry();
    let opened = ObjectStore::from_uri_and_params(registry, &uri, &params).await;
    let (store, base) = opened.opening(what)?;
    let millis = |time: SystemTime| {
        let since_epoch = time.duration_since(UNIX_EPOCH);
        since_epoch.map_or(0, |time| {
            i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
        })
    };
    let now = millis(SystemTime::now());
    // One that no other writer's probe has.
    let name = format!("_metaxy_probe-{}-{now}", std::process::id());
    let path = base.join(name.as_str());
    let create = || {
        store
            .inner
            .put_opts(&path, "".into(), PutMode::Create.into())
    };
    let none = Probe {
        refuses: false,
        clock_ahead_ms: 0,
    };
    let first = create().await;
    if matches!(first, Err(Error::NotImplemented { .. })) {
        return Ok(none);
    }
    first.opening(what)?;
    let second = create().await;
    let seen = store.inner.head(&path).await;
    // What is left behind is an empty object of a name that says what it was.
    let _ = store.inner.delete(&path).await;
    let refuses = match second {
        Ok(_) | Err(Error::NotImplemented { .. }) => false,
        Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => true,
        Err(e) => return Err(e).opening(what),
    };
    let clock_ahead_ms = seen.map_or(0, |object| now - object.last_modified.timestamp_millis());
    Ok(Probe {
        refuses,
        clock_ahead_ms,
    })
}
