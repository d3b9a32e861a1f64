//! Compiles packs. A compiler works on what a stranger wrote, and what it needs does not show
//! beforehand: a caller may have it work elsewhere, where it can be stopped.

use crate::{
    Code, Limits, PackErrorKind,
    config::{Allocation, config},
    shape,
    verify::{self, Role},
};

/// Compiles the component of the last argument within the limits, in another process or in this
/// one: what it returns is what [`compile`] has returned there, of this same build.
pub type Compile = dyn Fn(&Limits, Code, &[u8]) -> Result<Vec<u8>, PackErrorKind> + Send + Sync;

/// Compiles a component in this process, for its processor. Nothing limits time and memory.
pub fn compile(limits: &Limits, code: Code, component: &[u8]) -> Result<Vec<u8>, PackErrorKind> {
    // Whether it may import what interpreters do is decided by whoever loads it.
    verify::bytes(component, limits)?;
    shape::check(component, Role::Interpreter)?;
    // Nothing runs here, so there is no need for the address space in which it would.
    let engine = wasmtime::Engine::new(&config(limits, code, Allocation::None));
    let engine = engine.map_err(|it| PackErrorKind::not_compilable(&format!("{it:#}")))?;
    let compiled = engine.precompile_component(component);
    compiled.map_err(|it| PackErrorKind::not_compilable(&format!("{it:#}")))
}
