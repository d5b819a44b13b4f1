//! Names the shared library as it will be installed, so that programs linked with it look for
//! that name and find the next compatible version too.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        // Before 1.0 a minor version may change the ABI.
        let abi = match env!("CARGO_PKG_VERSION_MAJOR") {
            "0" => concat!("0.", env!("CARGO_PKG_VERSION_MINOR")),
            major => major,
        };
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libliasse.so.{abi}");
    }
}
