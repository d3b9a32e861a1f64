//! Quantities of Kubernetes as exact numbers, for comparisons, and versions.

use std::fmt;

/// A quantity: `500m`, `256Mi`, `1`. It is counted in units of 10⁻⁹, rounded up, as Kubernetes
/// counts; so two that are written differently may be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Quantity(i128);

const NANO: i128 = 1_000_000_000;

impl Quantity {
    /// Reads a quantity as Kubernetes describes it:
    /// <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, suffix) = rest.split_at(number);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return None;
        }
        // As many digits as an i128 holds beside the largest factor.
        if whole.len() > 18 || fraction.len() > 18 {
            return None;
        }
        let digits: i128 = format!("0{whole}{fraction}").parse().ok()?;
        let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
        let (factor, divisor) = factor(suffix)?;
        let nano = digits.checked_mul(factor)?.checked_mul(NANO.checked_div(divisor)?)?;
        let rounded = nano / scale + i128::from(nano % scale != 0);
        Some(Self(if negative { -rounded } else { rounded }))
    }

    pub(crate) fn of_int(value: i64) -> Self {
        Self(i128::from(value) * NANO)
    }

    pub(crate) fn is_integer(self) -> bool {
        self.0 % NANO == 0
    }

    pub(crate) fn as_integer(self) -> Option<i64> {
        if self.is_integer() { i64::try_from(self.0 / NANO).ok() } else { None }
    }

    pub(crate) fn as_double(self) -> f64 {
        self.0 as f64 / 1e9
    }

    pub(crate) fn sign(self) -> i64 {
        self.0.signum().try_into().unwrap_or_default()
    }

    pub(crate) fn add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    pub(crate) fn subtract(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }
}

/// By which a number is multiplied, and divided. Nothing is smaller than a nano.
fn factor(suffix: &str) -> Option<(i128, i128)> {
    let times = |power: u32| Some((10_i128.pow(power), 1));
    let binary = |power: u32| Some((1024_i128.pow(power), 1));
    match suffix {
        "" => times(0),
        "n" => Some((1, NANO)),
        "u" => Some((1, 1_000_000)),
        "m" => Some((1, 1_000)),
        "k" => times(3),
        "M" => times(6),
        "G" => times(9),
        "T" => times(12),
        "P" => times(15),
        "E" => times(18),
        "Ki" => binary(1),
        "Mi" => binary(2),
        "Gi" => binary(3),
        "Ti" => binary(4),
        "Pi" => binary(5),
        "Ei" => binary(6),
        _ => match suffix.strip_prefix(['e', 'E'])?.parse::<i32>().ok()? {
            power @ 0..=18 => times(power.unsigned_abs()),
            power @ -9..=-1 => Some((1, 10_i128.pow(power.unsigned_abs()))),
            _ => None,
        },
    }
}

/// As an exact decimal number, in its base unit.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.0 / NANO, (self.0 % NANO).abs());
        if self.0 < 0 && whole == 0 {
            f.write_str("-")?;
        }
        write!(f, "{whole}")?;
        if fraction == 0 {
            return Ok(());
        }
        write!(f, ".{}", format!("{fraction:09}").trim_end_matches('0'))
    }
}

/// A semantic version: <https://semver.org>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Semver {
    pub(crate) numbers: [u64; 3],
    before: Vec<String>,
    text: String,
}

impl Semver {
    /// `1.2.3`, `1.2.3-rc.1+build`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (version, build) = text.split_once('+').map_or((text, None), |(a, b)| (a, Some(b)));
        let (core, before) = version.split_once('-').map_or((version, None), |(a, b)| (a, Some(b)));
        let number = |it: &str| {
            let digits = it.bytes().all(|b| b.is_ascii_digit());
            let plain = digits && (it == "0" || !it.starts_with('0'));
            it.parse::<u64>().ok().filter(|_| plain)
        };
        let numbers: Option<Vec<_>> = core.split('.').map(number).collect();
        let word = |it: &&str| {
            !it.is_empty() && it.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        let words = |it: &str| it.split('.').all(|it| word(&it));
        if !before.is_none_or(words) || !build.is_none_or(words) {
            return None;
        }
        let before = before.map(|it| it.split('.').map(str::to_owned).collect());
        let numbers = numbers?.try_into().ok()?;
        Some(Self { numbers, before: before.unwrap_or_default(), text: text.to_owned() })
    }

    /// Which of two comes before the other; what stands behind `+` does not count.
    pub(crate) fn order(&self, other: &Self) -> std::cmp::Ordering {
        use std::cmp::Ordering;
        let of_words = |one: &String, other: &String| match (one.parse(), other.parse()) {
            (Ok(one), Ok(other)) => u64::cmp(&one, &other),
            (Ok(_), Err(_)) => Ordering::Less,
            (Err(_), Ok(_)) => Ordering::Greater,
            (Err(_), Err(_)) => one.cmp(other),
        };
        let before = || match (self.before.is_empty(), other.before.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => {
                let words = self.before.iter().zip(&other.before);
                let first = words.map(|(one, it)| of_words(one, it)).find(|it| it.is_ne());
                first.unwrap_or_else(|| self.before.len().cmp(&other.before.len()))
            }
        };
        self.numbers.cmp(&other.numbers).then_with(before)
    }
}

impl fmt::Display for Semver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Option<&str>) {
        assert_eq!(Quantity::parse(text).map(|it| it.to_string()).as_deref(), want);
    }

    #[test]
    fn quantities_are_exact() {
        check("1", Some("1"));
        check("500m", Some("0.5"));
        check("256Mi", Some("268435456"));
        check("0.1", Some("0.1"));
        check("-1.5Gi", Some("-1610612736"));
        check("1e3", Some("1000"));
        check("8Ei", Some("9223372036854775808"));
        check("1n", Some("0.000000001"));
        check("0.1n", Some("0.000000001"));
        assert_eq!(Quantity::parse("1000m"), Quantity::parse("1"));
        assert!(Quantity::parse("1024Mi") > Quantity::parse("1G"));
    }

    #[test]
    fn what_is_no_quantity_is_none() {
        for text in ["", "-", ".", "1.2.3", "1GB", "many", "1e", "1e99", "1 Gi"] {
            check(text, None);
        }
        check(&"9".repeat(40), None);
    }

    #[track_caller]
    fn check_order(versions: &[&str]) {
        let versions: Vec<_> =
            versions.iter().map(|it| Semver::parse(it).expect("a version")).collect();
        assert!(versions.windows(2).all(|it| it[0].order(&it[1]).is_lt()), "{versions:?}");
    }

    #[test]
    fn versions_are_ordered_as_semver_org_has_it() {
        check_order(&["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta"]);
        check_order(&["1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.10.0"]);
        for text in ["1", "1.2", "v1.2.3", "01.2.3", "1.2.3-", "1.2.3+", ""] {
            assert_eq!(Semver::parse(text), None, "{text}");
        }
    }
}
