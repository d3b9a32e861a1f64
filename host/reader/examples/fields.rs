//! Prints selected fields of selected objects, one line of JSON per object.
//!
//! ```text
//! cargo run -p rulebox-reader --example fields -- Pod metadata.name,status.phase bundle.tar.gz
//! cargo run -p rulebox-reader --example fields -- Backup.velero.io status - < dump.yaml
//! ```

use std::{error::Error, process::ExitCode};

use rulebox_core::{Collector, Coverage, NeedSet, ObjectNeed};
use rulebox_reader::{Reader, Source};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [kind, fields, inputs @ ..] = arguments.as_slice() else { return Ok(usage()) };
    if inputs.is_empty() {
        return Ok(usage());
    }
    let (kind, group) = kind.split_once('.').unwrap_or((kind, ""));
    let need = ObjectNeed {
        id: "objects".to_owned(),
        group: group.to_owned(),
        kind: kind.to_owned(),
        fields: fields.split(',').map(str::to_owned).collect(),
        ..ObjectNeed::default()
    };
    let needs = NeedSet { objects: vec![need], texts: Vec::new() };

    let reader = Reader::new(&needs)?;
    let mut collector = Collector::new(needs)?;
    let source = |it: &String| if it == "-" { Source::Stdin } else { Source::from(it.as_str()) };
    reader.read(inputs.iter().map(source).collect(), &mut collector, &mut |_| {});
    let reading = collector.finish();

    let slot = &reading.inventory.objects["objects"];
    for object in &slot.objects {
        println!("{object}");
    }
    // What could not be read, and what was skipped.
    for input in &reading.inputs {
        for problem in &input.problems {
            let line = problem.line.map(|it| format!(":{it}")).unwrap_or_default();
            eprintln!("{}: {}{line}: {}", input.name, problem.place, problem.reason);
        }
    }
    // Finding no objects means something only if the input is complete.
    if slot.coverage == Coverage::Complete {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("{}: {}", slot.coverage, slot.reason);
    Ok(ExitCode::FAILURE)
}

fn usage() -> ExitCode {
    eprintln!("usage: fields KIND[.GROUP] FIELD[,FIELD…] INPUT…    (`-` is standard input)");
    ExitCode::from(2)
}
