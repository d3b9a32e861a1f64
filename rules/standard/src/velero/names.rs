//! How Velero names the runs of a schedule, and how it shortens long names into labels.

use std::borrow::Cow;

use rulebox_sdk::shell_word;
use sha2::{Digest as _, Sha256};

/// The plan that Velero's label on a run of it means: the whole name where the run has it, else the
/// label, which [`means`] compares with a name.
pub fn labelled_plan<'a>(label: &'a str, run: &'a str) -> &'a str {
    let plan = plan_of(run);
    if means(label, plan) { plan } else { label }
}

/// How many characters the value of a label may have.
pub const LABEL: usize = 63;
/// How many bytes of the hash of a longer name Velero takes, each as two hexadecimal digits.
const HASH: usize = 3;

/// The label that Velero makes of a name: of a name that is too long its beginning, and the
/// beginning of its hash (`GetValidName` in vmware-tanzu/velero@d30d389 `pkg/label/label.go`).
pub fn label_of(name: &str) -> Cow<'_, str> {
    if name.len() <= LABEL {
        return Cow::Borrowed(name);
    }
    let kept = name[..name.floor_char_boundary(LABEL - 2 * HASH)].to_owned();
    let hash = Sha256::digest(name);
    Cow::Owned(hash.iter().take(HASH).fold(kept, |label, byte| label + &format!("{byte:02x}")))
}

/// Whether a label means an object of this name.
pub fn means(label: &str, name: &str) -> bool {
    !label.is_empty() && (label == name || label == label_of(name))
}

/// The option by which kubectl lists what Velero has labelled with a name.
pub fn select(label: &str, name: &str) -> String {
    format!(" -l {label}={}", shell_word(&label_of(name)))
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

    const LONG: &str = "nightly-of-every-namespace-that-somebody-once-thought-worth-keeping";
    const SHORTENED: &str = "nightly-of-every-namespace-that-somebody-once-thought-wor26007d";

    #[test]
    fn a_label_that_velero_has_shortened_means_the_whole_name() {
        let run = format!("{LONG}-20260915020000");
        assert_eq!(labelled_plan(SHORTENED, &run), LONG);
        assert_eq!(labelled_plan(SHORTENED, "another-20260915020000"), SHORTENED);
        assert_eq!(labelled_plan("orders", "by-another-name-20260915020000"), "orders");
    }

    #[track_caller]
    fn check_means(label: &str, name: &str, want: bool) {
        assert_eq!(means(label, name), want, "{label} {name}");
    }

    #[test]
    fn a_label_means_one_name() {
        check_means("orders", "orders", true);
        check_means("orders", "orders-2", false);
        check_means("", "", false);
        check_means(SHORTENED, LONG, true);
        check_means(SHORTENED, &format!("{LONG}-2"), false);
        // The runs of one plan begin alike.
        let runs = ["20260914020000", "20260915020000"].map(|it| format!("{LONG}-{it}"));
        check_means(&label_of(&runs[0]), &runs[0], true);
        check_means(&label_of(&runs[0]), &runs[1], false);
        let limit = "x".repeat(LABEL);
        check_means(&limit, &limit, true);
        assert_eq!(label_of(&"ä".repeat(40)).len(), 62);
    }

    #[test]
    fn what_no_label_can_hold_is_selected_by_what_velero_makes_of_it() {
        let by = |name| select("velero.io/schedule-name", name);
        assert_eq!(by("orders"), " -l velero.io/schedule-name=orders");
        assert_eq!(by(LONG), format!(" -l velero.io/schedule-name={SHORTENED}"));
    }
}
