//! The engine: what was compiled or is kept, and the store in which each guest runs within its
//! limits. Its errors become the errors of this crate.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use wasmtime::{Trap, WasmBacktrace, component::Component};

use crate::{
    Code, Compile, EngineError, GuestError, Limits, PackError, PackErrorKind, Usage,
    cache::{Kept, Origin},
    compile,
    config::{Allocation, config},
    error::{cut, cut_name},
    guest::Guest,
    limits::report::{HANDLES, MESSAGE_BYTES},
    shape,
    slots::{Slots, TICK},
    verify::{self, Role},
};

/// Where compiled packs are kept, so that a pack is compiled once and not at each start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cache {
    /// Compiled packs are not kept. Nothing is lost where all packs are precompiled.
    Off,
    /// In this folder, which is made where there is none. A folder that others may write to is
    /// refused.
    Directory(PathBuf),
}

/// Compiles and runs packs. A clone is cheap and shares the same engine.
#[derive(Clone)]
pub struct Engine(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) wasmtime: wasmtime::Engine,
    code: Code,
    pub(crate) limits: Limits,
    pub(crate) slots: Slots,
    cache: Option<Kept>,
    compile: Option<Box<Compile>>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Engine").field(&self.0.limits).finish()
    }
}

impl Engine {
    /// Makes an engine that holds all its packs to these limits, and compiles them in this process.
    pub fn new(limits: Limits, cache: Cache) -> Result<Self, EngineError> {
        Self::build(limits, Code::Plain, cache, None)
    }

    /// Makes an engine that has its packs compiled to such code by `compile`, which keeps the
    /// limits of compilation. The engine runs what it returns without verifying it: it must be what
    /// [`compile`](crate::compile()) has returned in a process of this same program.
    pub fn with_compiler(
        limits: Limits,
        code: Code,
        cache: Cache,
        compile: Box<Compile>,
    ) -> Result<Self, EngineError> {
        Self::build(limits, code, cache, Some(compile))
    }

    fn build(
        limits: Limits,
        code: Code,
        cache: Cache,
        compile: Option<Box<Compile>>,
    ) -> Result<Self, EngineError> {
        let cache = match cache {
            Cache::Off => None,
            Cache::Directory(directory) => match Kept::open(&directory) {
                Ok(kept) => Some(kept),
                Err(reason) => return Err(EngineError::Cache { directory, reason }),
            },
        };
        let wasmtime = wasmtime::Engine::new(&config(&limits, code, Allocation::Pool))
            .map_err(|error| EngineError::Runtime { reason: format!("{error:#}") })?;
        let slots = Slots::new(limits.instances, wasmtime.weak());
        Ok(Self(Arc::new(Shared { wasmtime, code, limits, slots, cache, compile })))
    }

    /// What packs may use.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Compiles a pack for [`PackSource::Precompiled`](crate::PackSource::Precompiled). The code
    /// runs on any processor of the target, a triple such as `aarch64-unknown-linux-gnu`; without a
    /// target, of this machine's. Imports and description are checked when the pack is loaded.
    pub fn precompile(
        &self,
        name: &str,
        bytes: &[u8],
        target: Option<&str>,
    ) -> Result<Vec<u8>, PackError> {
        let target = target.map(str::to_owned).or_else(|| self.0.wasmtime.get_target());
        // What is compiled at build time may be an interpreter; what it is shows when it is loaded.
        let compiled = verify::bytes(bytes, &self.0.limits)
            .and_then(|()| shape::check(bytes, Role::Interpreter))
            .and_then(|()| compiler(&self.0.limits, target.unwrap_or_default()))
            .and_then(|compiler| {
                let compiled = compiler.precompile_component(bytes);
                compiled.map_err(|it| PackErrorKind::not_compilable(&format!("{it:#}")))
            });
        compiled.map_err(|kind| PackError { pack: name.to_owned(), kind })
    }
}

/// An engine that compiles for the target. The target is named even if it is this machine's: unless
/// one is named, wasmtime compiles for the features of this machine's processor.
fn compiler(limits: &Limits, target: String) -> Result<wasmtime::Engine, PackErrorKind> {
    let mut config = config(limits, Code::Plain, Allocation::None);
    let compiler = config.target(&target).and_then(|config| wasmtime::Engine::new(config));
    compiler.map_err(|error| {
        let reason = format!("{error:#}");
        PackErrorKind::TargetUnavailable { target, reason }
    })
}

impl Shared {
    /// A component, compiled: as it is kept from an earlier run, or anew.
    pub(crate) fn compiled(&self, bytes: &[u8], role: Role) -> Result<Component, PackErrorKind> {
        verify::bytes(bytes, &self.limits)?;
        shape::check(bytes, role)?;
        let origin = Origin::new(&self.wasmtime, bytes);
        let most = self.limits.compiled_bytes;
        if let Some(kept) = self.cache.as_ref().and_then(|it| it.get(&origin, most)) {
            // What another version has kept does not fit, and is compiled anew.
            if let Ok(component) = self.trusted(&kept) {
                return Ok(component);
            }
        }
        let compiled = match &self.compile {
            Some(compile) => compile(&self.limits, self.code, bytes)?,
            None => compile::compile(&self.limits, self.code, bytes)?,
        };
        if compiled.len() > most {
            return Err(PackErrorKind::CompiledTooBig { limit: most });
        }
        let component = self.trusted(&compiled)?;
        if let Some(cache) = &self.cache {
            cache.put(&origin, &compiled);
        }
        Ok(component)
    }

