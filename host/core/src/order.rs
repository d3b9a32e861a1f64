//! Puts the objects of many needs into the order in which rules see them, on several threads.

use std::{borrow::Borrow, sync::Mutex, thread};

use crate::{Identity, Json};

/// What each need is given of its objects, by namespace, name and uid. The result does not depend
/// on the number of threads.
pub(crate) fn in_order<I: Borrow<Identity> + Send>(
    objects: Vec<Vec<(I, Json)>>,
    threads: usize,
) -> Vec<Vec<Json>> {
    /// Starting a thread takes about as long as ordering this many objects.
    const WORTH_A_THREAD: usize = 1_000;
    let number: usize = objects.iter().map(Vec::len).sum();
    let mut ordered: Vec<_> = objects.iter().map(|_| Vec::new()).collect();
    let mut left: Vec<_> = objects.into_iter().zip(&mut ordered).collect();
    // The needs with the most objects first, so that all threads have work until the end.
    left.sort_by_key(|(selected, _)| selected.len());
    let left = Mutex::new(left);
    let next = || left.lock().expect("no thread panics while it holds the lock").pop();
    let work = || {
        while let Some((selected, ordered)) = next() {
            *ordered = need_in_order(selected);
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(number / WORTH_A_THREAD) {
            scope.spawn(work);
        }
        work();
    });
    drop(left);
    ordered
}

fn need_in_order<I: Borrow<Identity>>(selected: Vec<(I, Json)>) -> Vec<Json> {
    let prefixes = selected.iter().map(|(identity, _)| identity.borrow().order_prefix());
    let mut order: Vec<_> = prefixes.zip(0..).collect();
    order.sort_unstable_by(|(a, i), (b, j)| {
        a.cmp(b).then_with(|| selected[*i].0.borrow().order(selected[*j].0.borrow()))
    });
    let mut selected: Vec<_> = selected.into_iter().map(|(it, json)| (it, Some(json))).collect();
    let mut ordered = Vec::with_capacity(selected.len());
    ordered.extend(order.into_iter().filter_map(|(_, i)| selected[i].1.take()));
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_threads_put_each_need_in_the_order_that_one_puts_it_in() {
        let name = |i: usize| format!("pod-{:05}", i * 7_919 % 10_007);
        let of_need = |need: usize| (0..need * 500).map(name);
        let pod = |name: String| (Identity::new("v1", "Pod", "a", &name, ""), Json::from(name));
        let objects: Vec<Vec<_>> = (0..6).map(|it| of_need(it).map(pod).collect()).collect();
        let sorted = |need| {
            let mut names: Vec<String> = of_need(need).collect();
            names.sort();
            names.into_iter().map(Json::from).collect::<Vec<_>>()
        };
        let want: Vec<Vec<_>> = (0..6).map(sorted).collect();
        for threads in [0, 1, 2, 7] {
            assert_eq!(in_order(objects.clone(), threads), want, "{threads}");
        }
    }
}
