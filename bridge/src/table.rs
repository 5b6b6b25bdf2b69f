//! A table at one version.

use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::{Arc, RwLock};

use arrow_array::ffi::FFI_ArrowSchema;
use arrow_schema::{Schema, SchemaRef};
use futures::FutureExt;
use lance::dataset::ReadParams;
use lance::Dataset;
use lance_table::format::Manifest;
use lancedb::utils::validate_table_name;
use lancedb::{Connection, Table};

use crate::connection::MxlConnection;
use crate::damage::reading;
use crate::error::{BridgeError, Code, MxlError, Result};
use crate::explain::Explain;
use crate::ffi::{self, MxlString};
use crate::filter;
use crate::guard::{guard, guard_value, panic_error};
use crate::list_once;
use crate::runtime;

/// What reads use: it does not move by itself.
#[derive(Clone)]
pub enum Source {
    /// In a directory or an object store.
    Native(Arc<Dataset>),
    /// On a LanceDB server, checked out at a version.
    Remote(Table),
}

/// The version of the file format whose values cannot be read back as they were written.
const FIRST_FORMAT: &str = "0.1";

struct At {
    source: Source,
    /// Set by mxl_table_checkout; such a handle does not write.
    checked_out: Option<u64>,
}

/// The part of a handle shared with asynchronous work.
pub struct Shared {
    connection: Connection,
    pub name: String,
    at: RwLock<At>,
}

pub struct MxlTable {
    pub shared: Arc<Shared>,
}

impl MxlTable {
    pub async fn open(connection: Connection, name: String) -> Result<Self> {
        let table = open(&connection, &name).await?;
        let source = Source::of(&table, &name).await?;
        Ok(Self {
            shared: Arc::new(Shared {
                connection,
                name,
                at: RwLock::new(At {
                    source,
                    checked_out: None,
                }),
            }),
        })
    }

    pub fn source(&self) -> Source {
        self.shared.source()
    }
}

/// Opens the latest version. A manifest whose bytes make lance panic is unreadable.
pub async fn open(connection: &Connection, name: &str) -> Result<Table> {
    open_with(connection, name, list_once::read_params(connection.uri())).await
}

/// None: as LanceDB reads it.
pub async fn open_with(
    connection: &Connection,
    name: &str,
    params: Option<ReadParams>,
) -> Result<Table> {
    let mut builder = connection.open_table(name);
    if let Some(params) = params {
        builder = builder.lance_read_params(params);
    }
    let opening = AssertUnwindSafe(builder.execute());
    let opened = match opening.catch_unwind().await {
        Ok(opened) => opened.opening(|| format!("cannot open table '{name}'")),
        Err(payload) => Err(panic_error(payload.as_ref())),
    };
    opened.map_err(|e| reading(e.about(|| format!("cannot open table '{name}'"))))
}

impl Source {
    pub async fn of(table: &Table, name: &str) -> Result<Self> {
        let what = || format!("cannot open table '{name}'");
        Ok(match table.dataset() {
            Some(dataset) => {
                let dataset = dataset.get().await.opening(what)?;
                // Lance's result for a manifest that was overwritten with zeros.
                if dataset.schema().fields.is_empty() {
                    let message = format!("{}: its manifest names no column", what());
                    return Err(BridgeError::new(Code::Corrupt, message));
                }
                // Lance panics over types that do not exist whenever the schema is requested.
                if catch_unwind(AssertUnwindSafe(|| Schema::from(dataset.schema()))).is_err() {
                    let message =
                        format!("{}: its manifest has a type that does not exist", what());
                    return Err(BridgeError::new(Code::Corrupt, message));
                }
                let format = dataset.manifest().data_storage_format.version.to_string();
                if format == FIRST_FORMAT {
                    return Err(BridgeError::not_supported(format!(
                        "{}: it is stored in Lance's first file format, which does not keep which numbers and times \
                         are null; write its rows to a table of another format with the program that made it",
                        what()
                    )));
                }
                Self::Native(dataset)
            }
            None => Self::Remote(table.checkout_current().await.opening(what)?),
        })
    }

    pub async fn schema(&self, name: &str) -> Result<SchemaRef> {
        match self {
            Self::Native(dataset) => Ok(Arc::new(Schema::from(dataset.schema()))),
            Self::Remote(table) => {
                let what = || format!("cannot read the schema of table '{name}'");
                table.schema().await.opening(what)
            }
        }
    }
}

