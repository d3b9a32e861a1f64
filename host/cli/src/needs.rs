//! `rulebox needs`: what rules read, and how to dump or to collect it, as text to print. Nothing is
//! read, and nobody is asked.

use rulebox_bundle::{dump_command, is_secret, script};
use rulebox_core::NeedSet;
use rulebox_report::{NeedsView, needs_json, needs_table};
use rulebox_run::Plan;

use crate::{
    args::{Needs, NeedsFormat},
    collect,
    config::{self, configured},
    exit::Failure,
    output,
    pack_args::chosen,
    packs,
};

/// The text to print.
pub(crate) fn run(typed: &Needs) -> Result<String, Failure> {
    let (config, files) = config::read(&typed.packs.config)?;
    let packs = packs::load_configured(&typed.packs, &config, &files)?;
    let plan = Plan::new(packs.into(), &(&typed.choice).into(), config, &packs::built_in())
        .map_err(|it| files.explain(it))?;
    output::warn(&plan.warnings());
    let (needs, view) = (plan.needs(), plan.needs_view());
    if typed.script {
        output::note(collect::logs(&view, "the script collects"));
        return script(&needs, env!("CARGO_PKG_VERSION")).map_err(|it| {
            Failure::usage(it.to_string()).help("leave its pack or its rules out: --skip-rule RULE")
        });
    }
    Ok(match typed.output {
        NeedsFormat::Json => needs_json(&view),
        NeedsFormat::Table => {
            let chosen = chosen(&typed.packs.named, &typed.choice);
            table(&needs, &view, &(chosen + &configured(&plan, &typed.packs.config)))
        }
    })
}

/// The table, and how to get what it names. `chosen`: the arguments that choose these rules.
fn table(needs: &NeedSet, view: &NeedsView, chosen: &str) -> String {
    let table = needs_table(view, output::screen().unwrap_or(usize::MAX));
    if needs.objects.is_empty() {
        return table;
    }
    let mut text = format!(
        "{table}\nA script that collects this with kubectl, and says what it could not see:\n\
         \n  rulebox needs --script{chosen} > collect.sh\n\
         \nThe simplest way. It does not show which lists were empty, and kubectl refuses it\n\
         whole for one kind that the cluster does not have: leave that out.\n\
         \n  {}\n",
        dump_command(needs)
    );
    if needs.objects.iter().any(|it| is_secret(&it.group, &it.kind)) {
        text += "\nSecrets are not in it: kubectl would write their values.\n";
    }
    text
}
