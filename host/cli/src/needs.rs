//! `rulebox needs`: what rules read, and how to dump or to collect it, as text to print. Nothing is
//! read, and nobody is asked.

use rulebox_bundle::{dump_command, is_secret, script};
use rulebox_core::NeedSet;
use rulebox_report::{NeedsView, needs_json, needs_table};
use rulebox_run::{Config, Plan};

use crate::{
    args::{Needs, NeedsFormat},
    collect,
    exit::Failure,
    output, packs,
};

/// The text to print.
pub(crate) fn run(typed: &Needs) -> Result<String, Failure> {
    let packs = packs::load_all(&typed.packs)?;
    let plan =
        Plan::new(packs.into(), &(&typed.choice).into(), Config::default(), &packs::built_in())?;
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
        NeedsFormat::Table => table(&needs, &view),
    })
}

/// The table, and how to get what it names.
fn table(needs: &NeedSet, view: &NeedsView) -> String {
    let table = needs_table(view, output::screen().unwrap_or(usize::MAX));
    if needs.objects.is_empty() {
        return table;
    }
    let mut text = format!(
        "{table}\nA script that collects this with kubectl, and says what it could not see:\n\
         \n  rulebox needs --script > collect.sh\n\
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
