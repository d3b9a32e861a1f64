//! The functions that Rego may call: those of `regorus`, those that are added here, and why others
//! are refused.

mod dates;
pub(crate) mod glob;
mod net;
pub(crate) mod patterns;
mod sprintf;
mod verbs;

use anyhow::{Result, anyhow, bail};
use regorus::{Engine, Value};
use rulebox_text::{Problems, yaml};

use crate::clock::Clock;

/// What `regorus` has, as it is built here.
const INTERPRETED: &str = "
    abs array.concat array.reverse array.slice base64.decode base64.encode base64.is_valid
    base64url.decode base64url.encode base64url.encode_no_pad bits.and bits.lsh bits.negate
    bits.or bits.rsh bits.xor ceil concat contains count endswith floor format_int glob.quote_meta
    graph.reachable graph.reachable_paths hex.decode hex.encode indexof indexof_n intersection
    is_array is_boolean is_null is_number is_object is_set is_string json.filter json.is_valid
    json.marshal json.marshal_with_options json.patch json.remove json.unmarshal lower max min
    object.filter object.get object.keys object.remove object.subset object.union object.union_n
    print product replace round semver.compare semver.is_valid sort split startswith
    strings.any_prefix_match strings.any_suffix_match strings.count strings.replace_n
    strings.reverse substring sum to_number trace trim trim_left trim_prefix trim_right trim_space
    trim_suffix type_name union units.parse units.parse_bytes upper walk";

/// Why a function is refused, and what to do.
const REFUSED: [(&str, &str, &str); 21] = [
    ("http.send", NETWORK, SETTING),
    ("external_data", NETWORK, SETTING),
    ("net.lookup_ip_addr", NETWORK, SETTING),
    ("providers.", "signs requests, and there is no network here", SETTING),
    ("opa.runtime", "there is no OPA, and no environment, around it", SETTING),
    ("rand.", RANDOM, "make it follow from the object"),
    ("uuid.", RANDOM, "make it follow from the object"),
    ("io.jwt.", UNKNOWN, "check tokens where they are used"),
    ("crypto.", UNKNOWN, "leave the check of certificates and digests to another tool"),
    ("graphql.", UNKNOWN, REWRITE),
    ("rego.", "a policy cannot read policies here", REWRITE),
    ("json.match_schema", UNKNOWN, REWRITE),
    ("json.verify_schema", UNKNOWN, REWRITE),
    ("net.", UNKNOWN, "net.cidr_contains and net.cidr_is_valid are there"),
    ("regex.globs_match", UNKNOWN, "write `glob.match` or `regex.match`"),
    ("strings.render_template", UNKNOWN, "write `sprintf`"),
    ("time.parse_ns", UNKNOWN, "write `time.parse_rfc3339_ns`, as Kubernetes writes times"),
    ("urlquery.", UNKNOWN, REWRITE),
    ("yaml.marshal", UNKNOWN, "write `json.marshal`"),
    ("set_diff", "was replaced by an operator", "write `a - b`"),
    ("cast_", "was removed from Rego", "write a comprehension, or `to_number`"),
];

const NETWORK: &str = "would use the network, and a pack has none";
const RANDOM: &str = "answers differently each time, and the same input gives the same report here";
const UNKNOWN: &str = "is not known to this interpreter";
const SETTING: &str = "make what it asks for a setting of the pack: `data.settings.name`";
const REWRITE: &str = "write it with other functions";

/// A function over its arguments, as many as it takes.
type Function = fn(&[Value]) -> Result<Value>;

/// Functions that are added, each with the number of its arguments.
const ADDED: [(&str, u8, Function); 26] = [
    // Of Rego before 1.0: Gatekeeper's older templates are full of them.
    ("all", 1, all),
    ("any", 1, any),
    ("re_match", 2, patterns::re_match),
    // In place of those of the interpreter, which has other answers, or takes all memory.
    ("glob.match", 3, glob::matches),
    ("regex.find_all_string_submatch_n", 3, patterns::find_all),
    ("regex.find_n", 3, patterns::find_n),
    ("regex.is_valid", 1, patterns::is_valid),
    ("regex.match", 2, patterns::matches),
    ("regex.replace", 3, patterns::replace),
    ("regex.split", 2, patterns::split),
    ("regex.template_match", 4, patterns::template_match),
    ("sprintf", 2, sprintf::sprintf),
    ("numbers.range", 2, range),
    ("numbers.range_step", 3, range_step),
    ("net.cidr_contains", 2, net::cidr_contains),
    ("net.cidr_is_valid", 1, net::cidr_is_valid),
    ("yaml.is_valid", 1, yaml_is_valid),
    ("yaml.unmarshal", 1, yaml_unmarshal),
    ("time.add_date", 4, dates::add_date),
    ("time.clock", 1, dates::clock),
    ("time.date", 1, dates::date),
    ("time.diff", 2, dates::diff),
    ("time.format", 1, dates::format),
    ("time.parse_duration_ns", 1, dates::parse_duration),
    ("time.parse_rfc3339_ns", 1, dates::parse_rfc3339),
    ("time.weekday", 1, dates::weekday),
];

