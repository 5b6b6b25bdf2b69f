//! From the error types of lancedb, lance, object_store, reqwest and std to the codes of the header.
//!
//! Errors arrive wrapped several times over. The chain is read from the outside in; the first layer that knows what it
//! is about decides, and wrappers only offer what to fall back on.

use std::error::Error as StdError;
use std::io::ErrorKind;

use arrow_schema::ArrowError;
use lancedb::datafusion::error::DataFusionError;
use object_store::client::{HttpError, HttpErrorKind};

use crate::error::{BridgeError, Code};

type Cause<'a> = &'a (dyn StdError + 'static);

/// What a missing object is, from where the call stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    Table,
    File,
}

#[derive(Clone, Copy)]
pub struct Verdict {
    pub code: Code,
    pub retryable: bool,
}

enum Opinion {
    /// This layer knows.
    Sure(Verdict),
    /// Unless a cause knows better.
    Else(Verdict),
    /// Only a wrapper.
    None,
}

const fn verdict(code: Code, retryable: bool) -> Verdict {
    Verdict { code, retryable }
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
    by_text(error)
        .or(fallback)
        .unwrap_or(verdict(Code::Internal, false))
}

/// The layers of an error, from the outside in. `source()` of transparent wrappers skips what they wrap, so those are
/// opened by hand.
fn chain(error: Cause<'_>) -> impl Iterator<Item = Cause<'_>> {
    // Deeper than any real chain; keeps a cyclic one from hanging.
    std::iter::successors(Some(error), |e| inner(*e)).take(40)
}

fn inner(error: Cause<'_>) -> Option<Cause<'_>> {
    if let Some(e) = error.downcast_ref::<lancedb::Error>() {
        match e {
            lancedb::Error::External { source } => return Some(source.as_ref()),
            lancedb::Error::Lance { source } => return Some(source),
            lancedb::Error::ObjectStore { source } => return Some(source),
            lancedb::Error::Arrow { source } => return Some(source),
            _ => {}
        }
    }
    if let Some(e) = error.downcast_ref::<lance::Error>() {
        match e {
            lance::Error::External { source } => return Some(source.as_ref()),
            lance::Error::Shared { source } => return Some(source.as_ref()),
            lance::Error::FieldNotFound { source } => return Some(source),
            _ => {}
        }
    }
    if let Some(e) = error.downcast_ref::<std::io::Error>() {
        return e.get_ref().map(|e| e as Cause<'_>);
    }
    error.source()
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
        // The cause may be that the table may not be looked for.
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

/// An answer of a LanceDB server, or none.
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
        Some(s) if s >= 400 => sure(Code::InvalidInput),
        // No answer: the cause says whether the host was not reached or the answer made no sense.
        _ => Opinion::Else(verdict(Code::Network, true)),
    }
}

fn of_lance(error: &lance::Error, missing: Missing) -> Opinion {
    use lance::Error as E;
    if error.is_commit_status_unknown() {
        // The commit may have landed: trying again could write twice.
        return sure(Code::Io);
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
        // The other writer changed what this one builds on, such as the schema.
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

fn of_errno(errno: Option<i32>) -> Option<Code> {
    match errno? {
        1 | 13 | 30 => Some(Code::Permission), // EPERM, EACCES, EROFS
        12 | 23 | 24 | 27 | 28 | 122 => Some(Code::ResourceExhausted), // ENOMEM, ENFILE, EMFILE, EFBIG, ENOSPC, EDQUOT
        _ => None,
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

/// For what the libraries turned into text on the way up.
fn by_text(error: Cause<'_>) -> Option<Verdict> {
    let text = describe(error);
    if let Some(errno) = text
        .split("(os error ")
        .nth(1)
        .and_then(|rest| rest.split(')').next()?.parse::<i32>().ok())
    {
        if let Some(code) = of_errno(Some(errno)) {
            return Some(verdict(code, false));
        }
    }
    let lower = text.to_ascii_lowercase();
    let has = |needles: &[&str]| needles.iter().any(|n| lower.contains(n));
    if has(&["credential", "access denied", "unauthorized"]) {
        return Some(verdict(Code::Permission, false));
    }
    if has(&DAMAGED) {
        return Some(verdict(Code::Corrupt, false));
    }
    if has(&["error applying filter", "compute error", "divide by zero"]) {
        return Some(verdict(Code::InvalidInput, false));
    }
    None
}

/// How readers of lance and arrow report bytes that make no sense.
const DAMAGED: [&str; 10] = [
    "magic number",
    "corrupt",
    "failed to decode",
    "file size is too small",
    "for object of size",
    "failed to fill whole buffer",
    "unexpected end of",
    "parser error: unable to get root",
    "does not contain correct footer",
    "invalid seek to a negative",
];

/// What else damage looks like to calls that read files of a table: panics over lengths and offsets, and errors that
/// elsewhere mean something else.
const DAMAGED_FILE: [&str; 17] = [
    "cannot exceed the existing length",
    "out of range for slice",
    "index out of bounds",
    "slice index starts",
    "does not appear to be a Lance file",
    "Not found: ",
    // A flipped bit in the tables of offsets at the end of a file, or in the descriptions of its pages.
    "failed to decode Protobuf",
    "outside file of size",
    "range overflows",
    "outside metadata region",
    "column metadata offset table has",
    "bytes but CMO table needs",
    "does not have sufficient data",
    "specified the column index",
    "but there were only",
    "row count overflows",
    "columns of differing lengths",
];

/// For calls that read files of a table.
pub fn reading(error: BridgeError) -> BridgeError {
    let open = !matches!(
        error.code,
        Code::Panic | Code::Internal | Code::Io | Code::InvalidInput
    );
    if open || !DAMAGED_FILE.iter().any(|sign| error.message.contains(sign)) {
        return error;
    }
    BridgeError::new(
        Code::Corrupt,
        format!("{} (a file of the table is damaged or gone)", error.message),
    )
}

/// The whole chain in one line, without what wrappers repeat and without places in Rust sources.
pub fn describe(error: Cause<'_>) -> String {
    let mut text = String::new();
    for cause in chain(error) {
        let part = one_line(&cause.to_string());
        if part.is_empty() || text.contains(&part) {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&part);
    }
    shorten(text)
}

/// What wrappers put before the message of what they wrap.
const WRAPPERS: [&str; 7] = [
    "lance error: ",
    "LanceError(IO): ",
    "Wrapped error: ",
    "External error: ",
    "Generic N/A error: ",
    "Invalid user input: ",
    "Invalid input, ",
];

/// Long enough for any sentence; some errors of lance print whole schemas.
const MAX_MESSAGE: usize = 1200;

fn shorten(mut text: String) -> String {
    if text.len() > MAX_MESSAGE {
        let mut end = MAX_MESSAGE;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push_str(" ...");
    }
    text
}

pub fn one_line(text: &str) -> String {
    let mut text = without_places(text);
    for wrapper in WRAPPERS {
        text = text.replace(wrapper, "");
    }
    let mut line = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// Lance ends its messages in `, /home/builder/.cargo/.../file.rs:12:34`, which tells users nothing.
fn without_places(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(".rs:") {
        let tail = &rest[at + ".rs:".len()..];
        let end = tail
            .find(|c: char| !c.is_ascii_digit() && c != ':')
            .unwrap_or(tail.len());
        if !tail.starts_with(|c: char| c.is_ascii_digit()) {
            out.push_str(&rest[..at + ".rs:".len()]);
            rest = tail;
            continue;
        }
        let start = rest[..at].rfind(char::is_whitespace).map_or(0, |i| i + 1);
        let before = rest[..start].trim_end();
        let before = before
            .strip_suffix("location:")
            .unwrap_or(before)
            .trim_end();
        let before = before.strip_suffix(',').unwrap_or(before);
        out.push_str(before);
        rest = &tail[end..];
        // `file.rs:12:34: more` keeps its colon: it separates two causes.
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
    out.push_str(rest);
    out
}
