//! What a misspelt name may have meant.

use strsim::damerau_levenshtein;

/// The known name that is nearest to what was typed; none where nothing is near: a wrong
/// suggestion is worse than none.
pub fn closest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Names are words; to compare more would take the square of its length.
    const LONGEST: usize = 100;
    if typed.len() > LONGEST {
        return None;
    }
    let lower = typed.to_lowercase();
    // One mistake in a short word, and one more for each three letters: `backup-centre` is near
    // `backup-center`, and `pods` is not near `logs`.
    let most = (lower.chars().count() / 3).max(1);
    let near = known.into_iter().filter(|it| it.len() <= 2 * LONGEST).filter_map(|it| {
        let distance = damerau_levenshtein(&lower, &it.to_lowercase());
        (distance <= most && !lower.is_empty()).then_some((distance, it))
    });
    near.min().map(|it| it.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: &str, want: Option<&str>) {
        let known = ["vault-unavailable", "backup-failed", "backup-stuck", "json", "text"];
        assert_eq!(closest(typed, known), want);
    }

    #[test]
    fn a_misspelt_name_is_near() {
        check("vault-unavailabel", Some("vault-unavailable"));
        check("vault_unavailable", Some("vault-unavailable"));
        check("Backup-Stuck", Some("backup-stuck"));
        check("jsno", Some("json"));
    }

    #[test]
    fn another_name_is_not() {
        check("", None);
        check("x", None);
        check("yaml", None);
        check("pod-unhealthy", None);
        check(&"a".repeat(1 << 20), None);
    }
}
