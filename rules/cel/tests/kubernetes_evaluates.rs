//! Expressions give what they give in an API server of Kubernetes: its own evaluation, in Go, is
//! asked beside ours. `cargo xtask e2e` builds it and names it in `RULEBOX_E2E_CEL`.

mod harness;

use std::{
    env,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use harness::{evaluate, load};
use libtest_mimic::{Arguments, Completion, Trial};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Value, json};

const PROGRAM: &str = "RULEBOX_E2E_CEL";

fn main() {
    let trial = Trial::ignorable_test("expressions give what Kubernetes makes of them", || {
        let Some(program) = env::var_os(PROGRAM).filter(|it| !it.is_empty()) else {
            return Ok(Completion::ignored_with("no program; type: cargo xtask e2e"));
        };
        let peer = std::cell::RefCell::new(Peer::start(&program));
        let config = Config { cases: 4000, failure_persistence: None, ..Config::default() };
        // What chance finds is for whoever changes the number of cases.
        let same = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let mut runner = TestRunner::new_with_rng(config, same);
        let asked = (any::<u8>(), prop::collection::vec(any::<u8>(), 0..80));
        let ran = runner.run(&asked, |(of, choices)| {
            let of = TYPES[usize::from(of) % TYPES.len()];
            let expression = Choices(choices.into_iter()).expression(of, 4);
            let want = peer.borrow_mut().evaluate(&expression);
            let have = ours(&expression);
            prop_assert!(agree(&have, &want), "{expression}\nours: {have:?}\ntheirs: {want:?}");
            Ok(())
        });
        ran.map(|()| Completion::Completed).map_err(|it| it.to_string().into())
    });
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit();
}

/// What becomes of an expression.
#[derive(Debug, PartialEq)]
enum Outcome {
    /// As a message shows it.
    Value(String),
    /// It has no value.
    Failed(String),
    /// It is refused before it is evaluated.
    Refused(String),
}

/// What fails there alone: `string(…)` of an element of `distinct()`, and what is made of it; NaN
/// has no order.
const THEIR_OWN: [&str; 3] =
    ["no such overload: string(int)", "not traits.Lister", "NaN values cannot be ordered"];

/// Whether both say the same. Kubernetes refuses more by types: a list that holds a field of no
/// known type and a number.
fn agree(have: &Outcome, want: &Outcome) -> bool {
    match (have, want) {
        (Outcome::Value(have), Outcome::Value(want)) => have == want,
        (_, Outcome::Refused(_)) => true,
        (_, Outcome::Failed(why)) if THEIR_OWN.iter().any(|it| why.contains(it)) => true,
        (have, want) => std::mem::discriminant(have) == std::mem::discriminant(want),
    }
}

