//! Link arguments of the binding.

fn main() {
    napi_build::setup();
    // Node calls dlclose on an addon when the last worker thread that loaded it has ended, while our parked
    // threads still run its code: without this flag their next instruction is in unmapped memory.
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
