//! Errors of the underlying libraries in one line.

use crate::causes::{chain, Cause};

/// The whole chain in one line, without repetitions by wrappers and without locations in Rust
/// sources.
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

/// Prefixes that wrappers add to the message of what they wrap.
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

/// Lance ends its messages with `, /home/builder/.cargo/.../file.rs:12:34`, which is useless to
/// users.
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
