//! A database.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use lancedb::connection::ConnectBuilder;
use lancedb::remote::{ClientConfig, RetryConfig, TimeoutConfig};
use lancedb::Connection;

use crate::damage::remember_place;
use crate::error::{BridgeError, MxlError, Result};
use crate::explain::Explain;
use crate::facts::remember_server;
use crate::ffi::{self, MxlKeyValue, MxlString};
use crate::guard::{guard, guard_value};
use crate::list_once;
use crate::lists::StringList;
use crate::presence::Presence;
use crate::runtime;

pub struct MxlConnection {
    pub inner: Connection,
    pub remote: bool,
    /// In a local directory.
    pub local: bool,
    /// The options passed to LanceDB.
    pub place: String,
    pub storage_options: HashMap<String, String>,
    pub presence: Arc<Presence>,
}

/// `mxl_connect_options` of the header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ConnectOptions {
    struct_size: usize,
    uri: MxlString,
    storage_options: *const MxlKeyValue,
    n_storage_options: usize,
    api_key: MxlString,
    region: MxlString,
    host_override: MxlString,
    connect_timeout_ms: u64,
    read_timeout_ms: u64,
    total_timeout_ms: u64,
    retries: i32,
    reserved: i32,
    read_consistency_interval_ms: i64,
    connect_retries: i32,
    read_retries: i32,
    backoff_factor: f64,
    backoff_jitter: f64,
    cache_bytes: u64,
}

// SAFETY: pointers and numbers only.
unsafe impl ffi::Sized_ for ConnectOptions {
    const NAME: &'static str = "mxl_connect_options";
}

impl ConnectOptions {
    /// # Safety `uri` is as the header requires.
    pub unsafe fn uri(&self) -> Result<String> {
        // SAFETY: by the contract of this function.
        unsafe { self.uri.read_required("uri") }
    }

    /// # Safety `host_override` is as the header requires.
    pub unsafe fn host_override(&self) -> Result<Option<String>> {
        // SAFETY: by the contract of this function.
        unsafe { self.host_override.read_optional("host_override") }
    }
}

const REMOTE_SCHEME: &str = "db://";

#[no_mangle]
pub unsafe extern "C" fn mxl_connect(
    options: *const ConnectOptions,
    out: *mut *mut MxlConnection,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (out, options) = unsafe {
            (
                ffi::out(out, "out")?,
                ffi::required_options(options, "options")?,
            )
        };
        if let Some(bytes) = ffi::wish(options.cache_bytes) {
            runtime::wish_for_caches(ffi::to_usize(bytes));
        }
        // SAFETY: the contract of the header.
        let storage_options = unsafe { storage_options(&options) }?;
        // SAFETY: the contract of the header.
        let (uri, builder) = unsafe { builder(&options, &storage_options) }?;
        let place = place(&uri)?;
        remember_place(&place);
        // SAFETY: the contract of the header.
        if let Some(host) = unsafe { options.host_override() }? {
            remember_server(&host);
        }
        let remote = uri.starts_with(REMOTE_SCHEME);
        let local = place.starts_with('/') || uri.starts_with("file://");
        let inner = runtime::run(async move {
            let what = || format!("cannot connect to '{uri}'");
            builder.execute().await.opening(what)
        })?;
        list_once::remember(inner.uri(), storage_options.keys());
        let presence = Arc::new(Presence::of(
            &place,
            &storage_options,
            remote.then_some(&inner),
        ));
        out.set_handle(MxlConnection {
            inner,
            remote,
            local,
            presence,
            place,
            storage_options,
        });
        Ok(())
    })
}

/// # Safety The pointers in `options` are as the header requires.
unsafe fn builder(
    options: &ConnectOptions,
    storage_options: &HashMap<String, String>,
) -> Result<(String, ConnectBuilder)> {
    // SAFETY: by the contract of this function.
    let (uri, api_key, region, host) = unsafe {
        (
            options.uri()?,
            options.api_key.read_optional("api_key")?,
            options.region.read_optional("region")?,
            options.host_override.read_optional("host_override")?,
        )
    };
    let remote = uri.starts_with(REMOTE_SCHEME);
    if uri.starts_with("http://") || uri.starts_with("https://") {
        return Err(BridgeError::invalid(format!(
            "'{uri}' is not a location for tables; a LanceDB server is uri 'db://DATABASE' with host_override '{uri}'"
        )));
    }
    if !remote && (api_key.is_some() || region.is_some() || host.is_some()) {
        return Err(BridgeError::invalid(format!(
            "api_key, region and host_override belong to LanceDB servers, but '{uri}' does not begin with db://"
        )));
    }
    let mut builder = lancedb::connect(&place(&uri)?);
    for (key, value) in storage_options {
        builder = builder.storage_option(key, value);
    }
    if let Ok(interval) = u64::try_from(options.read_consistency_interval_ms) {
        builder = builder.read_consistency_interval(Duration::from_millis(interval));
    }
    if remote {
        builder = builder.client_config(client_config(options));
        builder = builder.region(region.as_deref().unwrap_or("us-east-1"));
        if let Some(api_key) = api_key {
            builder = builder.api_key(&api_key);
        }
        if let Some(host) = host {
            builder = builder.host_override(&host);
        }
    } else {
        builder = builder.session(runtime::session()?);
        // A table of tables that only nested databases have. Looking for it takes a listing whose
        // failure is returned as text; without it, connecting takes no request.
        builder = builder.namespace_client_property("manifest_enabled", "false");
    }
    Ok((uri, builder))
}

