//! Which options the object stores of the libraries below know, and which ones they take out of the environment.

use std::collections::HashSet;
use std::str::FromStr;

use object_store::aws::AmazonS3ConfigKey;
use object_store::azure::AzureConfigKey;
use object_store::gcp::GoogleConfigKey;

use crate::connection::{storage_options, ConnectOptions};
use crate::error::{MxlError, Result};
use crate::ffi;
use crate::guard::guard;
use crate::lists::StringList;

/// What lance and LanceDB read themselves, whatever the object store.
const OF_LANCE: [&str; 11] = [
    "block_size",
    "download_retry_count",
    "client_max_retries",
    "client_retry_timeout",
    "use_opendal",
    "aws_provider_scheme",
    "aws_security_token",
    "google_storage_token",
    "expires_at_millis",
    "refresh_offset_millis",
    "allow_http",
];
const OF_LANCE_BEGIN: [&str; 3] = ["headers.", "lance_", "new_table_"];

/// With it, options of OpenDAL are passed on, and those are not known here.
const OPENDAL: &str = "use_opendal";

#[derive(Clone, Copy)]
enum Service {
    Aws,
    Azure,
    Google,
}

impl Service {
    /// The service that a uri names, if it is one whose options are known.
    fn of(uri: &str) -> Option<Self> {
        match uri.split_once("://")?.0 {
            "s3" | "s3+ddb" => Some(Self::Aws),
            "az" | "abfss" => Some(Self::Azure),
            "gs" => Some(Self::Google),
            _ => None,
        }
    }

    /// What the names of its own options begin with.
    fn prefix(self) -> &'static str {
        match self {
            Self::Aws => "aws_",
            Self::Azure => "azure_",
            Self::Google => "google_",
        }
    }

    /// One name for all spellings of an option; None if the service has no such option.
    fn option(self, name: &str) -> Option<String> {
        fn parse<K: FromStr + AsRef<str>>(name: &str) -> Option<String> {
            K::from_str(name).ok().map(|key| key.as_ref().to_string())
        }
        let name = name.to_ascii_lowercase();
        match self {
            Self::Aws => parse::<AmazonS3ConfigKey>(&name),
            Self::Azure => parse::<AzureConfigKey>(&name),
            Self::Google => parse::<GoogleConfigKey>(&name),
        }
    }

    fn knows(self, name: &str) -> bool {
        let lower = name.to_ascii_lowercase();
        self.option(&lower).is_some()
            || OF_LANCE.contains(&lower.as_str())
            || OF_LANCE_BEGIN.iter().any(|begin| lower.starts_with(begin))
    }
}

struct Given {
    service: Option<Service>,
    names: Vec<String>,
}

/// # Safety
/// `options` is as the header asks.
unsafe fn given(options: *const ConnectOptions) -> Result<Given> {
    // SAFETY: the contract of the header.
    let options = unsafe { ffi::required_options(options, "options") }?;
    // SAFETY: the contract of the header.
    let (uri, given) = unsafe { (options.uri(), storage_options(&options)?) };
    Ok(Given {
        service: Service::of(&uri?),
        names: given.into_keys().collect(),
    })
}

fn sorted(names: impl Iterator<Item = String>) -> StringList {
    let mut names: Vec<String> = names.collect();
    names.sort();
    StringList(names)
}

#[no_mangle]
pub unsafe extern "C" fn mxl_unknown_storage_options(
    options: *const ConnectOptions,
    out: *mut *mut StringList,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (out, given) = unsafe { (ffi::out(out, "out")?, given(options)?) };
        let opendal = |name: &String| name.eq_ignore_ascii_case(OPENDAL);
        let service = given
            .service
            .filter(|_| !given.names.iter().any(|name| opendal(name)));
        let unknown = |name: &String| service.is_some_and(|service| !service.knows(name));
        out.set_handle(sorted(given.names.into_iter().filter(unknown)));
        Ok(())
    })
}

#[no_mangle]
pub unsafe extern "C" fn mxl_environment_storage_options(
    options: *const ConnectOptions,
    out: *mut *mut StringList,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (out, given) = unsafe { (ffi::out(out, "out")?, given(options)?) };
        let Some(service) = given.service else {
            out.set_handle(StringList(Vec::new()));
            return Ok(());
        };
        let set: HashSet<String> = given
            .names
            .iter()
            .filter_map(|name| service.option(name))
            .collect();
        let taken = |name: &String| {
            !name.to_ascii_lowercase().starts_with(service.prefix())
                && service.option(name).is_some_and(|key| !set.contains(&key))
        };
        let variables = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        out.set_handle(sorted(variables.filter(taken)));
        Ok(())
    })
}
