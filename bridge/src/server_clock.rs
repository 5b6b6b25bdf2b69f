//! The clock of a store's host.

use std::time::{Duration, SystemTime};

use crate::error::{BridgeError, MxlError, Result};
use crate::explain::Explain;
use crate::ffi::{self, MxlString};
use crate::guard::guard;
use crate::runtime;

#[no_mangle]
pub unsafe extern "C" fn mxl_clock_ahead(
    url: MxlString,
    timeout_ms: u64,
    out_ms: *mut i64,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (url, out) = unsafe { (url.read_required("url")?, ffi::out(out_ms, "out_ms")?) };
        out.set(runtime::run(ahead(url, Duration::from_millis(timeout_ms)))?);
        Ok(())
    })
}

/// How many milliseconds this machine's clock is ahead of the server's. Any response will do,
/// including a refusal: HTTP servers date all of them.
async fn ahead(url: String, timeout: Duration) -> Result<i64> {
    let what = || format!("cannot get the time from '{url}'");
    let client = reqwest::Client::builder()
        .timeout(timeout)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .opening(what)?;
    let answer = client.head(&url).send().await.opening(what)?;
    let now = SystemTime::now();
    let date = answer.headers().get("date");
    let theirs = date
        .and_then(|date| date.to_str().ok())
        .and_then(|date| httpdate::parse_http_date(date).ok())
        .ok_or_else(|| BridgeError::not_supported(format!("'{url}' does not report its time")))?;
    let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    Ok(match now.duration_since(theirs) {
        Ok(ahead) => millis(ahead),
        Err(behind) => -millis(behind.duration()),
    })
}
