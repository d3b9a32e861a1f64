//! What a component imports and exports, as its config tells registries and people. Whether it may
//! import it is for the engine to say.

use wasmparser::{Parser, Payload};

/// Names of interfaces and functions, in the order of the component.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outside {
    pub(crate) imports: Vec<String>,
    pub(crate) exports: Vec<String>,
}

/// Whether bytes begin as a component does: the version and layer of the component model.
pub(crate) fn is_component(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\0asm\x0d\0\x01\0")
}

/// What the outermost component names.
pub(crate) fn outside(bytes: &[u8]) -> Result<Outside, String> {
    if !is_component(bytes) {
        return Err("it is no WebAssembly component".to_owned());
    }
    let mut found = Outside::default();
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(|it| it.to_string())? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for it in section {
                    found.imports.push(it.map_err(|it| it.to_string())?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for it in section {
                    found.exports.push(it.map_err(|it| it.to_string())?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(found)
}
