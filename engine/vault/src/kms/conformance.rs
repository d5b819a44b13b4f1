//! What every [`Kms`] must do; hosts run it over their own.

use super::{Epoch, Kms, KmsError, Staging, Use, Writer};
use crate::secret::Secret;
use base::{Entropy, StoreId};

/// Runs the life of three epochs over a KMS that serves no store yet. `reopen` gives the same
/// KMS as a process would find it after a crash; it is called between any two calls, and every
/// call is made twice, as a process that does not know whether it was made does.
///
/// # Panics
/// When the KMS breaks the contract.
///
/// # Errors
/// Whatever the KMS gives where it should give nothing.
pub fn conformance(
    reopen: &mut dyn FnMut() -> Result<Box<dyn Kms>, KmsError>,
    entropy: &dyn Entropy,
) -> Result<(), KmsError> {
    let store = StoreId::random(entropy)?;
    let other = StoreId::random(entropy)?;
    assert_eq!(
        reopen()?.load(store, Use::Open).err(),
        Some(KmsError::Unbound)
    );
    for _ in 0..2 {
        let state = reopen()?.load(store, Use::Create)?;
        assert_eq!(state.active, Epoch::FIRST);
        assert_eq!(state.writer, Writer::NOBODY);
        assert!(!state.next_staged, "a new KMS has one root");
        assert_eq!(state.retired, []);
    }
    for purpose in [Use::Create, Use::Open] {
        assert_eq!(
            reopen()?.load(other, purpose).err(),
            Some(KmsError::OtherStore)
        );
    }
    let secret = Secret::random(entropy)?;
    let mut wraps = vec![reopen()?.wrap(Epoch::FIRST, CONTEXT, &secret, entropy)?];
    let mut active = Epoch::FIRST;
    let mut writer = Writer::NOBODY;
    for _ in 0..3 {
        writer = one_succession(reopen, store, writer, entropy)?;
        one_rotation(reopen, store, (writer, active), entropy)?;
        active = active.next();
        wraps.push(reopen()?.wrap(active, CONTEXT, &secret, entropy)?);
        assert_wraps(&*reopen()?, active, &wraps, &secret, entropy)?;
    }
    Ok(())
}

/// Another becomes the writer, and the one before changes nothing any more.
fn one_succession(
    reopen: &mut dyn FnMut() -> Result<Box<dyn Kms>, KmsError>,
    store: StoreId,
    writer: Writer,
    entropy: &dyn Entropy,
) -> Result<Writer, KmsError> {
    let (fresh, stranger) = (Writer::random(entropy)?, Writer::random(entropy)?);
    let refused = Err(KmsError::OtherWriter);
    assert_eq!(reopen()?.hand_over(stranger, fresh), refused);
    assert_eq!(reopen()?.load(store, Use::Open)?.writer, writer);
    for _ in 0..2 {
        reopen()?.hand_over(writer, fresh)?;
        assert_eq!(reopen()?.load(store, Use::Open)?.writer, fresh);
    }
    let before = reopen()?.load(store, Use::Open)?;
    for other in [writer, stranger] {
        assert_eq!(reopen()?.hand_over(other, stranger), refused);
        assert_changes_nothing(reopen, other, before.active, entropy)?;
    }
    assert_eq!(reopen()?.load(store, Use::Open)?, before);
    Ok(fresh)
}

/// Whoever is not the writer neither stages nor activates nor destroys.
fn assert_changes_nothing(
    reopen: &mut dyn FnMut() -> Result<Box<dyn Kms>, KmsError>,
    other: Writer,
    active: Epoch,
    entropy: &dyn Entropy,
) -> Result<(), KmsError> {
    let refused = KmsError::OtherWriter;
    let next = active.next();
    let staged = reopen()?.stage(other, next, entropy);
    assert_eq!(staged, Err(refused.clone()));
    for epoch in [active, next] {
        assert_eq!(reopen()?.activate(other, epoch), Err(refused.clone()));
    }
    let older = Epoch::new(active.number().saturating_sub(1));
    for epoch in [older, active] {
        let destroyed = reopen()?.destroy(other, epoch, entropy);
        assert_eq!(destroyed, Err(refused.clone()));
    }
    Ok(())
}

