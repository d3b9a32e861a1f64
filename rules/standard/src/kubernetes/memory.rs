//! Memory limits of containers, and what to raise them to.

use rulebox_sdk::Quantity;

use crate::kubernetes::objects::core::Container;

/// The memory limit of a container, where it has one.
pub fn limit(container: &Container) -> Option<&Quantity> {
    let limit = &container.resources.limits.memory;
    limit.value().filter(|it| *it > 0.0).map(|_| limit)
}

/// Twice a limit, in whole Gi or Mi.
pub fn doubled(limit: &Quantity) -> String {
    const MI: f64 = 1024.0 * 1024.0;
    const GI: f64 = 1024.0 * MI;
    let double = 2.0 * limit.value().unwrap_or_default();
    if double % GI == 0.0 {
        format!("{}Gi", double / GI)
    } else {
        format!("{}Mi", (double / MI).ceil())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(limit: &str, want: &str) {
        let limit = serde_json::from_value(limit.into()).expect("a quantity");
        assert_eq!(doubled(&limit), want);
    }

    #[test]
    fn limits_double() {
        check("2Gi", "4Gi");
        check("512Mi", "1Gi");
        check("64Mi", "128Mi");
        check("1500M", "2862Mi");
    }
}
