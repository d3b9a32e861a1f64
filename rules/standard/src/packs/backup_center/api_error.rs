//! What OSS, Cloud Backup and the other services of Alibaba Cloud say when they refuse a request.
//!
//! Whoever calls one prints the error as its Go SDK does: OSS has two formats, the other services
//! share a third. Velero and the backup center wrap them in words of their own. Formats:
//! `oss/error.go` of aliyun/aliyun-oss-go-sdk@b6e0a2a, `oss/errors.go` of
//! aliyun/alibabacloud-oss-go-sdk-v2@b3226d1, and `SDKError` in `tea/tea.go` of
//! alibabacloud-go/tea. This module knows texts and no objects.

use std::fmt;

/// An answer of a service. What the text does not contain is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApiError {
    /// Whether it is OSS that answered.
    pub is_oss: bool,
    /// The HTTP status; 0 if the text does not contain it.
    pub status: u16,
    /// `AccessDenied`. The same cause comes under several codes: judge by the message.
    pub code: String,
    /// The sentence.
    pub message: String,
    /// What the vendor's support asks for. Every request has a different one.
    pub request_id: String,
    /// The host that was asked, or the request with its URL; only OSS gives it.
    pub endpoint: String,
}

impl ApiError {
    /// The first answer of a service in a text.
    pub fn find(text: &str) -> Option<Self> {
        Self::find_v1(text).or_else(|| Self::find_v2(text)).or_else(|| Self::find_tea(text))
    }

    /// `oss: service returned error: StatusCode=403, ErrorCode=…, ErrorMessage="…", RequestId=…,
    /// Endpoint=…, Ec=…`
    fn find_v1(text: &str) -> Option<Self> {
        let (_, text) = text.split_once("service returned error: StatusCode=")?;
        // A text inside another is quoted once more.
        let text = text.replace("\\\"", "\"");
        let word = |key: &str| {
            let (_, rest) = text.split_once(key)?;
            let end = rest.find([',', ' ', '\n', '"', ')']).unwrap_or(rest.len());
            Some(rest[..end].to_owned())
        };
        let message = text.split_once("ErrorMessage=\"").and_then(|(_, it)| it.split_once('"'));
        let status = text.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        Some(Self {
            is_oss: true,
            status: status.parse().unwrap_or_default(),
            code: word("ErrorCode=").unwrap_or_default(),
            message: message.map(|(it, _)| it.to_owned()).unwrap_or_default(),
            request_id: word("RequestId=").unwrap_or_default(),
            endpoint: word("Endpoint=").unwrap_or_default(),
        })
    }

    /// `Error returned by Service. \nHttp Status Code: 403. \nError Code: …. \nRequest Id: ….
    /// \nMessage: ….\nEC: …`, with the line ends as they are, as `\n`, or gone.
    fn find_v2(text: &str) -> Option<Self> {
        const KEYS: [&str; 7] = [
            "Http Status Code:",
            "Error Code:",
            "Request Id:",
            "Message:",
            "EC:",
            "Timestamp:",
            "Request Endpoint:",
        ];
        let (_, text) = text.split_once("Error returned by Service.")?;
        let text = text.replace("\\n", "\n");
        let value = |key: &str| {
            let (_, rest) = text.split_once(key)?;
            let end = KEYS.iter().filter_map(|it| rest.find(it)).min().unwrap_or(rest.len());
            // Each value ends in the full stop of the format; the message may have one of its own
            // before it.
            let value = rest[..end].trim();
            Some(value.strip_suffix('.').unwrap_or(value).to_owned())
        };
        let value = |key| value(key).unwrap_or_default();
        Some(Self {
            is_oss: true,
            status: value("Http Status Code:").parse().unwrap_or_default(),
            code: value("Error Code:"),
            message: value("Message:"),
            request_id: value("Request Id:"),
            endpoint: value("Request Endpoint:"),
        })
    }

    /// `SDKError:\n   StatusCode: 403\n   Code: …\n   Message: …\n   Data: {…}`, with the line ends
    /// as in the second format. The id of the request is in the message, or in the data, which is
    /// JSON.
    fn find_tea(text: &str) -> Option<Self> {
        let (_, text) = text.split_once("SDKError:")?;
        let text = text.replace("\\n", "\n").replace("\\\"", "\"");
        let (_, rest) = text.split_once("StatusCode:")?;
        let (status, rest) = rest.split_once("Code:").unwrap_or((rest, ""));
        let (code, rest) = rest.split_once("Message:").unwrap_or((rest, ""));
        let message = rest.split_once("Data:").map_or(rest, |(message, _)| message);
        let first_line = |it: &str| it.trim().lines().next().unwrap_or_default().trim().to_owned();
        let request_id = ["request id:", "\"RequestId\":"].iter().find_map(|key| {
            let (_, id) = rest.split_once(key)?;
            let id = id.trim_start_matches([' ', '"']);
            let end = id.find(|c: char| !c.is_ascii_alphanumeric() && c != '-');
            Some(id[..end.unwrap_or(id.len())].to_owned())
        });
        Some(Self {
            is_oss: false,
            status: first_line(status).parse().unwrap_or_default(),
            code: first_line(code),
            message: first_line(message),
            request_id: request_id.unwrap_or_default(),
            endpoint: String::new(),
        })
    }
}

