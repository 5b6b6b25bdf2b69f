//! A C ABI over the `lancedb` crate for metaxy's C++ library, and nothing else.
//!
//! The contract is on top of `include/metaxy_lancedb.h`; that file is written by hand and these modules follow it.
//! Every exported function is one call of [`guard::guard`] around safe code; raw pointers are turned into references
//! and slices in [`ffi`] only.

#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![deny(unsafe_op_in_unsafe_fn)]
// The requirements on pointers are stated once, in the contract of the header.
#![allow(clippy::missing_safety_doc)]

mod causes;
mod classify;
mod compaction;
mod conditional_commit;
mod conditional_write;
mod connection;
mod create;
mod damage;
mod delete;
mod deletions;
mod error;
mod explain;
mod facts;
mod ffi;
mod filter;
mod fragments;
mod greatest;
mod guard;
mod indices;
mod input_stream;
mod limits;
mod list_once;
mod lists;
mod optimize;
mod option_types;
mod output_stream;
mod presence;
mod prune;
mod remedy;
mod remote;
mod replace;
mod request;
mod runtime;
mod scan;
mod schema_evolution;
mod server_clock;
mod stats;
mod storage_options;
mod table;
mod take;
mod uncommitted;
mod verdict;
mod versions;
mod words;
mod write;
mod written_files;

/// Must change whenever a C caller compiled against the old header would break.
const ABI_VERSION: u32 = 3;

#[no_mangle]
pub extern "C" fn mxl_abi_version() -> u32 {
    ABI_VERSION
}

#[no_mangle]
pub extern "C" fn mxl_library_version() -> *const std::ffi::c_char {
    // Cargo.toml pins both versions exactly; a test compares them with Cargo.lock.
    c"lancedb 0.41.0, lance 14.0.2".as_ptr()
}