/// # Safety The pointers in `options` are as the header requires.
pub unsafe fn storage_options(options: &ConnectOptions) -> Result<HashMap<String, String>> {
    // SAFETY: by the contract of this function.
    let given = unsafe {
        ffi::slice(
            options.storage_options,
            options.n_storage_options,
            "storage_options",
        )
    }?;
    let read = given.iter().map(|option| {
        // SAFETY: by the contract of this function.
        unsafe {
            Ok((
                option.key.read_required("storage_options.key")?,
                option.value.read("storage_options.value")?,
            ))
        }
    });
    read.collect()
}

/// LanceDB treats everything that begins with `db` as a server, and what looks like `a:b` as a URL.
fn place(uri: &str) -> Result<String> {
    if uri.contains("://") && !uri.starts_with('/') {
        return Ok(uri.to_string());
    }
    let what = || format!("cannot resolve the directory '{uri}'");
    let path = std::path::absolute(uri).opening(what)?;
    path.into_os_string()
        .into_string()
        .map_err(|_| BridgeError::invalid(format!("the path of '{uri}' is not valid UTF-8")))
}

fn client_config(options: &ConnectOptions) -> ClientConfig {
    let timeout = |ms: u64| ffi::wish(ms).map(Duration::from_millis);
    let times = |wish: i32| ffi::wish(wish).map(|n| u8::try_from(n.max(0)).unwrap_or(u8::MAX));
    let retries = times(options.retries);
    let seconds = |wish: f64| (wish > 0.0).then_some(wish as f32);
    ClientConfig {
        timeout_config: TimeoutConfig {
            timeout: timeout(options.total_timeout_ms),
            connect_timeout: timeout(options.connect_timeout_ms),
            read_timeout: timeout(options.read_timeout_ms),
            ..Default::default()
        },
        retry_config: RetryConfig {
            retries,
            connect_retries: times(options.connect_retries).or(retries),
            read_retries: times(options.read_retries).or(retries),
            backoff_factor: seconds(options.backoff_factor),
            backoff_jitter: seconds(options.backoff_jitter),
            ..Default::default()
        },
        user_agent: concat!("metaxy-cpp/", env!("CARGO_PKG_VERSION")).to_string(),
        ..Default::default()
    }
}

#[no_mangle]
pub unsafe extern "C" fn mxl_connection_free(connection: *mut MxlConnection) {
    // SAFETY: the contract of the header.
    guard_value((), || unsafe { ffi::free(connection) });
}

#[no_mangle]
pub unsafe extern "C" fn mxl_connection_is_remote(
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
        out.set(i32::from(connection.remote));
        Ok(())
    })
}

#[no_mangle]
pub unsafe extern "C" fn mxl_connection_table_names(
    connection: *const MxlConnection,
    start_after: MxlString,
    limit: u64,
    out: *mut *mut StringList,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (connection, start_after, out) = unsafe {
            (
                ffi::handle(connection, "connection")?,
                start_after.read_optional("start_after")?,
                ffi::out(out, "out")?,
            )
        };
        let mut names = connection.inner.table_names();
        if let Some(start_after) = start_after {
            names = names.start_after(start_after);
        }
        if limit != 0 {
            names = names.limit(u32::try_from(limit).unwrap_or(u32::MAX));
        }
        let uri = connection.inner.uri().to_string();
        let presence = connection.presence.clone();
        let names = runtime::run(async move {
            let what = || format!("cannot list the tables of '{uri}'");
            let names = names.execute().await.opening(what)?;
            presence.confirm(names.is_empty(), what).await?;
            Ok(names)
        })
        .map_err(BridgeError::no_database)?;
        out.set_handle(StringList(names));
        Ok(())
    })
}
