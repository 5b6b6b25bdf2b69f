//! Appending and deleting rows.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use lance::dataset::{InsertBuilder, WriteMode, WriteParams};
use lance::datatypes::{NullabilityComparison, SchemaCompareOptions};
use lance::Dataset;
use lancedb::arrow::{SendableRecordBatchStream, SendableRecordBatchStreamExt};
use lancedb::materialized_view::DEFINITION_META_KEY;
use lancedb::table::computed_columns::computed_columns;
use lancedb::Table;

use crate::error::{BridgeError, Explain, MxlError, Result};
use crate::ffi::{self, MxlString};
use crate::guard::guard;
use crate::input_stream::{self, InputStream};
use crate::runtime;
use crate::table::{MxlTable, Source};

/// `mxl_write_options` of the header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct WriteOptions {
    struct_size: usize,
    max_rows_per_file: u64,
    max_bytes_per_file: u64,
    max_rows_per_group: u64,
    write_id: MxlString,
}

// SAFETY: integers and a pointer only.
unsafe impl ffi::Sized_ for WriteOptions {
    const NAME: &'static str = "mxl_write_options";
}

/// The property of a transaction that holds the name its writer gave to it.
pub const WRITE_ID: &str = "metaxy.write_id";

/// By which a writer finds its commit again; empty if it does not want to.
pub struct WriteId(String);

impl WriteId {
    pub fn mark(&self, mut params: WriteParams) -> WriteParams {
        if !self.0.is_empty() {
            let properties = HashMap::from([(WRITE_ID.to_owned(), self.0.clone())]);
            params.transaction_properties = Some(Arc::new(properties));
        }
        params
    }

    pub fn is_wanted(&self) -> bool {
        !self.0.is_empty()
    }
}

impl WriteOptions {
    pub fn write_id(&self) -> Result<WriteId> {
        // SAFETY: the contract of the header.
        let id = unsafe { self.write_id.read_optional("write_id") }?;
        Ok(WriteId(id.unwrap_or_default()))
    }

    /// None: as LanceDB does it.
    pub fn params(&self, mode: WriteMode) -> Option<WriteParams> {
        let rows = ffi::wish(self.max_rows_per_file);
        let bytes = ffi::wish(self.max_bytes_per_file);
        let group = ffi::wish(self.max_rows_per_group);
        rows.or(bytes).or(group)?;
        let defaults = WriteParams::default();
        Some(WriteParams {
            mode,
            max_rows_per_file: rows.map_or(defaults.max_rows_per_file, ffi::to_usize),
            max_bytes_per_file: bytes.map_or(defaults.max_bytes_per_file, ffi::to_usize),
            max_rows_per_group: group.map_or(defaults.max_rows_per_group, ffi::to_usize),
            ..defaults
        })
    }
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_append(
    table: *mut MxlTable,
    stream: *mut FFI_ArrowArrayStream,
    options: *const WriteOptions,
    out_version: *mut u64,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let stream = unsafe { input_stream::consume(stream) };
        // SAFETY: the contract of the header.
        let (table, options, out_version) = unsafe {
            (
                ffi::handle(table, "table")?,
                ffi::options(options)?,
                ffi::out(out_version, "out_version")?,
            )
        };
        let input = InputStream::open(stream, "stream")?;
        let params = options.params(WriteMode::Append);
        let write_id = options.write_id()?;
        let shared = table.shared.clone();
        let latest = runtime::run(async move {
            let latest = shared.latest().await?;
            Ok(match latest.dataset() {
                Some(_) => Source::of(&latest, &shared.name).await?,
                None => Source::Remote(latest),
            })
        })?;
        let name = table.shared.name.clone();
        out_version.set(match latest {
            Source::Native(dataset) => append_native(dataset, name, input, params, &write_id)?,
            Source::Remote(remote) => append_remote(remote, name, input, params)?,
        });
        Ok(())
    })
}

/// To lance itself: LanceDB would cast columns to the types of the table and mix the order of rows.
fn append_native(
    dataset: Arc<Dataset>,
    table: String,
    mut input: InputStream,
    params: Option<WriteParams>,
    write_id: &WriteId,
) -> Result<u64> {
    refuse_derived(&dataset, &table)?;
    let Some(first) = input.next_with_rows()? else {
        check_schema(&dataset, &input, &table)?;
        return Ok(dataset.version_id());
    };
    let params = params.unwrap_or(WriteParams {
        mode: WriteMode::Append,
        ..Default::default()
    });
    let params = write_id.mark(params);
    input_stream::feed(
        input,
        Some(first),
        move |batches: SendableRecordBatchStream| async move {
            let insert = InsertBuilder::new(dataset).with_params(&params);
            let inserted = insert.execute_stream(batches.into_df_stream()).await;
            let dataset = inserted.doing(|| format!("cannot append to table '{table}'"))?;
            Ok(dataset.version_id())
        },
    )
}

/// What LanceDB refuses too: rows of views and values of computed columns are made by refreshing them.
pub fn refuse_derived(dataset: &Dataset, table: &str) -> Result<()> {
    let schema = arrow_schema::Schema::from(dataset.schema());
    if schema.metadata().contains_key(DEFINITION_META_KEY) || !computed_columns(&schema).is_empty()
    {
        return Err(BridgeError::not_supported(format!(
            "cannot write to table '{table}': it is a materialized view or has computed columns"
        )));
    }
    Ok(())
}

/// As lance checks it when there are rows.
fn check_schema(dataset: &Dataset, input: &InputStream, table: &str) -> Result<()> {
    let what = || format!("cannot append to table '{table}'");
    let schema = lance::datatypes::Schema::try_from(input.schema().as_ref()).doing(what)?;
    let options = SchemaCompareOptions {
        compare_nullability: NullabilityComparison::Ignore,
        allow_missing_if_nullable: true,
        ignore_field_order: true,
        ..Default::default()
    };
    schema
        .check_compatible(dataset.schema(), &options)
        .doing(what)
}

fn append_remote(
    remote: Table,
    table: String,
    mut input: InputStream,
    params: Option<WriteParams>,
) -> Result<u64> {
    if params.is_some() {
        return Err(BridgeError::not_supported(format!(
            "cannot append to table '{table}': the server decides on the size of files; leave out the write options"
        )));
    }
    let what = move || format!("cannot append to table '{table}'");
    let Some(first) = input.next_with_rows()? else {
        return runtime::run(async move { remote.version().await.doing(what) });
    };
    input_stream::feed(input, Some(first), move |batches| async move {
        Ok(remote.add(batches).execute().await.doing(what)?.version)
    })
}

/// `mxl_delete_result` of the header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct DeleteResult {
    struct_size: usize,
    version: u64,
    rows_deleted: u64,
}

// SAFETY: integers only.
unsafe impl ffi::Sized_ for DeleteResult {
    const NAME: &'static str = "mxl_delete_result";
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_delete(
    table: *mut MxlTable,
    predicate: MxlString,
    out: *mut DeleteResult,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (table, predicate, out) = unsafe {
            (
                ffi::handle(table, "table")?,
                predicate.read_required("predicate")?,
                ffi::out_struct(out, "out")?,
            )
        };
        let shared = table.shared.clone();
        let deleted = runtime::run(async move {
            let latest = shared.latest().await?;
            let deleted = latest.delete(predicate.as_str()).await;
            deleted.doing(|| {
                format!(
                    "cannot delete from table '{}' where {predicate}",
                    shared.name
                )
            })
        })?;
        out.set(&DeleteResult {
            struct_size: 0,
            version: deleted.version,
            rows_deleted: deleted.num_deleted_rows,
        });
        Ok(())
    })
}
