use std::{path::PathBuf, sync::Arc};

use wasmtime::{
    CacheConfig, Config, InstanceAllocationStrategy, PoolingAllocationConfig, Trap, WasmBacktrace,
};

use crate::{
    EngineError, GuestError, Limits, Pack, PackError, PackErrorKind, PackSource,
    guest::Guest,
    slots::{Slots, TICK},
    verify,
};

/// Core modules of one component: componentize-py links about thirty, one for each native library.
const CORE_INSTANCES_PER_PACK: u32 = 128;
/// A pack has one memory; composed ones have one each.
const MEMORIES_PER_PACK: u32 = 4;
/// Shims of WASI adapters have a table each.
const TABLES_PER_PACK: u32 = 16;

/// Where compiled packs are kept, so that a pack is compiled once and not at each start.
///
/// What is found there is run as it is: the folder must belong to this user alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cache {
    /// Nowhere. Also right where all packs are precompiled: it spares a thread.
    Off,
    /// In this folder.
    Directory(PathBuf),
    /// In the user's cache folder; nowhere, where there is none.
    Default,
}

/// Compiles and runs packs. Cheap to clone; a clone is the same engine.
#[derive(Clone)]
pub struct Engine(Arc<Shared>);

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
    /// An engine that holds all its packs to these limits.
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

    /// Verifies a pack, compiles it where it is not compiled, and asks it what it is.
    pub fn load(&self, source: PackSource<'_>) -> Result<Pack, PackError> {
        Pack::load(&self.0, source)
    }

    /// Compiles a pack for [`PackSource::Precompiled`], for any processor of the target, a triple such as
    /// `aarch64-unknown-linux-gnu`; none is the triple of this machine. What the pack imports and says of itself is
    /// looked at when it is loaded.
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

/// wasmtime compiles for the features of this machine's processor unless a target is named, even if it is this
/// machine's own.
fn compiler(limits: &Limits, target: String) -> Result<wasmtime::Engine, PackErrorKind> {
    let mut config = config(limits);
    let compiler = config.target(&target).and_then(|config| wasmtime::Engine::new(config));
    compiler.map_err(|error| {
        let reason = format!("{error:#}");
        PackErrorKind::TargetUnavailable { target, reason }
    })
}

/// All that decides how packs are compiled stands here, that a precompiled pack fits the engine that loads it.
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
        // A trap is told with the name of its function, which needs neither: they would be an eighth of what is copied at each
        // start.
        .generate_address_map(false)
        .native_unwind_info(false)
        // The same input gives the same bytes, on every processor.
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        // Shared memories are not built in; 64-bit memories are of no use within the limits.
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
    /// Gives `call` a store for this guest, within the limits; what went wrong comes back with the guest.
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

/// One more than fit: the first tick may come at once.
fn ticks(limits: &Limits) -> u64 {
    let ticks = limits.deadline.as_nanos().div_ceil(TICK.as_nanos()) + 1;
    u64::try_from(ticks).unwrap_or(u64::MAX)
}

/// What wasmtime's error says of the guest.
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
    // wasmtime has no type for this error that could be asked for.
    if reason.contains("fuel allocated for hostcalls") {
        return GuestError::CallTooBig { limit: guest.limits.call_bytes };
    }
    match trap {
        Some(_) => GuestError::Trap { trap: reason, function, said: guest.last_words() },
        None => GuestError::InvalidValue { reason },
    }
}

/// A Rust symbol as its author wrote it, without the hash.
fn plain_name(symbol: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(symbol))
}
