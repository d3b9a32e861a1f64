//! A pack: loaded, verified, linked, described and ready to evaluate rules.

use std::sync::Arc;

use rulebox_core::{Inventory, NeedSet, PackInfo};
use serde_json::Value;
use wasmtime::component::{Component, HasSelf, Linker, types::ComponentItem};

use crate::{
    Engine, Evaluation, PackError, PackErrorKind, Run, SettingsError,
    bindings::{World, WorldPre},
    describe,
    engine::Shared,
    error::cut,
    evaluate,
    guest::Guest,
    limits::report::MESSAGE_BYTES,
    settings,
    verify::{Exports, Imports},
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
}

/// A pack that was verified, compiled and asked for its description.
pub struct Pack {
    shared: Arc<Shared>,
    world: WorldPre<Guest>,
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
        let (PackSource::Precompiled { name, .. } | PackSource::Bytes { name, .. }) = source;
        let loaded = component(shared, source).and_then(|component| {
            let world = link(&component)?;
            let info = describe::describe(shared, &world)?;
            // The tests of a built-in pack check its schema, so that a start need not.
            if let PackSource::Bytes { .. } = source {
                settings::check_schema(&info.settings_schema).map_err(|problem| {
                    PackErrorKind::InvalidDescription { problems: vec![problem] }
                })?;
            }
            Ok((world, info))
        });
        match loaded {
            Ok((world, info)) => {
                Ok(Self { shared: Arc::clone(shared), world, info: Arc::new(info) })
            }
            Err(kind) => Err(PackError { pack: name.to_owned(), kind }),
        }
    }

    /// The pack's description.
    pub fn info(&self) -> &PackInfo {
        &self.info
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

    /// Evaluates rules over the inventory. All rules run in one guest. If that fails, each rule
    /// runs again in its own guest, so that the failure is the guilty rule's and the findings of
    /// the others stay.
    pub fn evaluate(&self, run: &Run<'_>, inventory: &Arc<Inventory>) -> Evaluation {
        evaluate::evaluate(&self.shared, &self.world, &self.info, run, inventory)
    }
}

fn component(shared: &Shared, source: PackSource<'_>) -> Result<Component, PackErrorKind> {
    match source {
        PackSource::Bytes { bytes, .. } => shared.compiled(bytes),
        PackSource::Precompiled { bytes, .. } => shared.trusted(bytes),
    }
}

/// Links what the component imports, and nothing else.
fn link(component: &Component) -> Result<WorldPre<Guest>, PackErrorKind> {
    let imports = imports(component)?;
    exports(component)?;
    let mismatch = |error: wasmtime::Error| {
        let reason = cut(&format!("{error:#}"), MESSAGE_BYTES);
        PackErrorKind::ContractMismatch { reason }
    };
    let mut linker = Linker::<Guest>::new(component.engine());
    World::add_to_linker::<_, HasSelf<_>>(&mut linker, |guest| guest).map_err(mismatch)?;
    wasi::add_to_linker(&mut linker, component, &imports.wasi).map_err(mismatch)?;
    let pre = linker.instantiate_pre(component).map_err(mismatch)?;
    WorldPre::new(pre).map_err(mismatch)
}

/// The imports of a compiled component.
fn imports(component: &Component) -> Result<Imports, PackErrorKind> {
    let mut imports = Imports::default();
    for (name, item) in component.component_type().imports(component.engine()) {
        imports.add(name, matches!(item.ty, ComponentItem::ComponentInstance(_)))?;
    }
    imports.finish()?;
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
