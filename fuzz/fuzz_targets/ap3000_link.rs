#![no_main]

#[path = "../src/ap3000_link.rs"]
mod ap3000_script;

libfuzzer_sys::fuzz_target!(|data: &[u8]| ap3000_script::link(data));
