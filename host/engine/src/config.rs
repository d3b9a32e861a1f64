//! wasmtime's configuration: what decides how packs are compiled, and the places for what runs.

use wasmtime::{Config, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::{Limits, limits::shape};

/// What packs are compiled to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Code that only runs.
    Plain,
    /// Code that counts the instructions of WebAssembly which it executes: the same number for the
    /// same input on every machine. It takes about half as long again.
    Metered,
}

/// Whether address space is reserved for instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allocation {
    /// For the guests of an engine.
    Pool,
    /// For none: the engine only compiles.
    None,
}

/// All settings that decide how packs are compiled are here, so that a precompiled pack fits the
/// engine that loads it.
pub(crate) fn config(limits: &Limits, code: Code, allocation: Allocation) -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .epoch_interruption(true)
        .consume_fuel(code == Code::Metered)
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
    if allocation == Allocation::Pool {
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(limits)));
    }
    config
}

/// Places for what the guests that run at once may hold. Each has address space for the 4 GiB that
/// a memory can ever hold, so that the place fits whatever memory a pack is granted.
fn pool(limits: &Limits) -> PoolingAllocationConfig {
    let of = |it: usize| u32::try_from(it).expect("a small constant");
    let (core_instances, memories, tables) =
        (of(shape::CORE_INSTANCES), of(shape::MEMORIES), of(shape::TABLES));
    let instances = limits.instances.max(1);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(instances * core_instances)
        .max_core_instances_per_component(core_instances)
        .total_memories(instances * memories)
        .max_memories_per_component(memories)
        .total_tables(instances * tables)
        .max_tables_per_component(tables)
        .max_tables_per_module(tables)
        .table_elements(limits.table_elements);
    pool
}
