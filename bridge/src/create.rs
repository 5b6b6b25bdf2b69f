//! Creating tables.

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use lance::dataset::{WriteMode, WriteParams};
use lancedb::table::WriteOptions as LanceDbWriteOptions;
use lancedb::Connection;

use crate::conditional_commit::ConditionalCommit;
use crate::connection::MxlConnection;
use crate::error::{BridgeError, Code, MxlError, Result};
use crate::explain::Explain;
use crate::ffi::{self, MxlString};
use crate::guard::guard;
use crate::input_stream::{self, InputStream};
use crate::runtime;
use crate::table::{self, MxlTable};
use crate::write::WriteOptions;

#[no_mangle]
pub unsafe extern "C" fn mxl_table_create(
    connection: *const MxlConnection,
    name: MxlString,
    stream: *mut FFI_ArrowArrayStream,
    options: *const WriteOptions,
    out: *mut *mut MxlTable,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let stream = unsafe { input_stream::consume(stream) };
        // SAFETY: the contract of the header.
        let (connection, name, options, out) = unsafe {
            (
                ffi::handle(connection, "connection")?,
                name.read_required("name")?,
                ffi::options(options)?,
                ffi::out(out, "out")?,
            )
        };
        let input = InputStream::open(stream, "stream")?;
        let remote = connection.remote;
        let connection = connection.inner.clone();
        let mut params = options.params(WriteMode::Create);
        // SAFETY: the contract of the header.
        let marks = unsafe { options.marks() }?;
        if !remote && marks.are_wanted() {
            params = Some(marks.on(params.unwrap_or_default()));
        }
        if !remote {
            let (connection, name) = (connection.clone(), name.clone());
            let handler = runtime::run(async move {
                refuse_existing(&connection, &name).await?;
                let what = || format!("cannot create table '{name}'");
                ConditionalCommit::first_version(connection.uri(), what).await
            })?;
            if let Some(handler) = handler {
                params
                    .get_or_insert_with(WriteParams::default)
                    .commit_handler = Some(handler);
            }
        }
        let table = input_stream::feed(input, None, move |batches| async move {
            let mut create = connection.create_table(&name, batches);
            if let Some(params) = params {
                create = create.write_options(LanceDbWriteOptions {
                    lance_write_params: Some(params),
                });
            }
            let created = create.execute().await;
            created.opening(|| format!("cannot create table '{name}'"))?;
            // Opened by name, as every handle is; another writer may have appended since.
            MxlTable::open(connection, name).await
        })?;
        out.set_handle(table);
        Ok(())
    })
}

/// Before any row is read; a concurrent creation is detected at the commit.
async fn refuse_existing(connection: &Connection, name: &str) -> Result<()> {
    match table::open(connection, name).await {
        Ok(_) => Err(BridgeError::new(
            Code::AlreadyExists,
            format!("cannot create table '{name}': it already exists"),
        )),
        Err(e) if e.code == Code::NotFound => Ok(()),
        Err(e) => Err(e),
    }
}
