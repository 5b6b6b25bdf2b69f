fn main() {
    // The loader finds the library by this name; it is unversioned while the project is at 0.x.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libmetaxy_lancedb.so");
    println!("cargo:rerun-if-changed=build.rs");
}
