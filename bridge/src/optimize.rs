//! Compaction.

use lancedb::table::{CompactionOptions, OptimizeAction};

use crate::compaction::{can_keep_order, compact};
use crate::error::{BridgeError, MxlError, Result};
use crate::explain::Explain;
use crate::ffi::{self, MxlString};
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
    io_buffer_bytes: u64,
    order: *const MxlString,
    n_order: usize,
}

// SAFETY: numbers and a pointer only.
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

impl CompactOptions {
    fn into_lance(self) -> Result<CompactionOptions> {
        let threshold = self.materialize_deletions_threshold;
        if threshold.is_nan() || threshold > 1.0 {
            return Err(BridgeError::invalid(format!(
                "materialize_deletions_threshold is {threshold}; it is a fraction of the rows, at most 1"
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
        options.io_buffer_size = ffi::wish(self.io_buffer_bytes);
        options.num_threads = ffi::wish(self.num_threads).map(|n| n as usize);
        options.materialize_deletions = threshold >= 0.0;
        if threshold > 0.0 {
            // Lance stores it in single precision, and a tenth of a percent more or less does not
            // matter.
            #[allow(clippy::cast_possible_truncation)]
            {
                options.materialize_deletions_threshold = threshold as f32;
            }
        }
        Ok(options)
    }
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
        // SAFETY: the contract of the header.
        let order = unsafe { ffi::strings(options.order, options.n_order, "order") }?;
        let lance = options.into_lance()?;
        let shared = table.shared.clone();
        let metrics = runtime::read(async move {
            let what = || format!("cannot compact table '{}'", shared.name);
            let latest = shared.latest().await?;
            if let Source::Native(dataset) = Source::of(&latest, &shared.name).await? {
                if can_keep_order(&dataset).await.doing(what)? {
                    return compact(dataset, &shared.name, lance, &order).await;
                }
            }
            let action = OptimizeAction::Compact {
                options: lance,
                remap_options: None,
            };
            let optimized = latest.optimize(action).await.doing(what)?;
            Ok(optimized.compaction.unwrap_or_default())
        })?;
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
