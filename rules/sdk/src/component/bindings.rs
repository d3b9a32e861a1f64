//! Generated from `rulebox.wit`, which documents every item.
#![expect(missing_docs, reason = "generated code")]

wit_bindgen::generate!({
    path: "../../rules-wasm/wit",
    world: "pack",
    pub_export_macro: true,
    default_bindings_module: "rulebox_sdk::component::bindings",
});
