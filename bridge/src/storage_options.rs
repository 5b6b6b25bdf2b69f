//! The options that the libraries' object stores know, and those that they read from the
//! environment.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;

use object_store::aws::AmazonS3ConfigKey;
use object_store::azure::AzureConfigKey;
use object_store::gcp::GoogleConfigKey;

use crate::connection::{storage_options, ConnectOptions};
use crate::error::{BridgeError, MxlError, Result};
use crate::ffi;
use crate::guard::guard;
use crate::lists::StringList;
use crate::option_types::{is_endpoint, is_true, type_of, ADDRESS};

/// Options read by lance and LanceDB themselves, for every object store.
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
    /// The service of a uri, if its options are known.
    fn of(uri: &str) -> Option<Self> {
        match uri.split_once("://")?.0 {
            "s3" | "s3+ddb" => Some(Self::Aws),
            "az" | "abfss" => Some(Self::Azure),
            "gs" => Some(Self::Google),
            _ => None,
        }
    }

    /// The prefix of its own options.
    fn prefix(self) -> &'static str {
        match self {
            Self::Aws => "aws_",
            Self::Azure => "azure_",
            Self::Google => "google_",
        }
    }

    /// The canonical name for all spellings of an option; None if the service has no such option.
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
    options: HashMap<String, String>,
    host_override: Option<String>,
}

impl Given {
    fn names(&self) -> impl Iterator<Item = &String> {
        self.options.keys()
    }

    fn is_opendal(&self) -> bool {
        self.names().any(|name| name.eq_ignore_ascii_case(OPENDAL))
    }
}

/// # Safety `options` is as the header requires.
unsafe fn given(options: *const ConnectOptions) -> Result<Given> {
    // SAFETY: the contract of the header.
    let options = unsafe { ffi::required_options(options, "options") }?;
    // SAFETY: the contract of the header.
    let (uri, host_override, given) = unsafe {
        (
            options.uri(),
            options.host_override()?,
            storage_options(&options)?,
        )
    };
    Ok(Given {
        service: Service::of(&uri?),
        options: given,
        host_override,
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
        let service = given.service.filter(|_| !given.is_opendal());
        let unknown = |name: &String| service.is_some_and(|service| !service.knows(name));
        out.set_handle(sorted(given.options.into_keys().filter(unknown)));
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
            .names()
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

/// An option and its source.
struct Setting {
    key: String,
    value: String,
    /// The environment variable, if it is one.
    variable: Option<String>,
}

impl Setting {
    /// "... must be ..., and what to do", for an invalid value.
    fn refuse(&self, wanted: &str) -> BridgeError {
        BridgeError::invalid(match &self.variable {
            None => format!("connect_kwargs.storage_options.{} must be {wanted}", self.key),
            Some(variable) => format!(
                "{variable} in the environment is taken as an option of the store and must be {wanted}: unset it, or \
                 set storage_options.{}",
                variable.to_ascii_lowercase()
            ),
        })
    }
}

/// The canonical name for all spellings, including those of options that do not belong to the
/// object store.
fn canonical(service: Service, name: &str) -> String {
    service
        .option(name)
        .unwrap_or_else(|| name.to_ascii_lowercase())
}

/// The effective options of the underlying libraries: the given ones, and the variables for the
/// others.
fn settings(service: Service, given: &Given) -> Vec<Setting> {
    let mut settings: Vec<Setting> = given
        .options
        .iter()
        .map(|(name, value)| Setting {
            key: name.clone(),
            value: value.clone(),
            variable: None,
        })
        .collect();
    let set: HashSet<String> = settings
        .iter()
        .map(|setting| canonical(service, &setting.key))
        .collect();
    for (name, value) in std::env::vars_os() {
        let (Ok(name), Ok(value)) = (name.into_string(), value.into_string()) else {
            continue;
        };
        if service.option(&name).is_some_and(|key| !set.contains(&key)) {
            settings.push(Setting {
                key: name.to_ascii_lowercase(),
                value,
                variable: Some(name),
            });
        }
    }
    settings.sort_by(|a, b| (a.variable.is_some(), &a.key).cmp(&(b.variable.is_some(), &b.key)));
    settings
}

/// The endpoint, from the options that determine it; the first that is set counts.
const ENDPOINTS: [&str; 5] = [
    "aws_endpoint_url_s3",
    "aws_endpoint",
    "azure_storage_endpoint",
    "azure_endpoint",
    "google_base_url",
];

fn check(service: Service, settings: &[Setting]) -> Result<()> {
    for setting in settings {
        let of = type_of(&canonical(service, &setting.key));
        if let Some(wanted) = of.and_then(|of| of.complaint(&setting.value)) {
            return Err(setting.refuse(&wanted));
        }
    }
    let find = |key: &str| settings.iter().find(|s| canonical(service, &s.key) == key);
    let Some(endpoint) = ENDPOINTS.iter().find_map(|key| find(key)) else {
        return Ok(());
    };
    let allowed = ["allow_http", "azure_storage_use_emulator"];
    let allowed = allowed
        .iter()
        .any(|key| find(key).is_some_and(|s| is_true(&s.value)));
    if endpoint.value.starts_with("http://") && !allowed {
        let name = match &endpoint.variable {
            None => format!("connect_kwargs.storage_options.{}", endpoint.key),
            Some(variable) => format!("{variable} in the environment"),
        };
        return Err(BridgeError::invalid(format!(
            "{name} is an address of http://, which sends all in the clear and is not allowed by itself; set allow_http = \
             true in connect_kwargs.storage_options, or use https://"
        )));
    }
    Ok(())
}

#[no_mangle]
pub unsafe extern "C" fn mxl_check_options(
    options: *const ConnectOptions,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let given = unsafe { given(options) }?;
        if given
            .host_override
            .as_ref()
            .is_some_and(|host| !is_endpoint(host))
        {
            return Err(BridgeError::invalid(format!(
                "connect_kwargs.host_override must be {ADDRESS}"
            )));
        }
        match given.service.filter(|_| !given.is_opendal()) {
            Some(service) => check(service, &settings(service, &given)),
            None => Ok(()),
        }
    })
}
