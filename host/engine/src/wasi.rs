//! An empty WASI 0.2, for guests whose toolchain needs one (JavaScript, Python).
//!
//! There are no environment variables, arguments, files or sockets. Standard input is empty; what a
//! guest writes goes to the host's log. Both clocks stand still at the earliest moment at which the
//! objects can have been seen (`run-context.earliest`): an age by them is the least that it can be.
//! Random numbers are the same in each run, and everything that a guest could wait for is ready, so
//! a guest cannot sleep in the host. All other imports of WASI can be linked, and trap when they
//! are called. Nothing here can reach the system, because nothing here names anything of the
//! system.

use wasmtime::{
    Result, StoreContextMut,
    component::{Component, Linker, LinkerInstance, Resource, ResourceType, types::ComponentItem},
};

use crate::{
    GuestError,
    bindings::wasi::{Datetime, IoError, StreamError},
    guest::Guest,
};

/// How much a stream accepts at once, and how many random bytes are given at once.
const CHUNK: u64 = 64 << 10;

type Instance<'a> = LinkerInstance<'a, Guest>;
type Store<'a> = StoreContextMut<'a, Guest>;

// The resources have no state, so all their handles are the same, and dropping one does nothing.
enum Input {}
enum Output {}
enum Pollable {}
enum TerminalInput {}
enum TerminalOutput {}

/// Links the imported interfaces of WASI under the exact names, with their versions, that the
/// component uses.
pub(crate) fn add_to_linker(
    linker: &mut Linker<Guest>,
    component: &Component,
    imported: &[String],
) -> Result<()> {
    trap_all(linker, component, imported)?;
    linker.allow_shadowing(true);
    for name in imported {
        let interface = name.split('@').next().unwrap_or_default();
        let mut instance = linker.instance(name)?;
        match interface {
            "wasi:cli/environment" => environment(&mut instance),
            "wasi:cli/exit" => exit(&mut instance),
            "wasi:cli/stdin" => handle::<Input>(&mut instance, "get-stdin"),
            "wasi:cli/stdout" => handle::<Output>(&mut instance, "get-stdout"),
            "wasi:cli/stderr" => handle::<Output>(&mut instance, "get-stderr"),
            "wasi:cli/terminal-input" => resource::<TerminalInput>(&mut instance, "terminal-input"),
            "wasi:cli/terminal-output" => {
                resource::<TerminalOutput>(&mut instance, "terminal-output")
            }
            "wasi:cli/terminal-stdin" => {
                no_handle::<TerminalInput>(&mut instance, "get-terminal-stdin")
            }
            "wasi:cli/terminal-stdout" => {
                no_handle::<TerminalOutput>(&mut instance, "get-terminal-stdout")
            }
            "wasi:cli/terminal-stderr" => {
                no_handle::<TerminalOutput>(&mut instance, "get-terminal-stderr")
            }
            "wasi:clocks/monotonic-clock" => monotonic_clock(&mut instance),
            "wasi:clocks/wall-clock" => wall_clock(&mut instance),
            "wasi:filesystem/preopens" => preopens(&mut instance),
            "wasi:io/error" => resource::<IoError>(&mut instance, "error"),
            "wasi:io/poll" => poll(&mut instance),
            "wasi:io/streams" => streams(&mut instance),
            "wasi:random/random" => random(&mut instance, "get-random-bytes", "get-random-u64"),
            "wasi:random/insecure" => {
                random(&mut instance, "get-insecure-random-bytes", "get-insecure-random-u64")
            }
            "wasi:random/insecure-seed" => insecure_seed(&mut instance),
            _ => Ok(()),
        }?;
    }
    linker.allow_shadowing(false);
    Ok(())
}

