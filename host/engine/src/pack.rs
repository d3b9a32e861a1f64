//! A pack: loaded, verified, linked, described and ready to evaluate rules.

use std::sync::Arc;

use rulebox_core::{Inventory, NeedSet, PackInfo};
use serde_json::Value;
use wasmtime::component::{Component, HasSelf, Linker, types::ComponentItem};

use crate::{
    CONTRACT, CONTRACT_VERSION, Engine, Evaluation, GuestError, Limits, PackError, PackErrorKind,
    PackText, Run, SettingsError, Usage,
    bindings::{World, WorldPre, pack_texts},
    contract, describe,
    engine::Shared,
    error::cut,
    evaluate::{self, Pass},
    guest::Guest,
    limits::report::MESSAGE_BYTES,
    settings,
    verify::{Exports, Imports, Role},
    wasi,
};

/// Where a pack's bytes come from. The caller has read them.
#[derive(Debug, Clone, Copy)]
pub enum PackSource<'a> {
    /// The result of [`Engine::precompile`](crate::Engine::precompile) of this same build. The
    /// engine runs it without verifying it: never pass bytes here that are not part of this
    /// program.
    Precompiled {
        /// The name for errors, until the pack has given its own.
        name: &'a str,
        /// The compiled pack.
        bytes: &'static [u8],
    },
    /// A component.
    Bytes {
        /// The path, or another name for errors.
        name: &'a str,
        /// The component, binary.
        bytes: &'a [u8],
    },
    /// A pack that is written as text, and the interpreter that evaluates it.
    Interpreted {
        /// The path, or another name for errors.
        name: &'a str,
        /// The interpreter.
        interpreter: Interpreter<'a>,
        /// The files of the pack, `pack.yaml` first.
        texts: &'a [PackText],
    },
}

/// What evaluates packs that are written as text.
#[derive(Debug, Clone, Copy)]
pub enum Interpreter<'a> {
    /// Precompiled as a built-in pack is, and trusted as much: never pass bytes here that are not
    /// part of this program.
    Precompiled(&'static [u8]),
    /// A component, which is compiled as a pack is.
    Component(&'a [u8]),
}

impl<'a> PackSource<'a> {
    /// The name for errors, until the pack has given its own.
    pub fn name(&self) -> &'a str {
        match self {
            Self::Precompiled { name, .. }
            | Self::Bytes { name, .. }
            | Self::Interpreted { name, .. } => name,
        }
    }
}

/// A pack that was verified, compiled and asked for its description.
pub struct Pack {
    shared: Arc<Shared>,
    world: WorldPre<Guest>,
    /// What an interpreter stands for; empty for any other pack.
    texts: Arc<[PackText]>,
    info: Arc<PackInfo>,
}

impl std::fmt::Debug for Pack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let PackInfo { name, version, .. } = &*self.info;
        write!(f, "Pack({name} {version})")
    }
}

impl Engine {
    /// Verifies a pack, compiles it unless it is precompiled, and asks it for its description.
    pub fn load(&self, source: PackSource<'_>) -> Result<Pack, PackError> {
        Pack::load(&self.0, source)
    }
}

impl Pack {
    fn load(shared: &Arc<Shared>, source: PackSource<'_>) -> Result<Self, PackError> {
        let texts: Arc<[PackText]> = match source {
            PackSource::Interpreted { texts, .. } => texts.into(),
            PackSource::Precompiled { .. } | PackSource::Bytes { .. } => Arc::default(),
        };
        let loaded = component(shared, source).and_then(|component| {
            let world = match source {
                PackSource::Interpreted { .. } => {
                    let world = link(&component, Role::Interpreter)?;
                    describe::check(shared, &world, &texts)?;
                    world
                }
                PackSource::Precompiled { .. } | PackSource::Bytes { .. } => {
                    link(&component, Role::Pack)?
                }
            };
            let info = describe::describe(shared, &world, &texts)?;
            // The tests of a built-in pack check its schema, so that a start need not.
            if !matches!(source, PackSource::Precompiled { .. }) {
                settings::check_schema(&info.settings_schema).map_err(|problem| {
                    PackErrorKind::InvalidDescription { problems: vec![problem] }
                })?;
            }
            Ok((world, info))
        });
        match loaded {
            Ok((world, info)) => {
                Ok(Self { shared: Arc::clone(shared), world, texts, info: Arc::new(info) })
            }
            Err(kind) => Err(PackError { pack: source.name().to_owned(), kind }),
        }
    }

    /// The pack's description.
    pub fn info(&self) -> &PackInfo {
        &self.info
    }

    /// The version of the contract that the pack speaks: the newest that it names.
    pub fn contract(&self) -> String {
        let component = self.world.instance_pre().component();
        let (types, engine) = (component.component_type(), component.engine());
        let imports = types.imports(engine).map(|it| it.0.to_owned());
        let names = imports.chain(types.exports(engine).map(|it| it.0.to_owned()));
        let versions = names.filter_map(|name| {
            let (package, rest) = name.split_once('/')?;
            let version = rest.split_once('@').filter(|_| package == CONTRACT)?.1;
            Some((contract::parts(version)?, version.to_owned()))
        });
        // One that names no version could not be loaded.
        versions.max().map_or_else(|| CONTRACT_VERSION.to_owned(), |it| it.1)
    }

