//! A pack that is written as text: in YAML and CEL, or in Rego, where the policy stands behind a
//! line of its own. It is refused with a few problems, each at a place of the text and in few
//! words; or it is loaded, and then the host accepts what it says of itself.

use rulebox_cel::{Problem, Text};
use rulebox_core::PackInfo;
use rulebox_engine::{PackErrorKind, checks};

/// Begins the policy in a seed.
const POLICY: &str = "\n# policy.rego\n";

pub(crate) fn check(bytes: &[u8]) {
    let Ok(content) = String::from_utf8(bytes.to_vec()) else { return };
    let text =
        |path: &str, content: &str| Text { path: path.to_owned(), content: content.to_owned() };
    if let Some((pack, policy)) = content.split_once(POLICY) {
        let texts = [text("pack.yaml", pack), text("policy.rego", policy)];
        let loaded = rulebox_rego::Pack::load(&texts);
        judge(loaded.map(|it| it.describe().clone()), &texts, 40);
    } else {
        let texts = [text("pack.yaml", &content)];
        let loaded = rulebox_cel::Pack::load(&texts);
        judge(loaded.map(|it| it.describe().clone()), &texts, 20);
    }
}

fn judge(loaded: Result<PackInfo, Vec<Problem>>, texts: &[Text], most: usize) {
    match loaded {
        Ok(said) => {
            // How much of something there is, the host counts for all packs.
            match checks::description(said) {
                Ok(_) | Err(PackErrorKind::DescriptionTooBig { .. }) => {}
                Err(refused) => panic!("what it says of itself is refused: {refused}"),
            }
        }
        Err(problems) => {
            assert!((1..=most).contains(&problems.len()), "{} problems", problems.len());
            for Problem { path, line, column, message, help } in problems {
                let text = texts.iter().find(|it| it.path == path).expect("it names a text");
                let lines = text.content.split('\n').count();
                assert!((1..=lines).contains(&(line as usize)) && column > 0, "{line}:{column}");
                assert!(!message.is_empty() && message.len() < 4096, "{message}");
                assert!(!help.is_empty() && help.len() < 4096, "{help}");
            }
        }
    }
}
