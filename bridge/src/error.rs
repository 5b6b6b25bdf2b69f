//! What a failed call tells its caller.

use std::error::Error as StdError;
use std::ffi::{c_char, CString};

use crate::classify::{classify, Missing};

/// The numbers of the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Code {
    InvalidInput = 1,
    NotFound = 2,
    AlreadyExists = 3,
    CommitConflict = 4,
    Permission = 5,
    Timeout = 6,
    Network = 7,
    NotSupported = 8,
    SchemaMismatch = 9,
    Corrupt = 10,
    Io = 11,
    ResourceExhausted = 12,
    Panic = 13,
    Internal = 14,
}

impl Code {
    /// The errno that a callback of an Arrow C stream returns for it.
    pub fn errno(self) -> i32 {
        // Linux numbers; the crate builds for nothing else.
        match self {
            Self::InvalidInput | Self::SchemaMismatch => 22, // EINVAL
            Self::NotFound => 2,                             // ENOENT
            Self::AlreadyExists => 17,                       // EEXIST
            Self::CommitConflict => 11,                      // EAGAIN
            Self::Permission => 13,                          // EACCES
            Self::Timeout => 110,                            // ETIMEDOUT
            Self::NotSupported => 95,                        // ENOTSUP
            Self::ResourceExhausted => 12,                   // ENOMEM
            _ => 5,                                          // EIO
        }
    }
}

#[derive(Clone, Debug)]
pub struct BridgeError {
    pub code: Code,
    pub retryable: bool,
    pub message: String,
}

pub type Result<T> = std::result::Result<T, BridgeError>;

impl BridgeError {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            retryable: false,
            message: message.into(),
        }
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidInput, message)
    }

    /// With what was being done in front, unless the message says it.
    pub fn about(mut self, what: impl FnOnce() -> String) -> Self {
        let what = what();
        if !self.message.starts_with(&what) {
            self.message = format!("{what}: {}", self.message);
        }
        self
    }

    pub fn not_supported(message: impl Into<String>) -> Self {
        Self::new(Code::NotSupported, message)
    }

    /// A failure of the libraries below, classified by its chain of causes.
    pub fn from_source(what: &str, source: &(dyn StdError + 'static), missing: Missing) -> Self {
        let verdict = classify(source, missing);
        Self {
            code: verdict.code,
            retryable: verdict.retryable,
            message: format!("{what}: {}", crate::classify::describe(source)),
        }
    }
}

/// Turns a failure of the libraries below into a [`BridgeError`] that says what was being done.
pub trait Explain<T> {
    /// For operations that find a table: what is missing is the table.
    fn opening(self, what: impl FnOnce() -> String) -> Result<T>;
    /// For operations on a table that is open: what is missing is a file of it.
    fn doing(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: StdError + 'static> Explain<T> for std::result::Result<T, E> {
    fn opening(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|e| BridgeError::from_source(&what(), &e, Missing::Table))
    }

    fn doing(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|e| BridgeError::from_source(&what(), &e, Missing::File))
    }
}

/// `mxl_error` of the header.
#[repr(C)]
pub struct MxlError {
    code: i32,
    retryable: i32,
    message: *mut c_char,
    release: Option<unsafe extern "C" fn(*mut MxlError)>,
}

impl MxlError {
    /// Replaces what the struct holds.
    ///
    /// # Safety
    /// `error` is NULL or points to a zeroed struct or one that this library filled.
    pub unsafe fn fill(error: *mut MxlError, failure: &BridgeError) {
        // SAFETY: by the contract of this function.
        let Some(error) = (unsafe { error.as_mut() }) else {
            return;
        };
        if let Some(release) = error.release {
            // SAFETY: only this library sets `release`, to `release_error`.
            unsafe { release(error) };
        }
        error.code = failure.code as i32;
        error.retryable = i32::from(failure.retryable);
        error.message = c_string(&failure.message).into_raw();
        error.release = Some(release_error);
    }
}

/// The text up to a NUL byte, which C could not read past.
pub fn c_string(text: &str) -> CString {
    let end = text.find('\0').unwrap_or(text.len());
    CString::new(&text[..end]).unwrap_or_default()
}

unsafe extern "C" fn release_error(error: *mut MxlError) {
    // SAFETY: C calls it with the struct that `fill` wrote.
    let Some(error) = (unsafe { error.as_mut() }) else {
        return;
    };
    if !error.message.is_null() {
        // SAFETY: `message` comes from `CString::into_raw` in `fill`, and is cleared here.
        drop(unsafe { CString::from_raw(error.message) });
    }
    error.message = std::ptr::null_mut();
    error.release = None;
}

impl std::fmt::Display for BridgeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for BridgeError {}
