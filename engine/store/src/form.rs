//! How values of `base` lie in an archive: as the plain number or bytes that stand for them.
//!
//! Invariant: a form is fixed-width and never changes its meaning within a format version.

use base::{
    Availability, CommitSeq, Consent, Digest, DocumentId, DocumentNumber, DossierId, DossierNumber,
    EntryId, Flags, Instant,
};
use rkyv::rancor::Fallible;
use rkyv::with::{ArchiveWith, DeserializeWith, SerializeWith};
use rkyv::{Archive, Archived, Deserialize, Place, Resolver, Serialize};

/// A value that lies in an archive as another.
pub trait Formed {
    /// What lies there.
    type Form: Archive;

    /// The value as it lies there.
    fn to_form(&self) -> Self::Form;

    /// The value of a form that was checked when its archive was opened.
    fn from_form(form: Self::Form) -> Self;
}

/// The `with` of a field whose type is [`Formed`].
pub struct AsForm;

impl<T: Formed> ArchiveWith<T> for AsForm {
    type Archived = Archived<T::Form>;
    type Resolver = Resolver<T::Form>;

    fn resolve_with(field: &T, resolver: Self::Resolver, out: Place<Self::Archived>) {
        field.to_form().resolve(resolver, out);
    }
}

impl<T, S> SerializeWith<T, S> for AsForm
where
    T: Formed,
    T::Form: Serialize<S>,
    S: Fallible + ?Sized,
{
    fn serialize_with(field: &T, serializer: &mut S) -> Result<Self::Resolver, S::Error> {
        field.to_form().serialize(serializer)
    }
}

impl<T, D> DeserializeWith<Archived<T::Form>, T, D> for AsForm
where
    T: Formed,
    Archived<T::Form>: Deserialize<T::Form, D>,
    D: Fallible + ?Sized,
{
    fn deserialize_with(field: &Archived<T::Form>, from: &mut D) -> Result<T, D::Error> {
        Ok(T::from_form(field.deserialize(from)?))
    }
}

macro_rules! formed {
    ($($name:ident as $form:ty: |$value:ident| $to:expr, |$stored:ident| $from:expr;)*) => {
        $(impl Formed for $name {
            type Form = $form;

            fn to_form(&self) -> $form {
                let $value = self;
                $to
            }

            fn from_form($stored: $form) -> Self {
                $from
            }
        })*
    };
}

formed! {
    DossierId as [u8; 16]: |id| *id.as_bytes(), |form| Self::from_bytes(form);
    DocumentId as [u8; 16]: |id| *id.as_bytes(), |form| Self::from_bytes(form);
    EntryId as [u8; 16]: |id| *id.as_bytes(), |form| Self::from_bytes(form);
    Digest as [u8; 32]: |digest| *digest.as_bytes(), |form| Self::from_bytes(form);
    Instant as i64: |at| at.millis(), |form| Self::from_millis(form);
    CommitSeq as u64: |seq| seq.number(), |form| Self::new(form);
    DossierNumber as u64: |number| number.number(), |form| dossier_number(form);
    DocumentNumber as u32: |number| number.number(), |form| document_number(form);
    Availability as u8: |status| status.byte(), |form| availability(form);
    Consent as u8: |consent| consent.byte(), |form| consent_of(form);
    Flags as u8: |flags| flags.bits(), |form| flags_of(form);
}

/// The status of a checked byte. Anything else would be a fault of ours: shown to nobody.
pub(crate) const fn availability(byte: u8) -> Availability {
    match Availability::from_byte(byte) {
        Some(status) => status,
        None => Availability::Deleted,
    }
}

/// The consent of a checked byte. Anything else would be a fault of ours: opposed.
pub(crate) const fn consent_of(byte: u8) -> Consent {
    match Consent::from_byte(byte) {
        Some(consent) => consent,
        None => Consent::Deny,
    }
}

/// The flags of checked bits. Anything else would be a fault of ours: hidden from all.
pub(crate) const fn flags_of(bits: u8) -> Flags {
    match Flags::from_bits(bits) {
        Some(flags) => flags,
        None => Flags::MASQUE_PS
            .with(Flags::INVISIBLE_PATIENT)
            .with(Flags::INVISIBLE_REPRESENTANTS_LEGAUX),
    }
}

/// The dossier number of a checked form.
pub(crate) fn dossier_number(form: u64) -> DossierNumber {
    let clipped = form.min(base::limit::DOSSIER_NUMBER_MAX);
    DossierNumber::new(clipped).expect("a clipped number fits")
}

/// The document number of a checked form.
pub(crate) fn document_number(form: u32) -> DocumentNumber {
    let clipped = form.min(base::limit::DOCUMENT_NUMBER_MAX);
    DocumentNumber::new(clipped).expect("a clipped number fits")
}
