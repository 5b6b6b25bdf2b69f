//! Deleting rows.

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use lance::dataset::rowids::get_row_id_index;
use lance::dataset::transaction::{Operation, Transaction};
use lance::dataset::CommitBuilder;
use lance::Dataset;
use lance_table::format::Fragment;
use lancedb::Table;

use crate::classify::Missing;
use crate::error::{BridgeError, Code, MxlError, Result};
use crate::explain::Explain;
use crate::ffi::{self, MxlString};
use crate::guard::guard;
use crate::runtime;
use crate::table::{MxlTable, Shared, Source};

/// Fragments whose deletions are read and written at the same time.
const CONCURRENT_FRAGMENTS: usize = 16;

/// Rows that one request to a server names: its text stays a few hundred kilobytes.
const ROWS_PER_REQUEST: usize = 20_000;

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

#[no_mangle]
pub unsafe extern "C" fn mxl_table_delete_rows(
    table: *mut MxlTable,
    row_ids: *const u64,
    n_row_ids: usize,
    out: *mut DeleteResult,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (table, row_ids, out) = unsafe {
            (
                ffi::handle(table, "table")?,
                ffi::slice(row_ids, n_row_ids, "row_ids")?,
                ffi::out_struct(out, "out")?,
            )
        };
        let mut row_ids = row_ids.to_vec();
        row_ids.sort_unstable();
        row_ids.dedup();
        let shared = table.shared.clone();
        let source = shared.writable()?;
        let deleted = runtime::run(async move {
            match source {
                Source::Native(dataset) => delete_native(&shared, dataset, row_ids).await,
                Source::Remote(at) => delete_remote(&shared, &at, &row_ids).await,
            }
        })?;
        out.set(&deleted);
        Ok(())
    })
}

/// The rows of this version, marked as deleted in one commit. Lance's own deletion looks for the rows again when
/// others come first, and by then an id may no longer exist.
async fn delete_native(
    shared: &Shared,
    dataset: Arc<Dataset>,
    row_ids: Vec<u64>,
) -> Result<DeleteResult> {
    let what = || format!("cannot delete rows of table '{}'", shared.name);
    let rows_deleted = row_ids.len() as u64;
    if row_ids.is_empty() {
        return Ok(DeleteResult {
            struct_size: 0,
            version: dataset.version_id(),
            rows_deleted,
        });
    }
    let addresses = addresses(&dataset, row_ids, what).await?;
    let at: &Dataset = &dataset;
    let changes: Vec<(u64, Option<Fragment>)> = futures::stream::iter(by_fragment(&addresses))
        .map(move |(fragment, rows)| async move {
            let left = mark(at, fragment, rows, what).await;
            left.map(|left| (fragment, left))
        })
        .buffer_unordered(CONCURRENT_FRAGMENTS)
        .try_collect()
        .await?;
    let mut updated_fragments = Vec::new();
    let mut deleted_fragment_ids = Vec::new();
    for (fragment, left) in changes {
        match left {
            Some(left) => updated_fragments.push(left),
            None => deleted_fragment_ids.push(fragment),
        }
    }
    let operation = Operation::Delete {
        updated_fragments,
        deleted_fragment_ids,
        predicate: format!("{rows_deleted} rows by their ids"),
    };
    let transaction = Transaction::new(dataset.version_id(), operation, None);
    shared.confirm(&dataset, what).await?;
    match CommitBuilder::new(dataset).execute(transaction).await {
        Ok(committed) => Ok(DeleteResult {
            struct_size: 0,
            version: committed.version_id(),
            rows_deleted,
        }),
        Err(e) => {
            let mut error = BridgeError::from_source(&what(), &e, Missing::File);
            // A caller that reads the rows again may retry.
            error.retryable |= error.code == Code::CommitConflict;
            Err(error)
        }
    }
}

fn not_there(what: impl Fn() -> String) -> BridgeError {
    BridgeError::invalid(format!("{}: a row id is not in this version of it", what()))
}

/// Where the rows are, ascending: numbers of fragments and of rows in them.
async fn addresses(
    dataset: &Dataset,
    row_ids: Vec<u64>,
    what: impl Fn() -> String,
) -> Result<Vec<u64>> {
    let Some(index) = get_row_id_index(dataset).await.doing(&what)? else {
        return Ok(row_ids);
    };
    let mut addresses = Vec::with_capacity(row_ids.len());
    for id in row_ids {
        let address = index.get(id).doing(&what)?;
        addresses.push(u64::from(address.ok_or_else(|| not_there(&what))?));
    }
    addresses.sort_unstable();
    Ok(addresses)
}

// The lower half of an address is the row.
#[allow(clippy::cast_possible_truncation)]
fn by_fragment(addresses: &[u64]) -> Vec<(u64, Vec<u32>)> {
    addresses
        .chunk_by(|a, b| a >> 32 == b >> 32)
        .map(|rows| (rows[0] >> 32, rows.iter().map(|a| *a as u32).collect()))
        .collect()
}

/// The fragment without these rows; none if no row is left.
async fn mark(
    dataset: &Dataset,
    fragment: u64,
    rows: Vec<u32>,
    what: impl Fn() -> String,
) -> Result<Option<Fragment>> {
    let fragment = dataset.get_fragment(ffi::to_usize(fragment));
    let fragment = fragment.ok_or_else(|| not_there(&what))?;
    let stored = fragment.physical_rows().await.doing(&what)?;
    let deleted = fragment.get_deletion_vector().await.doing(&what)?;
    let is_there = |row: &u32| {
        (*row as usize) < stored
            && !deleted
                .as_ref()
                .is_some_and(|deleted| deleted.contains(*row))
    };
    if !rows.iter().all(is_there) {
        return Err(not_there(what));
    }
    let left = fragment.extend_deletions(rows).await.doing(&what)?;
    Ok(left.map(|fragment| fragment.metadata().clone()))
}

/// A server can only be asked for rows of its latest version.
async fn delete_remote(shared: &Shared, at: &Table, row_ids: &[u64]) -> Result<DeleteResult> {
    let what = || format!("cannot delete rows of table '{}'", shared.name);
    let latest = shared.latest().await?;
    let mut result = DeleteResult {
        struct_size: 0,
        version: at.version().await.doing(what)?,
        rows_deleted: 0,
    };
    if latest.version().await.doing(what)? != result.version {
        return Err(BridgeError::conflict(format!(
            "{}: it was written to while the rows were chosen; delete again",
            what()
        )));
    }
    // Old servers tell neither version nor number.
    let mut is_known = true;
    for ids in row_ids.chunks(ROWS_PER_REQUEST) {
        let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
        let predicate = format!("_rowid in ({})", ids.join(", "));
        let deleted = latest.delete(predicate.as_str()).await.doing(what)?;
        is_known &= deleted.version != 0;
        result.version = deleted.version;
        result.rows_deleted += deleted.num_deleted_rows;
    }
    if !is_known {
        result.rows_deleted = row_ids.len() as u64;
    }
    if result.rows_deleted != row_ids.len() as u64 {
        return Err(BridgeError::conflict(format!(
            "{}: {} of {} were deleted, the others were moved or removed meanwhile; delete again",
            what(),
            result.rows_deleted,
            row_ids.len()
        )));
    }
    Ok(result)
}
