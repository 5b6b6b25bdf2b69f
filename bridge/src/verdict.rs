//! What a failure amounts to: the code it is reported with, and whether the same call may succeed later.

use crate::error::Code;

#[derive(Clone, Copy)]
pub struct Verdict {
    pub code: Code,
    pub retryable: bool,
}

pub const fn verdict(code: Code, retryable: bool) -> Verdict {
    Verdict { code, retryable }
}

pub fn of_errno(errno: Option<i32>) -> Option<Code> {
    match errno? {
        1 | 13 | 30 => Some(Code::Permission), // EPERM, EACCES, EROFS
        12 | 23 | 24 | 27 | 28 | 122 => Some(Code::ResourceExhausted), // ENOMEM, ENFILE, EMFILE, EFBIG, ENOSPC, EDQUOT
        _ => None,
    }
}
