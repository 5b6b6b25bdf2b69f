//! The facts about a failed request: its kind, the response's status and error code, the host.
//!
//! The user-visible wording is chosen above (src/lancedb/store_errors.cc), which does not have to
//! parse text. Where a layer does not expose its types, its own sentences are matched from their
//! beginning, one layer at a time: names from users never occur there.

use std::error::Error as StdError;
use std::io::ErrorKind;
use std::sync::Mutex;

use object_store::client::{HttpError, HttpErrorKind};

type Cause<'a> = &'a (dyn StdError + 'static);

/// The numbers of the header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(i32)]
pub enum Kind {
    #[default]
    Other = 0,
    /// There is a response: see its status and error code.
    Answer = 1,
    NoAddress = 2,
    NoConnection = 3,
    Cut = 4,
    Slow = 5,
    /// No common encryption, or a certificate that is not accepted.
    Tls = 6,
    /// The address uses http, which is not allowed.
    HttpForbidden = 7,
    NoCredentials = 8,
    Redirect = 9,
    /// An unexpected response: from a web page, another service.
    NotAStore = 10,
    CommitUnknown = 11,
    Deadline = 12,
    Stopped = 13,
    /// The file system does not support hard links, which local commits use.
    NoHardLinks = 14,
    /// A file has a name that is not UTF-8 or has control characters, so the folder cannot be listed.
    ForeignFile = 15,
}

/// All empty for anything but a request.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub kind: Kind,
    pub status: u16,
    /// The operation, in our own words.
    pub doing: String,
    pub host: String,
    /// The store's error code, such as NoSuchBucket; for Kind::Tls the reason.
    pub store_error: String,
    pub region: String,
    /// The response body; for internal use only.
    pub body: String,
}

impl Facts {
    pub fn of_kind(kind: Kind) -> Self {
        Self {
            kind,
            ..Self::default()
        }
    }

    fn answered(&mut self, status: u16, body: &str) {
        self.kind = Kind::Answer;
        self.status = status;
        self.store_error = error_in(body);
        self.region = region_in(body);
        self.body = body.chars().take(200).collect();
    }

    /// What a later layer knows better than an earlier one.
    fn refine(&mut self, kind: Kind) {
        let settled = !matches!(
            self.kind,
            Kind::Other | Kind::Cut | Kind::NoConnection | Kind::Slow
        );
        let vague = self.kind == Kind::Slow && !matches!(kind, Kind::NoAddress | Kind::Tls);
        let step_back = self.kind == Kind::NoConnection && matches!(kind, Kind::Cut);
        if !(settled || vague || step_back) {
            self.kind = kind;
        }
    }
}

/// The hosts of this process's LanceDB servers, whose failures do not name them.
static SERVERS: Mutex<Vec<String>> = Mutex::new(Vec::new());

pub fn remember_server(address: &str) {
    let Ok(url) = reqwest::Url::parse(address) else {
        return;
    };
    let host = host_of(&url);
    let mut servers = SERVERS
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    if !servers.contains(&host) {
        servers.push(host);
    }
}

/// Which of several it was is unknown.
fn only_server() -> String {
    let servers = SERVERS
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    match servers.as_slice() {
        [only] => only.clone(),
        _ => String::new(),
    }
}

/// The facts about the first request that the layers of an error mention, from the outside in.
pub fn facts<'a>(layers: impl Iterator<Item = Cause<'a>>) -> Facts {
    let mut facts = Facts::default();
    for layer in layers {
        look_at(layer, &mut facts);
    }
    let of_files = matches!(
        facts.kind,
        Kind::Other | Kind::NoHardLinks | Kind::ForeignFile
    );
    if !of_files && facts.host.is_empty() {
        facts.host = only_server();
    }
    facts
}

fn look_at(layer: Cause<'_>, facts: &mut Facts) {
    if let Some(e) = layer.downcast_ref::<lancedb::Error>() {
        of_lancedb(e, facts);
    } else if let Some(e) = layer.downcast_ref::<lance::Error>() {
        if e.is_commit_status_unknown() {
            facts.kind = Kind::CommitUnknown;
        }
        // Lance turns messages of the AWS SDK into text.
        if let lance::Error::IO { source, .. } = e {
            of_credentials(&source.to_string(), facts);
        }
    } else if let Some(e) = layer.downcast_ref::<HttpError>() {
        match e.kind() {
            HttpErrorKind::Timeout => facts.refine(Kind::Slow),
            HttpErrorKind::Connect => facts.refine(Kind::NoConnection),
            HttpErrorKind::Request | HttpErrorKind::Interrupted => facts.refine(Kind::Cut),
            _ => {}
        }
    } else if let Some(e) = layer.downcast_ref::<reqwest::Error>() {
        of_reqwest(e, facts);
    } else if let Some(e) = layer.downcast_ref::<std::io::Error>() {
        // Local files fail in the same ways; those are not requests.
        if facts.kind != Kind::Other {
            of_io(e, facts);
        }
    } else {
        of_text(&layer.to_string(), facts);
    }
}

