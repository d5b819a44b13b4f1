//! Proves that the rows in memory keep the contract of the row traits.

use super::*;

#[test]
fn rows_in_memory_conform() {
    conformance(&mut MapRows::new()).unwrap();
}

#[test]
fn an_overlay_conforms_over_nothing_and_over_rows() {
    conformance(&mut Overlay::new(&MapRows::new())).unwrap();
}

#[test]
fn an_overlay_reads_like_the_rows_it_will_become() {
    const T: Table = Table::new("t");
    let mut state = 7_u64;
    let mut draw = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        u8::try_from((state >> 33) % below).unwrap()
    };
    for _ in 0..2000 {
        let mut under = MapRows::new();
        for _ in 0..draw(8) {
            under.put(T, &[draw(9)], b"under").unwrap();
        }
        let mut overlay = Overlay::new(&under);
        let mut plain = under.clone();
        for _ in 0..draw(8) {
            let key = [draw(9)];
            if draw(2) == 0 {
                overlay.remove(T, &key).unwrap();
                plain.remove(T, &key).unwrap();
            } else {
                overlay.put(T, &key, &[draw(5)]).unwrap();
                plain
                    .put(T, &key, &overlay.row(T, &key).unwrap().unwrap())
                    .unwrap();
            }
        }
        let (first, last, stop) = ([draw(9)], [draw(10)], draw(6));
        let read = |rows: &dyn RowRead| {
            let mut seen = Vec::new();
            rows.visit(T, &first, &last, &mut |key, value| {
                seen.push((key.to_vec(), value.to_vec()));
                if key[0] == stop {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })
            .unwrap();
            let before = rows.row_at_or_before(T, &last).unwrap();
            (
                seen,
                before.map(|row| (row.key, row.value)),
                rows.row(T, &first).unwrap(),
            )
        };
        assert!(read(&overlay) == read(&plain));
        let changes = overlay.into_changes();
        changes.apply(&mut under).unwrap();
        assert!(read(&under) == read(&plain));
    }
}
