//! Checks a component before it is compiled: what it imports and exports by name, and whether its
//! shape lets it be compiled in reasonable time. It reads each byte once and keeps nothing of it
//! but the types of one module.
//!
//! Types of components are not looked at: they nest, and reading them recurses. wasmtime checks
//! them where it compiles; how deep they nest shows there.

use wasmparser::{
    BlockType, ComponentExternalKind, ComponentInstance, ComponentTypeRef, Encoding, FuncType,
    FunctionBody, Instance, Operator, Parser, Payload, SectionLimited, TypeBounds, TypeRef,
};

use crate::{
    PackErrorKind,
    limits::shape,
    verify::{Exports, Imports, Role},
};

type Result<T> = std::result::Result<T, PackErrorKind>;

/// Checks the shape of a component, and the names of what it imports and exports.
pub(crate) fn check(bytes: &[u8], role: Role) -> Result<()> {
    let mut check = Check::default();
    for payload in Parser::new(0).parse_all(bytes) {
        check.payload(payload.map_err(|it| damaged(&it))?)?;
    }
    check.imports.finish(role)?;
    check.exports.finish()
}

fn damaged(error: &wasmparser::BinaryReaderError) -> PackErrorKind {
    PackErrorKind::not_compilable(error)
}

#[derive(Default)]
struct Check {
    counts: Counts,
    /// The components and modules around this place, the innermost last.
    around: Vec<Layer>,
    imports: Imports,
    exports: Exports,
}

/// How much there is of each in all components and modules together.
#[derive(Default)]
struct Counts {
    components: usize,
    component_instances: usize,
    component_items: usize,
    interfaces: usize,
    modules: usize,
    core_instances: usize,
    memories: usize,
    tables: usize,
    functions: usize,
    module_items: usize,
    segments: usize,
    work: u64,
}

enum Layer {
    Component,
    Module(Module),
}

/// What the cost of a module's functions follows from.
#[derive(Default)]
struct Module {
    /// How many parameters and results each type has; none where a type is no function's.
    widths: Vec<(usize, usize)>,
    /// The type of each function, the imported ones first.
    functions: Vec<u32>,
    /// The function whose body comes next.
    next: usize,
}

fn count(counter: &mut usize, more: usize, what: &'static str, limit: usize) -> Result<()> {
    *counter = counter.saturating_add(more);
    at_most(*counter, what, limit)
}

fn at_most(found: usize, what: &'static str, limit: usize) -> Result<()> {
    if found > limit {
        return Err(PackErrorKind::ShapeExceeded {
            what,
            found: found as u64,
            limit: limit as u64,
        });
    }
    Ok(())
}

fn length<T>(section: &SectionLimited<'_, T>) -> usize {
    usize::try_from(section.count()).unwrap_or(usize::MAX)
}

impl Check {
    fn payload(&mut self, payload: Payload<'_>) -> Result<()> {
        let counts = &mut self.counts;
        let (items, items_limit) = ("items in its components", shape::COMPONENT_ITEMS);
        match payload {
            Payload::Version { encoding, .. } => return self.enter(encoding),
            Payload::End(_) => {
                self.around.pop();
            }
            Payload::InstanceSection(section) => {
                for instance in section {
                    let instance = instance.map_err(|it| damaged(&it))?;
                    count(&mut counts.component_items, 1, items, items_limit)?;
                    if let Instance::Instantiate { .. } = instance {
                        let limit = shape::CORE_INSTANCES;
                        count(&mut counts.core_instances, 1, "instances of core modules", limit)?;
                    }
                }
            }
            Payload::ComponentInstanceSection(section) => {
                for instance in section {
                    let instance = instance.map_err(|it| damaged(&it))?;
                    count(&mut counts.component_items, 1, items, items_limit)?;
                    if let ComponentInstance::Instantiate { .. } = instance {
                        let limit = shape::COMPONENT_INSTANCES;
                        let counter = &mut counts.component_instances;
                        count(counter, 1, "instances of components", limit)?;
                    }
                }
            }
            Payload::ComponentAliasSection(section) => {
                count(&mut counts.component_items, length(&section), items, items_limit)?;
            }
            Payload::ComponentTypeSection(section) => {
                count(&mut counts.component_items, length(&section), items, items_limit)?;
            }
            Payload::CoreTypeSection(section) => {
                count(&mut counts.component_items, length(&section), items, items_limit)?;
            }
            Payload::ComponentCanonicalSection(section) => {
                count(&mut counts.component_items, length(&section), items, items_limit)?;
            }
            Payload::ComponentImportSection(section) => return self.imported(section),
            Payload::ComponentExportSection(section) => return self.exported(section),
            payload => return self.of_module(payload),
        }
        Ok(())
    }

