//! What the known answers ask of the tree's parts.

use super::node::{Address, Child, Keys, derived_child};
use super::top::Top;
use super::{Grove, KeyTree, Shared, Slot, TreeError};
use crate::kms::Kms;
use crate::seal::OpenError;
use crate::secret::Secret;
use base::StoreId;

pub(crate) struct Probe(Address);

pub(crate) fn node_address(level: u8, grove: u8, number: u32) -> Probe {
    Probe(Address::of(level, Grove::ALL[usize::from(grove)], number))
}

pub(crate) fn node_opens(
    store: StoreId,
    address: Probe,
    key: &Secret,
    row: &[u8],
) -> Result<(), OpenError> {
    Keys::open(store, address.0, key, row.to_vec()).map(|_| ())
}

/// The leaf of a grove where nothing was forgotten.
pub(crate) fn derived_leaf(grove: &Secret, slot: Slot) -> Secret {
    let mut address = Address::grove(Grove::Dossier);
    let mut key = grove.copy();
    loop {
        let place = address.child_toward(slot);
        key = derived_child(&key, place);
        match address.child(place) {
            Some(below) => address = below,
            None => return key,
        }
    }
}

/// Opens a grove's node whose children are those derived from `grove`, `kept` among them.
pub(crate) fn assert_inner_node(
    store: StoreId,
    key: &Secret,
    grove: &Secret,
    row: &[u8],
    kept: &[u8],
) {
    let address = Address::grove(Grove::Dossier);
    let keys = Keys::open(store, address, key, row.to_vec()).unwrap();
    for (place, number) in address.children().zip(0..) {
        let expected = derived_child(grove, place);
        let child = keys.child(place).unwrap();
        assert!(
            child.secret().expose() == expected.expose(),
            "child {number}"
        );
        assert_eq!(
            matches!(child, Child::Kept(_)),
            kept.contains(&number),
            "child {number}"
        );
    }
}

pub(crate) fn open_top(row: &[u8], kms: &dyn Kms, store: StoreId) -> Result<KeyTree, TreeError> {
    Ok(KeyTree {
        store,
        top: Top::open(row, kms, store)?,
        shared: Shared::new(),
    })
}
