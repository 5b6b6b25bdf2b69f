//! Reading rows by their ids.

use std::sync::Arc;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use futures::StreamExt;
use lance::dataset::ProjectionRequest;
use lance::datatypes::Schema;
use lance::Dataset;

use crate::error::{MxlError, Result};
use crate::explain::Explain;
use crate::ffi::{self, MxlString};
use crate::guard::guard;
use crate::output_stream;
use crate::remote;
use crate::request::{self, complete, Batches, Take, DEFAULT_BATCH_SIZE};
use crate::runtime;
use crate::table::{MxlTable, Source};

/// Batches fetched at a time.
const CONCURRENT_BATCHES: usize = 2;

/// `mxl_take_options` of the header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct TakeOptions {
    struct_size: usize,
    columns: *const MxlString,
    n_columns: usize,
    with_row_id: i32,
    batch_size: u32,
}

// SAFETY: pointers and integers only.
unsafe impl ffi::Sized_ for TakeOptions {
    const NAME: &'static str = "mxl_take_options";
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_take(
    table: *const MxlTable,
    row_ids: *const u64,
    n_row_ids: usize,
    options: *const TakeOptions,
    out: *mut FFI_ArrowArrayStream,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (table, row_ids, out, options) = unsafe {
            (
                ffi::handle(table, "table")?,
                ffi::slice(row_ids, n_row_ids, "row_ids")?,
                ffi::out(out, "out")?,
                ffi::options(options)?,
            )
        };
        let with_row_id = options.with_row_id != 0;
        // SAFETY: the contract of the header.
        let columns = unsafe { request::columns(options.columns, options.n_columns, with_row_id) }?;
        let batch_size = ffi::wish(options.batch_size).unwrap_or(DEFAULT_BATCH_SIZE) as usize;
        let take = Take {
            row_ids: row_ids.to_vec(),
            columns,
            with_row_id,
            batch_size,
        };
        let (source, name) = (table.source(), table.shared.name.clone());
        let (schema, batches) = runtime::read(async move {
            match source {
                Source::Native(dataset) => native(dataset, name, take).await,
                Source::Remote(table) => remote::take(table, name, take).await,
            }
        })?;
        let what = format!("cannot take rows of table '{}'", table.shared.name);
        out.set(output_stream::export(what, schema, batches)?);
        Ok(())
    })
}

async fn native(dataset: Arc<Dataset>, table: String, take: Take) -> Result<(SchemaRef, Batches)> {
    let mut projection = request::project(dataset.schema(), take.columns.as_deref(), &table)?;
    if take.with_row_id {
        let row_id = ["_rowid".to_string()];
        let row_id = request::project(dataset.schema(), Some(&row_id), &table)?;
        projection.fields.extend(row_id.fields);
    }
    let projection = Arc::new(projection);
    // Nothing is read for no rows, but the batch has the schema of all others.
    let empty = fetch(&dataset, &table, Vec::new(), &projection).await?;
    let chunks: Vec<Vec<u64>> = take
        .row_ids
        .chunks(take.batch_size)
        .map(<[u64]>::to_vec)
        .collect();
    let batches = futures::stream::iter(chunks)
        .map(move |row_ids| {
            let (dataset, table) = (dataset.clone(), table.clone());
            let projection = projection.clone();
            async move { fetch(&dataset, &table, row_ids, &projection).await }
        })
        .buffered(CONCURRENT_BATCHES);
    Ok((empty.schema(), batches.boxed()))
}

async fn fetch(
    dataset: &Arc<Dataset>,
    table: &str,
    row_ids: Vec<u64>,
    projection: &Arc<Schema>,
) -> Result<RecordBatch> {
    let what = || format!("cannot take rows of table '{table}'");
    let rows = row_ids.len();
    let projection = ProjectionRequest::from(projection.clone());
    let taken = dataset.take_builder(&row_ids, projection).doing(what)?;
    let batch = taken.execute().await.doing(what)?;
    complete(batch, rows, table)
}