    fn enter(&mut self, encoding: Encoding) -> Result<()> {
        let counts = &mut self.counts;
        if encoding == Encoding::Module {
            self.around.push(Layer::Module(Module::default()));
            return count(&mut counts.modules, 1, "core modules", shape::MODULES);
        }
        self.around.push(Layer::Component);
        count(&mut counts.components, 1, "components", shape::COMPONENTS)?;
        at_most(self.around.len(), "levels of components in components", shape::DEPTH)
    }

    fn imported(&mut self, section: wasmparser::ComponentImportSectionReader<'_>) -> Result<()> {
        let limit = shape::INTERFACES;
        count(&mut self.counts.interfaces, length(&section), "imports and exports", limit)?;
        if self.around.len() == 1 {
            for import in section {
                let import = import.map_err(|it| damaged(&it))?;
                // A type that is another one's equal brings nothing in.
                if let ComponentTypeRef::Type(TypeBounds::Eq(_)) = import.ty {
                    continue;
                }
                let interface = matches!(import.ty, ComponentTypeRef::Instance(_));
                self.imports.add(import.name.name, interface)?;
            }
        }
        Ok(())
    }

    fn exported(&mut self, section: wasmparser::ComponentExportSectionReader<'_>) -> Result<()> {
        let limit = shape::INTERFACES;
        count(&mut self.counts.interfaces, length(&section), "imports and exports", limit)?;
        if self.around.len() == 1 {
            for export in section {
                let export = export.map_err(|it| damaged(&it))?;
                self.exports.add(export.name.name, export.kind == ComponentExternalKind::Func);
            }
        }
        Ok(())
    }

    fn of_module(&mut self, payload: Payload<'_>) -> Result<()> {
        let counts = &mut self.counts;
        let Some(Layer::Module(module)) = self.around.last_mut() else { return Ok(()) };
        let (items, items_limit) = ("items in its core modules", shape::MODULE_ITEMS);
        match payload {
            Payload::TypeSection(section) => {
                count(&mut counts.module_items, length(&section), items, items_limit)?;
                for function in section.into_iter_err_on_gc_types() {
                    module.widths.push(widths(&function.map_err(|it| damaged(&it))?)?);
                }
            }
            Payload::ImportSection(section) => {
                count(&mut counts.module_items, length(&section), items, items_limit)?;
                for import in section.into_imports() {
                    if let TypeRef::Func(at) = import.map_err(|it| damaged(&it))?.ty {
                        let limit = shape::MODULE_ITEMS;
                        module.functions.push(at);
                        module.next += 1;
                        at_most(module.functions.len(), "imported functions", limit)?;
                    }
                }
            }
            Payload::FunctionSection(section) => {
                let limit = shape::FUNCTIONS;
                count(&mut counts.functions, length(&section), "functions", limit)?;
                for at in section {
                    module.functions.push(at.map_err(|it| damaged(&it))?);
                }
            }
            Payload::TableSection(section) => {
                count(&mut counts.tables, length(&section), "tables", shape::TABLES)?;
            }
            Payload::MemorySection(section) => {
                count(&mut counts.memories, length(&section), "memories", shape::MEMORIES)?;
                for memory in section {
                    if memory.map_err(|it| damaged(&it))?.memory64 {
                        return Err(PackErrorKind::not_compilable(&"it has a 64-bit memory"));
                    }
                }
            }
            Payload::GlobalSection(section) => {
                count(&mut counts.module_items, length(&section), items, items_limit)?;
            }
            Payload::ExportSection(section) => {
                count(&mut counts.module_items, length(&section), items, items_limit)?;
            }
            Payload::ElementSection(section) => {
                count(&mut counts.segments, length(&section), "segments", shape::SEGMENTS)?;
            }
            Payload::DataSection(section) => {
                count(&mut counts.segments, length(&section), "segments", shape::SEGMENTS)?;
            }
            Payload::CodeSectionEntry(body) => {
                let work = module.work(&body)?;
                counts.work = counts.work.saturating_add(work);
                work_at_most(counts.work, "values in all its code", shape::WORK)?;
            }
            _ => {}
        }
        Ok(())
    }
}