/// So many numbers are in one list.
const NUMBERS: u64 = 1_000_000;

const NOW: &str = "time.now_ns";

/// Whether a function can be called.
pub(crate) fn is_known(name: &str) -> bool {
    known().any(|it| it == name)
}

/// The names of all functions that can be called.
pub(crate) fn known() -> impl Iterator<Item = &'static str> + Clone {
    INTERPRETED.split_whitespace().chain(ADDED.iter().map(|it| it.0)).chain([NOW])
}

/// Why a function of Rego is refused, as the end of a sentence about it, and what to do.
pub(crate) fn refusal(name: &str) -> Option<(&'static str, &'static str)> {
    let is = |refused: &str| match refused.strip_suffix(['.', '_']) {
        Some(_) => name.starts_with(refused),
        None => name == refused,
    };
    REFUSED.iter().find(|it| is(it.0)).map(|it| (it.1, it.2))
}

/// Adds what `regorus` does not have.
pub(crate) fn add(engine: &mut Engine, clock: &Clock) -> Result<()> {
    for (name, arguments, function) in ADDED {
        let call = move |arguments: Vec<Value>| function(&arguments);
        engine.add_extension(name.to_owned(), arguments, Box::new(call))?;
    }
    let clock = clock.clone();
    let now = move |_: Vec<Value>| {
        clock.ask().map(Value::from).ok_or_else(|| anyhow!("when the input was taken is not known"))
    };
    engine.add_extension(NOW.to_owned(), 0, Box::new(now))
}

fn text<'v>(function: &str, value: &'v Value) -> Result<&'v str> {
    match value {
        Value::String(it) => Ok(it),
        _ => bail!("{function} takes a text"),
    }
}

fn members(function: &str, value: &Value) -> Result<Vec<Value>> {
    match value {
        Value::Array(it) => Ok(it.to_vec()),
        Value::Set(it) => Ok(it.iter().cloned().collect()),
        _ => bail!("{function} takes an array or a set"),
    }
}

fn all(of: &[Value]) -> Result<Value> {
    Ok(Value::from(members("all", &of[0])?.iter().all(|it| *it == Value::from(true))))
}

fn any(of: &[Value]) -> Result<Value> {
    Ok(Value::from(members("any", &of[0])?.contains(&Value::from(true))))
}

/// The whole numbers from one to another, upwards or downwards.
fn range(of: &[Value]) -> Result<Value> {
    let number =
        |nth: usize| of[nth].as_i64().map_err(|_| anyhow!("numbers.range takes whole numbers"));
    steps("numbers.range", number(0)?, number(1)?, 1)
}

/// The same, with a step that is larger than 0.
fn range_step(of: &[Value]) -> Result<Value> {
    let name = "numbers.range_step";
    let number = |nth: usize| of[nth].as_i64().map_err(|_| anyhow!("{name} takes whole numbers"));
    let step = u64::try_from(number(2)?).ok().filter(|it| *it > 0);
    steps(name, number(0)?, number(1)?, step.ok_or_else(|| anyhow!("{name} takes a step from 1"))?)
}

fn steps(name: &str, from: i64, to: i64, step: u64) -> Result<Value> {
    let count = from.abs_diff(to) / step;
    if count >= NUMBERS {
        bail!("{name} gives at most {NUMBERS} numbers");
    }
    let step = i128::from(step) * if from <= to { 1 } else { -1 };
    let number = |nth: u64| Value::from(i128::from(from) + i128::from(nth) * step);
    Ok(Value::from((0..=count).map(number).collect::<Vec<_>>()))
}

/// A YAML text as JSON.
fn yaml(value: &str) -> Option<String> {
    let mut problems = Problems::new("");
    let node = yaml::parse(value, &mut problems);
    if problems.is_empty() { Some(node?.json().to_string()) } else { None }
}

#[expect(clippy::unnecessary_wraps, reason = "it is one of the functions of `ADDED`")]
fn yaml_is_valid(of: &[Value]) -> Result<Value> {
    Ok(Value::from(matches!(&of[0], Value::String(it) if yaml(it).is_some())))
}

fn yaml_unmarshal(of: &[Value]) -> Result<Value> {
    let json = yaml(text("yaml.unmarshal", &of[0])?);
    Value::from_json_str(&json.ok_or_else(|| anyhow!("yaml.unmarshal: the text is no YAML"))?)
}
