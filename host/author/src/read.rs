//! Reads what a case holds.

use rulebox_core::{Collector, NeedSet, Reading};
use rulebox_reader::{Reader, Source};

use crate::case::{Case, Comments, Content};

/// The objects and lines of a case for these needs; an error where they cannot be read by.
pub(crate) fn read(case: &Case, needs: NeedSet) -> Result<Reading, String> {
    let reader = Reader::new(&needs).map_err(|it| it.to_string())?;
    let mut collector = Collector::new(needs).map_err(|it| it.to_string())?;
    match (&case.content, &case.comments) {
        // As the harness of the SDK names it, so that one fixture does for both.
        (Content::Text(text), _) | (Content::Path(..), Comments::Head(text)) => {
            reader.read_text("fixture.yaml", text.as_bytes(), &mut collector);
        }
        (Content::Path(path, left_out), _) => {
            let reader = reader.without(left_out.clone());
            reader.read(vec![Source::Path(path.clone())], &mut collector, &mut |_| {});
        }
    }
    Ok(collector.finish())
}
