//! Fragments that several writers write and one of them commits: an append in two steps.
//!
//! Between the two stands a text: the fragments, and which columns their files hold, by the ids that the table had for
//! them. It is checked against the table before it is committed.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use futures::StreamExt;
use lance::dataset::transaction::{Operation, TransactionBuilder};
use lance::dataset::{CommitBuilder, InsertBuilder, WriteMode, WriteParams};
use lance::io::RecordBatchStream;
use lance::Dataset;
use lance_table::format::Fragment;
use lancedb::arrow::{SendableRecordBatchStream, SendableRecordBatchStreamExt};
use serde_json::{json, Value};

use crate::conditional_commit::ConditionalCommit;
use crate::error::{BridgeError, Code, MxlError, Result};
use crate::explain::Explain;
use crate::ffi::{self, MxlString};
use crate::guard::guard;
use crate::input_stream::{self, InputStream};
use crate::lists::StringList;
use crate::output_stream;
use crate::request::{columns, project};
use crate::runtime;
use crate::table::{MxlTable, Shared, Source};
use crate::write::{refuse_derived, Marks, WriteOptions};
use crate::written_files::first_missing;

/// Rows that are read again are few, or are written again at once.
const READ_BATCH_SIZE: usize = 8192;

/// Columns by the ids of their fields: path and type.
type Columns = BTreeMap<i32, (String, String)>;

/// What one writer has written.
struct Written {
    fragments: Vec<Fragment>,
    columns: Columns,
}

fn columns_of(dataset: &Dataset) -> Columns {
    let schema = dataset.schema();
    let fields = schema.fields_pre_order();
    fields
        .map(|field| {
            let path = schema.field_path(field.id).unwrap_or_default();
            (field.id, (path, field.logical_type.to_string()))
        })
        .collect()
}

impl Written {
    fn of(fragments: Vec<Fragment>, dataset: &Dataset) -> Self {
        let files = fragments.iter().flat_map(|fragment| &fragment.files);
        let ids: HashSet<i32> = files.flat_map(|file| file.fields.iter().copied()).collect();
        let mut columns = columns_of(dataset);
        columns.retain(|id, _| ids.contains(id));
        Self { fragments, columns }
    }

    fn text(&self) -> Result<String> {
        let columns: Vec<Value> = self
            .columns
            .iter()
            .map(|(id, (path, kind))| json!([id, path, kind]))
            .collect();
        let fragments = serde_json::to_value(&self.fragments);
        let fragments = fragments.map_err(|e| BridgeError::new(Code::Internal, e.to_string()))?;
        Ok(json!({ "fragments": fragments, "columns": columns }).to_string())
    }

    fn parse(text: &str) -> Result<Self> {
        let malformed = |why: &str| {
            BridgeError::invalid(format!("not fragments of mxl_table_write_fragments: {why}"))
        };
        let value: Value = serde_json::from_str(text).map_err(|e| malformed(&e.to_string()))?;
        let Value::Object(mut members) = value else {
            return Err(malformed("not an object"));
        };
        let mut member = |name: &str| members.remove(name).unwrap_or_default();
        let fragments: Vec<Fragment> =
            serde_json::from_value(member("fragments")).map_err(|e| malformed(&e.to_string()))?;
        let columns: Vec<(i32, String, String)> =
            serde_json::from_value(member("columns")).map_err(|e| malformed(&e.to_string()))?;
        // What is committed is what this library has written into the directory of the table.
        let files = fragments.iter().flat_map(|fragment| &fragment.files);
        for file in files.clone() {
            if file.base_id.is_some() || file.path.contains(['/', '\\']) {
                return Err(malformed("a file that is not of the table"));
            }
        }
        let columns: Columns = columns
            .into_iter()
            .map(|(id, path, kind)| (id, (path, kind)))
            .collect();
        if files
            .flat_map(|file| file.fields.iter())
            .any(|id| !columns.contains_key(id))
        {
            return Err(malformed("a file of a column that is not named"));
        }
        Ok(Self { fragments, columns })
    }

