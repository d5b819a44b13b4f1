//! The tail stays a short list of segments, and loses nothing on the way.

use super::Tail;
use crate::testing::{document, ordinal};
use base::limit;

fn count(tail: &Tail) -> usize {
    tail.size().0
}

#[test]
fn segments_grow_in_classes_of_eight() {
    let mut tail = Tail::default();
    for number in 0..200_u32 {
        tail.append(vec![document(
            ordinal(1, number),
            u64::from(number) + 1,
            "toux",
        )]);
        assert_eq!(count(&tail), usize::try_from(number).unwrap() + 1);
        while let Some(work) = tail.work() {
            let merged = work.run();
            assert!(tail.replace(&work, merged));
        }
        assert!(tail.segments().len() <= 3 * limit::INDEX_SEGMENTS_MERGED);
    }
    assert_eq!(tail.size().0, 200);
}

/// Work that was overtaken changes nothing.
#[test]
fn overtaken_work_is_dropped() {
    let mut tail = Tail::default();
    for number in 0..64_u32 {
        let batch = (0..20)
            .map(|k| document(ordinal(1, number * 20 + k), 1, "toux"))
            .collect();
        tail.append(batch);
    }
    let work = tail.work().unwrap();
    let merged = work.run();
    tail.retain(|document| document.ordinal().document().number() % 2 == 0);
    assert_eq!(count(&tail), 640);
    assert!(!tail.replace(&work, merged));
    assert_eq!(count(&tail), 640);
}
