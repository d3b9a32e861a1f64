//! A list of mostly one element, without an allocation for it.

use std::{
    iter::Chain,
    ops::{Deref, DerefMut},
    option, vec,
};

/// A list that mostly holds one element, as the needs that select an object mostly are one: a `Vec`
/// would be one more allocation for each of hundreds of thousands of objects.
#[derive(Debug, Clone)]
pub struct Few<T>(Repr<T>);

#[derive(Debug, Clone)]
enum Repr<T> {
    One(T),
    /// Also none.
    Several(Vec<T>),
}

impl<T> Few<T> {
    /// Adds an element at the end.
    pub fn push(&mut self, element: T) {
        self.0 = match std::mem::replace(&mut self.0, Repr::Several(Vec::new())) {
            Repr::One(only) => Repr::Several(vec![only, element]),
            Repr::Several(all) if all.is_empty() => Repr::One(element),
            Repr::Several(mut all) => {
                all.push(element);
                Repr::Several(all)
            }
        };
    }

    /// Removes an element; the last one takes its place.
    pub(crate) fn swap_remove(&mut self, at: usize) {
        match &mut self.0 {
            Repr::One(_) => self.0 = Repr::Several(Vec::new()),
            Repr::Several(all) => drop(all.swap_remove(at)),
        }
    }
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self(Repr::Several(Vec::new()))
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.0 {
            Repr::One(only) => std::slice::from_ref(only),
            Repr::Several(all) => all,
        }
    }
}

impl<T> DerefMut for Few<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        match &mut self.0 {
            Repr::One(only) => std::slice::from_mut(only),
            Repr::Several(all) => all,
        }
    }
}

impl<T> FromIterator<T> for Few<T> {
    fn from_iter<I: IntoIterator<Item = T>>(all: I) -> Self {
        let mut few = Self::default();
        all.into_iter().for_each(|it| few.push(it));
        few
    }
}

impl<T> IntoIterator for Few<T> {
    type Item = T;
    type IntoIter = Chain<option::IntoIter<T>, vec::IntoIter<T>>;

    fn into_iter(self) -> Self::IntoIter {
        let (one, several) = match self.0 {
            Repr::One(only) => (Some(only), Vec::new()),
            Repr::Several(all) => (None, all),
        };
        one.into_iter().chain(several)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(few: &Few<u8>, want: &[u8]) {
        assert_eq!(**few, *want);
        assert_eq!(few.clone().into_iter().collect::<Vec<_>>(), want);
    }

    #[test]
    fn it_is_the_list_that_a_vec_would_be() {
        let mut few = Few::default();
        check(&few, &[]);
        for (element, want) in [(1, &[1][..]), (2, &[1, 2]), (3, &[1, 2, 3])] {
            few.push(element);
            check(&few, want);
        }
        few[0] = 9;
        for want in [&[3, 2][..], &[2], &[]] {
            few.swap_remove(0);
            check(&few, want);
        }
        let mut one: Few<_> = [1].into_iter().collect();
        one[0] = 2;
        one.swap_remove(0);
        check(&one, &[]);
    }
}
