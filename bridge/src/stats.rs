//! Statistics of a table.

use lance::Dataset;
use lancedb::Table;

use crate::error::{BridgeError, MxlError, Result};
use crate::explain::Explain;
use crate::ffi;
use crate::guard::guard;
use crate::runtime;
use crate::table::{MxlTable, Source};

/// Compaction's default target.
const DEFAULT_SMALL_FRAGMENT_ROWS: u64 = 1 << 20;

const UNKNOWN: i64 = -1;

/// `mxl_stats` of the header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Stats {
    struct_size: usize,
    rows: i64,
    deleted_rows: i64,
    fragments: i64,
    small_fragments: i64,
    data_files: i64,
    deletion_files: i64,
    bytes: i64,
    versions: i64,
}

// SAFETY: integers only.
unsafe impl ffi::Sized_ for Stats {
    const NAME: &'static str = "mxl_stats";
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_stats(
    table: *const MxlTable,
    small_fragment_rows: u64,
    out: *mut Stats,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (table, out) = unsafe { (ffi::handle(table, "table")?, ffi::out_struct(out, "out")?) };
        let small = ffi::wish(small_fragment_rows).unwrap_or(DEFAULT_SMALL_FRAGMENT_ROWS);
        let (source, name) = (table.source(), table.shared.name.clone());
        let stats = runtime::run(async move {
            match source {
                Source::Native(dataset) => native(&dataset, &name, small).await,
                Source::Remote(table) => remote(&table, &name).await,
            }
        })?;
        out.set(&stats);
        Ok(())
    })
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_count_fragments(
    table: *const MxlTable,
    limits: *const u64,
    n_limits: usize,
    out_counts: *mut u64,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (table, limits, counts) = unsafe {
            (
                ffi::handle(table, "table")?,
                ffi::slice(limits, n_limits, "limits")?,
                ffi::out_slice(out_counts, n_limits, "out_counts")?,
            )
        };
        let Source::Native(dataset) = table.source() else {
            return Err(BridgeError::not_supported(format!(
                "cannot count the fragments of table '{}': a server does not tell them",
                table.shared.name
            )));
        };
        for (limit, count) in limits.iter().zip(counts) {
            let smaller = dataset
                .iter_fragments()
                .filter(|f| is_smaller(f.physical_rows, *limit));
            *count = smaller.count() as u64;
        }
        Ok(())
    })
}

fn is_smaller(rows: Option<usize>, limit: u64) -> bool {
    rows.is_some_and(|rows| (rows as u64) < limit)
}

fn count(n: impl TryInto<i64>) -> i64 {
    n.try_into().unwrap_or(i64::MAX)
}

async fn native(dataset: &Dataset, name: &str, small: u64) -> Result<Stats> {
    let what = || format!("cannot read statistics of table '{name}'");
    let summary = dataset.manifest().summary();
    let small = dataset
        .iter_fragments()
        .filter(|f| is_smaller(f.physical_rows, small));
    Ok(Stats {
        struct_size: 0,
        rows: count(dataset.count_rows(None).await.doing(what)?),
        deleted_rows: count(dataset.count_deleted_rows().await.doing(what)?),
        fragments: count(summary.total_fragments),
        small_fragments: count(small.count()),
        data_files: count(summary.total_data_files),
        deletion_files: count(summary.total_deletion_files),
        bytes: count(summary.total_files_size),
        versions: count(dataset.count_versions().await.doing(what)?),
    })
}

async fn remote(table: &Table, name: &str) -> Result<Stats> {
    let what = || format!("cannot read statistics of table '{name}'");
    let stats = table.stats().await.doing(what)?;
    Ok(Stats {
        struct_size: 0,
        rows: count(stats.num_rows),
        deleted_rows: stats.num_deleted_rows.map_or(UNKNOWN, count),
        fragments: count(stats.fragment_stats.num_fragments),
        small_fragments: count(stats.fragment_stats.num_small_fragments),
        data_files: UNKNOWN,
        deletion_files: UNKNOWN,
        bytes: count(stats.total_bytes),
        versions: UNKNOWN,
    })
}
