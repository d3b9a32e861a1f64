//! The fuzzer: libFuzzer with the target that `RULEBOX_FUZZ` names. Built with instrumented code,
//! by
//! `cargo xtask fuzz`.

#![no_main]

use std::sync::LazyLock;

use rulebox_fuzz::Target;

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("RULEBOX_FUZZ").expect("RULEBOX_FUZZ names a target");
    Target::named(&name).unwrap_or_else(|| panic!("there is no target {name}"))
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| (TARGET.check)(bytes));
