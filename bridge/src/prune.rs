//! Removal of old versions, by the clock of where they are stored.
//!
//! A manifest contains the time of its commit by its writer's clock, and Lance compares that, and the times of files,
//! with this machine's clock. Either may be days ahead or behind. Here the age of a version is that of its file, and
//! the times of files are presented to Lance as if the store's clock were this machine's.

use std::collections::{HashMap, HashSet};
use std::time::{SystemTime, UNIX_EPOCH};

use futures::TryStreamExt;
use lance::dataset::cleanup::{CleanupPolicy, RemovalStats};
use lance::Dataset;
use lance_table::io::commit::ManifestNamingScheme;
use lancedb::table::Duration;

use crate::error::{BridgeError, MxlError, Result};
use crate::explain::Explain;
use crate::ffi;
use crate::guard::guard;
use crate::list_once;
use crate::lists::{Version, VersionList};
use crate::runtime;
use crate::table::{self, MxlTable, Shared, Source};

/// A thousand years; the time so long ago is still a date.
const MAX_AGE_SECONDS: u64 = 1000 * 366 * 24 * 3600;

const SECOND_US: i64 = 1_000_000;

/// Clocks that differ by less are considered equal.
const SAME_CLOCK_US: i64 = 2 * SECOND_US;

/// `mxl_prune_options` of the header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct PruneOptions {
    struct_size: usize,
    older_than_seconds: u64,
    error_if_tagged: i32,
    delete_unverified: i32,
    now_us: i64,
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

/// When a version was stored, by the clock of the store.
struct Stored {
    version: u64,
    at_us: i64,
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_stored_versions(
    table: *const MxlTable,
    out: *mut *mut VersionList,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (table, out) = unsafe { (ffi::handle(table, "table")?, ffi::out(out, "out")?) };
        let (source, name) = (table.source(), table.shared.name.clone());
        let stored = runtime::run(async move {
            match source {
                Source::Native(dataset) => stored_versions(&dataset, &name).await,
                Source::Remote(_) => Err(BridgeError::not_supported(format!(
                    "a server does not tell when it stored the versions of table '{name}'"
                ))),
            }
        })?;
        let versions = stored
            .into_iter()
            .map(|v| Version::new(v.version, v.at_us, Default::default()));
        out.set_handle(VersionList(versions.collect()));
        Ok(())
    })
}

/// Ascending by version. One list of files, and no manifest is read.
async fn stored_versions(dataset: &Dataset, table: &str) -> Result<Vec<Stored>> {
    let what = || format!("cannot list the versions of table '{table}'");
    let store = dataset.object_store(None).await.doing(what)?;
    let directory = dataset.versions_dir();
    let mut files = store.read_dir_all(&directory, None);
    let mut stored = Vec::new();
    while let Some(file) = files.try_next().await.doing(what)? {
        let name = file.location.filename().unwrap_or_default();
        let scheme = ManifestNamingScheme::detect_scheme(name);
        if let Some(version) = scheme.and_then(|scheme| scheme.parse_version(name)) {
            let at_us = file.last_modified.timestamp_micros();
            stored.push(Stored { version, at_us });
        }
    }
    stored.sort_unstable_by_key(|v| v.version);
    Ok(stored)
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
        if seconds > MAX_AGE_SECONDS {
            return Err(BridgeError::invalid(format!(
                "older_than_seconds {seconds} is too large"
            )));
        }
        refuse_branches(table)?;
        let shared = table.shared.clone();
        let removed = runtime::read(async move { prune(&shared, &options).await })?;
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

/// Removes the versions that were stored longer ago than the options say, never the latest.
async fn prune(shared: &Shared, options: &PruneOptions) -> Result<RemovalStats> {
    let what = || format!("cannot prune table '{}'", shared.name);
    let latest = shared.latest().await?;
    let Source::Native(dataset) = Source::of(&latest, &shared.name).await? else {
        return Err(BridgeError::not_supported(format!(
            "{}: a server removes old versions itself",
            what()
        )));
    };
    let stored = stored_versions(&dataset, &shared.name).await?;
    let newest = stored.iter().map(|v| v.at_us).max().unwrap_or(0);
    // It was stored, so it is at least that late; where nobody knows the store's time, files are taken for younger
    // than they are.
    let now = newest.max(options.now_us);
    let age = i64::try_from(options.older_than_seconds)
        .unwrap_or(i64::MAX)
        .saturating_mul(SECOND_US);
    let old = |v: &&Stored| v.version < dataset.version_id() && now - v.at_us >= age;
    let old: HashSet<u64> = stored.iter().filter(old).map(|v| v.version).collect();
    let policy = CleanupPolicy {
        versions: Some(old),
        delete_unverified: options.delete_unverified != 0,
        error_if_tagged_old_versions: options.error_if_tagged != 0,
        ..CleanupPolicy::default()
    };
    let ahead = local_us() - now;
    if ahead.abs() < SAME_CLOCK_US {
        return dataset.cleanup_with_policy(policy).await.doing(what);
    }
    let uri = shared.connection().uri();
    let params = list_once::shifted_params(uri, Duration::microseconds(ahead));
    let shifted = table::open_with(shared.connection(), &shared.name, Some(params)).await?;
    let Source::Native(shifted) = Source::of(&shifted, &shared.name).await? else {
        return Err(BridgeError::not_supported(what()));
    };
    shifted.cleanup_with_policy(policy).await.doing(what)
}

/// By the clock of this machine, as Lance reads it.
fn local_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |time| {
        i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
    })
}