/// Whether two manifests of one number are one: names of transactions are random.
fn is_same(a: &Manifest, b: &Manifest) -> bool {
    a.timestamp_nanos == b.timestamp_nanos && a.transaction_file == b.transaction_file
}

impl Shared {
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    pub fn source(&self) -> Source {
        self.read().source.clone()
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, At> {
        self.at
            .read()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn set(&self, source: Source, checked_out: Option<u64>) {
        let mut at = self
            .at
            .write()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        *at = At {
            source,
            checked_out,
        };
    }

    /// What the handle is at, for writing on top of it.
    pub fn writable(&self) -> Result<Source> {
        self.check_writable()?;
        Ok(self.source())
    }

    /// The table as it is now, for writing. It is opened again: a handle that is only refreshed would build its commit
    /// on the old table if somebody dropped it and created another one of the same name.
    pub async fn latest(&self) -> Result<Table> {
        self.check_writable()?;
        self.reopen().await
    }

    fn check_writable(&self) -> Result<()> {
        if let Some(version) = self.read().checked_out {
            return Err(BridgeError::invalid(format!(
                "table '{}' is checked out at version {version}, which cannot be written to; check out the latest version first",
                self.name
            )));
        }
        Ok(())
    }

    /// To be called just before a commit that is built on `dataset`: the table of this name may have been dropped, or be
    /// another one, which lance would build the commit on all the same.
    pub async fn confirm(&self, dataset: &Dataset, what: impl Fn() -> String) -> Result<()> {
        let version = dataset.version_id();
        match dataset.checkout_version(version).await.opening(&what) {
            Ok(now) if is_same(now.manifest(), dataset.manifest()) => return Ok(()),
            Ok(_) => {}
            // Or the version was pruned.
            Err(e) if matches!(e.code, Code::NotFound | Code::Corrupt) => {
                self.reopen().await.map_err(|e| e.about(&what))?;
            }
            Err(e) => return Err(e),
        }
        Err(BridgeError::conflict(format!(
            "{}: its version {version} is gone since it was opened, or it was dropped and recreated; open it again",
            what()
        )))
    }

    /// The current table, wherever this handle is.
    pub async fn reopen(&self) -> Result<Table> {
        open(&self.connection, &self.name).await
    }
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_open(
    connection: *const MxlConnection,
    name: MxlString,
    out: *mut *mut MxlTable,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (connection, name, out) = unsafe {
            (
                ffi::handle(connection, "connection")?,
                name.read_required("name")?,
                ffi::out(out, "out")?,
            )
        };
        let presence = connection.presence.clone();
        let connection = connection.inner.clone();
        let table = runtime::read(async move {
            let what = format!("cannot open table '{name}'");
            let opened = MxlTable::open(connection, name).await;
            let absent = opened.as_ref().is_err_and(|e| e.code == Code::NotFound);
            if absent || opened.is_ok() {
                presence.confirm(absent, || what.clone()).await?;
            }
            opened
        })
        .map_err(BridgeError::no_question)?;
        out.set_handle(table);
        Ok(())
    })
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_free(table: *mut MxlTable) {
    // SAFETY: the contract of the header.
    guard_value((), || unsafe { ffi::free(table) });
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_drop(
    connection: *const MxlConnection,
    name: MxlString,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (connection, name) = unsafe {
            (
                ffi::handle(connection, "connection")?,
                name.read_required("name")?,
            )
        };
        let local = connection.local;
        let connection = connection.inner.clone();
        runtime::run(async move {
            // LanceDB does not check the name before it deletes what the name refers to.
            validate_table_name(&name).opening(|| format!("cannot drop table '{name}'"))?;
            let opened = open(&connection, &name).await;
            let dropped = connection.drop_table(&name, &[]).await;
            dropped.opening(|| format!("cannot drop table '{name}'"))?;
            match opened {
                // Object stores silently accept the deletion of something that does not exist. The
                // remains of an unfinished creation in a directory are not a table, but are listed,
                // so dropping them is a success.
                Err(e) if e.code == Code::NotFound && !local => Err(e),
                _ => Ok(()),
            }
        })
    })
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_schema(
    table: *const MxlTable,
    out: *mut FFI_ArrowSchema,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (table, out) = unsafe { (ffi::handle(table, "table")?, ffi::out(out, "out")?) };
        let shared = table.shared.clone();
        let schema = runtime::run(async move { shared.source().schema(&shared.name).await })?;
        let schema = FFI_ArrowSchema::try_from(schema.as_ref()).doing(|| {
            format!(
                "the schema of table '{}' cannot be exported",
                table.shared.name
            )
        })?;
        out.set(schema);
        Ok(())
    })
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_version(
    table: *const MxlTable,
    out: *mut u64,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (table, out) = unsafe { (ffi::handle(table, "table")?, ffi::out(out, "out")?) };
        let version = match table.source() {
            Source::Native(dataset) => dataset.version_id(),
            Source::Remote(remote) => {
                let name = table.shared.name.clone();
                runtime::run(async move {
                    let version = remote.version().await;
                    version.opening(|| format!("cannot read the version of table '{name}'"))
                })?
            }
        };
        out.set(version);
        Ok(())
    })
}