    fn names(&self) -> impl Iterator<Item = &String> {
        let files = self.fragments.iter().flat_map(|fragment| &fragment.files);
        files.map(|file| &file.path)
    }

    /// SCHEMA_MISMATCH unless the files can be files of the table as it is.
    fn fit(&self, dataset: &Dataset, what: impl Fn() -> String) -> Result<()> {
        let now = columns_of(dataset);
        let mismatch = |why: String| {
            let message = format!(
                "{}: {why} since the fragments were written; their rows have to be written again",
                what()
            );
            BridgeError::new(Code::SchemaMismatch, message)
        };
        for (id, column) in &self.columns {
            if now.get(id) != Some(column) {
                return Err(mismatch(format!("column '{}' has changed", column.0)));
            }
        }
        for field in &dataset.schema().fields {
            if !field.nullable && !self.columns.contains_key(&field.id) {
                return Err(mismatch(format!("column '{}' was added", field.name)));
            }
        }
        Ok(())
    }
}

fn native(table: &MxlTable) -> Result<Arc<Dataset>> {
    match table.source() {
        Source::Native(dataset) => Ok(dataset),
        Source::Remote(_) => Err(BridgeError::not_supported(format!(
            "cannot write fragments of table '{}': a server writes the files of its tables itself",
            table.shared.name
        ))),
    }
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_write_fragments(
    table: *mut MxlTable,
    stream: *mut FFI_ArrowArrayStream,
    options: *const WriteOptions,
    out: *mut *mut StringList,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let stream = unsafe { input_stream::consume(stream) };
        // SAFETY: the contract of the header.
        let (table, options, out) = unsafe {
            (
                ffi::handle(table, "table")?,
                ffi::options(options)?,
                ffi::out(out, "out")?,
            )
        };
        let mut input = InputStream::open(stream, "stream")?;
        let dataset = native(table)?;
        table.shared.writable()?;
        let name = table.shared.name.clone();
        refuse_derived(&dataset, &name)?;
        let params = options
            .params(WriteMode::Append)
            .unwrap_or_else(|| WriteParams {
                mode: WriteMode::Append,
                ..Default::default()
            });
        let Some(first) = input.next_with_rows()? else {
            out.set_handle(StringList(vec![Written::of(vec![], &dataset).text()?]));
            return Ok(());
        };
        let written = input_stream::feed(
            input,
            Some(first),
            move |batches: SendableRecordBatchStream| async move {
                let insert = InsertBuilder::new(dataset.clone()).with_params(&params);
                let written = insert.execute_uncommitted_stream(batches.into_df_stream());
                let transaction = written
                    .await
                    .doing(|| format!("cannot write fragments of table '{name}'"))?;
                let Operation::Append { fragments } = transaction.operation else {
                    let message = "an append made something else than fragments";
                    return Err(BridgeError::new(Code::Internal, message));
                };
                Written::of(fragments, &dataset).text()
            },
        )?;
        out.set_handle(StringList(vec![written]));
        Ok(())
    })
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_check_fragments(
    table: *const MxlTable,
    fragments: MxlString,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (table, text) = unsafe {
            (
                ffi::handle(table, "table")?,
                fragments.read_required("fragments")?,
            )
        };
        let written = Written::parse(&text)?;
        let name = &table.shared.name;
        written.fit(native(table)?.as_ref(), || {
            format!("cannot commit fragments to table '{name}'")
        })
    })
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_scan_fragments(
    table: *const MxlTable,
    fragments: MxlString,
    version: u64,
    column_names: *const MxlString,
    n_columns: usize,
    out: *mut FFI_ArrowArrayStream,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (table, text, columns, out) = unsafe {
            (
                ffi::handle(table, "table")?,
                fragments.read_required("fragments")?,
                columns(column_names, n_columns, false)?,
                ffi::out(out, "out")?,
            )
        };
        let written = Written::parse(&text)?;
        let dataset = native(table)?;
        let name = table.shared.name.clone();
        let what = format!("cannot read fragments of table '{name}'");
        let doing = what.clone();
        let (schema, batches) = runtime::read(async move {
            let doing = || doing.clone();
            let then = if written.fit(&dataset, doing).is_ok() {
                dataset
            } else {
                Arc::new(dataset.checkout_version(version).await.doing(doing)?)
            };
            written.fit(&then, doing)?;
            let mut scanner = then.scan();
            let projection = project(then.schema(), columns.as_deref(), &name)?;
            scanner.project_with_schema(&projection).doing(doing)?;
            // None has an id before it is committed.
            let fragments = (0..).zip(written.fragments);
            let fragments = fragments.map(|(id, fragment)| Fragment { id, ..fragment });
            scanner.with_fragments(fragments.collect());
            scanner.batch_size(READ_BATCH_SIZE);
            let batches = scanner.try_into_stream().await.doing(doing)?;
            let schema = batches.schema();
            let told = doing();
            let batches = batches.map(move |batch| batch.doing(|| told.clone()));
            Ok((schema, batches.boxed()))
        })?;
        out.set(output_stream::export(what, schema, batches)?);
        Ok(())
    })
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_commit_fragments(
    table: *mut MxlTable,
    fragments: *const MxlString,
    n_fragments: usize,
    options: *const WriteOptions,
    out_version: *mut u64,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (table, texts, options, out_version) = unsafe {
            (
                ffi::handle(table, "table")?,
                ffi::strings(fragments, n_fragments, "fragments")?,
                ffi::options(options)?,
                ffi::out(out_version, "out_version")?,
            )
        };
        // SAFETY: the contract of the header.
        let marks = unsafe { options.marks() }?;
        let dataset = native(table)?;
        table.shared.writable()?;
        refuse_derived(&dataset, &table.shared.name)?;
        let written: Vec<Written> = texts
            .iter()
            .map(|text| Written::parse(text))
            .collect::<Result<_>>()?;
        let shared = table.shared.clone();
        let version = runtime::run(async move { commit(shared, dataset, written, &marks).await })
            .map_err(BridgeError::after_commit)?;
        out_version.set(version);
        Ok(())
    })
}

