//! Error classification: from the error types of lancedb, lance, object_store, reqwest and std to
//! the codes of the header.
//!
//! Errors arrive wrapped several times over. The chain is read from the outside in; the first layer
//! that is conclusive decides, and wrappers only provide a fallback.

use std::io::ErrorKind;

use arrow_schema::ArrowError;
use lancedb::datafusion::error::DataFusionError;
use object_store::client::{HttpError, HttpErrorKind};

use crate::causes::{chain, Cause};
use crate::damage::by_text;
use crate::error::{BridgeError, Code};
use crate::verdict::{of_errno, verdict, Verdict};
use crate::words::describe;

/// The meaning of a missing object in the context of the call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    Table,
    File,
}

enum Opinion {
    /// This layer is conclusive.
    Sure(Verdict),
    /// Unless a cause is more specific.
    Else(Verdict),
    /// Only a wrapper.
    None,
}

const fn sure(code: Code) -> Opinion {
    Opinion::Sure(verdict(code, false))
}

const fn sure_retry(code: Code) -> Opinion {
    Opinion::Sure(verdict(code, true))
}

const fn or(code: Code) -> Opinion {
    Opinion::Else(verdict(code, false))
}

pub fn classify(error: Cause<'_>, missing: Missing) -> Verdict {
    let mut fallback = None;
    for cause in chain(error) {
        match opinion(cause, missing) {
            Opinion::Sure(verdict) => return verdict,
            Opinion::Else(verdict) => fallback = fallback.or(Some(verdict)),
            Opinion::None => {}
        }
    }
    by_text(&describe(error))
        .or(fallback)
        .unwrap_or(verdict(Code::Internal, false))
}

fn opinion(cause: Cause<'_>, missing: Missing) -> Opinion {
    if let Some(e) = cause.downcast_ref::<BridgeError>() {
        return Opinion::Sure(verdict(e.code, e.retryable));
    }
    if let Some(e) = cause.downcast_ref::<lancedb::Error>() {
        return of_lancedb(e, missing);
    }
    if let Some(e) = cause.downcast_ref::<lance::Error>() {
        return of_lance(e, missing);
    }
    if let Some(e) = cause.downcast_ref::<object_store::Error>() {
        return of_object_store(e, missing);
    }
    if let Some(e) = cause.downcast_ref::<HttpError>() {
        return of_http(e);
    }
    if let Some(e) = cause.downcast_ref::<reqwest::Error>() {
        return of_reqwest(e);
    }
    if let Some(e) = cause.downcast_ref::<std::io::Error>() {
        return of_io(e, missing);
    }
    if let Some(e) = cause.downcast_ref::<ArrowError>() {
        return of_arrow(e);
    }
    if let Some(e) = cause.downcast_ref::<DataFusionError>() {
        return of_datafusion(e);
    }
    Opinion::None
}

fn absent(missing: Missing) -> Opinion {
    match missing {
        Missing::Table => or(Code::NotFound),
        Missing::File => or(Code::Corrupt),
    }
}

fn of_lancedb(error: &lancedb::Error, missing: Missing) -> Opinion {
    use lancedb::Error as E;
    match error {
        E::InvalidTableName { .. }
        | E::InvalidInput { .. }
        | E::InvalidExpression { .. }
        | E::NotAComputedColumn { .. }
        | E::NotAMaterializedView { .. }
        | E::ColumnAlreadyExists { .. } => sure(Code::InvalidInput),
        // The cause may be that listing is not permitted.
        E::TableNotFound { .. } => or(Code::NotFound),
        E::DatabaseNotFound { .. } => sure(Code::NotFound),
        E::TableCorrupted { .. } => or(Code::Corrupt),
        E::ColumnNotFound { .. } | E::Schema { .. } => sure(Code::SchemaMismatch),
        E::DatabaseAlreadyExists { .. } | E::TableAlreadyExists { .. } => sure(Code::AlreadyExists),
        E::CreateDir { .. } => or(Code::Io),
        E::Timeout { .. } => sure_retry(Code::Timeout),
        E::NotSupported { .. } => sure(Code::NotSupported),
        E::Http { status_code, .. } => of_status(status_code.map(|s| s.as_u16()), false, missing),
        E::Retry { status_code, .. } => of_status(status_code.map(|s| s.as_u16()), true, missing),
        E::External { .. } | E::Lance { .. } | E::ObjectStore { .. } | E::Arrow { .. } => {
            Opinion::None
        }
        _ => or(Code::Internal),
    }
}

/// A response of a LanceDB server, or none.
fn of_status(status: Option<u16>, gave_up: bool, missing: Missing) -> Opinion {
    match status {
        Some(401 | 403 | 407) => sure(Code::Permission),
        Some(404) => absent(missing),
        Some(405 | 501) => sure(Code::NotSupported),
        Some(408 | 504) => sure_retry(Code::Timeout),
        Some(409 | 412) => sure_retry(Code::CommitConflict),
        Some(429) => sure_retry(Code::ResourceExhausted),
        Some(507) => sure(Code::ResourceExhausted),
        Some(500) => Opinion::Else(verdict(Code::Network, gave_up)),
        Some(s) if s >= 500 => sure_retry(Code::Network),
        // How servers refuse a filter or rows.
        Some(400 | 422) => sure(Code::InvalidInput),
        Some(s) if s >= 400 => sure(Code::Io),
        // No response: the cause says whether the host was unreachable or the response was
        // malformed.
        _ => Opinion::Else(verdict(Code::Network, true)),
    }
}

