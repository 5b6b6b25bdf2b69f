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
    out: *mut i32,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (connection, out) = unsafe {
            (
                ffi::reference(connection, "connection")?,
                ffi::out(out, "out")?,
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
        out.set(i32::from(runtime::run(refuses(uri, params, session))?));
        Ok(())
    })
}

async fn refuses(uri: String, params: ObjectStoreParams, session: Arc<Session>) -> Result<bool> {
    let what = || format!("cannot write to '{uri}'");
    let registry = session.store_registry();
    let opened = ObjectStore::from_uri_and_params(registry, &uri, &params).await;
    let (store, base) = opened.opening(what)?;
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = since_epoch.map_or(0, |time| time.as_millis());
    // One that no other writer's probe has.
    let name = format!("_metaxy_probe-{}-{now}", std::process::id());
    let path = base.join(name.as_str());
    let create = || {
        store
            .inner
            .put_opts(&path, "".into(), PutMode::Create.into())
    };
    let first = create().await;
    if matches!(first, Err(Error::NotImplemented { .. })) {
        return Ok(false);
    }
    first.opening(what)?;
    let second = create().await;
    // What is left behind is an empty object of a name that says what it was.
    let _ = store.inner.delete(&path).await;
    match second {
        Ok(_) | Err(Error::NotImplemented { .. }) => Ok(false),
        Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => Ok(true),
        Err(e) => Err(e).opening(what),
    }
}
