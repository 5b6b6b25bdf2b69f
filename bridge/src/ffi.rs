//! Conversion of raw pointers to references, slices and strings, and back.

use std::mem::{offset_of, size_of};

use crate::error::{BridgeError, Result};

/// `mxl_string` of the header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MxlString {
    pub ptr: *const u8,
    pub len: usize,
}

/// `mxl_key_value` of the header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MxlKeyValue {
    pub key: MxlString,
    pub value: MxlString,
}

impl MxlString {
    /// Lends `text` to C for as long as its owner lives.
    pub fn lend(text: &str) -> Self {
        Self {
            ptr: text.as_ptr(),
            len: text.len(),
        }
    }

    /// The text, copied.
    ///
    /// # Safety
    /// `ptr` is NULL or points to `len` readable bytes.
    pub unsafe fn read(self, name: &str) -> Result<String> {
        if self.ptr.is_null() {
            return match self.len {
                0 => Ok(String::new()),
                len => Err(BridgeError::invalid(format!(
                    "argument '{name}' is NULL with a length of {len}"
                ))),
            };
        }
        // SAFETY: by the contract of this function.
        let bytes = unsafe { std::slice::from_raw_parts(self.ptr, self.len) };
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_string()),
            Err(_) => Err(BridgeError::invalid(format!(
                "argument '{name}' is not valid UTF-8: '{}'",
                String::from_utf8_lossy(bytes)
            ))),
        }
    }

    /// The text; None if it is empty.
    ///
    /// # Safety
    /// As [`MxlString::read`].
    pub unsafe fn read_optional(self, name: &str) -> Result<Option<String>> {
        // SAFETY: by the contract of this function.
        Ok(Some(unsafe { self.read(name) }?).filter(|text| !text.is_empty()))
    }

    /// The text, which must not be empty.
    ///
    /// # Safety
    /// As [`MxlString::read`].
    pub unsafe fn read_required(self, name: &str) -> Result<String> {
        // SAFETY: by the contract of this function.
        unsafe { self.read_optional(name) }?
            .ok_or_else(|| BridgeError::invalid(format!("argument '{name}' is empty")))
    }
}

fn null(name: &str) -> BridgeError {
    BridgeError::invalid(format!("argument '{name}' is NULL"))
}

/// # Safety
/// `ptr` is NULL or points to a live value that nobody changes during the call.
pub unsafe fn reference<'a, T>(ptr: *const T, name: &str) -> Result<&'a T> {
    // SAFETY: by the contract of this function.
    unsafe { ptr.as_ref() }.ok_or_else(|| null(name))
}

/// Checks an out-parameter before work is done for it.
///
/// # Safety
/// `ptr` is NULL or points to memory that holds a `T` and may be written.
pub unsafe fn out<'a, T>(ptr: *mut T, name: &str) -> Result<Out<'a, T>> {
    if ptr.is_null() {
        return Err(null(name));
    }
    Ok(Out {
        ptr,
        _borrow: std::marker::PhantomData,
    })
}

/// An out-parameter that is there. It may be uninitialised, so it is written without being read or dropped.
pub struct Out<'a, T> {
    ptr: *mut T,
    _borrow: std::marker::PhantomData<&'a mut T>,
}

impl<T> Out<'_, T> {
    pub fn set(self, value: T) {
        // SAFETY: by the contract of `out`.
        unsafe { self.ptr.write(value) };
    }
}

/// A handle, unless this process was forked from the one that uses the library.
///
/// # Safety
/// `ptr` is NULL or came from [`Out::set_handle`] and was not freed; nobody changes the value during the call.
pub unsafe fn handle<'a, T>(ptr: *const T, name: &str) -> Result<&'a T> {
    // SAFETY: by the contract of this function.
    let value = unsafe { ptr.as_ref() }.ok_or_else(|| null(name))?;
    crate::runtime::check_process()?;
    Ok(value)
}

impl<T> Out<'_, *mut T> {
    /// Passes the ownership of a handle to C.
    pub fn set_handle(self, value: T) {
        self.set(Box::into_raw(Box::new(value)));
    }
}

/// # Safety
/// `ptr` is NULL or came from [`Out::set_handle`] and is not used afterwards.
pub unsafe fn free<T>(ptr: *mut T) {
    // In a forked child, locks of handles may be held by threads that do not exist there.
    if !ptr.is_null() && crate::runtime::check_process().is_ok() {
        // SAFETY: by the contract of this function.
        drop(unsafe { Box::from_raw(ptr) });
    }
}

/// # Safety
/// `ptr` is NULL or points to `len` values that nobody changes during the call.
pub unsafe fn slice<'a, T>(ptr: *const T, len: usize, name: &str) -> Result<&'a [T]> {
    match (ptr.is_null(), len) {
        (true, 0) => Ok(&[]),
        (true, _) => Err(null(name)),
        // SAFETY: by the contract of this function.
        (false, _) => Ok(unsafe { std::slice::from_raw_parts(ptr, len) }),
    }
}

