//! Appending rows.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use lance::dataset::transaction::Operation;
use lance::dataset::{CommitBuilder, InsertBuilder, WriteMode, WriteParams};
use lance::datatypes::{NullabilityComparison, SchemaCompareOptions};
use lance::Dataset;
use lancedb::arrow::{SendableRecordBatchStream, SendableRecordBatchStreamExt};
use lancedb::materialized_view::DEFINITION_META_KEY;
use lancedb::table::computed_columns::computed_columns;

use crate::error::{BridgeError, MxlError, Result};
use crate::explain::Explain;
use crate::ffi::{self, MxlString};
use crate::greatest::{self, MxlGreatest};
use crate::guard::guard;
use crate::input_stream::{self, InputStream};
use crate::runtime;
use crate::table::{MxlTable, Shared, Source};
use crate::written_files::WrittenFiles;

/// `mxl_write_options` of the header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct WriteOptions {
    struct_size: usize,
    max_rows_per_file: u64,
    max_bytes_per_file: u64,
    max_rows_per_group: u64,
    write_id: MxlString,
    greatest: MxlGreatest,
}

// SAFETY: integers and a pointer only.
unsafe impl ffi::Sized_ for WriteOptions {
    const NAME: &'static str = "mxl_write_options";
}

/// The property of a transaction that holds the write's id.
pub const WRITE_ID: &str = "metaxy.write_id";

/// What a writer leaves with its commit: the name by which it finds it again, and the greatest timestamp.
pub struct Marks(HashMap<String, String>);

impl Marks {
    pub fn on(&self, mut params: WriteParams) -> WriteParams {
        params.transaction_properties = self.properties();
        params
    }

    pub fn properties(&self) -> Option<Arc<HashMap<String, String>>> {
        self.are_wanted().then(|| Arc::new(self.0.clone()))
    }

    pub fn are_wanted(&self) -> bool {
        !self.0.is_empty()
    }
}

impl WriteOptions {
    /// # Safety
    /// `write_id` is as [`MxlString::read`] asks.
    pub unsafe fn marks(&self) -> Result<Marks> {
        let mut marks = HashMap::new();
        // SAFETY: by the contract of this function.
        if let Some(id) = unsafe { self.write_id.read_optional("write_id") }? {
            marks.insert(WRITE_ID.to_owned(), id);
        }
        if let Some(greatest) = self.greatest.known() {
            marks.extend(greatest::properties(greatest));
        }
        Ok(Marks(marks))
    }

    /// None: LanceDB's default.
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
        // SAFETY: the contract of the header.
        let marks = unsafe { options.marks() }?;
        let shared = table.shared.clone();
        out_version.set(match shared.writable()? {
            Source::Native(dataset) => append_native(shared, dataset, input, params, &marks)?,
            Source::Remote(_) => append_remote(shared, input, params)?,
        });
        Ok(())
    })
}

/// Directly to lance: LanceDB would cast columns to the types of the table and mix the order of
/// rows.
fn append_native(
    shared: Arc<Shared>,
    dataset: Arc<Dataset>,
    mut input: InputStream,
    params: Option<WriteParams>,
    marks: &Marks,
) -> Result<u64> {
    refuse_derived(&dataset, &shared.name)?;
    let Some(first) = input.next_with_rows()? else {
        check_schema(&dataset, &input, &shared.name)?;
        return Ok(dataset.version_id());
    };
    let params = params.unwrap_or(WriteParams {
        mode: WriteMode::Append,
        ..Default::default()
    });
    let params = marks.on(params);
    let files = WrittenFiles::begin();
    input_stream::feed(
        input,
        Some(first),
        move |batches: SendableRecordBatchStream| async move {
            let what = || format!("cannot append to table '{}'", shared.name);
            let insert = InsertBuilder::new(dataset.clone()).with_params(&params);
            let written = insert.execute_uncommitted_stream(batches.into_df_stream());
            let transaction = written.await.doing(what)?;
            shared.confirm(&dataset, what).await?;
            if let Operation::Append { fragments } = &transaction.operation {
                files.check(&dataset, fragments, what).await?;
            }
            // What Lance itself would remove after a commit, it chooses by this machine's clock.
            let commit = CommitBuilder::new(dataset).with_skip_auto_cleanup(true);
            Ok(commit.execute(transaction).await.doing(what)?.version_id())
        },
    )
}

/// LanceDB refuses this, too: rows of views and values of computed columns are created by
/// refreshing them.
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

/// The same check that lance makes when there are rows.
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
    shared: Arc<Shared>,
    mut input: InputStream,
    params: Option<WriteParams>,
) -> Result<u64> {
    if params.is_some() {
        return Err(BridgeError::not_supported(format!(
            "cannot append to table '{}': the server decides on the size of files; leave out the write options",
            shared.name
        )));
    }
    let latest = shared.clone();
    let remote = runtime::run(async move { latest.latest().await })?;
    let what = move || format!("cannot append to table '{}'", shared.name);
    let Some(first) = input.next_with_rows()? else {
        return runtime::run(async move { remote.version().await.doing(what) });
    };
    input_stream::feed(input, Some(first), move |batches| async move {
        Ok(remote.add(batches).execute().await.doing(what)?.version)
    })
}
