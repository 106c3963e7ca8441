//! Leptos' memo with its value behind one type: the machinery is compiled once and not for every kind of value, which makes the page's file a
//! good deal smaller. Deliberately nothing else: it caches, compares and tells as the original does.

use leptos::prelude::{GetUntracked, Memo as Original, Signal, Track, With, WithUntracked};
use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;

/// A value that is computed anew when what it read changes, and tells its readers only when it differs.
pub struct Memo<T> {
    inner: Original<Value>,
    kind: PhantomData<fn() -> T>,
}

impl<T> Clone for Memo<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Memo<T> {}

/// One type of function for all memos.
type Compute = Box<dyn Fn(Option<&Value>) -> Value + Send + Sync>;

#[derive(Clone)]
struct Value(Arc<dyn Held>);

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.0.equals(other.0.any())
    }
}

trait Held: Send + Sync {
    fn any(&self) -> &dyn Any;
    fn equals(&self, other: &dyn Any) -> bool;
}

impl<T: PartialEq + Send + Sync + 'static> Held for T {
    fn any(&self) -> &dyn Any {
        self
    }

    fn equals(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<T>() == Some(self)
    }
}

impl Value {
    fn get<T: 'static>(&self) -> &T {
        match self.0.any().downcast_ref() {
            Some(value) => value,
            // A memo of T is made from a function that gives T.
            None => unreachable!(),
        }
    }
}

impl<T: PartialEq + Send + Sync + 'static> Memo<T> {
    /// `compute` is given the value before.
    pub fn new(compute: impl Fn(Option<&T>) -> T + Send + Sync + 'static) -> Self {
        let erased: Compute = Box::new(move |before| Value(Arc::new(compute(before.map(Value::get)))));
        Self { inner: Original::new(erased), kind: PhantomData }
    }

    pub fn with<U>(&self, look: impl FnOnce(&T) -> U) -> U {
        self.inner.with(|value| look(value.get()))
    }

    pub fn with_untracked<U>(&self, look: impl FnOnce(&T) -> U) -> U {
        self.inner.with_untracked(|value| look(value.get()))
    }

    /// `None` when its owner is gone.
    pub fn try_get_untracked(&self) -> Option<T>
    where
        T: Clone,
    {
        self.inner.try_get_untracked().map(|value| value.get::<T>().clone())
    }

    pub fn get(&self) -> T
    where
        T: Clone,
    {
        self.with(T::clone)
    }

    pub fn get_untracked(&self) -> T
    where
        T: Clone,
    {
        self.with_untracked(T::clone)
    }

    pub fn track(&self) {
        self.inner.track();
    }
}

impl<T: Clone + PartialEq + Send + Sync + 'static> From<Memo<T>> for Signal<T> {
    fn from(memo: Memo<T>) -> Self {
        Self::derive(move || memo.get())
    }
}
