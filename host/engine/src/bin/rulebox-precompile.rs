//! `rulebox-precompile IN.wasm OUT.cwasm [TARGET]`: compiles a pack into the form that the binary
//! `rulebox` embeds. Only the build uses this program; it knows nothing of rules.

use std::{env, error::Error, fs, process::ExitCode};

use rulebox_engine::{Cache, Engine, Limits};

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let outcome = match &arguments[..] {
        [input, output] => precompile(input, output, None),
        [input, output, target] => precompile(input, output, Some(target)),
        _ => Err("usage: rulebox-precompile IN.wasm OUT.cwasm [TARGET]".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rulebox-precompile: {error}");
            ExitCode::FAILURE
        }
    }
}

fn precompile(input: &str, output: &str, target: Option<&str>) -> Result<(), Box<dyn Error>> {
    let bytes = fs::read(input).map_err(|error| format!("cannot read {input}: {error}"))?;
    let engine = Engine::new(Limits::default(), Cache::Off)?;
    let compiled = engine.precompile(input, &bytes, target)?;
    fs::write(output, compiled).map_err(|error| format!("cannot write {output}: {error}"))?;
    Ok(())
}
