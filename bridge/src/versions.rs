//! Versions and tags.

use crate::error::{BridgeError, Code, MxlError};
use crate::explain::Explain;
use crate::ffi::{self, MxlString};
use crate::guard::guard;
use crate::lists::{TagList, Version, VersionList};
use crate::runtime;
use crate::table::{MxlTable, Source};
use crate::write::WRITE_ID;

#[no_mangle]
pub unsafe extern "C" fn mxl_table_versions(
    table: *const MxlTable,
    out: *mut *mut VersionList,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (table, out) = unsafe { (ffi::handle(table, "table")?, ffi::out(out, "out")?) };
        let shared = table.shared.clone();
        let versions = runtime::run(async move {
            let what = || format!("cannot list the versions of table '{}'", shared.name);
            match shared.source() {
                Source::Native(dataset) => dataset.versions().await.doing(what),
                Source::Remote(remote) => remote.list_versions().await.doing(what),
            }
        })?;
        let mut versions: Vec<Version> = versions
            .into_iter()
            .map(|v| Version::new(v.version, v.timestamp.timestamp_micros(), v.metadata))
            .collect();
        versions.sort_unstable_by_key(|v| v.version);
        out.set_handle(VersionList(versions));
        Ok(())
    })
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_find_write(
    table: *const MxlTable,
    write_id: MxlString,
    since_version: u64,
    out_version: *mut u64,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (table, write_id, out_version) = unsafe {
            (
                ffi::handle(table, "table")?,
                write_id.read_required("write_id")?,
                ffi::out(out_version, "out_version")?,
            )
        };
        let shared = table.shared.clone();
        let found = runtime::run(async move {
            let what = || {
                format!(
                    "cannot look for write '{write_id}' in table '{}'",
                    shared.name
                )
            };
            let latest = shared.reopen().await?;
            let Source::Native(dataset) = Source::of(&latest, &shared.name).await? else {
                return Err(BridgeError::not_supported(format!(
                    "{}: a server does not report which writes made its versions",
                    what()
                )));
            };
            for version in (since_version + 1..=dataset.version_id()).rev() {
                let transaction = dataset.read_transaction_by_version(version).await;
                let properties = transaction
                    .doing(what)?
                    .and_then(|t| t.transaction_properties);
                if properties.is_some_and(|p| p.get(WRITE_ID) == Some(&write_id)) {
                    return Ok(version);
                }
            }
            Ok(0)
        })?;
        out_version.set(found);
        Ok(())
    })
}

fn not_a_table(error: BridgeError) -> BridgeError {
    // The table exists, so what was not found is the tag or the version.
    match error.code {
        Code::NotFound | Code::Corrupt => BridgeError {
            code: Code::InvalidInput,
            ..error
        },
        _ => error,
    }
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_tag_create(
    table: *mut MxlTable,
    tag: MxlString,
    version: u64,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (table, tag) = unsafe { (ffi::handle(table, "table")?, tag.read_required("tag")?) };
        let shared = table.shared.clone();
        runtime::run(async move {
            let what = || {
                format!(
                    "cannot tag version {version} of table '{}' as '{tag}'",
                    shared.name
                )
            };
            let table = shared.reopen().await?;
            let mut tags = table.tags().await.doing(what)?;
            tags.create(&tag, version)
                .await
                .opening(what)
                .map_err(not_a_table)
        })
    })
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_tag_delete(
    table: *mut MxlTable,
    tag: MxlString,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (table, tag) = unsafe { (ffi::handle(table, "table")?, tag.read_required("tag")?) };
        let shared = table.shared.clone();
        runtime::run(async move {
            let what = || format!("cannot delete tag '{tag}' of table '{}'", shared.name);
            let table = shared.reopen().await?;
            let mut tags = table.tags().await.doing(what)?;
            tags.delete(&tag).await.opening(what).map_err(not_a_table)
        })
    })
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_tags(
    table: *const MxlTable,
    out: *mut *mut TagList,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (table, out) = unsafe { (ffi::handle(table, "table")?, ffi::out(out, "out")?) };
        let shared = table.shared.clone();
        let tags = runtime::run(async move {
            let what = || format!("cannot list the tags of table '{}'", shared.name);
            let table = shared.reopen().await?;
            let tags = table.tags().await.doing(what)?;
            tags.list().await.doing(what)
        })?;
        let mut tags: Vec<(String, u64)> = tags
            .into_iter()
            .map(|(name, contents)| (name, contents.version))
            .collect();
        tags.sort_unstable();
        out.set_handle(TagList(tags));
        Ok(())
    })
}
