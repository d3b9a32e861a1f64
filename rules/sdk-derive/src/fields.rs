//! `#[derive(Fields)]`: which paths of an object a struct reads, taken from its serde attributes.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DataStruct, DeriveInput, Error, Field, Fields, LitStr, Result, parse_quote};

/// `impl Fields`: each field adds its own path, under the name by which serde knows it.
pub(crate) fn derive(input: DeriveInput) -> Result<TokenStream> {
    let name = &input.ident;
    let mut generics = input.generics.clone();
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(parse_quote!(::rulebox_sdk::Fields));
    }
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let body = match &input.data {
        Data::Struct(data) => {
            if let Some(inner) = wrapped(data) {
                // serde reads such a struct as what it wraps.
                let ty = &inner.ty;
                return Ok(quote! {
                    impl #impl_generics ::rulebox_sdk::Fields for #name #type_generics
                    #where_clause
                    {
                        fn fields(at: &str, out: &mut ::std::vec::Vec<::std::string::String>) {
                            <#ty as ::rulebox_sdk::Fields>::fields(at, out);
                        }
                    }
                });
            }
            let Fields::Named(fields) = &data.fields else {
                return Err(Error::new_spanned(
                    name,
                    "a struct without field names has no paths: name its fields, or wrap one shape",
                ));
            };
            let rename_all = Rename::of(&input.attrs)?;
            let mut steps = Vec::new();
            for field in &fields.named {
                let serde = SerdeField::of(&field.attrs)?;
                if serde.skip {
                    continue;
                }
                let ident = field.ident.as_ref().expect("named fields have names").to_string();
                let ident = ident.trim_start_matches("r#");
                let key = serde.rename.unwrap_or_else(|| rename_all.apply(ident));
                let ty = &field.ty;
                steps.push(quote! {
                    <#ty as ::rulebox_sdk::Fields>::fields(
                        &::rulebox_sdk::child_path(at, #key),
                        out,
                    );
                });
            }
            quote!(#(#steps)*)
        }
        // An enum is a word in a fixed set: it is read whole.
        Data::Enum(_) => quote!(out.push(at.to_owned());),
        Data::Union(_) => return Err(Error::new_spanned(name, "a union cannot be deserialized")),
    };
    Ok(quote! {
        impl #impl_generics ::rulebox_sdk::Fields for #name #type_generics #where_clause {
            fn fields(at: &str, out: &mut ::std::vec::Vec<::std::string::String>) { #body }
        }
    })
}

/// The field of a struct that wraps one: `struct CsdrPod(Pod);`.
pub(crate) fn wrapped(data: &DataStruct) -> Option<&Field> {
    match &data.fields {
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => fields.unnamed.first(),
        _ => None,
    }
}

/// What `#[serde(rename_all)]` does to the name of a field.
enum Rename {
    Keep,
    Camel,
    Pascal,
    Kebab,
}

impl Rename {
    fn of(attrs: &[syn::Attribute]) -> Result<Self> {
        let mut rename = Self::Keep;
        for attr in attrs.iter().filter(|it| it.path().is_ident("serde")) {
            attr.parse_nested_meta(|meta| {
                if meta.path.is_ident("rename_all") {
                    let word: LitStr = meta.value()?.parse()?;
                    rename = match word.value().as_str() {
                        "camelCase" => Self::Camel,
                        "PascalCase" => Self::Pascal,
                        "kebab-case" => Self::Kebab,
                        "snake_case" => Self::Keep,
                        _ => {
                            return Err(Error::new_spanned(
                                word,
                                "not understood here: use camelCase, PascalCase, kebab-case or \
                                 snake_case",
                            ));
                        }
                    };
                } else {
                    skip_value(&meta)?;
                }
                Ok(())
            })?;
        }
        Ok(rename)
    }

    fn apply(&self, ident: &str) -> String {
        let capitalized = |word: &str| {
            let mut chars = word.chars();
            chars
                .next()
                .map(|it| it.to_ascii_uppercase())
                .into_iter()
                .chain(chars)
                .collect::<String>()
        };
        match self {
            Self::Keep => ident.to_owned(),
            Self::Kebab => ident.replace('_', "-"),
            Self::Pascal => ident.split('_').map(capitalized).collect(),
            Self::Camel => {
                let mut words = ident.split('_');
                let first = words.next().unwrap_or_default().to_owned();
                first + &words.map(capitalized).collect::<String>()
            }
        }
    }
}

#[derive(Default)]
struct SerdeField {
    rename: Option<String>,
    skip: bool,
}

impl SerdeField {
    fn of(attrs: &[syn::Attribute]) -> Result<Self> {
        let mut field = Self::default();
        for attr in attrs.iter().filter(|it| it.path().is_ident("serde")) {
            attr.parse_nested_meta(|meta| {
                if meta.path.is_ident("rename") {
                    field.rename = Some(meta.value()?.parse::<LitStr>()?.value());
                } else if meta.path.is_ident("skip") || meta.path.is_ident("skip_deserializing") {
                    field.skip = true;
                } else if meta.path.is_ident("flatten") {
                    return Err(meta.error(
                        "a flattened field hides which paths it reads: write its fields out",
                    ));
                } else {
                    skip_value(&meta)?;
                }
                Ok(())
            })?;
        }
        Ok(field)
    }
}

/// Passes over the value of an attribute that does not change which paths are read.
fn skip_value(meta: &syn::meta::ParseNestedMeta<'_>) -> Result<()> {
    if meta.input.peek(syn::Token![=]) {
        meta.value()?.parse::<syn::Expr>()?;
    } else if meta.input.peek(syn::token::Paren) {
        meta.parse_nested_meta(|it| skip_value(&it))?;
    }
    Ok(())
}
