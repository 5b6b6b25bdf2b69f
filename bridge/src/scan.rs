//! Reading rows in table order.

use std::sync::Arc;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_schema::SchemaRef;
use futures::StreamExt;
use lance::dataset::scanner::MaterializationStyle;
use lance::io::RecordBatchStream;
use lance::Dataset;

use crate::error::{BridgeError, MxlError, Result};
use crate::explain::Explain;
use crate::ffi::{self, MxlString};
use crate::filter;
use crate::fragments;
use crate::guard::guard;
use crate::output_stream;
use crate::remote;
use crate::request::{columns, project, Batches, Scan, DEFAULT_BATCH_SIZE};
use crate::runtime;
use crate::table::{MxlTable, Source};

/// `mxl_scan_options` of the header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ScanOptions {
    struct_size: usize,
    columns: *const MxlString,
    n_columns: usize,
    filter: MxlString,
    with_row_id: i32,
    has_limit: i32,
    limit: u64,
    offset: u64,
    batch_size: u32,
    batch_readahead: u32,
    fragment_readahead: u32,
    unordered: i32,
    eager: i32,
    io_buffer_bytes: u64,
    batch_bytes: u64,
    fragments: *const u64,
    n_fragments: usize,
}

// SAFETY: pointers and integers only.
unsafe impl ffi::Sized_ for ScanOptions {
    const NAME: &'static str = "mxl_scan_options";
}

impl Scan {
    /// # Safety The pointers in `options` are as the header requires.
    unsafe fn read(options: &ScanOptions) -> Result<Self> {
        let with_row_id = options.with_row_id != 0;
        // SAFETY: by the contract of this function.
        let (columns, filter, fragments) = unsafe {
            (
                columns(options.columns, options.n_columns, with_row_id)?,
                options.filter.read_optional("filter")?,
                ffi::slice(options.fragments, options.n_fragments, "fragments")?,
            )
        };
        let number = |n: u64, name: &str| {
            i64::try_from(n).map_err(|_| BridgeError::invalid(format!("{name} {n} is too large")))
        };
        Ok(Self {
            columns,
            filter,
            with_row_id,
            limit: match options.has_limit {
                0 => None,
                _ => Some(number(options.limit, "limit")?),
            },
            offset: ffi::wish(number(options.offset, "offset")?),
            batch_size: ffi::wish(options.batch_size).unwrap_or(DEFAULT_BATCH_SIZE),
            batch_readahead: options.batch_readahead,
            fragment_readahead: options.fragment_readahead,
            ordered: options.unordered == 0,
            eager: options.eager != 0,
            io_buffer_bytes: options.io_buffer_bytes,
            batch_bytes: options.batch_bytes,
            fragments: (!options.fragments.is_null()).then(|| fragments.to_vec()),
        })
    }
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_scan(
    table: *const MxlTable,
    options: *const ScanOptions,
    out: *mut FFI_ArrowArrayStream,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (table, out, options) = unsafe {
            (
                ffi::handle(table, "table")?,
                ffi::out(out, "out")?,
                ffi::options(options)?,
            )
        };
        // SAFETY: the contract of the header.
        let scan = unsafe { Scan::read(&options) }?;
        let (source, name) = (table.source(), table.shared.name.clone());
        let (schema, batches) = runtime::read(async move {
            match source {
                Source::Native(dataset) => native(dataset, &name, scan).await,
                Source::Remote(table) => remote::scan(&table, &name, scan).await,
            }
        })?;
        let what = format!("cannot scan table '{}'", table.shared.name);
        out.set(output_stream::export(what, schema, batches)?);
        Ok(())
    })
}

async fn native(dataset: Arc<Dataset>, table: &str, scan: Scan) -> Result<(SchemaRef, Batches)> {
    let what = format!("cannot scan table '{table}'");
    let mut scanner = dataset.scan();
    let projection = project(dataset.schema(), scan.columns.as_deref(), table)?;
    scanner
        .project_with_schema(&projection)
        .doing(|| what.clone())?;
    if scan.with_row_id {
        scanner.with_row_id();
    }
    if let Some(filter) = &scan.filter {
        let what = || format!("cannot filter table '{table}' by '{filter}'");
        scanner.filter(&filter::for_lance(filter)?).doing(what)?;
    }
    scanner
        .limit(scan.limit, scan.offset)
        .doing(|| what.clone())?;
    if let Some(ids) = &scan.fragments {
        scanner.with_fragments(fragments::choose(&dataset, ids, || what.clone())?);
    }
    scanner.batch_size(scan.batch_size as usize);
    scanner.scan_in_order(scan.ordered);
    if let Some(bytes) = ffi::wish(scan.io_buffer_bytes) {
        scanner.io_buffer_size(bytes);
    }
    if let Some(bytes) = ffi::wish(scan.batch_bytes) {
        scanner.batch_size_bytes(bytes);
    }
    if scan.eager {
        scanner.materialization_style(MaterializationStyle::AllEarly);
    }
    if let Some(n) = ffi::wish(scan.batch_readahead) {
        scanner.batch_readahead(n as usize);
    }
    if let Some(n) = ffi::wish(scan.fragment_readahead) {
        scanner.fragment_readahead(n as usize);
    }
    let batches = scanner
        .try_into_stream()
        .await
        .doing(|| match &scan.filter {
            Some(filter) => format!("cannot scan table '{table}' with filter '{filter}'"),
            None => what.clone(),
        })?;
    let schema = batches.schema();
    Ok((
        schema,
        batches
            .map(move |batch| batch.doing(|| what.clone()))
            .boxed(),
    ))
}