fn work_at_most(found: u64, what: &'static str, limit: u64) -> Result<()> {
    if found > limit {
        return Err(PackErrorKind::ShapeExceeded { what, found, limit });
    }
    Ok(())
}

fn widths(function: &FuncType) -> Result<(usize, usize)> {
    let (parameters, results) = (function.params().len(), function.results().len());
    at_most(parameters, "parameters of a function", shape::PARAMETERS)?;
    at_most(results, "results of a function", shape::RESULTS)?;
    Ok((parameters, results))
}

impl Module {
    /// How many parameters and results this type has. What has no such type is refused where it is
    /// compiled.
    fn width(&self, at: u32) -> u64 {
        let widths = usize::try_from(at).ok().and_then(|it| self.widths.get(it));
        widths.map_or(0, |(parameters, results)| (parameters + results) as u64)
    }

    fn width_of_function(&self, at: u32) -> u64 {
        let at = usize::try_from(at).ok().and_then(|it| self.functions.get(it));
        at.map_or(0, |it| self.width(*it))
    }

    fn width_of_block(&self, block: BlockType) -> u64 {
        match block {
            BlockType::Empty => 0,
            BlockType::Type(_) => 1,
            BlockType::FuncType(at) => self.width(at),
        }
    }

    /// How many values the compiler follows in a function.
    fn work(&mut self, body: &FunctionBody<'_>) -> Result<u64> {
        at_most(body.as_bytes().len(), "bytes of code in a function", shape::BODY_BYTES)?;
        let own = self.functions.get(self.next).and_then(|it| usize::try_from(*it).ok());
        let own = own.and_then(|it| self.widths.get(it));
        let mut locals = own.map_or(0, |it| it.0);
        self.next += 1;
        for group in body.get_locals_reader().map_err(|it| damaged(&it))? {
            let (more, _) = group.map_err(|it| damaged(&it))?;
            let more = usize::try_from(more).unwrap_or(usize::MAX);
            let limit = shape::LOCALS;
            count(&mut locals, more, "local variables of a function", limit)?;
        }
        let mut work = 0_u64;
        let mut operators = body.get_operators_reader().map_err(|it| damaged(&it))?;
        while !operators.eof() {
            let operator = operators.read().map_err(|it| damaged(&it))?;
            work += 1 + self.more_work(&operator, locals as u64);
            work_at_most(work, "values in the code of a function", shape::FUNCTION_WORK)?;
        }
        Ok(work)
    }