/// The evaluation of Kubernetes: an expression a line, and an answer a line.
struct Peer {
    _child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Peer {
    fn start(program: &std::ffi::OsStr) -> Self {
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let to = child.stdin.take().expect("it is piped");
        let from = BufReader::new(child.stdout.take().expect("it is piped"));
        Self { _child: child, to, from }
    }

    fn evaluate(&mut self, expression: &str) -> Outcome {
        let asked = json!({"expression": expression, "object": object()});
        writeln!(self.to, "{asked}").expect("it listens");
        let mut line = String::new();
        self.from.read_line(&mut line).expect("it answers");
        let mut answer: Value = serde_json::from_str(&line).expect("it answers JSON");
        let mut take = |key| match answer[key].take() {
            Value::String(it) => it,
            _ => String::new(),
        };
        let (refused, failed, value) = (take("refused"), take("failed"), take("value"));
        match (refused.is_empty(), failed.is_empty()) {
            (false, _) => Outcome::Refused(refused),
            (true, false) => Outcome::Failed(failed),
            (true, true) => Outcome::Value(value),
        }
    }
}

fn ours(expression: &str) -> Outcome {
    let pack = format!(
        "apiVersion: rulebox.dev/v1alpha1\nkind: RulePack\n\
         metadata: {{name: test, version: 0.1.0}}\n\
         needs: {{things: {{group: acme.example, kind: Thing}}}}\nrules:\n- id: tells\n  \
         severity: low\n  summary: It tells\n  for: things\n  when: \"true\"\n  message: |\n    \
         <{{{{ {expression} }}}}>\n"
    );
    let text = rulebox_cel::Text { path: "pack.yaml".to_owned(), content: pack.clone() };
    if let Err(problems) = rulebox_cel::Pack::load(&[text]) {
        return Outcome::Refused(format!("{problems:?}"));
    }
    let mut outcome = evaluate(&load(&pack), "tells", &object().to_string());
    let said = outcome.findings.remove(0).summary;
    let said = said.strip_prefix('<').and_then(|it| it.strip_suffix('>')).unwrap_or(&said);
    match said.strip_prefix('(') {
        Some(failed) => Outcome::Failed(failed.to_owned()),
        None => Outcome::Value(said.to_owned()),
    }
}

fn object() -> Value {
    json!({
        "apiVersion": "acme.example/v1",
        "kind": "Thing",
        "metadata": {"name": "one"},
        "spec": {
            "count": 3,
            "share": 0.5,
            "on": true,
            "name": "web-0",
            "memory": "512Mi",
            "ports": [80, 443, 80],
            "names": ["b", "a", "ä"],
            "labels": {"app": "web", "acme.example/team": "a"},
            "since": "2026-09-15T02:30:00Z",
        }
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Of {
    Bool,
    Int,
    Double,
    Text,
    Ints,
    Texts,
}

const TYPES: [Of; 6] = [Of::Bool, Of::Int, Of::Double, Of::Text, Of::Ints, Of::Texts];

/// Bytes that choose what an expression is made of: fewer and smaller ones give smaller ones.
struct Choices(std::vec::IntoIter<u8>);

impl Choices {
    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[usize::from(self.0.next().unwrap_or(0)) % all.len()]
    }

    /// An expression of a type: a form, with expressions in the place of `$B` and its kin.
    fn expression(&mut self, of: Of, depth: usize) -> String {
        const BOOLS: [&str; 40] = [
            "true",
            "false",
            "object.spec.on",
            "object.spec.off",
            "has(object.spec.name)",
            "has(object.spec.nothing)",
            "'app' in object.spec.labels",
            "object.spec.labels[?'app'].hasValue()",
            "object.spec.?none.hasValue()",
            "($B && $B)",
            "($B || $B)",
            "!($B)",
            "($B ? $B : $B)",
            "($I == $I)",
            "($I != $I)",
            "($I < $I)",
            "($I <= $I)",
            "($I > $D)",
            "($D >= $D)",
            "($D < $D)",
            "($T == $T)",
            "($T < $T)",
            "($T > $T)",
            "($I in $L)",
            "($T in $S)",
            "($L == $L)",
            "($S != $S)",
            "$T.contains($T)",
            "$T.startsWith($T)",
            "$T.endsWith($T)",
            "$T.matches($P)",
            "$L.exists(x, x > $I)",
            "$L.all(x, x < $I)",
            "$L.exists_one(x, x == $I)",
            "$S.exists(x, x.size() > $I)",
            "$L.isSorted()",
            "isQuantity($Q)",
            "(quantity('512Mi') > quantity(object.spec.memory))",
            "quantity('1500m').isLessThan(quantity($Q))",
            "(timestamp(object.spec.since) + duration($R) > timestamp('2026-09-15T03:00:00Z'))",
        ];
        const INTS: [&str; 24] = [
            "0",
            "1",
            "2",
            "-3",
            "9223372036854775807",
            "object.spec.count",
            "object.spec.nothing",
            "object.spec.ports[0]",
            "object.spec.?count.orValue(7)",
            "($I + $I)",
            "($I - $I)",
            "($I * $I)",
            "($I / $I)",
            "($I % $I)",
            "-($I)",
            "($B ? $I : $I)",
            "size($T)",
            "$L.size()",
            "int($D)",
            "$L.sum()",
            "$L.max()",
            "$L.min()",
            "$T.indexOf($T)",
            "quantity($Q).compareTo(quantity($Q))",
        ];
        const DOUBLES: [&str; 12] = [
            "0.0",
            "1.5",
            "-2.25",
            "1e3",
            "object.spec.share",
            "($D + $D)",
            "($D - $D)",
            "($D * $D)",
            "($D / $D)",
            "double($I)",
            "($B ? $D : $D)",
            "quantity($Q).asApproximateFloat()",
        ];
        const TEXTS: [&str; 25] = [
            "''",
            "'a'",
            "'web-0'",
            "'ä€b'",
            "object.spec.name",
            "object.spec.nothing",
            "object.spec.labels.app",
            "object.spec.labels['acme.example/team']",
            "object.spec.?labels[?'none'].orValue('or')",
            "($T + $T)",
            "($B ? $T : $T)",
            "string($I)",
            "string($B)",
            "$T.lowerAscii()",
            "$T.upperAscii()",
            "$T.trim()",
            "$T.replace($T, $T)",
            "$T.substring($I)",
            "$T.substring($I, $I)",
            "$T.charAt($I)",
            "$S.join('-')",
            "$T.find($P)",
            "object.spec.names[$I]",
            "string(duration($R))",
            "string(timestamp(object.spec.since) - duration($R))",
        ];
        const INT_LISTS: [&str; 13] = [
            "[1, 2]",
            "[$I]",
            "[$I, $I, $I]",
            "object.spec.ports",
            "($L + $L)",
            "$L.map(x, x + $I)",
            "$L.filter(x, x > $I)",
            "$L.map(x, x > $I, x * 2)",
            "($B ? $L : $L)",
            "$L.sort()",
            "$L.distinct()",
            "[$L, $L].flatten()",
            "$S.map(x, x.size())",
        ];
        const TEXT_LISTS: [&str; 11] = [
            "['a']",
            "[$T]",
            "[$T, $T]",
            "object.spec.names",
            "($S + $S)",
            "$S.map(x, x + $T)",
            "$S.filter(x, x != $T)",
            "$T.split('-')",
            "$S.sort()",
            "$T.findAll($P)",
            "$L.map(x, string(x))",
        ];
        let all: &[&str] = match of {
            Of::Bool => &BOOLS,
            Of::Int => &INTS,
            Of::Double => &DOUBLES,
            Of::Text => &TEXTS,
            Of::Ints => &INT_LISTS,
            Of::Texts => &TEXT_LISTS,
        };
        let form = self.of(all);
        let (first, rest) = form.split_once('$').unwrap_or((form, ""));
        let mut made = first.to_owned();
        for part in rest.split('$').filter(|it| !it.is_empty()) {
            let (letter, behind) = part.split_at(1);
            let of = match letter {
                "P" => Err(["'[a-z]+'", "'^w.b'", "'b|ä'", "''"]),
                "Q" => Err(["'1'", "'250m'", "'1Gi'", "'2k'"]),
                "R" => Err(["'90s'", "'1h30m'", "'0.5s'", "'-1m'"]),
                "B" => Ok(Of::Bool),
                "I" => Ok(Of::Int),
                "D" => Ok(Of::Double),
                "T" => Ok(Of::Text),
                "L" => Ok(Of::Ints),
                _ => Ok(Of::Texts),
            };
            match of {
                Ok(of) if depth == 0 => made.push_str(least(of)),
                Ok(of) => made.push_str(&self.expression(of, depth - 1)),
                Err(literals) => made.push_str(self.of(&literals)),
            }
            made.push_str(behind);
        }
        made
    }
}

fn least(of: Of) -> &'static str {
    match of {
        Of::Bool => "true",
        Of::Int => "1",
        Of::Double => "1.5",
        Of::Text => "'a'",
        Of::Ints => "[1]",
        Of::Texts => "['a']",
    }
}
