//! The container image: an archive of the Open Container Initiative with one layer, which holds the
//! program, linked statically, and the certificates of public authorities. Nothing is fetched, and
//! the same program and certificates give the same bytes.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
};

use crate::{
    archive::{Content, Entry, archive, digest, gzip},
    machine::X86_64,
    process::{Result, root},
};

/// Of the program and its image.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// How media types of images begin; that of a manifest, and that of an index.
const OCI: &str = "application/vnd.oci.image";
const OCI_MANIFEST: &str = r#""mediaType":"application/vnd.oci.image.manifest.v1+json""#;
const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// What [`X86_64`] is called in an index.
const PLATFORM: &str = r#""platform":{"architecture":"amd64","os":"linux"}"#;

/// Where distributions keep certificates.
const BUNDLES: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/// What is typed.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The program to put in; without it, it is built.
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// The certificates to put in; without it, those of this machine.
    #[arg(long, value_name = "FILE")]
    certificates: Option<PathBuf>,
    /// The archive to write; without it, target/image/rulebox.tar
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Builds the image, and prints where it is and its digest.
pub(crate) fn run(options: &Options) -> Result {
    let binary = match &options.binary {
        Some(file) => file.clone(),
        None => X86_64.build()?,
    };
    let program = read(&binary)?;
    check_static(&binary, &program)?;
    let bundle = match &options.certificates {
        Some(file) => Some(file.clone()),
        None => BUNDLES.iter().map(PathBuf::from).find(|it| it.exists()),
    };
    let bundle = bundle.ok_or(
        "this machine has no certificates: on Debian type apt-get install ca-certificates, or name \
         a file by --certificates",
    )?;
    let (archive, digest) = image(&program, &read(&bundle)?)?;
    let output = options.output.clone().unwrap_or_else(|| root().join("target/image/rulebox.tar"));
    let folder = output.parent().filter(|it| !it.as_os_str().is_empty());
    if let Some(folder) = folder {
        fs::create_dir_all(folder)
            .map_err(|it| format!("cannot make {}: {it}", folder.display()))?;
    }
    File::create(&output)
        .and_then(|mut it| it.write_all(&archive))
        .map_err(|it| format!("cannot write {}: {it}", output.display()))?;
    println!("{}\n{digest}\ncertificates of {}", output.display(), bundle.display());
    Ok(())
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|it| format!("cannot read {}: {it}", path.display()))
}

/// Refuses a program that asks for a loader or for libraries: the image has none.
pub(crate) fn check_static(path: &Path, program: &[u8]) -> Result {
    /// The types of program headers that name a loader (PT_INTERP).
    const LOADER: u32 = 3;
    let word = |at: usize, size: usize| -> Option<u64> {
        let bytes = program.get(at..at.checked_add(size)?)?;
        Some(bytes.iter().rev().fold(0, |all, it| (all << 8) | u64::from(*it)))
    };
    let headers = || -> Option<Vec<u32>> {
        let (at, size, number) = (word(32, 8)?, word(54, 2)?, word(56, 2)?);
        let header = |nth| word(usize::try_from(at + nth * size).ok()?, 4);
        (0..number).map(|it| u32::try_from(header(it)?).ok()).collect()
    };
    let name = path.display();
    if !program.starts_with(b"\x7fELF\x02\x01") {
        return Err(format!("{name} is no program for 64-bit Linux"));
    }
    match headers() {
        None => Err(format!("{name} is cut off")),
        Some(it) if it.contains(&LOADER) => Err(format!(
            "{name} is not linked statically: build it with musl, as `cargo xtask image` does"
        )),
        Some(_) => Ok(()),
    }
}

