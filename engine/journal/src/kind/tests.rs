//! Proves that every byte stands for at most one kind and one class.

use super::*;

#[test]
fn bytes_and_codes_lead_back() {
    for kind in Kind::ALL {
        assert_eq!(Kind::from_byte(kind.byte()), Some(*kind));
        let twins = Kind::ALL.iter().filter(|other| other.code() == kind.code());
        assert_eq!(twins.count(), 1, "{kind}");
    }
    for class in Class::ALL {
        assert_eq!(Class::from_byte(class.byte()), Some(*class));
    }
    assert_eq!(Kind::from_byte(0), None);
    assert_eq!(Class::from_byte(255), None);
}
