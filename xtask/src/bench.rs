#[derive(Clone, Copy, clap::ValueEnum)]
pub(crate) enum Suite {
    Engine,
}
pub(crate) fn run(_suite: Suite, _arguments: &[String]) -> crate::process::Result {
    Ok(())
}
