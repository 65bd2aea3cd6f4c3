#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| openpile_fuzz::start_request(data));
