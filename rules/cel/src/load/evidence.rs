//! What a finding shows of objects: values at paths.

use rulebox_core::{Path, Segment};
use rulebox_text::yaml::Scalar;

use crate::{
    check::{Checked, check},
    document,
    kubernetes::{self, NoField},
    mask::{Shape, Step},
    rule::Evidence,
    scope::{Origin, Scope, Shared},
    types::Type,
};

pub(super) fn read(
    written: &document::Evidence,
    scope: &mut Scope,
    shared: &mut Shared<'_>,
) -> Option<Evidence> {
    let document::Evidence { object, path, value } = written;
    let (code, ty, shape) = if let Some(object) = object {
        let Checked { code, ty, shape, .. } = check(Origin::whole(object), scope, shared);
        shape.touch(&mut shared.masks);
        (Some(code), ty, shape)
    } else {
        let need = scope.object.as_ref()?.1;
        (None, shared.needs[need].object.clone(), Shape::object(need))
    };
    let value = value.as_ref().map(|it| {
        let Checked { code, shape, .. } = check(Origin::whole(it), scope, shared);
        shape.whole(&mut shared.masks);
        code
    });
    let segments = match Path::parse(&path.text) {
        Ok(parsed) => parsed.segments().to_vec(),
        Err(error) => {
            let message = format!("`{}` is no path: {}", path.text, error.reason);
            let help = "write `spec.containers[].image`; a key with a dot stands between quotes";
            shared.problems.add(path.at(), message, help);
            return None;
        }
    };
    if value.is_none() {
        step(&segments, ty, shape, path, shared);
    }
    Some(Evidence { object: code, path: path.text.clone(), segments, value })
}

/// Checks a path along the type of an object, and asks for what stands there.
fn step(
    segments: &[Segment],
    mut ty: Type,
    mut shape: Shape,
    path: &Scalar,
    shared: &mut Shared<'_>,
) {
    for segment in segments {
        let (step, below) = match segment {
            Segment::Key(key) => (Step::Key(key.clone()), kubernetes::field(&ty, key)),
            Segment::Each => {
                let of = match ty {
                    Type::List(of) => Ok(*of),
                    Type::Dyn => Ok(Type::Dyn),
                    _ => Err(NoField::NoFields),
                };
                (Step::Each, of)
            }
            Segment::Any => {
                (Step::Any, Ok(if let Type::Map(of) = ty.clone() { *of } else { Type::Dyn }))
            }
        };
        match below {
            Ok(below) => ty = below,
            Err(no) => {
                no.tell(path, shared.problems);
                return;
            }
        }
        shape = shape.step(&step, &mut shared.masks);
    }
    shape.whole(&mut shared.masks);
}