/// `403 AccessDenied: The bucket you access does not belong to you.`
impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, code, message, .. } = self;
        let status = if *status == 0 { String::new() } else { status.to_string() };
        let head = [status.as_str(), code].join(" ");
        match (head.trim(), message.as_str()) {
            (head, "") => f.write_str(head),
            ("", message) => f.write_str(message),
            (head, message) => write!(f, "{head}: {message}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The five fields, joined.
    #[track_caller]
    fn check(text: &str, want: Option<&str>) {
        let found = ApiError::find(text).map(|it| {
            let ApiError { is_oss: _, status, code, message, request_id, endpoint } = it;
            format!("{status}|{code}|{message}|{request_id}|{endpoint}")
        });
        assert_eq!(found.as_deref(), want, "{text}");
    }

    #[test]
    fn first_format() {
        check(
            concat!(
                "VaultError: backup vault is unavailable: oss: service returned error: ",
                r#"StatusCode=403, ErrorCode=AccessDenied, ErrorMessage="The bucket, you access.""#,
                ", RequestId=68C7, Endpoint=oss-cn-hangzhou-internal.aliyuncs.com, Ec=0003-1",
            ),
            Some(
                "403|AccessDenied|The bucket, you \
                 access.|68C7|oss-cn-hangzhou-internal.aliyuncs.com",
            ),
        );
    }

    #[test]
    fn first_format_without_its_tail() {
        check(
            concat!(
                "oss: service returned error: StatusCode=404, ErrorCode=NoSuchBucket, ",
                r#"ErrorMessage="Gone.""#,
            ),
            Some("404|NoSuchBucket|Gone.||"),
        );
        check("oss: service returned error: StatusCode=", Some("0||||"));
    }

    #[test]
    fn first_format_inside_a_quoted_text() {
        check(
            concat!(
                r#"error="rpc error: oss: service returned error: StatusCode=403, ErrorCode=X, "#,
                r#"ErrorMessage=\"No.\", RequestId=1\"" logger=v"#,
            ),
            Some("403|X|No.|1|"),
        );
    }

    #[test]
    fn second_format_over_many_lines() {
        check(
            "Error returned by Service. \nHttp Status Code: 403. \nError Code: AccessDenied. \
             \nRequest Id: 68C7. \nMessage: It does not belong to you..\nEC: 0003-1.\nTimestamp: \
             2026-09-15 02:26:40 +0000 UTC.\nRequest Endpoint: GET \
             https://b.oss-cn-hangzhou.aliyuncs.com/?max-keys=1.",
            Some(
                "403|AccessDenied|It does not belong to you.|68C7|GET \
                 https://b.oss-cn-hangzhou.aliyuncs.com/?max-keys=1",
            ),
        );
    }

    #[test]
    fn second_format_on_one_line() {
        check(
            concat!(
                r"Error returned by Service. \nHttp Status Code: 404. \nError Code: NoSuchBucket. ",
                r"\nRequest Id: 1. \nMessage: Gone..\nEC: 2.",
            ),
            Some("404|NoSuchBucket|Gone.|1|"),
        );
        check(
            "Error returned by Service. Http Status Code: 404. Error Code: NoSuchBucket. Message: \
             Gone.",
            Some("404|NoSuchBucket|Gone||"),
        );
    }

    #[test]
    fn format_of_cloud_backup() {
        let want = Some(
            "403|MagpieBridgeSlrNotExist|code: 403, AliyunServiceRoleForHbrMagpieBridge doesn't \
             exist request id: 5A3C-01|5A3C-01|",
        );
        let message = "Message: code: 403, AliyunServiceRoleForHbrMagpieBridge doesn't exist \
                       request id: 5A3C-01";
        for ends in ["\n   ", r"\n   ", " "] {
            let head =
                ["level=error SDKError:", "StatusCode: 403", "Code: MagpieBridgeSlrNotExist"];
            check(&format!("{}{ends}{message}{ends}Data: {{}}", head.join(ends)), want);
        }
    }

    #[test]
    fn format_of_cloud_backup_in_pieces() {
        check(
            "SDKError:\n   StatusCode: 400\n   Code: IllegalRequest\n   Message: No.\n   Data: \
             {\"Code\":\"X\",\"RequestId\":\"77-AB\"}",
            Some("400|IllegalRequest|No.|77-AB|"),
        );
        check("SDKError:\n   StatusCode: 403\n   Code: Forbidden", Some("403|Forbidden|||"));
        check("SDKError:\n   StatusCode:", Some("0||||"));
    }

    #[test]
    fn only_oss_is_oss() {
        let is_oss = |text| ApiError::find(text).expect("an answer").is_oss;
        assert!(is_oss("oss: service returned error: StatusCode=403"));
        assert!(is_oss("Error returned by Service. \nHttp Status Code: 403."));
        assert!(!is_oss("SDKError:\n   StatusCode: 403"));
    }

    #[test]
    fn other_texts_hold_no_answer() {
        check("dial tcp 100.118.28.44:443: i/o timeout", None);
        check("SDKError: no more is told", None);
        check("", None);
    }
}