/// Links all imports of WASI: functions that trap, and resources without state.
fn trap_all(linker: &mut Linker<Guest>, component: &Component, imported: &[String]) -> Result<()> {
    let engine = component.engine();
    let mut defined = Vec::new();
    for (name, item) in component.component_type().imports(engine) {
        let ComponentItem::ComponentInstance(interface) = item.ty else { continue };
        if !imported.iter().any(|it| it == name) {
            continue;
        }
        let mut instance = linker.instance(name)?;
        for (export, item) in interface.exports(engine) {
            match item.ty {
                ComponentItem::ComponentFunc(_) => {
                    let function = format!("{name}#{export}");
                    instance.func_new(export, move |_, _, _, _| {
                        Err(GuestError::ForeignCall { function: function.clone() }.into())
                    })?;
                }
                // Several interfaces name the same resource; one definition serves them all.
                ComponentItem::Resource(resource_type) if !defined.contains(&resource_type) => {
                    defined.push(resource_type);
                    resource::<()>(&mut instance, export)?;
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn environment(instance: &mut Instance<'_>) -> Result<()> {
    type Variables = Vec<(String, String)>;
    instance.func_wrap("get-environment", |_, (): ()| Ok((Variables::new(),)))?;
    instance.func_wrap("get-arguments", |_, (): ()| Ok((Vec::<String>::new(),)))?;
    instance.func_wrap("initial-cwd", |_, (): ()| Ok((None::<String>,)))
}

fn exit(instance: &mut Instance<'_>) -> Result<()> {
    let exited = |store: &Store<'_>| {
        wasmtime::Error::from(GuestError::Exit { said: store.data().log_tail() })
    };
    instance.func_wrap("exit", move |store, (_,): (Result<(), ()>,)| -> Result<()> {
        Err(exited(&store))
    })?;
    instance.func_wrap("exit-with-code", move |store, (_,): (u8,)| -> Result<()> {
        Err(exited(&store))
    })
}

fn monotonic_clock(instance: &mut Instance<'_>) -> Result<()> {
    instance.func_wrap("now", |store: Store<'_>, (): ()| {
        let now = store.data().clock.as_nanosecond();
        Ok((u64::try_from(now).unwrap_or(0),))
    })?;
    instance.func_wrap("resolution", |_, (): ()| Ok((1_u64,)))?;
    for subscribe in ["subscribe-instant", "subscribe-duration"] {
        instance.func_wrap(subscribe, |_, (_,): (u64,)| Ok((Resource::<Pollable>::new_own(0),)))?;
    }
    Ok(())
}

fn wall_clock(instance: &mut Instance<'_>) -> Result<()> {
    instance.func_wrap("now", |store: Store<'_>, (): ()| {
        let clock = store.data().clock;
        let seconds = u64::try_from(clock.as_second()).unwrap_or(0);
        let nanoseconds = u32::try_from(clock.subsec_nanosecond()).unwrap_or(0);
        Ok((Datetime { seconds, nanoseconds },))
    })?;
    instance.func_wrap("resolution", |_, (): ()| Ok((Datetime { seconds: 0, nanoseconds: 1 },)))
}

/// No preopened folders. Their descriptors are resources of an interface whose functions all trap:
/// those of [`trap_all`].
fn preopens(instance: &mut Instance<'_>) -> Result<()> {
    type Folders = Vec<(Resource<()>, String)>;
    instance.func_wrap("get-directories", |_, (): ()| Ok((Folders::new(),)))
}

fn poll(instance: &mut Instance<'_>) -> Result<()> {
    resource::<Pollable>(instance, "pollable")?;
    instance.func_wrap("[method]pollable.ready", |_, (_,): (Resource<Pollable>,)| Ok((true,)))?;
    instance.func_wrap("[method]pollable.block", |_, (_,): (Resource<Pollable>,)| Ok(()))?;
    instance.func_wrap("poll", |_, (pollables,): (Vec<Resource<Pollable>>,)| {
        Ok(((0_u32..).take(pollables.len()).collect::<Vec<_>>(),))
    })
}

fn streams(instance: &mut Instance<'_>) -> Result<()> {
    resource::<Input>(instance, "input-stream")?;
    for read in ["read", "blocking-read"] {
        let read = format!("[method]input-stream.{read}");
        instance.func_wrap(&read, |_, (_, _): (Resource<Input>, u64)| {
            Ok((Err::<Vec<u8>, _>(StreamError::Closed),))
        })?;
    }
    for skip in ["skip", "blocking-skip"] {
        let skip = format!("[method]input-stream.{skip}");
        instance.func_wrap(&skip, |_, (_, _): (Resource<Input>, u64)| {
            Ok((Err::<u64, _>(StreamError::Closed),))
        })?;
    }
    handle_of::<Input, Pollable>(instance, "[method]input-stream.subscribe")?;

    resource::<Output>(instance, "output-stream")?;
    instance.func_wrap("[method]output-stream.check-write", |_, (_,): (Resource<Output>,)| {
        Ok((Ok::<_, StreamError>(CHUNK),))
    })?;
    for write in ["write", "blocking-write-and-flush"] {
        let write = format!("[method]output-stream.{write}");
        instance.func_wrap(
            &write,
            |mut store: Store<'_>, (_, bytes): (Resource<Output>, Vec<u8>)| {
                store.data_mut().log_bytes(&bytes);
                Ok((Ok::<(), StreamError>(()),))
            },
        )?;
    }
    for flush in ["flush", "blocking-flush"] {
        let flush = format!("[method]output-stream.{flush}");
        instance
            .func_wrap(&flush, |_, (_,): (Resource<Output>,)| Ok((Ok::<(), StreamError>(()),)))?;
    }
    handle_of::<Output, Pollable>(instance, "[method]output-stream.subscribe")
}

fn random(instance: &mut Instance<'_>, bytes: &str, number: &str) -> Result<()> {
    instance.func_wrap(bytes, |mut store: Store<'_>, (len,): (u64,)| {
        if len > CHUNK {
            let function = format!("wasi:random of {len} bytes");
            return Err(GuestError::ForeignCall { function }.into());
        }
        let bytes = (0..len).map(|_| next_random(store.data_mut()).to_le_bytes()[0]);
        Ok((bytes.collect::<Vec<_>>(),))
    })?;
    instance.func_wrap(number, |mut store: Store<'_>, (): ()| Ok((next_random(store.data_mut()),)))
}

fn insecure_seed(instance: &mut Instance<'_>) -> Result<()> {
    instance.func_wrap("insecure-seed", |mut store: Store<'_>, (): ()| {
        let guest = store.data_mut();
        Ok(((next_random(guest), next_random(guest)),))
    })
}

/// SplitMix64 (Steele, Lea, Flood 2014): evenly distributed, and the same numbers in the same order
/// in each run.
fn next_random(guest: &mut Guest) -> u64 {
    guest.random = guest.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = guest.random;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn resource<R: 'static>(instance: &mut Instance<'_>, name: &str) -> Result<()> {
    instance.resource(name, ResourceType::host::<R>(), |_, _| Ok(()))
}

/// A function that gives a handle.
fn handle<R: 'static>(instance: &mut Instance<'_>, name: &str) -> Result<()> {
    instance.func_wrap(name, |_, (): ()| Ok((Resource::<R>::new_own(0),)))
}

/// A method that gives a handle.
fn handle_of<S: 'static, R: 'static>(instance: &mut Instance<'_>, name: &str) -> Result<()> {
    instance.func_wrap(name, |_, (_,): (Resource<S>,)| Ok((Resource::<R>::new_own(0),)))
}

/// A function that gives no handle.
fn no_handle<R: 'static>(instance: &mut Instance<'_>, name: &str) -> Result<()> {
    instance.func_wrap(name, |_, (): ()| Ok((None::<Resource<R>>,)))
}
