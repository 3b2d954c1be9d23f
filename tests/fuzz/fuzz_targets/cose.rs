#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mohor_tests::fuzz::cose(bytes));
