//! Prints how many objects of each kind dumps contain, and when they were captured.
//!
//! ```text
//! cargo run -p rulebox-reader --example kinds -- must-gather/ backup.zip
//! ```

use std::{error::Error, process::ExitCode};

use rulebox_core::{Collector, NeedSet};
use rulebox_reader::{Reader, Source};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let inputs: Vec<Source> =
        std::env::args().skip(1).map(|it| Source::from(it.as_str())).collect();
    if inputs.is_empty() {
        eprintln!("usage: kinds INPUT…");
        return Ok(ExitCode::from(2));
    }
    // Nothing is needed, so objects are only counted.
    let needs = NeedSet::default();
    let mut collector = Collector::new(needs.clone())?;
    Reader::new(&needs)?.read(inputs, &mut collector, &mut |progress| {
        eprint!("\r{} objects", progress.objects);
    });
    eprintln!();
    let reading = collector.finish();
    for input in &reading.inputs {
        for problem in &input.problems {
            let line = problem.line.map(|it| format!(":{it}")).unwrap_or_default();
            eprintln!("{}{line}: {}", input.name, problem.reason);
        }
    }
    for (group, kind, objects) in &reading.objects {
        let separator = if group.is_empty() { "" } else { "." };
        println!("{objects:>9} {kind}{separator}{group}");
    }
    if let Some(witness) = &reading.witness {
        println!("alive at {}: {} of {}", witness.time, witness.field, witness.object);
    }
    if let Some(latest) = &reading.latest {
        println!("captured by {}: {:?}", latest.time, latest.by);
    }
    Ok(ExitCode::SUCCESS)
}
