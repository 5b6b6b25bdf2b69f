//! Compaction, and removal of old versions.

use std::collections::HashMap;

use lancedb::table::{CompactionOptions, Duration, OptimizeAction, OptimizeStats};

use crate::error::{BridgeError, Explain, MxlError, Result};
use crate::ffi;
use crate::guard::guard;
use crate::runtime;
use crate::table::{MxlTable, Source};

/// `mxl_compact_options` of the header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct CompactOptions {
    struct_size: usize,
    target_rows_per_fragment: u64,
    max_bytes_per_file: u64,
    max_rows_per_group: u64,
    batch_size: u32,
    num_threads: u32,
    materialize_deletions_threshold: f64,
}

// SAFETY: numbers only.
unsafe impl ffi::Sized_ for CompactOptions {
    const NAME: &'static str = "mxl_compact_options";
}

/// `mxl_compact_result` of the header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct CompactResult {
    struct_size: usize,
    fragments_removed: u64,
    fragments_added: u64,
    files_removed: u64,
    files_added: u64,
}

// SAFETY: integers only.
unsafe impl ffi::Sized_ for CompactResult {
    const NAME: &'static str = "mxl_compact_result";
}

/// `mxl_prune_options` of the header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct PruneOptions {
    struct_size: usize,
    older_than_seconds: u64,
    error_if_tagged: i32,
    delete_unverified: i32,
}

// SAFETY: integers only.
unsafe impl ffi::Sized_ for PruneOptions {
    const NAME: &'static str = "mxl_prune_options";
}

/// `mxl_prune_result` of the header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct PruneResult {
    struct_size: usize,
    bytes_removed: u64,
    versions_removed: u64,
    data_files_removed: u64,
    failed_deletes: u64,
}

// SAFETY: integers only.
unsafe impl ffi::Sized_ for PruneResult {
    const NAME: &'static str = "mxl_prune_result";
}

impl CompactOptions {
    fn into_lance(self) -> Result<CompactionOptions> {
        let threshold = self.materialize_deletions_threshold;
        if threshold.is_nan() || threshold > 1.0 {
            return Err(BridgeError::invalid(format!(
                "materialize_deletions_threshold is {threshold}; it is a part of the rows, at most 1"
            )));
        }
        let mut options = CompactionOptions::default();
        if let Some(rows) = ffi::wish(self.target_rows_per_fragment) {
            options.target_rows_per_fragment = ffi::to_usize(rows);
        }
        if let Some(rows) = ffi::wish(self.max_rows_per_group) {
            options.max_rows_per_group = ffi::to_usize(rows);
        }
        options.max_bytes_per_file = ffi::wish(self.max_bytes_per_file).map(ffi::to_usize);
        options.batch_size = ffi::wish(self.batch_size).map(|n| n as usize);
        options.num_threads = ffi::wish(self.num_threads).map(|n| n as usize);
        options.materialize_deletions = threshold >= 0.0;
        if threshold > 0.0 {
            // Lance keeps it in single precision, and a tenth of a percent more or less does not matter.
            #[allow(clippy::cast_possible_truncation)]
            {
                options.materialize_deletions_threshold = threshold as f32;
            }
        }
        Ok(options)
    }
}

fn optimize(table: &MxlTable, verb: &'static str, action: OptimizeAction) -> Result<OptimizeStats> {
    let shared = table.shared.clone();
    runtime::read(async move {
        let latest = shared.latest().await?;
        let optimized = latest.optimize(action).await;
        optimized.doing(|| format!("cannot {verb} table '{}'", shared.name))
    })
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_compact(
    table: *mut MxlTable,
    options: *const CompactOptions,
    out: *mut CompactResult,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (table, options, out) = unsafe {
            (
                ffi::handle(table, "table")?,
                ffi::options(options)?,
                ffi::out_struct(out, "out")?,
            )
        };
        let action = OptimizeAction::Compact {
            options: options.into_lance()?,
            remap_options: None,
        };
        let metrics = optimize(table, "compact", action)?
            .compaction
            .unwrap_or_default();
        out.set(&CompactResult {
            struct_size: 0,
            fragments_removed: metrics.fragments_removed as u64,
            fragments_added: metrics.fragments_added as u64,
            files_removed: metrics.files_removed as u64,
            files_added: metrics.files_added as u64,
        });
        Ok(())
    })
}

/// Lance removes files that only a branch still needs when the version it began at goes.
fn refuse_branches(table: &MxlTable) -> Result<()> {
    let shared = table.shared.clone();
    let mut branches = runtime::read(async move {
        let what = || format!("cannot list the branches of table '{}'", shared.name);
        match Source::of(&shared.latest().await?, &shared.name).await? {
            Source::Native(dataset) => dataset.list_branches().await.doing(what),
            Source::Remote(_) => Ok(HashMap::new()),
        }
    })?
    .into_keys()
    .collect::<Vec<_>>();
    if branches.is_empty() {
        return Ok(());
    }
    branches.sort_unstable();
    Err(BridgeError::not_supported(format!(
        "old versions of table '{}' are kept, because it has branches ({}) that could lose rows with them; remove the \
         branches first",
        table.shared.name,
        branches.join(", ")
    )))
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_prune(
    table: *mut MxlTable,
    options: *const PruneOptions,
    out: *mut PruneResult,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (table, options, out) = unsafe {
            (
                ffi::handle(table, "table")?,
                ffi::required_options(options, "options")?,
                ffi::out_struct(out, "out")?,
            )
        };
        let seconds = options.older_than_seconds;
        let older_than = i64::try_from(seconds).ok().and_then(Duration::try_seconds);
        let older_than = older_than
            .filter(|_| seconds <= MAX_AGE_SECONDS)
            .ok_or_else(|| {
                BridgeError::invalid(format!("older_than_seconds {seconds} is too large"))
            })?;
        refuse_branches(table)?;
        let action = OptimizeAction::Prune {
            older_than: Some(older_than),
            delete_unverified: Some(options.delete_unverified != 0),
            error_if_tagged_old_versions: Some(options.error_if_tagged != 0),
        };
        let removed = optimize(table, "prune", action)?.prune.unwrap_or_default();
        out.set(&PruneResult {
            struct_size: 0,
            bytes_removed: removed.bytes_removed,
            versions_removed: removed.old_versions,
            data_files_removed: removed.data_files_removed,
            failed_deletes: removed.failed_deletes,
        });
        Ok(())
    })
}

/// A thousand years; the time so long ago is still a date.
const MAX_AGE_SECONDS: u64 = 1000 * 366 * 24 * 3600;