/// Lance names its formats by two numbers, such as "2.1".
fn format_numbers(version: &str) -> Option<(u32, u32)> {
    let (major, minor) = version.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_file_format(
    table: *const MxlTable,
    major: *mut u32,
    minor: *mut u32,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (table, major, minor) = unsafe {
            (
                ffi::handle(table, "table")?,
                ffi::out(major, "major")?,
                ffi::out(minor, "minor")?,
            )
        };
        let numbers = match table.source() {
            Source::Native(dataset) => {
                let version = dataset.manifest().data_storage_format.version.to_string();
                format_numbers(&version).ok_or_else(|| {
                    let name = &table.shared.name;
                    BridgeError::not_supported(format!(
                        "table '{name}' is stored in the unknown file format '{version}'"
                    ))
                })?
            }
            Source::Remote(_) => (0, 0),
        };
        major.set(numbers.0);
        minor.set(numbers.1);
        Ok(())
    })
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_checkout(
    table: *mut MxlTable,
    version: u64,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let shared = unsafe { ffi::handle(table, "table") }?.shared.clone();
        runtime::run(async move {
            let what = || {
                format!(
                    "cannot check out version {version} of table '{}'",
                    shared.name
                )
            };
            let at = match shared.source() {
                Source::Native(dataset) => {
                    let dataset = dataset.checkout_version(version).await.opening(what);
                    dataset.map(|dataset| Source::Native(Arc::new(dataset)))
                }
                Source::Remote(remote) => checkout_remote(remote, version).await.opening(what),
            };
            // The table exists, so what was not found is the version.
            let at = at.map_err(|e| match e.code {
                Code::NotFound => BridgeError {
                    code: Code::InvalidInput,
                    ..e
                },
                _ => e,
            })?;
            shared.set(at, Some(version));
            Ok(())
        })
    })
}

async fn checkout_remote(remote: Table, version: u64) -> lancedb::Result<Source> {
    // A separate handle: streams that are being read keep theirs.
    let at = remote.checkout_current().await?;
    at.checkout(version).await?;
    Ok(Source::Remote(at))
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_checkout_latest(
    table: *mut MxlTable,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let shared = unsafe { ffi::handle(table, "table") }?.shared.clone();
        runtime::run(async move {
            let latest = open(&shared.connection, &shared.name).await?;
            let source = Source::of(&latest, &shared.name).await?;
            shared.set(source, None);
            Ok(())
        })
    })
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_count(
    table: *const MxlTable,
    filter: MxlString,
    out: *mut u64,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (table, filter, out) = unsafe {
            (
                ffi::handle(table, "table")?,
                filter.read_optional("filter")?,
                ffi::out(out, "out")?,
            )
        };
        let shared = table.shared.clone();
        let rows = runtime::read(async move {
            let what = || format!("cannot count rows of table '{}'", shared.name);
            match shared.source() {
                Source::Native(dataset) => {
                    let filter = filter.as_deref().map(filter::for_lance).transpose()?;
                    dataset.count_rows(filter).await.doing(what)
                }
                Source::Remote(remote) => remote.count_rows(filter).await.doing(what),
            }
        })?;
        out.set(rows as u64);
        Ok(())
    })
}
