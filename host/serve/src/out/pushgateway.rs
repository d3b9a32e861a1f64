//! The metrics of one run, for a Pushgateway: a run that ends cannot be scraped.

use http::Method;
use rulebox_core::Report;
use rulebox_report::{PROMETHEUS_CONTENT_TYPE, PrometheusOptions, prometheus};

use super::client::{Address, Client, Content};

/// Replaces what the Pushgateway holds of this job, and of this cluster if it has a name. An error,
/// in words, where it does not take it.
pub async fn push(
    client: &Client,
    to: &Address,
    cluster: &str,
    report: &Report,
    options: PrometheusOptions,
) -> Result<(), String> {
    let body = prometheus(report, options).into_bytes();
    let content = Content { method: Method::PUT, content_type: PROMETHEUS_CONTENT_TYPE, body };
    client.send(to, &path(cluster), content).await
}

/// The path of the group: those of two clusters are two, so that one does not replace the other.
fn path(cluster: &str) -> String {
    const PLAIN: &str = "-._~:";
    let is_plain = |it: char| it.is_ascii_alphanumeric() || PLAIN.contains(it);
    // Two dots are a folder above.
    let is_name = cluster.starts_with(|it: char| it.is_ascii_alphanumeric());
    if cluster.is_empty() {
        "/metrics/job/rulebox".to_owned()
    } else if is_name && cluster.chars().all(is_plain) {
        format!("/metrics/job/rulebox/cluster/{cluster}")
    } else {
        format!("/metrics/job/rulebox/cluster@base64/{}", base64url(cluster.as_bytes()))
    }
}

/// RFC 4648, section 5, without padding: a value that may hold a slash.
fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let number = three.iter().enumerate();
        let number = number.fold(0_u32, |sum, (nth, it)| sum | u32::from(*it) << (16 - 8 * nth));
        for nth in 0..=three.len() {
            let digit = number >> (18 - 6 * nth) & 63;
            text.push(char::from(DIGITS[digit as usize]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cluster: &str, want: &str) {
        assert_eq!(path(cluster), want);
    }

    #[test]
    fn each_cluster_has_a_group_of_its_own() {
        check("", "/metrics/job/rulebox");
        check("kind-prod.example", "/metrics/job/rulebox/cluster/kind-prod.example");
        check("a/b", "/metrics/job/rulebox/cluster@base64/YS9i");
        check("../x?", "/metrics/job/rulebox/cluster@base64/Li4veD8");
        check("备份\n", "/metrics/job/rulebox/cluster@base64/5aSH5Lu9Cg");
        check("..", "/metrics/job/rulebox/cluster@base64/Li4");
        check("a b>", "/metrics/job/rulebox/cluster@base64/YSBiPg");
        check("??>", "/metrics/job/rulebox/cluster@base64/Pz8-");
    }
}
