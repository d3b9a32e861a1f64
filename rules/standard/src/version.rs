//! Versions, as image tags and kubelets give them.
//!
//! Not those of the `semver` crate: `1.7.10-2f6b1d7-aliyun` is 1.7.10 as ACK built it, where
//! semantic versioning takes it for what came before 1.7.10; and csi-plugin has versions of four
//! numbers, which it refuses.

use std::fmt;

/// The first three numbers of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32, pub u32);

impl Version {
    /// Reads `v1.7.10`, `1.18.8-aliyun.1`, `v1.18.8.47-906bd535-aliyun`. None for fewer than three
    /// numbers.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let (numbers, _) = text.split_once(['-', '+', '_']).unwrap_or((text, ""));
        let mut numbers = numbers.split('.').map(|it| it.parse().ok());
        let mut next = || numbers.next().flatten();
        Some(Self(next()?, next()?, next()?))
    }

    /// The version of an image, by its tag.
    pub fn of_image(image: &str) -> Option<Self> {
        let (_, tag) = file(image).split_once(':')?;
        Self::parse(tag)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// The last part of an image's name: `csi-plugin` of
/// `registry:5000/acs/csi-plugin:v1.30.3@sha256:…`.
pub fn repository(image: &str) -> &str {
    let file = file(image);
    file.split_once(':').map_or(file, |(repository, _)| repository)
}

/// An image without registry, folders and digest.
fn file(image: &str) -> &str {
    let image = image.split_once('@').map_or(image, |(image, _)| image);
    image.rsplit_once('/').map_or(image, |(_, file)| file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(image: &str, want_repository: &str, want: Option<Version>) {
        assert_eq!(repository(image), want_repository, "{image}");
        assert_eq!(Version::of_image(image), want, "{image}");
    }

    #[test]
    fn the_tag_of_an_image_tells_its_version() {
        let acs = "registry-cn-hangzhou-vpc.ack.aliyuncs.com/acs";
        check(
            &format!("{acs}/migrate-controller:v1.7.10-2f6b1d7-aliyun"),
            "migrate-controller",
            Some(Version(1, 7, 10)),
        );
        check(
            &format!("{acs}/csi-plugin:v1.18.8.47-906bd535-aliyun"),
            "csi-plugin",
            Some(Version(1, 18, 8)),
        );
        check("csi-plugin:1.20.6", "csi-plugin", Some(Version(1, 20, 6)));
        check("r:5000/a/b:v1.2.3@sha256:0123", "b", Some(Version(1, 2, 3)));
        check("b:v1.2.3_build", "b", Some(Version(1, 2, 3)));
        check("b:v1.2.3+build", "b", Some(Version(1, 2, 3)));
    }

    #[test]
    fn other_tags_tell_none() {
        for image in [
            "b:latest",
            "b",
            "r:5000/a/b",
            "b@sha256:0123",
            "b:v1.2",
            "b:v1",
            "b:1.x.3",
            "b:v1.2.99999999999",
            "b:",
            "",
        ] {
            assert_eq!(Version::of_image(image), None, "{image}");
        }
    }

    #[test]
    fn a_kubelet_tells_its_version() {
        assert_eq!(Version::parse("v1.18.8-aliyun.1"), Some(Version(1, 18, 8)));
        assert_eq!(Version::parse("v1.20.11-eks-f17b81"), Some(Version(1, 20, 11)));
        assert_eq!(Version::parse(""), None);
    }

    #[test]
    fn versions_are_ordered_by_their_numbers() {
        assert!(Version(1, 7, 9) < Version(1, 7, 10));
        assert!(Version(1, 7, 10) < Version(1, 10, 0));
        assert_eq!(Version(1, 7, 10).to_string(), "1.7.10");
    }
}