fn of_lance(error: &lance::Error, missing: Missing) -> Opinion {
    use lance::Error as E;
    if error.is_commit_status_unknown() {
        // The commit may have landed: a retry could write twice.
        return sure(Code::CommitUnknown);
    }
    match error {
        E::InvalidInput { .. }
        | E::PrerequisiteFailed { .. }
        | E::Unprocessable { .. }
        | E::InvalidTableLocation { .. }
        | E::InvalidRef { .. }
        | E::RefNotFound { .. }
        | E::VersionNotFound { .. }
        | E::Cleanup { .. } => sure(Code::InvalidInput),
        E::DatasetAlreadyExists { .. } | E::RefConflict { .. } => sure(Code::AlreadyExists),
        E::SchemaMismatch { .. } | E::Schema { .. } | E::FieldNotFound { .. } => {
            sure(Code::SchemaMismatch)
        }
        E::DatasetNotFound { .. } | E::NotFound { .. } => absent(missing),
        E::CorruptFile { .. } => sure(Code::Corrupt),
        E::NotSupported { .. } | E::VersionConflict { .. } => sure(Code::NotSupported),
        E::CommitConflict { .. }
        | E::RetryableCommitConflict { .. }
        | E::TooMuchWriteContention { .. } => sure_retry(Code::CommitConflict),
        // The other writer changed something that this one builds on, such as the schema.
        E::IncompatibleTransaction { .. } | E::Fenced { .. } => sure(Code::CommitConflict),
        E::Timeout { .. } => sure_retry(Code::Timeout),
        E::DiskCapExceeded { .. } => sure(Code::ResourceExhausted),
        E::Backpressure { .. } => sure_retry(Code::ResourceExhausted),
        E::IO { .. } => or(Code::Io),
        E::Wrapped { .. } | E::External { .. } | E::Shared { .. } | E::Namespace { .. } => {
            Opinion::None
        }
        _ => or(Code::Internal),
    }
}

fn of_object_store(error: &object_store::Error, missing: Missing) -> Opinion {
    use object_store::Error as E;
    match error {
        E::NotFound { .. } => absent(missing),
        E::InvalidPath { .. } | E::UnknownConfigurationKey { .. } => sure(Code::InvalidInput),
        // Wraps a failure that must not be retried; otherwise a statement of its own.
        E::NotSupported { source } if source.is::<object_store::Error>() => Opinion::None,
        E::NotSupported { .. } | E::NotImplemented { .. } => sure(Code::NotSupported),
        E::AlreadyExists { .. } | E::Precondition { .. } => sure_retry(Code::CommitConflict),
        E::PermissionDenied { .. } | E::Unauthenticated { .. } => sure(Code::Permission),
        _ => or(Code::Io),
    }
}

fn of_http(error: &HttpError) -> Opinion {
    match error.kind() {
        HttpErrorKind::Timeout => sure_retry(Code::Timeout),
        HttpErrorKind::Connect | HttpErrorKind::Request | HttpErrorKind::Interrupted => {
            sure_retry(Code::Network)
        }
        _ => Opinion::Else(verdict(Code::Network, true)),
    }
}

fn of_reqwest(error: &reqwest::Error) -> Opinion {
    if error.is_timeout() {
        sure_retry(Code::Timeout)
    } else if error.is_builder() {
        sure(Code::InvalidInput)
    } else {
        Opinion::Else(verdict(Code::Network, !error.is_decode()))
    }
}

fn of_io(error: &std::io::Error, missing: Missing) -> Opinion {
    match error.kind() {
        ErrorKind::NotFound => absent(missing),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => sure(Code::Permission),
        ErrorKind::TimedOut => sure_retry(Code::Timeout),
        ErrorKind::ConnectionRefused
        | ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::NetworkDown
        | ErrorKind::NotConnected => sure_retry(Code::Network),
        ErrorKind::StorageFull
        | ErrorKind::QuotaExceeded
        | ErrorKind::FileTooLarge
        | ErrorKind::OutOfMemory => sure(Code::ResourceExhausted),
        ErrorKind::UnexpectedEof | ErrorKind::InvalidData => or(Code::Corrupt),
        ErrorKind::NotADirectory => sure(Code::InvalidInput),
        ErrorKind::InvalidInput => or(Code::InvalidInput),
        ErrorKind::Unsupported => sure(Code::NotSupported),
        _ => of_errno(error.raw_os_error()).map_or(or(Code::Io), sure),
    }
}

fn of_arrow(error: &ArrowError) -> Opinion {
    match error {
        ArrowError::SchemaError(_) | ArrowError::CastError(_) => or(Code::SchemaMismatch),
        ArrowError::InvalidArgumentError(_) | ArrowError::ParseError(_) => or(Code::InvalidInput),
        ArrowError::MemoryError(_) => sure(Code::ResourceExhausted),
        ArrowError::NotYetImplemented(_) => sure(Code::NotSupported),
        ArrowError::IoError(..) | ArrowError::IpcError(_) => or(Code::Io),
        ArrowError::ExternalError(_) => Opinion::None,
        _ => or(Code::Internal),
    }
}

fn of_datafusion(error: &DataFusionError) -> Opinion {
    match error {
        DataFusionError::SQL(..) | DataFusionError::Plan(_) | DataFusionError::SchemaError(..) => {
            sure(Code::InvalidInput)
        }
        DataFusionError::NotImplemented(_) => sure(Code::NotSupported),
        DataFusionError::ResourcesExhausted(_) => sure(Code::ResourceExhausted),
        _ => Opinion::None,
    }
}
