//! Leaves the tables for unwinding out of a release build.
#![allow(clippy::disallowed_methods, reason = "cargo tells a build script all it knows in variables")]

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=../no_unwinding.ld");
    let is = |name, value| env::var(name).is_ok_and(|found| found == value);
    if is("PROFILE", "release") && is("CARGO_CFG_TARGET_OS", "linux") {
        println!("cargo:rustc-link-arg-bins=-Wl,-T,{}/../no_unwinding.ld", env!("CARGO_MANIFEST_DIR"));
    }
}
