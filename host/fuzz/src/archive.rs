//! Archives with pods in them, made from choices: whatever stands in one is read, or it is a loss.
//!
//! Some choices are lies: a path that leads out, a wrong size, a missing end. A lie about one
//! member may cost that member and no other; one about the archive may cost all of it. Where there
//! is none, all is read and nothing is lost.

mod tar;
mod zip;

use std::{collections::BTreeSet, io::Read, iter};

use rulebox_core::Reading;
use rulebox_reader::Limits;
use serde_json::Value;

use crate::{
    draw::Draw,
    reader::{READER, has_lost, read_stream},
};

/// Archives in archives, and compressions of one file, that are read.
const ARCHIVES: usize = 2;
const COMPRESSIONS: usize = 2;

/// No member is nested deeper, so that an input stays small.
const DEEPEST: usize = 4;

pub(crate) fn check(bytes: &[u8]) {
    let mut draw = Draw::new(bytes);
    // Small windows, so that a member spans several.
    let limits = Limits { window_bytes: 64 << (2 * draw.below(8)), ..Limits::default() };
    let mut made = Made::default();
    let mut packed = archive(&mut draw, &mut made, Around::default());
    if draw.rarely(16) {
        made.lies = true;
        // What is shorter than a block cannot be told from any other file.
        let length = 512 + usize::from(u16::from_le_bytes([draw.byte(), draw.byte()]));
        packed.truncate(length);
    }
    let reading = read_stream(&READER.clone().with_limits(limits), &packed);
    let found = names(&reading);
    let has_lost = has_lost(&reading);
    let is_missing = |it: &&Pod| !found.contains(&it.name);
    let problems = || reading.inputs.iter().flat_map(|it| &it.problems);
    let told = || {
        let problems: Vec<_> = problems().collect();
        let packed = packed.escape_ascii().to_string().replace("\\x00", "");
        format!("{problems:#?} in {packed}, without its zeros")
    };
    if let Some(pod) = made.pods.iter().find(is_missing) {
        // What is cut off between two members may be whole: that it has no end is told.
        let may_be_cut = problems().any(|it| it.reason.contains("the archive has no end"));
        assert!(has_lost || may_be_cut, "{} is neither read nor lost; {}", pod.name, told());
    }
    if !made.lies {
        let pod = made.pods.iter().filter(|it| !it.is_spoiled).find(is_missing);
        assert!(pod.is_none(), "{pod:?} was lost for another; {}", told());
        let is_honest = made.pods.iter().all(|it| !it.is_spoiled) && !made.is_spoiled;
        assert!(!has_lost || !is_honest, "nothing is wrong, and is lost: {}", told());
    }
}

/// The names of the pods that were read.
fn names(reading: &Reading) -> BTreeSet<String> {
    let pods = reading.inventory.objects.get("pods").expect("the need");
    let name = |it: &str| {
        let pod: Value = serde_json::from_str(it).expect("an object is JSON");
        pod.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    pods.objects.iter().map(|it| name(&it.text())).collect()
}

/// A pod that stands in the archive.
#[derive(Debug)]
struct Pod {
    name: String,
    /// A lie about its member, or one around it, may cost it.
    is_spoiled: bool,
}

/// What stands in the archive.
#[derive(Debug, Default)]
struct Made {
    pods: Vec<Pod>,
    /// A member without a pod was lied about.
    is_spoiled: bool,
    /// Something was lied about that may cost the rest.
    lies: bool,
}

/// What is around a member.
#[derive(Debug, Clone, Copy, Default)]
struct Around {
    archives: usize,
    compressions: usize,
    is_spoiled: bool,
}

/// A file in an archive.
struct Member {
    path: Vec<u8>,
    content: Vec<u8>,
}

/// An archive of a few members, perhaps compressed.
fn archive(draw: &mut Draw<'_>, made: &mut Made, around: Around) -> Vec<u8> {
    let times = if draw.rarely(3) { 1 + draw.below(2) } else { 0 };
    let compressions: Vec<_> = iter::repeat_with(|| draw.below(4)).take(times).collect();
    let mut around = Around {
        archives: around.archives + 1,
        compressions: around.compressions + times,
        is_spoiled: around.is_spoiled,
    };
    around.is_spoiled |= around.archives > ARCHIVES || around.compressions > COMPRESSIONS;
    made.is_spoiled |= around.is_spoiled;
    let packed =
        if draw.flag() { tar::write(draw, made, around) } else { zip::write(draw, made, around) };
    compressions.into_iter().fold(packed, |packed, how| compressed(how, &packed))
}

/// A member with any content, and whether it was lied about.
fn member(draw: &mut Draw<'_>, made: &mut Made, around: Around) -> (Member, bool) {
    const PATHS: [&str; 8] =
        ["a.yaml", "pods/b.json", "c", "pods/b.json", "d.txt", "e/f/g.yml", ".h.yaml", "i j.yaml"];
    const OUT: [&str; 4] = ["../a.yaml", "/etc/a.yaml", "b/../../a.yaml", "C:/a.yaml"];
    let leads_out = draw.rarely(16);
    let path = if leads_out { draw.of(&OUT) } else { draw.of(&PATHS) }.as_bytes().to_vec();
    let around = Around { is_spoiled: around.is_spoiled || leads_out, ..around };
    made.is_spoiled |= leads_out;
    let content = content(draw, made, around);
    (Member { path, content }, leads_out)
}

fn content(draw: &mut Draw<'_>, made: &mut Made, around: Around) -> Vec<u8> {
    match draw.below(10) {
        0..4 => pod(draw, made, around),
        4 => Vec::new(),
        5 => b"nothing of Kubernetes\n".repeat(1 + draw.below(40)),
        6 => vec![0; 700],
        7 if around.archives < DEEPEST => archive(draw, made, around),
        _ => {
            let compressions = around.compressions + 1;
            let is_spoiled = around.is_spoiled || compressions > COMPRESSIONS;
            made.is_spoiled |= is_spoiled;
            let how = draw.below(4);
            compressed(how, &pod(draw, made, Around { compressions, is_spoiled, ..around }))
        }
    }
}

/// A pod of a name of its own.
fn pod(draw: &mut Draw<'_>, made: &mut Made, around: Around) -> Vec<u8> {
    let name = format!("pod-{}", made.pods.len());
    made.pods.push(Pod { name: name.clone(), is_spoiled: around.is_spoiled });
    // Some fill blocks of 512 bytes.
    let note = "x".repeat(draw.below(8) * 90);
    let text = if draw.flag() {
        format!(
            "{{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{{\"name\":\"{name}\"}},\
             \"spec\":{{\"note\":\"{note}\"}}}}\n"
        )
    } else {
        format!("apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\nspec:\n  note: \"{note}\"\n")
    };
    text.into_bytes()
}

fn compressed(how: usize, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let read = match how {
        0 => flate2::read::GzEncoder::new(bytes, flate2::Compression::fast()).read_to_end(&mut out),
        1 => zstd::stream::read::Encoder::new(bytes, 1).and_then(|mut it| it.read_to_end(&mut out)),
        2 => bzip2::read::BzEncoder::new(bytes, bzip2::Compression::fast()).read_to_end(&mut out),
        _ => liblzma::read::XzEncoder::new(bytes, 0).read_to_end(&mut out),
    };
    read.expect("memory is read and written");
    out
}
