//! `#[rule(…)]`: a function as a rule, with its arguments as needs and its doc comment as
//! documentation.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    Error, Expr, FnArg, Ident, ItemFn, Lit, Meta, Path, Result, Token, parse::Parser as _,
    punctuated::Punctuated,
};

/// Keeps the function and adds `pub static RULE` beside it.
pub(crate) fn attribute(arguments: TokenStream, function: &ItemFn) -> Result<TokenStream> {
    let Declared { severity, metrics } = Declared::of(arguments, &function.sig.ident)?;
    let name = &function.sig.ident;
    let id = name.to_string().replace('_', "-");
    let documentation = documentation(function);
    let summary =
        documentation.lines().next().unwrap_or_default().trim().trim_end_matches('.').to_owned();
    if summary.is_empty() {
        return Err(Error::new_spanned(
            name,
            "a rule is documented: its first line is the problem, what follows is shown by \
             `rulebox rules explain`",
        ));
    }
    let mut types = Vec::new();
    for argument in &function.sig.inputs {
        match argument {
            FnArg::Typed(typed) => types.push(&typed.ty),
            FnArg::Receiver(receiver) => {
                return Err(Error::new_spanned(receiver, "a rule is a free function"));
            }
        }
    }
    Ok(quote! {
        #[allow(clippy::too_many_arguments, reason = "the arguments of a rule are what it reads")]
        #function

        #[doc = concat!("The rule `", #id, "`.")]
        pub static RULE: ::rulebox_sdk::Rule = ::rulebox_sdk::Rule {
            id: #id,
            severity: ::rulebox_sdk::Severity::#severity,
            summary: #summary,
            documentation: #documentation,
            metrics: &[#(::rulebox_sdk::Metric::info_of(&#metrics)),*],
            declare: |declaration| {
                #(<#types as ::rulebox_sdk::Argument<'_>>::declare(declaration);)*
            },
            evaluate: |run| #name(#(<#types as ::rulebox_sdk::Argument<'_>>::take(run)),*),
        };
    })
}

/// The arguments of `#[rule(…)]`.
struct Declared {
    severity: Ident,
    metrics: Vec<Path>,
}

impl Declared {
    fn of(arguments: TokenStream, name: &Ident) -> Result<Self> {
        let mut severity = None;
        let mut metrics = Vec::new();
        let parser = syn::meta::parser(|meta| {
            if meta.path.is_ident("severity") {
                let word: Ident = meta.value()?.parse()?;
                severity = Some(severity_variant(&word)?);
            } else if meta.path.is_ident("metrics") {
                let paths;
                syn::parenthesized!(paths in meta.input);
                metrics =
                    Punctuated::<Path, Token![,]>::parse_terminated(&paths)?.into_iter().collect();
            } else {
                return Err(meta.error("expected `severity = …` or `metrics(…)`"));
            }
            Ok(())
        });
        parser.parse2(arguments)?;
        let severity = severity.ok_or_else(|| {
            Error::new_spanned(
                name,
                "say how bad it is: `#[rule(severity = info|low|medium|high|critical)]`",
            )
        })?;
        Ok(Self { severity, metrics })
    }
}

fn severity_variant(word: &Ident) -> Result<Ident> {
    let variant = match word.to_string().as_str() {
        "info" => "Info",
        "low" => "Low",
        "medium" => "Medium",
        "high" => "High",
        "critical" => "Critical",
        _ => {
            return Err(Error::new_spanned(
                word,
                "no severity: use info, low, medium, high or critical",
            ));
        }
    };
    Ok(Ident::new(variant, word.span()))
}

/// The doc comment, without the space that follows `///`.
fn documentation(function: &ItemFn) -> String {
    let lines = function.attrs.iter().filter_map(|attr| match &attr.meta {
        Meta::NameValue(it) if it.path.is_ident("doc") => match &it.value {
            Expr::Lit(it) => match &it.lit {
                Lit::Str(it) => Some(it.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    lines.map(|it| it.strip_prefix(' ').unwrap_or(&it).to_owned() + "\n").collect()
}
