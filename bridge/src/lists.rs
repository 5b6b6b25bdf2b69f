//! Lists that C reads element by element.

use std::collections::BTreeMap;

use crate::error::{BridgeError, MxlError, Result};
use crate::ffi::{self, MxlKeyValue, MxlString};
use crate::guard::{guard, guard_value};

pub struct StringList(pub Vec<String>);

pub struct Version {
    pub version: u64,
    pub timestamp_us: i64,
    pub metadata: Vec<(String, String)>,
}

pub struct VersionList(pub Vec<Version>);

/// Tag names and the versions they stand for.
pub struct TagList(pub Vec<(String, u64)>);

impl Version {
    pub fn new(version: u64, timestamp_us: i64, metadata: BTreeMap<String, String>) -> Self {
        Self {
            version,
            timestamp_us,
            metadata: metadata.into_iter().collect(),
        }
    }
}

/// `mxl_version_info` of the header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct VersionInfo {
    struct_size: usize,
    version: u64,
    timestamp_us: i64,
    n_metadata: usize,
}

// SAFETY: integers only.
unsafe impl ffi::Sized_ for VersionInfo {
    const NAME: &'static str = "mxl_version_info";
}

pub fn at<'a, T>(items: &'a [T], index: usize, what: &str) -> Result<&'a T> {
    items.get(index).ok_or_else(|| {
        BridgeError::invalid(format!(
            "index {index} is past the end of a list of {} {what}",
            items.len()
        ))
    })
}

#[no_mangle]
pub unsafe extern "C" fn mxl_string_list_count(list: *const StringList) -> usize {
    // SAFETY: the contract of the header.
    guard_value(0, || {
        unsafe { list.as_ref() }.map_or(0, |list| list.0.len())
    })
}

#[no_mangle]
pub unsafe extern "C" fn mxl_string_list_get(
    list: *const StringList,
    index: usize,
    out: *mut MxlString,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (list, out) = unsafe { (ffi::reference(list, "list")?, ffi::out(out, "out")?) };
        out.set(MxlString::lend(at(&list.0, index, "strings")?));
        Ok(())
    })
}

#[no_mangle]
pub unsafe extern "C" fn mxl_string_list_free(list: *mut StringList) {
    // SAFETY: the contract of the header.
    guard_value((), || unsafe { ffi::free(list) });
}

#[no_mangle]
pub unsafe extern "C" fn mxl_version_list_count(list: *const VersionList) -> usize {
    // SAFETY: the contract of the header.
    guard_value(0, || {
        unsafe { list.as_ref() }.map_or(0, |list| list.0.len())
    })
}

#[no_mangle]
pub unsafe extern "C" fn mxl_version_list_get(
    list: *const VersionList,
    index: usize,
    out: *mut VersionInfo,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (list, out) = unsafe { (ffi::reference(list, "list")?, ffi::out_struct(out, "out")?) };
        let version = at(&list.0, index, "versions")?;
        out.set(&VersionInfo {
            struct_size: 0,
            version: version.version,
            timestamp_us: version.timestamp_us,
            n_metadata: version.metadata.len(),
        });
        Ok(())
    })
}

#[no_mangle]
pub unsafe extern "C" fn mxl_version_list_metadata(
    list: *const VersionList,
    index: usize,
    metadata_index: usize,
    out: *mut MxlKeyValue,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (list, out) = unsafe { (ffi::reference(list, "list")?, ffi::out(out, "out")?) };
        let version = at(&list.0, index, "versions")?;
        let (key, value) = at(&version.metadata, metadata_index, "metadata entries")?;
        out.set(MxlKeyValue {
            key: MxlString::lend(key),
            value: MxlString::lend(value),
        });
        Ok(())
    })
}

#[no_mangle]
pub unsafe extern "C" fn mxl_version_list_free(list: *mut VersionList) {
    // SAFETY: the contract of the header.
    guard_value((), || unsafe { ffi::free(list) });
}

#[no_mangle]
pub unsafe extern "C" fn mxl_tag_list_count(list: *const TagList) -> usize {
    // SAFETY: the contract of the header.
    guard_value(0, || {
        unsafe { list.as_ref() }.map_or(0, |list| list.0.len())
    })
}

#[no_mangle]
pub unsafe extern "C" fn mxl_tag_list_get(
    list: *const TagList,
    index: usize,
    out_name: *mut MxlString,
    out_version: *mut u64,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (list, out_name, out_version) = unsafe {
            (
                ffi::reference(list, "list")?,
                ffi::out(out_name, "out_name")?,
                ffi::out(out_version, "out_version")?,
            )
        };
        let (name, version) = at(&list.0, index, "tags")?;
        out_name.set(MxlString::lend(name));
        out_version.set(*version);
        Ok(())
    })
}

#[no_mangle]
pub unsafe extern "C" fn mxl_tag_list_free(list: *mut TagList) {
    // SAFETY: the contract of the header.
    guard_value((), || unsafe { ffi::free(list) });
}