    /// The interfaces that the pack imports, with their versions, sorted.
    pub fn imports(&self) -> Vec<String> {
        let component = self.world.instance_pre().component();
        let imports = component.component_type();
        let mut names: Vec<_> =
            imports.imports(component.engine()).map(|it| it.0.to_owned()).collect();
        names.sort();
        names
    }

    /// Adds the pack's needs, under the ids by which [`Pack::evaluate`] finds them in the
    /// inventory.
    pub fn add_needs(&self, needs: &mut NeedSet) {
        needs.add(&self.info.name, &self.info.needs);
    }

    /// The text for [`Run::settings`]: the user's settings, checked against the pack's schema, and
    /// the schema's defaults for the rest. They are validated only if the user has set some, or if
    /// a required one has no default.
    pub fn settings(&self, user: Option<&Value>) -> Result<String, SettingsError> {
        settings::complete(&self.info.settings_schema, user)
    }

    /// What a pack may use that is granted nothing else: the limits of its engine, within which it
    /// has described itself.
    pub fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    /// Evaluates rules over the inventory. All rules run in one guest. If that fails, each rule
    /// runs again in its own guest, so that the failure is the guilty rule's and the findings of
    /// the others stay.
    pub fn evaluate(&self, run: &Run<'_>, inventory: &Arc<Inventory>) -> Evaluation {
        self.evaluate_within(&self.shared.limits, run, inventory)
    }

    /// The same within limits of its own. Of these count: deadline, memory (4 GiB at most: all that
    /// a memory of WebAssembly holds), and what it may report.
    pub fn evaluate_within(
        &self,
        limits: &Limits,
        run: &Run<'_>,
        inventory: &Arc<Inventory>,
    ) -> Evaluation {
        let Self { shared, world, texts, info } = self;
        evaluate::evaluate(Pass::new((shared, limits), world, texts, info, run, inventory))
    }

    /// Evaluates rules of this pack over the inventory in one guest, within the limits of the
    /// engine, and tells what that took. Where the guest fails, no rule is tried alone.
    pub fn measure(
        &self,
        run: &Run<'_>,
        inventory: &Arc<Inventory>,
    ) -> Result<(Evaluation, Usage), GuestError> {
        let Self { shared, world, texts, info } = self;
        let limits = &shared.limits;
        evaluate::measure(Pass::new((shared, limits), world, texts, info, run, inventory))
    }

    /// The code of this pack under the description of another one: it is given what that one is
    /// given. So a pack that does next to nothing can be compared with any other.
    #[must_use]
    pub fn in_place_of(&self, other: &Self) -> Self {
        let Self { shared, world, texts, info: _ } = self;
        let (shared, texts) = (Arc::clone(shared), Arc::clone(texts));
        Self { shared, world: world.clone(), texts, info: Arc::clone(&other.info) }
    }
}

fn component(shared: &Shared, source: PackSource<'_>) -> Result<Component, PackErrorKind> {
    match source {
        PackSource::Bytes { bytes, .. } => shared.compiled(bytes, Role::Pack),
        PackSource::Precompiled { bytes, .. } => shared.trusted(bytes),
        PackSource::Interpreted { interpreter: Interpreter::Precompiled(bytes), .. } => {
            shared.trusted(bytes)
        }
        PackSource::Interpreted { interpreter: Interpreter::Component(bytes), .. } => {
            shared.compiled(bytes, Role::Interpreter)
        }
    }
}

/// Links what the component imports, and nothing else.
fn link(component: &Component, role: Role) -> Result<WorldPre<Guest>, PackErrorKind> {
    let imports = imports(component, role)?;
    exports(component)?;
    let mismatch = |error: wasmtime::Error| {
        let reason = cut(&format!("{error:#}"), MESSAGE_BYTES);
        PackErrorKind::ContractMismatch { reason }
    };
    let mut linker = Linker::<Guest>::new(component.engine());
    World::add_to_linker::<_, HasSelf<_>>(&mut linker, |guest| guest).map_err(mismatch)?;
    if role == Role::Interpreter {
        pack_texts::add_to_linker::<_, HasSelf<_>>(&mut linker, |guest| guest).map_err(mismatch)?;
    }
    wasi::add_to_linker(&mut linker, component, &imports.wasi).map_err(mismatch)?;
    let pre = linker.instantiate_pre(component).map_err(mismatch)?;
    WorldPre::new(pre).map_err(mismatch)
}

/// The imports of a compiled component.
fn imports(component: &Component, role: Role) -> Result<Imports, PackErrorKind> {
    let mut imports = Imports::default();
    for (name, item) in component.component_type().imports(component.engine()) {
        imports.add(name, matches!(item.ty, ComponentItem::ComponentInstance(_)))?;
    }
    imports.finish(role)?;
    Ok(imports)
}

/// Checks that both functions of the contract are exported.
fn exports(component: &Component) -> Result<(), PackErrorKind> {
    let mut exports = Exports::default();
    for (name, item) in component.component_type().exports(component.engine()) {
        exports.add(name, matches!(item.ty, ComponentItem::ComponentFunc(_)));
    }
    exports.finish()
}
