//! What a compiler for `wasm32-unknown-unknown` has made, as a component.

use wit_component::ComponentEncoder;

/// A core module, which carries the types of the contract in a section of its own, as a component.
/// An error says why it cannot be one.
pub fn component(module: &[u8]) -> Result<Vec<u8>, String> {
    let encoder = ComponentEncoder::default().validate(true);
    let encoded = encoder.module(module).and_then(|mut it| it.encode());
    encoded.map_err(|it| format!("{it:#}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_module_is_refused_with_words() {
        assert!(component(b"\0asm").is_err_and(|it| !it.is_empty()));
        assert!(component(b"no module").is_err());
    }
}
