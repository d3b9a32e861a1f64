//! The macros of `rulebox-sdk`. Use them from there.
//!
//! They turn declarations that a rule needs anyway (the struct that it deserializes into, the
//! arguments of its function, its doc comment) into what the contract asks of a pack. They know
//! nothing about WebAssembly.

mod fields;
mod object;
mod rule;

use proc_macro::TokenStream;

/// Lists the fields that a struct reads, for use inside an object: see `rulebox_sdk::Fields`.
#[proc_macro_derive(Fields, attributes(serde))]
pub fn derive_fields(input: TokenStream) -> TokenStream {
    fields::derive(syn::parse_macro_input!(input as syn::DeriveInput))
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Makes a deserializable struct an object need: see `rulebox_sdk::Object`.
#[proc_macro_derive(Object, attributes(object, serde))]
pub fn derive_object(input: TokenStream) -> TokenStream {
    object::derive(&syn::parse_macro_input!(input as syn::DeriveInput))
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Makes a function a rule: see `rulebox_sdk::rule`.
#[proc_macro_attribute]
pub fn rule(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let function = syn::parse_macro_input!(item as syn::ItemFn);
    rule::attribute(arguments.into(), &function)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
