//! The error of a failed call.

use std::error::Error as StdError;
use std::ffi::{c_char, CString};

use crate::facts::{Facts, Kind};

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
    CommitUnknown = 15,
    Cancelled = 16,
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
    /// The message of the underlying libraries; contains nothing of ours.
    pub cause: String,
    pub facts: Box<Facts>,
}

pub type Result<T> = std::result::Result<T, BridgeError>;

impl BridgeError {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            retryable: false,
            message: message.into(),
            cause: String::new(),
            facts: Box::default(),
        }
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidInput, message)
    }

    /// Another writer came first: a caller that reopens the table may retry.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self {
            retryable: true,
            ..Self::new(Code::CommitConflict, message)
        }
    }

    /// With what was being done in front, unless the message says it.
    pub fn about(mut self, what: impl FnOnce() -> String) -> Self {
        let what = what();
        if self.facts.doing.is_empty() {
            self.facts.doing.clone_from(&what);
        }
        if !self.message.starts_with(&what) {
            self.message = format!("{what}: {}", self.message);
        }
        self
    }

    pub fn not_supported(message: impl Into<String>) -> Self {
        Self::new(Code::NotSupported, message)
    }

    /// For a call that was abandoned while it may have committed: what was sent cannot be recalled.
    pub fn after_commit(mut self) -> Self {
        if matches!(self.facts.kind, Kind::Deadline | Kind::Stopped) {
            self.code = Code::CommitUnknown;
            self.retryable = false;
            self.facts.kind = Kind::CommitUnknown;
        }
        self
    }

    /// For a list of tables: what is missing is the whole database, or a server that knows about
    /// tables.
    pub fn no_database(mut self) -> Self {
        if self.code == Code::NotFound {
            self.code = Code::Io;
            self.facts.kind = Kind::NotAStore;
        }
        self.no_question()
    }

    /// For requests without user input: what is refused is the request itself.
    pub fn no_question(mut self) -> Self {
        let refused = matches!(self.code, Code::InvalidInput | Code::NotSupported);
        if refused && self.facts.kind == Kind::Answer {
            self.code = Code::Io;
        }
        self
    }

    pub fn of_kind(code: Code, kind: Kind, message: impl Into<String>) -> Self {
        Self {
            facts: Box::new(Facts::of_kind(kind)),
            ..Self::new(code, message)
        }
    }
}

/// `mxl_error` of the header.
#[repr(C)]
pub struct MxlError {
    code: i32,
    retryable: i32,
    message: *mut c_char,
    release: Option<unsafe extern "C" fn(*mut MxlError)>,
    kind: i32,
    http_status: i32,
    doing: *mut c_char,
    host: *mut c_char,
    store_error: *mut c_char,
    region: *mut c_char,
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
        let facts = &failure.facts;
        error.kind = facts.kind as i32;
        error.http_status = i32::from(facts.status);
        error.doing = c_string(&facts.doing).into_raw();
        error.host = c_string(&facts.host).into_raw();
        error.store_error = c_string(&facts.store_error).into_raw();
        error.region = c_string(&facts.region).into_raw();
        error.release = Some(release_error);
    }
}

/// The text up to a NUL byte, at which C would stop reading.
pub fn c_string(text: &str) -> CString {
    let end = text.find('\0').unwrap_or(text.len());
    CString::new(&text[..end]).unwrap_or_default()
}

unsafe extern "C" fn release_error(error: *mut MxlError) {
    // SAFETY: C calls it with the struct that `fill` wrote.
    let Some(error) = (unsafe { error.as_mut() }) else {
        return;
    };
    let texts = [
        &mut error.message,
        &mut error.doing,
        &mut error.host,
        &mut error.store_error,
        &mut error.region,
    ];
    for text in texts {
        let text = std::mem::replace(text, std::ptr::null_mut());
        if !text.is_null() {
            // SAFETY: it comes from `CString::into_raw` in `fill`, and is cleared here.
            drop(unsafe { CString::from_raw(text) });
        }
    }
    error.release = None;
}

impl std::fmt::Display for BridgeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for BridgeError {}
