//! Leaves out what is not needed, by trying: delta debugging, as Zeller and Hildebrandt have it,
//! without its step that keeps a part alone.

/// Items of these without which it would not hold: first many are left out at once, in the end one.
/// `holds` is asked whether so much is enough, and gives none where nothing more may be tried; then
/// what has held last stays.
pub(super) fn smallest<T: Clone>(
    items: Vec<T>,
    holds: &mut dyn FnMut(&[T]) -> Option<bool>,
) -> Vec<T> {
    let mut kept = items;
    let mut size = kept.len();
    let mut is_nothing_too_little = false;
    while size > 0 {
        let (mut at, before) = (0, kept.len());
        while at < kept.len() {
            let end = (at + size).min(kept.len());
            let without: Vec<_> = kept[..at].iter().chain(&kept[end..]).cloned().collect();
            if without.is_empty() && is_nothing_too_little {
                break;
            }
            is_nothing_too_little |= without.is_empty();
            match holds(&without) {
                None => return kept,
                Some(true) => kept = without,
                Some(false) => at = end,
            }
        }
        // Where one could go, another one may be able to go now.
        size = match size {
            1 if kept.len() == before => 0,
            1 => 1,
            more => more.div_ceil(2),
        };
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of `0..count`, and how often that was tried.
    fn left(count: u32, most: usize, needs: impl Fn(&[u32]) -> bool) -> (Vec<u32>, usize) {
        let mut tried = 0;
        let kept = smallest((0..count).collect(), &mut |some| {
            (tried < most).then(|| {
                tried += 1;
                needs(some)
            })
        });
        (kept, tried)
    }

    #[track_caller]
    fn check(count: u32, needs: impl Fn(&[u32]) -> bool, want: &[u32]) {
        assert_eq!(left(count, usize::MAX, needs).0, want);
    }

    #[test]
    fn what_is_needed_stays() {
        check(0, |_| true, &[]);
        check(10, |_| true, &[]);
        check(10, |_| false, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        check(1000, |it| it.contains(&3) && it.contains(&777), &[3, 777]);
        // Either of two is enough, and the last one stays.
        check(10, |it| it.contains(&2) || it.contains(&8), &[8]);
        // One can go only where another one has gone before.
        let both = |it: &[u32]| it.contains(&1) && it.contains(&3);
        check(4, |it| both(it) && (it.contains(&0) || !it.contains(&2)), &[1, 3]);
    }

    #[test]
    fn few_of_many_are_found_in_few_tries() {
        let (kept, tried) = left(100_000, usize::MAX, |it| it.contains(&5) && it.contains(&9));
        assert_eq!(kept, [5, 9]);
        assert!(tried < 200, "{tried}");
    }

    #[test]
    fn where_nothing_more_may_be_tried_what_has_held_stays() {
        let (kept, tried) = left(1000, 3, |it| it.contains(&999));
        assert_eq!((kept.len(), tried), (250, 3));
    }
}
