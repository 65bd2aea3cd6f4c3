#![no_main]

#[path = "../src/ykc_link.rs"]
mod ykc_stage;

libfuzzer_sys::fuzz_target!(|data: &[u8]| ykc_stage::drive(data));
