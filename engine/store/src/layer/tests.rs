//! Proves that a stack of layers reads as if every change had been written in turn.

use super::*;
use crate::{Catalog, Options, Spending};
use base::disk::FaultyDisk;
use base::rows::MapRows;
use base::{Instant, RowWrite, StoreId};

const TABLE: Table = Table::new("layers");

fn dump(rows: &dyn RowRead) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut out = Vec::new();
    rows.visit(TABLE, &[], &[0xff], &mut |key, value| {
        out.push((key.to_vec(), value.to_vec()));
        ControlFlow::Continue(())
    })
    .unwrap();
    out
}

#[test]
fn random_changes_read_alike_in_layers_and_in_a_map() {
    let options = Options {
        reserve_bytes: 0,
        ..Options::default()
    };
    let catalog = Catalog::create_on(
        Arc::new(FaultyDisk::new()),
        StoreId::from_bytes([1; 16]),
        Instant::from_millis(0),
        options,
    )
    .unwrap();
    let mut model = MapRows::new();
    let mut waiting = Vec::new();
    let mut random = 0x9E37_79B9_u64;
    for round in 0..60 {
        let mut transaction = catalog
            .begin(Spending::Ordinary, Instant::from_millis(round))
            .unwrap();
        for _ in 0..12 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let key = [u8::try_from((random >> 33) % 40).unwrap()];
            if random >> 62 == 0 {
                transaction.remove(TABLE, &key).unwrap();
                model.remove(TABLE, &key).unwrap();
            } else {
                transaction.put(TABLE, &key, &random.to_le_bytes()).unwrap();
                model.put(TABLE, &key, &random.to_le_bytes()).unwrap();
            }
        }
        assert_eq!(dump(&transaction), dump(&model), "round {round}");
        for key in 0..41 {
            let (key, first) = ([key], [key / 2]);
            assert_eq!(
                transaction.row(TABLE, &key).unwrap(),
                model.row(TABLE, &key).unwrap()
            );
            let (got, want) = (
                transaction.row_at_or_before(TABLE, &key).unwrap(),
                model.row_at_or_before(TABLE, &key).unwrap(),
            );
            assert!(got == want, "row at or before {key:?} in round {round}");
            let (mut got, mut want) = (Vec::new(), Vec::new());
            for (rows, seen) in [
                (&transaction as &dyn RowRead, &mut got),
                (&model, &mut want),
            ] {
                rows.visit(TABLE, &first, &key, &mut |key, _| {
                    seen.push(key.to_vec());
                    if seen.len() == 3 {
                        ControlFlow::Break(())
                    } else {
                        ControlFlow::Continue(())
                    }
                })
                .unwrap();
            }
            assert_eq!(got, want);
        }
        waiting.push(transaction.prepare().unwrap());
        if round % 3 == 0 {
            for prepared in waiting.drain(..) {
                prepared.commit().unwrap();
            }
        }
    }
}