fn of_lancedb(error: &lancedb::Error, facts: &mut Facts) {
    if let lancedb::Error::NotSupported { message } = error {
        if message.starts_with("the filesystem does not support an operation required for safe") {
            facts.kind = Kind::NoHardLinks;
        }
        return;
    }
    let (lancedb::Error::Http {
        source,
        status_code,
        ..
    }
    | lancedb::Error::Retry {
        source,
        status_code,
        ..
    }) = error
    else {
        return;
    };
    let text = source.to_string();
    let Some(status) = status_code else {
        // "Failed to parse table description: ": not JSON, or JSON of something else.
        let strange = text.starts_with("Failed to parse ");
        facts.refine(if strange { Kind::NotAStore } else { Kind::Cut });
        return;
    };
    facts.answered(status.as_u16(), "");
    // "404 Not Found: " and the body.
    let body = text.split_once(": ").map_or("", |(_, body)| body);
    if status.as_u16() == 404 && is_page(body) {
        facts.kind = Kind::NotAStore;
    }
}

fn of_reqwest(error: &reqwest::Error, facts: &mut Facts) {
    if facts.host.is_empty() {
        facts.host = error.url().map(host_of).unwrap_or_default();
    }
    let json = error.is_decode() && innermost(error).is_some_and(|text| is_json_error(&text));
    if json {
        facts.kind = Kind::NotAStore;
    } else if let Some(status) = error.status() {
        facts.answered(status.as_u16(), "");
    } else if error.is_timeout() {
        facts.refine(Kind::Slow);
    } else if error.is_connect() {
        facts.refine(Kind::NoConnection);
    } else if error.is_builder() {
        // The client was built to send nothing unencrypted.
        if innermost(error).as_deref() == Some("URL scheme is not allowed") {
            facts.kind = Kind::HttpForbidden;
        }
    } else {
        facts.refine(Kind::Cut);
    }
}

fn innermost(error: &(dyn StdError + 'static)) -> Option<String> {
    let mut cause = error.source()?;
    while let Some(next) = cause.source() {
        cause = next;
    }
    Some(cause.to_string())
}

/// "expected value at line 1 column 1", as serde_json puts it.
fn is_json_error(text: &str) -> bool {
    let Some((before, column)) = text.rsplit_once(" column ") else {
        return false;
    };
    let line = before.rsplit_once(" at line ").map(|(_, line)| line);
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    line.is_some_and(number) && number(column)
}

fn host_of(url: &reqwest::Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_string(),
    }
}

fn of_io(error: &std::io::Error, facts: &mut Facts) {
    match error.kind() {
        ErrorKind::ConnectionRefused
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::NetworkDown => facts.refine(Kind::NoConnection),
        ErrorKind::TimedOut => facts.refine(Kind::Slow),
        _ => of_text(&error.to_string(), facts),
    }
}

/// What link(2) reports where hard links are not supported: EPERM, ENOSYS, EOPNOTSUPP. Missing write permission fails
/// earlier.
const NO_LINKS: [&str; 3] = ["(os error 1)", "(os error 38)", "(os error 95)"];

/// Layers whose types are not accessible from here, each by the beginning of its own sentence.
fn of_text(text: &str, facts: &mut Facts) {
    if let Some(rest) = text.strip_prefix("Error performing ") {
        of_request(rest, facts);
    } else if text.starts_with("dns error")
        || text.starts_with("failed to lookup address information")
    {
        facts.refine(Kind::NoAddress);
    } else if let Some(reason) = text.strip_prefix("invalid peer certificate: ") {
        facts.refine(Kind::Tls);
        facts.store_error = certificate(reason).to_string();
    } else if text.starts_with("received corrupt message of type ")
        || text.starts_with("received fatal alert: ")
        || text.starts_with("peer is incompatible: ")
    {
        facts.refine(Kind::Tls);
        facts.store_error = "the server does not speak TLS".to_string();
    } else if text.starts_with("invalid HTTP version parsed") {
        facts.kind = Kind::NotAStore;
    } else if text.starts_with("Got invalid list response: ")
        || text.starts_with("Unable to extract metadata from headers: ")
    {
        // There was a response, but not a list, or none for a file: other XML, or none at all.
        facts.kind = Kind::NotAStore;
    } else if let Some(path) = foreign_path(text) {
        facts.kind = Kind::ForeignFile;
        facts.store_error = path.to_string();
    } else if text.starts_with("Unable to rename file: ")
        && NO_LINKS.iter().any(|e| text.ends_with(e))
    {
        facts.kind = Kind::NoHardLinks;
    } else if text.starts_with("Error getting list response body: ") {
        facts.refine(Kind::Cut);
    } else {
        of_credentials(text, facts);
    }
}

