//! Validation of object store options. The underlying libraries read many of them only when they
//! build a client, panic over some and silently replace others with their default.

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Type {
    Duration,
    Boolean,
    Whole,
    /// The address of a server.
    Endpoint,
    /// The same for options that may name other protocols.
    Proxy,
    OneOf(&'static [&'static str]),
}

/// By the canonical name for all spellings of an option.
const TYPES: [(&str, Type); 52] = [
    ("timeout", Type::Duration),
    ("connect_timeout", Type::Duration),
    ("read_timeout", Type::Duration),
    ("pool_idle_timeout", Type::Duration),
    ("http2_keep_alive_interval", Type::Duration),
    ("http2_keep_alive_timeout", Type::Duration),
    ("pool_max_idle_per_host", Type::Whole),
    ("http2_max_frame_size", Type::Whole),
    ("client_max_retries", Type::Whole),
    ("client_retry_timeout", Type::Whole),
    ("download_retry_count", Type::Whole),
    ("block_size", Type::Whole),
    ("expires_at_millis", Type::Whole),
    ("refresh_offset_millis", Type::Whole),
    ("allow_http", Type::Boolean),
    ("allow_invalid_certificates", Type::Boolean),
    ("disable_system_certificates", Type::Boolean),
    ("http1_only", Type::Boolean),
    ("http2_only", Type::Boolean),
    ("http2_keep_alive_while_idle", Type::Boolean),
    ("randomize_addresses", Type::Boolean),
    ("use_opendal", Type::Boolean),
    ("s3_express", Type::Boolean),
    ("aws_s3_express", Type::Boolean),
    ("aws_virtual_hosted_style_request", Type::Boolean),
    ("aws_unsigned_payload", Type::Boolean),
    ("aws_skip_signature", Type::Boolean),
    ("aws_imdsv1_fallback", Type::Boolean),
    ("aws_disable_tagging", Type::Boolean),
    ("aws_disable_bulk_delete", Type::Boolean),
    ("aws_sse_bucket_key_enabled", Type::Boolean),
    ("azure_skip_signature", Type::Boolean),
    ("azure_use_azure_cli", Type::Boolean),
    ("azure_use_fabric_endpoint", Type::Boolean),
    ("azure_storage_use_emulator", Type::Boolean),
    ("azure_disable_tagging", Type::Boolean),
    ("google_skip_signature", Type::Boolean),
    ("aws_endpoint", Type::Endpoint),
    ("aws_endpoint_url_s3", Type::Endpoint),
    ("aws_endpoint_url_sts", Type::Endpoint),
    ("aws_metadata_endpoint", Type::Endpoint),
    ("azure_storage_endpoint", Type::Endpoint),
    ("azure_endpoint", Type::Endpoint),
    ("google_base_url", Type::Endpoint),
    ("azure_msi_endpoint", Type::Endpoint),
    ("azure_storage_authority_host", Type::Endpoint),
    ("aws_container_credentials_full_uri", Type::Endpoint),
    ("proxy_url", Type::Proxy),
    (
        "aws_provider_scheme",
        Type::OneOf(&["token", "ecs", "irsa"]),
    ),
    ("aws_conditional_put", Type::OneOf(&["etag", "disabled"])),
    (
        "aws_checksum_algorithm",
        Type::OneOf(&["sha256", "crc64nvme"]),
    ),
    (
        "aws_server_side_encryption",
        Type::OneOf(&["AES256", "aws:kms", "aws:kms:dsse", "sse-c"]),
    ),
];

pub fn type_of(name: &str) -> Option<Type> {
    TYPES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, of)| *of)
}

pub fn is_true(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    ["1", "true", "on", "yes", "y"].contains(&value.as_str())
}

fn is_boolean(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    is_true(value) || ["0", "false", "off", "no", "n"].contains(&lower.as_str())
}

fn is_whole(value: &str) -> bool {
    value.parse::<u32>().is_ok() || value.parse::<u64>().is_ok_and(|n| n <= i64::MAX as u64)
}

const UNITS: [&str; 37] = [
    "ns", "nsec", "nanos", "us", "usec", "micros", "ms", "msec", "millis", "s", "sec", "secs",
    "second", "seconds", "m", "min", "mins", "minute", "minutes", "h", "hr", "hrs", "hour",
    "hours", "d", "day", "days", "w", "week", "weeks", "wk", "wks", "M", "month", "months", "y",
    "year",
];

/// Numbers, each followed by its unit: "60s", "1m 30s".
fn is_duration(value: &str) -> bool {
    let mut rest = value.trim();
    if rest.is_empty() {
        return false;
    }
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let number = &rest[..digits];
        rest = rest[digits..].trim_start();
        let letters = rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        // 15 digits are enough for any duration.
        let fits = (1..=15).contains(&number.len());
        if !fits || !UNITS.contains(&&rest[..letters]) {
            return false;
        }
        rest = rest[letters..].trim_start();
    }
    true
}

fn is_address(value: &str, schemes: &[&str]) -> bool {
    // The parser below allows no spaces; neither do the libraries.
    let plain = value
        .chars()
        .all(|c| c.is_ascii_graphic() && !"<>\"{}|\\^`".contains(c));
    let url = reqwest::Url::parse(value);
    plain
        && url.is_ok_and(|url| {
            schemes.contains(&url.scheme()) && url.host_str().is_some_and(|host| !host.is_empty())
        })
}

pub const HTTP: [&str; 2] = ["http", "https"];

pub fn is_endpoint(value: &str) -> bool {
    is_address(value, &HTTP)
}

impl Type {
    /// What the value must be, if it is invalid; never with the value, which may be secret.
    pub fn complaint(self, value: &str) -> Option<String> {
        let (right, wanted) = match self {
            Self::Duration => {
                // A number without a unit is the usual mistake, and not a secret.
                let number = value.len() <= 9 && value.parse::<u32>().is_ok();
                let example = if number { value } else { "60" };
                let wanted = format!("a duration with its unit, such as \"{example}s\"");
                (is_duration(value), wanted)
            }
            Self::Boolean => (is_boolean(value), "true or false".to_string()),
            Self::Whole => (is_whole(value), "a whole number, 0 or more".to_string()),
            Self::Endpoint => (is_endpoint(value), ADDRESS.to_string()),
            Self::Proxy => {
                let right = is_address(value, &["http", "https", "socks5", "socks5h"]);
                (right, ADDRESS.to_string())
            }
            Self::OneOf(names) => {
                let right = names.iter().any(|name| name.eq_ignore_ascii_case(value));
                (right, format!("one of {}", names.join(", ")))
            }
        };
        (!right).then_some(wanted)
    }
}

pub const ADDRESS: &str =
    "an address with its scheme and without spaces, such as \"http://minio:9000\"";