/// Numbers to fill in; they may be uninitialised before.
///
/// # Safety
/// `ptr` is valid for `len` writes, or NULL.
pub unsafe fn out_slice<'a>(ptr: *mut u64, len: usize, name: &str) -> Result<&'a mut [u64]> {
    match (ptr.is_null(), len) {
        (true, 0) => Ok(&mut []),
        (true, _) => Err(null(name)),
        (false, _) => {
            // SAFETY: by the contract of this function; zeros make them readable.
            unsafe {
                ptr.write_bytes(0, len);
                Ok(std::slice::from_raw_parts_mut(ptr, len))
            }
        }
    }
}

/// # Safety
/// As [`slice`], and as [`MxlString::read`] for every element.
pub unsafe fn strings(ptr: *const MxlString, len: usize, name: &str) -> Result<Vec<String>> {
    // SAFETY: by the contract of this function.
    unsafe { slice(ptr, len, name) }?
        .iter()
        .map(|s| {
            // SAFETY: by the contract of this function.
            unsafe { s.read(name) }
        })
        .collect()
}

/// A struct of the header that begins with `struct_size`. All of them are valid when every byte is zero.
///
/// # Safety
/// The type is `repr(C)`, `Copy`, begins with a `usize`, and any bytes that C can write are a valid value of it.
pub unsafe trait Sized_: Copy {
    const NAME: &'static str;
}

fn check_struct_size<T: Sized_>(size: usize) -> Result<()> {
    if size < size_of::<usize>() {
        return Err(BridgeError::invalid(format!(
            "struct_size of {} is {size}; set it to sizeof({})",
            T::NAME,
            T::NAME
        )));
    }
    Ok(())
}

/// Reads options of this or another version of the header: what the caller does not know is zero,
/// and what this library does not know must be zero.
///
/// # Safety `ptr` is NULL or points to `struct_size` readable bytes, of which `struct_size` is the
/// first field.
pub unsafe fn options<T: Sized_>(ptr: *const T) -> Result<T> {
    // SAFETY: all bytes zero is a valid value of T by the contract of the trait.
    let mut value: T = unsafe { std::mem::zeroed() };
    if ptr.is_null() {
        return Ok(value);
    }
    // SAFETY: the struct begins with its size.
    let size = unsafe { ptr.cast::<usize>().read() };
    check_struct_size::<T>(size)?;
    // SAFETY: `size` bytes are readable; no more than T holds are copied.
    unsafe {
        std::ptr::copy_nonoverlapping(
            ptr.cast::<u8>(),
            (&raw mut value).cast::<u8>(),
            size.min(size_of::<T>()),
        );
    }
    if size > size_of::<T>() {
        // SAFETY: `size` bytes are readable.
        let rest = unsafe {
            std::slice::from_raw_parts(ptr.cast::<u8>().add(size_of::<T>()), size - size_of::<T>())
        };
        if rest.iter().any(|byte| *byte != 0) {
            return Err(BridgeError::not_supported(format!(
                "{} has options that this libmetaxy_lancedb does not know; update it",
                T::NAME
            )));
        }
    }
    Ok(value)
}

/// As [`options`], which must be present.
///
/// # Safety As [`options`].
pub unsafe fn required_options<T: Sized_>(ptr: *const T, name: &str) -> Result<T> {
    if ptr.is_null() {
        return Err(null(name));
    }
    // SAFETY: by the contract of this function.
    unsafe { options(ptr) }
}

/// A result struct that begins with the `struct_size` the caller has set.
pub struct OutStruct<T> {
    ptr: *mut T,
    size: usize,
}

/// # Safety
/// `ptr` is NULL or points to `struct_size` writable bytes, of which `struct_size` is the first field.
pub unsafe fn out_struct<T: Sized_>(ptr: *mut T, name: &str) -> Result<OutStruct<T>> {
    if ptr.is_null() {
        return Err(null(name));
    }
    // SAFETY: by the contract of this function.
    let size = unsafe { ptr.cast::<usize>().read() };
    check_struct_size::<T>(size)?;
    Ok(OutStruct { ptr, size })
}

impl<T: Sized_> OutStruct<T> {
    /// Writes what fits into the caller's version of the struct, and leaves its `struct_size`.
    pub fn set(self, value: &T) {
        let start = size_of::<usize>();
        let bytes = self.size.min(size_of::<T>()) - start;
        // SAFETY: both hold at least `start + bytes` bytes.
        unsafe {
            std::ptr::copy_nonoverlapping(
                std::ptr::from_ref(value).cast::<u8>().add(start),
                self.ptr.cast::<u8>().add(start),
                bytes,
            );
        }
    }
}

const _: () = assert!(offset_of!(MxlKeyValue, value) == size_of::<MxlString>());

/// 0 means that the caller has no preference.
pub fn wish<N: PartialEq + Default>(value: N) -> Option<N> {
    (value != N::default()).then_some(value)
}

pub fn to_usize(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
