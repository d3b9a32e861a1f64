//! What makes a component of a language of rules: conversion only, no logic.

/// Exports an interpreter. The argument is the crate of a language: it has a `Pack` with `load`,
/// `describe` and `evaluate`, and the `Problem` and `Text` of this crate. The crate that calls this
/// stands in a folder of `rules-wasm/interpreters`, and depends on `rulebox-sdk` and `wit-bindgen`.
#[macro_export]
macro_rules! interpreter {
    ($language:ident) => {
        #[cfg(target_family = "wasm")]
        #[expect(unsafe_code, reason = "generated bindings export functions by name")]
        mod component {
            use $language::{Pack, Problem, Text};
            use rulebox_sdk::component::{self, types};

            mod bindings {
                wit_bindgen::generate!({
                    path: "../../wit/interpreter",
                    world: "interpreter",
                });
            }

            use bindings::rulebox::interpreter::pack_texts;

            struct Component;

            impl bindings::Guest for Component {
                fn check() -> Vec<bindings::Problem> {
                    component::tell_panics();
                    load().err().unwrap_or_default().into_iter().map(problem).collect()
                }
            }

            impl component::Guest for Component {
                fn describe() -> types::PackInfo {
                    component::tell_panics();
                    let pack = load().expect("`check` has found no problem");
                    component::pack_info(pack.describe().clone())
                }

                fn evaluate(run: types::RunContext) -> Result<(), String> {
                    component::tell_panics();
                    let types::RunContext { earliest, latest, settings, rules } = run;
                    let pack = load().map_err(|_| "the pack was not checked".to_owned())?;
                    let as_of = component::moment(&earliest, &latest)?;
                    pack.evaluate(component::host(), as_of, &settings, &rules)
                }
            }

            fn load() -> Result<Pack, Vec<Problem>> {
                let texts = pack_texts::texts().into_iter();
                let text = |pack_texts::Text { path, content }| Text { path, content };
                let texts: Vec<_> = texts.map(text).collect();
                Pack::load(&texts)
            }

            fn problem(it: Problem) -> bindings::Problem {
                let Problem { path, line, column, message, help } = it;
                bindings::Problem { path, line, column, message, help }
            }

            component::export!(Component with_types_in component::bindings);
            bindings::export!(Component with_types_in bindings);
        }
    };
}