fn one_rotation(
    reopen: &mut dyn FnMut() -> Result<Box<dyn Kms>, KmsError>,
    store: StoreId,
    (writer, active): (Writer, Epoch),
    entropy: &dyn Entropy,
) -> Result<(), KmsError> {
    let stranger = Writer::random(entropy)?;
    let next = active.next();
    assert_eq!(
        reopen()?.activate(writer, next),
        Err(KmsError::NoRoot { epoch: next })
    );
    let skipped = reopen()?.stage(writer, next.next(), entropy);
    assert_eq!(
        skipped,
        Err(KmsError::Conflict {
            active,
            asked: next.next()
        })
    );
    assert_eq!(reopen()?.stage(writer, next, entropy)?, Staging::Fresh);
    let secret = Secret::random(entropy)?;
    let wrapped = reopen()?.wrap(next, CONTEXT, &secret, entropy)?;
    assert_eq!(
        reopen()?.stage(writer, next, entropy)?,
        Staging::Found,
        "staging never replaces a root"
    );
    let unwrapped = reopen()?.unwrap(next, CONTEXT, &wrapped)?;
    assert!(
        unwrapped.expose() == secret.expose(),
        "the staged root is the same after a crash"
    );
    for living in [active, next] {
        let refused = reopen()?.destroy(writer, living, entropy);
        assert_eq!(
            refused,
            Err(KmsError::Conflict {
                active,
                asked: living
            })
        );
    }
    let state = reopen()?.load(store, Use::Open)?;
    assert!(state.active == active && state.next_staged && state.retired.is_empty());
    for _ in 0..2 {
        reopen()?.activate(writer, next)?;
        let state = reopen()?.load(store, Use::Open)?;
        assert!(state.active == next && !state.next_staged);
        assert_eq!(state.retired, [active]);
    }
    assert_changes_nothing(reopen, stranger, next, entropy)?;
    let state = reopen()?.load(store, Use::Open)?;
    assert!(state.active == next && state.writer == writer);
    assert_eq!(state.retired, [active], "nobody but the writer destroys");
    assert_eq!(
        reopen()?.activate(writer, active),
        Err(KmsError::Conflict {
            active: next,
            asked: active
        }),
        "an epoch never comes back"
    );
    for _ in 0..2 {
        reopen()?.destroy(writer, active, entropy)?;
        assert_eq!(reopen()?.load(store, Use::Open)?.retired, []);
    }
    Ok(())
}

/// Only the active epoch's wrap opens, under its own context only, and only whole.
fn assert_wraps(
    kms: &dyn Kms,
    active: Epoch,
    wraps: &[Vec<u8>],
    secret: &Secret,
    entropy: &dyn Entropy,
) -> Result<(), KmsError> {
    for (wrapped, number) in wraps.iter().zip(1..) {
        let epoch = Epoch::new(number);
        if epoch == active {
            let opened = kms.unwrap(epoch, CONTEXT, wrapped)?;
            assert!(
                opened.expose() == secret.expose(),
                "a wrap opens to what was wrapped"
            );
        } else {
            let gone = Some(KmsError::NoRoot { epoch });
            assert_eq!(kms.unwrap(epoch, CONTEXT, wrapped).err(), gone);
            assert_eq!(kms.wrap(epoch, CONTEXT, secret, entropy).err(), gone);
            let refused = Some(KmsError::NotWrappedHere);
            assert_eq!(kms.unwrap(active, CONTEXT, wrapped).err(), refused);
        }
    }
    let Some(wrapped) = wraps.last() else {
        return Ok(());
    };
    let refused = Some(KmsError::NotWrappedHere);
    assert_eq!(
        kms.unwrap(active, b"another context", wrapped).err(),
        refused
    );
    assert_eq!(
        kms.unwrap(active, CONTEXT, &wrapped[..wrapped.len() - 1])
            .err(),
        refused
    );
    assert_eq!(kms.unwrap(active, CONTEXT, &[]).err(), refused);
    let mut altered = wrapped.clone();
    for at in 0..altered.len() {
        altered[at] ^= 1;
        assert_eq!(kms.unwrap(active, CONTEXT, &altered).err(), refused);
        altered[at] ^= 1;
    }
    Ok(())
}

const CONTEXT: &[u8] = b"conformance";
