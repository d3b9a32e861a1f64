//! The engine: wasmtime's configuration, the cache of compiled packs, and the store in which each
//! guest runs within its limits. Its errors become the errors of this crate.

use std::{path::PathBuf, sync::Arc};

use wasmtime::{
    CacheConfig, Config, InstanceAllocationStrategy, PoolingAllocationConfig, Trap, WasmBacktrace,
};

use crate::{
    EngineError, GuestError, Limits, PackError, PackErrorKind,
    guest::Guest,
    slots::{Slots, TICK},
    verify,
};

/// Core modules of one component. componentize-py links about thirty, one for each native library.
const CORE_INSTANCES_PER_PACK: u32 = 128;
/// A pack has one memory; a composed one has a memory for each of its parts.
const MEMORIES_PER_PACK: u32 = 4;
/// Each shim of a WASI adapter has a table.
const TABLES_PER_PACK: u32 = 16;

/// Where compiled packs are kept, so that a pack is compiled once and not at each start.
///
/// The engine runs what the folder holds without verifying it: only this user may be able to write
/// to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cache {
    /// Compiled packs are not kept. This saves a thread, and nothing is lost where all packs are
    /// precompiled.
    Off,
    /// In this folder.
    Directory(PathBuf),
    /// In the user's cache folder. A user without one has no cache.
    Default,
}

/// Compiles and runs packs. A clone is cheap and shares the same engine.
#[derive(Clone)]
pub struct Engine(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) wasmtime: wasmtime::Engine,
    pub(crate) limits: Limits,
    pub(crate) slots: Slots,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Engine").field(&self.0.limits).finish()
    }
}

impl Engine {
    /// Makes an engine that holds all its packs to these limits.
    pub fn new(limits: Limits, cache: Cache) -> Result<Self, EngineError> {
        let mut config = config(&limits);
        config.cache(open_cache(cache)?);
        let wasmtime = wasmtime::Engine::new(&config)
            .map_err(|error| EngineError::Runtime { reason: format!("{error:#}") })?;
        let slots = Slots::new(limits.instances, wasmtime.weak());
        Ok(Self(Arc::new(Shared { wasmtime, limits, slots })))
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
        let compiled = verify::bytes(bytes, &self.0.limits)
            .and_then(|()| compiler(&self.0.limits, target.unwrap_or_default()))
            .and_then(|compiler| {
                let compiled = compiler.precompile_component(bytes);
                compiled
                    .map_err(|error| PackErrorKind::NotCompilable { reason: format!("{error:#}") })
            });
        compiled.map_err(|kind| PackError { pack: name.to_owned(), kind })
    }
}

/// An engine that compiles for the target. The target is named even if it is this machine's: unless
/// one is named, wasmtime compiles for the features of this machine's processor.
fn compiler(limits: &Limits, target: String) -> Result<wasmtime::Engine, PackErrorKind> {
    let mut config = config(limits);
    let compiler = config.target(&target).and_then(|config| wasmtime::Engine::new(config));
    compiler.map_err(|error| {
        let reason = format!("{error:#}");
        PackErrorKind::TargetUnavailable { target, reason }
    })
}

/// All settings that decide how packs are compiled are here, so that a precompiled pack fits the
/// engine that loads it.
fn config(limits: &Limits) -> Config {
    let instances = limits.instances.max(1);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(instances * CORE_INSTANCES_PER_PACK)
        .max_core_instances_per_component(CORE_INSTANCES_PER_PACK)
        .total_memories(instances * MEMORIES_PER_PACK)
        .max_memories_per_component(MEMORIES_PER_PACK)
        .total_tables(instances * TABLES_PER_PACK)
        .max_tables_per_component(TABLES_PER_PACK)
        .max_tables_per_module(TABLES_PER_PACK)
        .table_elements(limits.table_elements);
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .wasm_component_model(true)
        .epoch_interruption(true)
        .max_wasm_stack(limits.wasm_stack_bytes)
        // A trap can name its function without either of them, and they would be an eighth of what
        // is copied at each start.
        .generate_address_map(false)
        .native_unwind_info(false)
        // The same input gives the same bytes on every processor.
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        // Shared memories are not built in, and 64-bit memories are of no use within the limits.
        .wasm_memory64(false);
    config
}

fn open_cache(cache: Cache) -> Result<Option<wasmtime::Cache>, EngineError> {
    let mut config = CacheConfig::new();
    match cache {
        Cache::Off => Ok(None),
        Cache::Default => Ok(wasmtime::Cache::new(config).ok()),
        Cache::Directory(directory) => {
            let refused = |reason| EngineError::Cache { directory: directory.clone(), reason };
            let absolute =
                std::path::absolute(&directory).map_err(|error| refused(error.to_string()))?;
            config.with_directory(absolute);
            let cache = wasmtime::Cache::new(config);
            cache.map(Some).map_err(|error| refused(format!("{error:#}")))
        }
    }
}

impl Shared {
    /// Gives `call` a store for this guest, within the limits. The guest comes back even if the
    /// call fails.
    pub(crate) fn with_store<R>(
        &self,
        guest: Guest,
        call: impl FnOnce(&mut wasmtime::Store<Guest>) -> wasmtime::Result<R>,
    ) -> (Result<R, GuestError>, Guest) {
        let slot = match self.slots.take() {
            Ok(slot) => slot,
            Err(error) => return (Err(error.into()), guest),
        };
        let mut store = wasmtime::Store::new(&self.wasmtime, guest);
        store.limiter(|guest| guest);
        store.set_hostcall_fuel(self.limits.call_bytes);
        store.set_epoch_deadline(ticks(&self.limits));
        let outcome = call(&mut store);
        let mut guest = store.into_data();
        drop(slot);
        guest.end_log();
        (outcome.map_err(|error| classify(&error, &guest)), guest)
    }
}

/// One tick more than the deadline has, because the first may come at once.
fn ticks(limits: &Limits) -> u64 {
    let ticks = limits.deadline.as_nanos().div_ceil(TICK.as_nanos()) + 1;
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
    // wasmtime has no type for this error.
    if reason.contains("fuel allocated for hostcalls") {
        return GuestError::CallTooBig { limit: guest.limits.call_bytes };
    }
    match trap {
        Some(_) => GuestError::Trap { trap: reason, function, said: guest.log_tail() },
        None => GuestError::InvalidValue { reason },
    }
}

/// A Rust symbol as its author wrote the name, without the hash.
fn plain_name(symbol: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(symbol))
}