/// The file whose name no object store would take: not UTF-8, or with control characters.
fn foreign_path(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("Encountered object with invalid path: ")?;
    let rest = rest.strip_prefix("Error parsing ").unwrap_or(rest);
    let (path, _) = rest.strip_prefix("Path \"")?.split_once('"')?;
    Some(path)
}

fn certificate(reason: &str) -> &'static str {
    const REASONS: [(&str, &str); 6] = [
        ("certificate expired", "it has expired"),
        ("Expired", "it has expired"),
        ("certificate not valid for name", "it is for another name"),
        ("NotValidForName", "it is for another name"),
        ("UnknownIssuer", "it is not signed by a trusted authority"),
        (
            "Other(OtherError(CaUsedAsEndEntity",
            "it is not signed by a trusted authority",
        ),
    ];
    REASONS
        .iter()
        .find(|(begin, _)| reason.starts_with(begin))
        .map_or("it is not accepted", |(_, meaning)| meaning)
}

/// What object_store reports about a request after "Error performing ": method, address, duration,
/// and response.
fn of_request(text: &str, facts: &mut Facts) {
    let mut words = text.splitn(3, ' ');
    let (Some(method), Some(address), Some(rest)) = (words.next(), words.next(), words.next())
    else {
        return;
    };
    if !method.bytes().all(|b| b.is_ascii_uppercase()) {
        return; // "list request: ", which wraps a request.
    }
    if let Ok(url) = reqwest::Url::parse(address) {
        facts.host = host_of(&url);
    }
    let Some((_, outcome)) = rest.split_once(" - ") else {
        return;
    };
    if let Some(answer) = outcome.strip_prefix("Server returned non-2xx status code: ") {
        let status = answer.get(..3).and_then(|digits| digits.parse().ok());
        let body = answer.split_once(": ").map_or("", |(_, body)| body);
        facts.answered(status.unwrap_or(0), body);
        // Object stores report an error code, except for requests whose responses have no body.
        let list = address.contains("delimiter=") || address.contains("prefix=");
        let nobody = status == Some(404) && facts.store_error.is_empty() && method != "HEAD";
        if nobody && (list || is_page(body)) {
            facts.kind = Kind::NotAStore;
        }
    } else if let Some(body) = outcome.strip_prefix("Server returned error response: ") {
        facts.answered(200, body);
    } else if outcome.starts_with("Received redirect without LOCATION") {
        facts.kind = Kind::Redirect;
    } else {
        facts.refine(Kind::Cut);
    }
}

/// The AWS SDK's message when it finds no credentials, in its debug format.
fn of_credentials(text: &str, facts: &mut Facts) {
    let none = text.starts_with("Failed to get AWS credentials")
        || text.starts_with("no providers in chain");
    if !none {
        return;
    }
    facts.kind = Kind::NoCredentials;
    if let Some((_, rest)) = text.split_once("code: Some(\"") {
        facts.store_error = rest.split('"').next().unwrap_or_default().to_string();
    }
    let unreachable = text.contains("DispatchFailure") && text.contains("kind: Timeout");
    if unreachable {
        facts.kind = Kind::Slow;
    }
}

pub fn is_page(body: &str) -> bool {
    let start: String = body.trim_start().chars().take(14).collect();
    let start = start.to_ascii_lowercase();
    start.starts_with("<!doctype html") || start.starts_with("<html")
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split_once(after)?.0)
}

/// An object store's error code, which is a short word.
fn error_in(body: &str) -> String {
    let name = between(body, "<Code>", "</Code>").map(str::trim);
    let word = |name: &&str| name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric());
    name.filter(word).unwrap_or_default().to_string()
}

/// The region of the bucket, as reported by S3.
fn region_in(body: &str) -> String {
    let name = between(body, "<Region>", "</Region>").or_else(|| between(body, "expecting '", "'"));
    let word = |name: &&str| {
        name.len() <= 32 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    name.filter(word).unwrap_or_default().to_string()
}
