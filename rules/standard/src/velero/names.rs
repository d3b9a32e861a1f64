//! How Velero names the runs of a schedule, and how it shortens long names into labels.

use rulebox_sdk::shell_word;

/// The plan that Velero's label on a run of it means.
///
/// A label holds 63 characters and a name more: Velero writes the first 57 of a longer name, and 6
/// of its hash (`GetValidName` in vmware-tanzu/velero@d30d389 `pkg/label/label.go`). Then the plan
/// is taken from the name of the run.
pub fn labelled_plan<'a>(label: &'a str, run: &'a str) -> &'a str {
    let plan = plan_of(run);
    let kept = label.get(..LABEL - HASH);
    let is_shortened =
        label.len() == LABEL && plan.len() > LABEL && kept == plan.get(..LABEL - HASH);
    if is_shortened { plan } else { label }
}

/// How many characters the value of a label may have.
const LABEL: usize = 63;

/// How many of them Velero takes for the hash of a longer name.
const HASH: usize = 6;

/// The option by which kubectl lists what Velero has labelled with a name; empty where a label is
/// too short for it.
pub fn select(label: &str, name: &str) -> String {
    if name.len() > LABEL { String::new() } else { format!(" -l {label}={}", shell_word(name)) }
}

/// The name of a run without the time at its end, `orders-daily` of `orders-daily-20260915020000`;
/// empty where it has none.
pub fn plan_of(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((plan, time)) if time.len() == 14 && time.bytes().all(|it| it.is_ascii_digit()) => {
            plan
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_known_by_the_time_in_its_name() {
        assert_eq!(plan_of("orders-daily-20260915020000"), "orders-daily");
        assert_eq!(plan_of("orders-2026"), "");
        assert_eq!(plan_of("orders-2026091502000x"), "");
        assert_eq!(plan_of("orders"), "");
        assert_eq!(plan_of("orders-20260101000000-20260915020000"), "orders-20260101000000");
    }

    #[test]
    fn a_label_that_velero_has_shortened_means_the_whole_name() {
        let plan = "nightly-of-every-namespace-that-somebody-once-thought-worth-keeping";
        let run = format!("{plan}-20260915020000");
        let label = format!("{}0f3a1c", &plan[..57]);
        assert_eq!(labelled_plan(&label, &run), plan);
        assert_eq!(labelled_plan(&label, "another-20260915020000"), label);
        assert_eq!(labelled_plan("orders", "by-another-name-20260915020000"), "orders");
    }

    #[test]
    fn what_no_label_can_hold_is_not_selected_by() {
        assert_eq!(
            select("velero.io/schedule-name", "orders"),
            " -l velero.io/schedule-name=orders"
        );
        assert_eq!(select("velero.io/schedule-name", &"x".repeat(64)), "");
    }
}