    /// What an instruction adds to its own value.
    fn more_work(&self, operator: &Operator<'_>, locals: u64) -> u64 {
        match operator {
            Operator::Block { blockty }
            | Operator::Loop { blockty }
            | Operator::If { blockty }
            | Operator::TryTable { try_table: wasmparser::TryTable { ty: blockty, .. } } => {
                locals + self.width_of_block(*blockty)
            }
            Operator::Br { .. } | Operator::BrIf { .. } => locals,
            Operator::BrTable { targets } => locals + u64::from(targets.len()),
            Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                self.width_of_function(*function_index)
            }
            Operator::CallIndirect { type_index, .. }
            | Operator::ReturnCallIndirect { type_index, .. }
            | Operator::CallRef { type_index }
            | Operator::ReturnCallRef { type_index } => self.width(*type_index),
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A component of this text; the exports of the contract are not looked at here.
    #[track_caller]
    fn check(inside: &str, want: &str) {
        let bytes = wat::parse_str(format!("(component {inside})")).expect("component text");
        let error = super::check(&bytes, Role::Pack).expect_err("a refused shape");
        assert!(error.to_string().contains(want), "{error}");
    }

    fn module(inside: &str) -> String {
        format!("(core module {inside})")
    }

    #[test]
    fn functions_parameters_results_and_locals_have_limits() {
        let over = |what: &str, limit: usize| what.repeat(limit + 1);
        let text = over("(func)", shape::FUNCTIONS);
        check(&module(&text), "100001 functions; the limit is 100000");
        let text = format!("(func (param {}))", over("i32 ", shape::PARAMETERS));
        check(&module(&text), "65 parameters of a function; the limit is 64");
        let text = format!("(type (func (result {})))", over("i32 ", shape::RESULTS));
        check(&module(&text), "17 results of a function; the limit is 16");
        let text = format!("(func (local {}))", over("i32 ", shape::LOCALS));
        check(&module(&text), "5001 local variables of a function; the limit is 5000");
    }

    #[test]
    fn what_a_component_is_made_of_has_limits() {
        let over = |what: &str, limit: usize| what.repeat(limit + 1);
        check(&over("(core module)", shape::MODULES), "129 core modules");
        check(&over("(component)", shape::COMPONENTS - 1), "65 components");
        let deep = "(component ".repeat(shape::DEPTH) + &")".repeat(shape::DEPTH);
        check(&deep, "5 levels of components in components");
        let text = over("(core instance (instantiate $m))", shape::CORE_INSTANCES);
        check(&format!("(core module $m) {text}"), "129 instances of core modules");
        let text = over("(instance (instantiate $c))", shape::COMPONENT_INSTANCES);
        check(&format!("(component $c) {text}"), "65 instances of components");
        check(&over("(type string)", shape::COMPONENT_ITEMS), "50001 items in its components");
        check(&module(&over("(memory 1)", shape::MEMORIES)), "5 memories");
        check(&module(&over("(table 1 funcref)", shape::TABLES)), "17 tables");
        let text = over("(data \"\")", shape::SEGMENTS);
        check(&module(&text), "50001 segments");
        let text = over("(global i32 (i32.const 0))", shape::MODULE_ITEMS);
        check(&module(&text), "100001 items in its core modules");
    }

    #[test]
    fn code_that_is_short_and_costly_is_refused() {
        let names: Vec<_> = (0..shape::PARAMETERS).map(|it| format!("local.get {it} ")).collect();
        let wide = "i32 ".repeat(shape::RESULTS);
        let call = "call 0 ".repeat(200_000);
        let text = format!(
            "(func (param {wide}) (result {wide}) {} {call})",
            names[..shape::RESULTS].concat()
        );
        check(&module(&text), "values in the code of a function; the limit is 4000000");
        let blocks = "(block (br_if 0 (local.get 0)))".repeat(1000);
        let text = format!("(func (param i32) (local {}) {blocks})", "i64 ".repeat(4000));
        check(&module(&text), "values in the code of a function; the limit is 4000000");
        let one = format!("(func (param i32) (local {}) {blocks})", "i64 ".repeat(1500));
        check(&module(&one.repeat(22)), "values in all its code; the limit is 64000000");
        let long = "nop ".repeat(shape::BODY_BYTES);
        check(&module(&format!("(func {long})")), "bytes of code in a function");
    }

    #[test]
    fn damage_is_told() {
        let error =
            super::check(b"\0asm\x0d\0\x01\0\x01\x05\0\0", Role::Pack).expect_err("cut off");
        assert_eq!(error.code(), "not-compilable");
    }
}