/// The archive, and the digest of the image in it.
fn image(program: &[u8], certificates: &[u8]) -> Result<(Vec<u8>, String)> {
    let layer = archive(&[
        Entry { path: "etc/", mode: 0o755, content: Content::Folder },
        Entry { path: "etc/ssl/", mode: 0o755, content: Content::Folder },
        Entry { path: "etc/ssl/certs/", mode: 0o755, content: Content::Folder },
        Entry {
            path: "etc/ssl/certs/ca-certificates.crt",
            mode: 0o644,
            content: Content::File(certificates),
        },
        Entry { path: "rulebox", mode: 0o755, content: Content::File(program) },
    ])?;
    let diff = digest(&layer);
    let layer = gzip(&layer)?;
    // Numbers, digests and a version need no escapes.
    let config = format!(
        r#"{{"architecture":"amd64","os":"linux","config":{{"User":"65532:65532",\
"Entrypoint":["/rulebox"],"WorkingDir":"/",\
"Env":["SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"],\
"Labels":{{"org.opencontainers.image.title":"rulebox",\
"org.opencontainers.image.version":"{VERSION}",\
"org.opencontainers.image.licenses":"Apache-2.0"}}}},\
"rootfs":{{"type":"layers","diff_ids":["{diff}"]}},\
"history":[{{"created":"1970-01-01T00:00:00Z","created_by":"cargo xtask image"}}]}}"#
    )
    .replace("\\\n", "");
    let part = |media_type: &str, content: &[u8]| {
        format!(
            r#""mediaType":"{OCI}.{media_type}","digest":"{}","size":{}"#,
            digest(content),
            content.len()
        )
    };
    let manifest = format!(
        r#"{{"schemaVersion":2,{OCI_MANIFEST},"config":{{{}}},"layers":[{{{}}}]}}"#,
        part("config.v1+json", config.as_bytes()),
        part("layer.v1.tar+gzip", &layer)
    );
    let image = digest(manifest.as_bytes());
    let index = format!(
        r#"{{"schemaVersion":2,"mediaType":"{OCI_INDEX}","manifests":[{{{},{PLATFORM},{}}}]}}"#,
        part("manifest.v1+json", manifest.as_bytes()),
        format_args!(r#""annotations":{{"org.opencontainers.image.ref.name":"{VERSION}"}}"#)
    );
    let blob = |content: &[u8]| digest(content).replace("sha256:", "blobs/sha256/");
    let blobs = [config.as_bytes(), manifest.as_bytes(), &layer];
    let mut named: Vec<_> = blobs.iter().map(|it| (blob(it), *it)).collect();
    named.sort();
    let file = |path, content| Entry { path, mode: 0o644, content: Content::File(content) };
    let mut entries = vec![
        Entry { path: "blobs/", mode: 0o755, content: Content::Folder },
        Entry { path: "blobs/sha256/", mode: 0o755, content: Content::Folder },
    ];
    entries.extend(named.iter().map(|(path, content)| file(path.as_str(), *content)));
    entries.push(file("index.json", index.as_bytes()));
    entries.push(file("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#));
    Ok((archive(&entries)?, image))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, io::Read as _};

    use super::*;

    /// The files of an archive.
    fn files(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
        let mut archive = tar::Archive::new(archive);
        let entry = |entry: std::io::Result<tar::Entry<'_, _>>| {
            let mut entry = entry.expect("an entry");
            let path = entry.path().expect("a path").display().to_string();
            let mut content = Vec::new();
            let _: usize = entry.read_to_end(&mut content).expect("read");
            (path, content)
        };
        archive.entries().expect("entries").map(entry).collect()
    }

    #[test]
    fn each_part_is_where_its_digest_says() {
        let (archive, image_digest) = image(b"program", b"certificates").expect("an image");
        assert_eq!(image(b"program", b"certificates").expect("an image").0, archive);
        let files = files(&archive);
        let text = |it: &str| String::from_utf8(files[it].clone()).expect("text");
        assert_eq!(text("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#);
        let blob = |digest: &str| files[&digest.replace("sha256:", "blobs/sha256/")].clone();
        assert!(text("index.json").contains(&image_digest));
        for (name, content) in files.iter().filter(|it| it.0.starts_with("blobs/sha256/")) {
            if !content.is_empty() {
                assert_eq!(digest(content).replace("sha256:", "blobs/sha256/"), *name);
            }
        }
        let manifest = String::from_utf8(blob(&image_digest)).expect("text");
        let digests: Vec<_> = manifest.match_indices("sha256:").map(|it| it.0).collect();
        let [config, layer] = [digests[0], digests[1]].map(|it| blob(&manifest[it..it + 71]));
        let mut layer_bytes = Vec::new();
        let read = flate2::read::GzDecoder::new(&*layer).read_to_end(&mut layer_bytes);
        assert!(read.is_ok());
        let config = String::from_utf8(config).expect("text");
        assert!(config.contains(&digest(&layer_bytes)), "the diff id is of what is not compressed");
        let files = self::files(&layer_bytes);
        assert_eq!(files["rulebox"], b"program");
        assert_eq!(files["etc/ssl/certs/ca-certificates.crt"], b"certificates");
    }

    #[test]
    fn a_program_that_asks_for_a_loader_is_refused() {
        let mine = std::env::current_exe().expect("this test");
        let program = fs::read(&mine).expect("a program");
        let refused = check_static(&mine, &program);
        assert!(refused.expect_err("it is linked dynamically").contains("with musl"));
        assert!(check_static(&mine, b"#!/bin/sh").is_err());
        assert!(check_static(&mine, &program[..100]).is_err());
    }
}
