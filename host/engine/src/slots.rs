//! How many guests run at once, and the thread that advances the epoch by which their deadlines are
//! kept.

use std::{
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use wasmtime::EngineWeak;

/// How often the deadline of a running guest is checked, and so how exactly it is kept.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Places for running guests. While one is taken, a thread advances the engine's epoch. The thread
/// starts with the first guest, sleeps while none runs, and ends with the engine.
pub(crate) struct Slots {
    shared: Arc<Shared>,
    places: u32,
    engine: EngineWeak,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    running: u32,
    ticking: bool,
    closed: bool,
}

/// A taken place. Dropping it frees the place.
pub(crate) struct Slot<'a>(&'a Slots);

impl Slots {
    pub(crate) fn new(places: u32, engine: EngineWeak) -> Self {
        Self { shared: Arc::default(), places: places.max(1), engine }
    }

    /// Takes a place. If all are taken, this waits for one.
    pub(crate) fn take(&self) -> io::Result<Slot<'_>> {
        let mut state = self.shared.lock();
        while state.running >= self.places {
            state = self.shared.wait(state);
        }
        if !state.ticking {
            let (shared, engine) = (Arc::clone(&self.shared), self.engine.clone());
            thread::Builder::new()
                .name("rulebox-ticker".to_owned())
                .spawn(move || tick(&shared, &engine))?;
            state.ticking = true;
        }
        state.running += 1;
        drop(state);
        self.shared.changed.notify_all();
        Ok(Slot(self))
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        self.0.shared.lock().running -= 1;
        self.0.shared.changed.notify_all();
    }
}

impl Drop for Slots {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    /// A poisoned lock is taken all the same, because no code that holds it can leave it half
    /// changed.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }
}

fn tick(shared: &Shared, engine: &EngineWeak) {
    loop {
        let mut state = shared.lock();
        while state.running == 0 && !state.closed {
            state = shared.wait(state);
        }
        let closed = state.closed;
        drop(state);
        let Some(engine) = engine.upgrade().filter(|_| !closed) else {
            return;
        };
        engine.increment_epoch();
        drop(engine);
        thread::sleep(TICK);
    }
}