async fn commit(
    shared: Arc<Shared>,
    dataset: Arc<Dataset>,
    written: Vec<Written>,
    marks: &Marks,
) -> Result<u64> {
    let what = || format!("cannot commit fragments to table '{}'", shared.name);
    let stored = dataset.iter_fragments().flat_map(|f| &f.files);
    let mut known: HashSet<&str> = stored.map(|file| file.path.as_str()).collect();
    for part in &written {
        part.fit(&dataset, what)?;
        for name in part.names() {
            if !known.insert(name) {
                return Err(BridgeError::invalid(format!(
                    "{}: file '{name}' is in the table already, or is named twice",
                    what()
                )));
            }
        }
    }
    drop(known);
    let names = written.iter().flat_map(Written::names).cloned().collect();
    if let Some(file) = first_missing(&dataset, names, what).await? {
        return Err(BridgeError::invalid(format!(
            "{}: their file '{file}' is gone: it was removed as left over, or the table was dropped since they were \
             written; nothing was committed, write the rows again",
            what()
        )));
    }
    let fragments: Vec<Fragment> = written
        .into_iter()
        .flat_map(|part| part.fragments)
        .collect();
    if fragments.is_empty() {
        return Ok(dataset.version_id());
    }
    let read_version = dataset.version_id();
    let transaction = TransactionBuilder::new(read_version, Operation::Append { fragments })
        .transaction_properties(marks.properties())
        .build();
    shared.confirm(&dataset, what).await?;
    let mut commit = CommitBuilder::new(dataset)
        .with_skip_auto_cleanup(true)
        .with_max_retries(0);
    let handler =
        ConditionalCommit::next_version(read_version, shared.connection().uri(), what).await?;
    if let Some(handler) = handler {
        commit = commit.with_commit_handler(handler);
    }
    match commit.execute(transaction).await {
        Ok(committed) => Ok(committed.version_id()),
        Err(e) => {
            let missing = crate::classify::Missing::File;
            let mut error = BridgeError::from_source(&what(), &e, missing);
            // A caller that has looked at the later version may retry.
            error.retryable |= error.code == Code::CommitConflict;
            Err(error)
        }
    }
}
