//! `#[derive(Object)]`: a struct as an object need, selected by `#[object(…)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, LitStr, Result, punctuated::Punctuated};

/// `impl Object`, and `impl Fields` with it.
pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let name = &input.ident;
    let Declared { id, group, kind, namespaces, labels } = Declared::of(input)?;
    let id = id
        .unwrap_or_else(|| if group.is_empty() { kind.clone() } else { format!("{kind}.{group}") });
    let fields = super::fields::derive(input.clone())?;
    let deref = deref(input);
    Ok(quote! {
        #fields
        #deref
        impl ::rulebox_sdk::Object for #name {
            const ID: &'static str = #id;
            const GROUP: &'static str = #group;
            const KIND: &'static str = #kind;
            const NAMESPACES: &'static [&'static str] = &[#(#namespaces),*];
            const LABEL_SELECTOR: &'static str = #labels;
        }
    })
}

/// A struct that wraps a shape is used like the shape.
fn deref(input: &DeriveInput) -> Option<TokenStream> {
    let Data::Struct(data) = &input.data else { return None };
    let name = &input.ident;
    let shape = &super::fields::wrapped(data)?.ty;
    Some(quote! {
        impl ::std::ops::Deref for #name {
            type Target = #shape;

            fn deref(&self) -> &#shape {
                &self.0
            }
        }
    })
}

/// The arguments of `#[object(…)]`.
struct Declared {
    id: Option<String>,
    group: String,
    kind: String,
    namespaces: Vec<String>,
    labels: String,
}

impl Declared {
    fn of(input: &DeriveInput) -> Result<Self> {
        let mut declared = Self {
            id: None,
            group: String::new(),
            kind: input.ident.to_string(),
            namespaces: Vec::new(),
            labels: String::new(),
        };
        for attr in input.attrs.iter().filter(|it| it.path().is_ident("object")) {
            attr.parse_nested_meta(|meta| {
                let word = || -> Result<String> { Ok(meta.value()?.parse::<LitStr>()?.value()) };
                if meta.path.is_ident("id") {
                    declared.id = Some(word()?);
                } else if meta.path.is_ident("group") {
                    declared.group = word()?;
                } else if meta.path.is_ident("kind") {
                    declared.kind = word()?;
                } else if meta.path.is_ident("labels") {
                    declared.labels = word()?;
                } else if meta.path.is_ident("namespaces") {
                    let words;
                    syn::parenthesized!(words in meta.input);
                    let words = Punctuated::<LitStr, syn::Token![,]>::parse_terminated(&words)?;
                    declared.namespaces = words.iter().map(LitStr::value).collect();
                } else {
                    return Err(
                        meta.error("expected `id`, `group`, `kind`, `namespaces(…)` or `labels`")
                    );
                }
                Ok(())
            })?;
        }
        if declared.kind.is_empty() {
            return Err(Error::new_spanned(&input.ident, "an object has a kind"));
        }
        Ok(declared)
    }
}
