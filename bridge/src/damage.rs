//! Damaged files, and other failures that the underlying libraries report only as text.
//!
//! Such text also contains names from users: of directories, tables, columns. They are removed
//! first, and the rest is searched for whole phrases of the libraries.

use std::sync::Mutex;

use crate::error::{BridgeError, Code};
use crate::verdict::{of_errno, verdict, Verdict};

/// The stores that this process has connected to, as their locations appear in messages.
static PLACES: Mutex<Vec<String>> = Mutex::new(Vec::new());

pub fn remember_place(place: &str) {
    let mut places = PLACES
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    let place = place.trim_end_matches('/');
    // Object stores write the path of a file without the leading slash.
    let bare = place.trim_start_matches('/');
    for text in [place, if bare.contains('/') { bare } else { place }] {
        if !text.is_empty() && !places.iter().any(|known| known == text) {
            places.push(text.to_string());
        }
    }
    // Within `a/b`, `a` alone would leave `b`.
    places.sort_by_key(|place| std::cmp::Reverse(place.len()));
}

/// The text without the locations of stores, quoted text, and words that are paths.
fn without_names(text: &str) -> String {
    let mut text = text.to_string();
    for place in PLACES
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
        .iter()
    {
        text = text.replace(place.as_str(), "/");
    }
    for quote in ['\'', '"', '`'] {
        text = without_quoted(&text, quote);
    }
    let words = text.split(' ').filter(|word| !word.contains('/'));
    words.collect::<Vec<_>>().join(" ")
}

/// A quote opens behind a space, a bracket or an equals sign; an apostrophe does not.
fn without_quoted(text: &str, quote: char) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(quote) {
        let (before, from) = rest.split_at(at);
        let inside = &from[quote.len_utf8()..];
        let opens = before.chars().last().is_none_or(|c| " ([{=:,".contains(c));
        match inside.find(quote) {
            Some(end) if opens => {
                out.push_str(before);
                rest = &inside[end + quote.len_utf8()..];
            }
            _ => {
                out.push_str(before);
                out.push(quote);
                rest = inside;
            }
        }
    }
    out.push_str(rest);
    out
}

/// How the readers of lance and arrow report malformed bytes.
const DAMAGED: [&str; 11] = [
    "magic number",
    "encountered corrupt file",
    "corrupt footer",
    "failed to decode",
    "file size is too small",
    "for object of size",
    "failed to fill whole buffer",
    "unexpected end of",
    "parser error: unable to get root",
    "does not contain correct footer",
    "invalid seek to a negative",
];

/// For what the libraries turned into text on the way up; `text` contains nothing of ours.
pub fn by_text(text: &str) -> Option<Verdict> {
    let text = without_names(text);
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
    if has(&[
        "failed to get aws credentials",
        "no providers in chain",
        "access denied",
        "unauthorized",
        "credentials",
    ]) {
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

/// Other forms of damage in calls that read files of a table: panics over lengths and offsets, and
/// errors that mean something else elsewhere.
const DAMAGED_FILE: [&str; 17] = [
    "cannot exceed the existing length",
    "out of range for slice",
    "index out of bounds",
    "slice index starts",
    "does not appear to be a Lance file",
    "Not found:",
    // A flipped bit in the offset tables at the end of a file, or in its page descriptions.
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
    if open {
        return error;
    }
    let cause = without_names(&error.cause);
    if !DAMAGED_FILE.iter().any(|sign| cause.contains(sign)) {
        return error;
    }
    BridgeError {
        code: Code::Corrupt,
        retryable: false,
        message: format!(
            "{} (a file of the table is damaged or missing)",
            error.message
        ),
        ..error
    }
}
