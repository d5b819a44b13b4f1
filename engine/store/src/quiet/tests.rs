//! Proves that a drop that panics stops nobody, and that what is taken is dropped elsewhere.

use super::*;

struct Poisoned(std::rc::Rc<std::cell::Cell<u32>>);

impl Drop for Poisoned {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
        panic!("a lock is poisoned");
    }
}

#[test]
fn a_drop_that_panics_stops_nobody() {
    let drops = std::rc::Rc::default();
    let quiet = Quiet::new(Poisoned(std::rc::Rc::clone(&drops)));
    assert!(quiet.get().is_ok());
    drop(quiet);
    assert_eq!(drops.get(), 1);

    let taken = Quiet::new(Poisoned(std::rc::Rc::clone(&drops))).take();
    assert_eq!(drops.get(), 1);
    let dropped = catch_unwind(AssertUnwindSafe(|| drop(taken)));
    assert!(dropped.is_err());
    assert_eq!(drops.get(), 2);
}