    /// A component of machine code that is trusted.
    pub(crate) fn trusted(&self, compiled: &[u8]) -> Result<Component, PackErrorKind> {
        #[expect(unsafe_code, reason = "compiled code is trusted as the rest of this program is")]
        // SAFETY: the bytes are machine code and must come from wasmtime's compiler, undamaged.
        // They come from one of four places. (1) This program's read-only data ('static), where its
        // own build has put what `Engine::precompile` returned: whoever can change them can change
        // the program. (2) `compile` in this process. (3) The same function in a process that the
        // caller of `Engine::with_compiler` has started of this same program, through a pipe that
        // no other process holds; that is what the caller promises. (4) The cache, which gives only
        // bytes that this user has put there, for this component (`cache`); they are the bytes that
        // were verified, and are not read again. wasmtime itself refuses bytes of another version,
        // configuration or processor.
        let component = unsafe { Component::deserialize(&self.wasmtime, compiled) };
        component.map_err(|error| PackErrorKind::PrecompiledUnusable {
            reason: cut(&format!("{error:#}"), MESSAGE_BYTES),
        })
    }

    /// Gives `call` a store for this guest, within the limits and so much time. The guest comes
    /// back even if the call fails, with what it took.
    pub(crate) fn with_store<R>(
        &self,
        guest: Guest,
        time: Duration,
        call: impl FnOnce(&mut wasmtime::Store<Guest>) -> wasmtime::Result<R>,
    ) -> (Result<R, GuestError>, Usage, Guest) {
        let slot = match self.slots.take() {
            Ok(slot) => slot,
            Err(error) => return (Err(error.into()), Usage::default(), guest),
        };
        // Waiting for a place is not the guest's time.
        let started = Instant::now();
        let mut store = wasmtime::Store::new(&self.wasmtime, guest);
        store.limiter(|guest| guest);
        store.set_hostcall_fuel(self.limits.call_bytes);
        store.set_max_component_handles(HANDLES);
        store.set_epoch_deadline(ticks(time));
        // Its time is limited, and what it executes only counted. Other code has no fuel to set.
        let counted = self.code == Code::Metered && store.set_fuel(u64::MAX).is_ok();
        let outcome = call(&mut store);
        let left = store.get_fuel().ok().filter(|_| counted);
        let mut guest = store.into_data();
        let usage = Usage {
            time: started.elapsed(),
            memory_bytes: guest.memory_bytes(),
            instructions: left.map(|it| u64::MAX - it),
        };
        drop(slot);
        guest.end_log();
        (outcome.map_err(|error| classify(&error, &guest)), usage, guest)
    }
}

/// One tick more than the time has, because the first may come at once.
fn ticks(time: Duration) -> u64 {
    let ticks = time.as_nanos().div_ceil(TICK.as_nanos()) + 1;
    u64::try_from(ticks).unwrap_or(u64::MAX)
}

/// Turns an error of wasmtime into one of a guest.
fn classify(error: &wasmtime::Error, guest: &Guest) -> GuestError {
    if let Some(error) = error.downcast_ref::<GuestError>() {
        return error.clone();
    }
    let function = error
        .downcast_ref::<WasmBacktrace>()
        .and_then(|it| it.frames().first())
        .and_then(|it| it.func_name())
        .map(plain_name);
    let trap = error.downcast_ref::<Trap>();
    match trap {
        Some(Trap::Interrupt) => {
            return GuestError::DeadlineExceeded { limit: guest.limits.deadline };
        }
        Some(Trap::StackOverflow) => return GuestError::StackOverflow { function },
        _ => {}
    }
    let reason = trap.map_or_else(|| error.root_cause().to_string(), ToString::to_string);
    let reason = reason.trim_start_matches("wasm trap: ").to_owned();
    if let Some(refusal) = guest.refusal(&reason) {
        return refusal;
    }
    // wasmtime has no types for these errors.
    if reason.contains("store handle limit exceeded") {
        return GuestError::TooManyCursors { limit: HANDLES };
    }
    if reason.contains("fuel allocated for hostcalls") {
        return GuestError::CallTooBig { limit: guest.limits.call_bytes };
    }
    match trap {
        Some(_) => GuestError::Trap { trap: reason, function, said: guest.log_tail() },
        None => GuestError::InvalidValue { reason: cut(&reason, MESSAGE_BYTES) },
    }
}

/// A Rust symbol as its author wrote the name, without the hash. Symbols are the pack's words: a
/// short one may stand for a long name.
fn plain_name(symbol: &str) -> String {
    match rustc_demangle::try_demangle(&cut_name(symbol)) {
        Ok(name) => cut_name(&format!("{name:#}")),
        Err(_) => cut_name(symbol),
    }
}
