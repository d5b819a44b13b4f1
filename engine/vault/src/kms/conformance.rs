//! What every [`Kms`] must do; hosts run it over their own.

use super::{Epoch, Kms, KmsError, Staging, Use};
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
    for _ in 0..3 {
        one_rotation(reopen, store, active, entropy)?;
        active = active.next();
        wraps.push(reopen()?.wrap(active, CONTEXT, &secret, entropy)?);
        assert_wraps(&*reopen()?, active, &wraps, &secret, entropy)?;
    }
    Ok(())
}

fn one_rotation(
    reopen: &mut dyn FnMut() -> Result<Box<dyn Kms>, KmsError>,
    store: StoreId,
    active: Epoch,
    entropy: &dyn Entropy,
) -> Result<(), KmsError> {
    let next = active.next();
    assert_eq!(
        reopen()?.activate(next),
        Err(KmsError::NoRoot { epoch: next })
    );
    let skipped = reopen()?.stage(next.next(), entropy);
    assert_eq!(
        skipped,
        Err(KmsError::Conflict {
            active,
            asked: next.next()
        })
    );
    assert_eq!(reopen()?.stage(next, entropy)?, Staging::Fresh);
    let secret = Secret::random(entropy)?;
    let wrapped = reopen()?.wrap(next, CONTEXT, &secret, entropy)?;
    assert_eq!(
        reopen()?.stage(next, entropy)?,
        Staging::Found,
        "staging never replaces a root"
    );
    let unwrapped = reopen()?.unwrap(next, CONTEXT, &wrapped)?;
    assert!(
        unwrapped.expose() == secret.expose(),
        "the staged root is the same after a crash"
    );
    for living in [active, next] {
        let refused = reopen()?.destroy(living, entropy);
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
        reopen()?.activate(next)?;
        let state = reopen()?.load(store, Use::Open)?;
        assert!(state.active == next && !state.next_staged);
        assert_eq!(state.retired, [active]);
    }
    assert_eq!(
        reopen()?.activate(active),
        Err(KmsError::Conflict {
            active: next,
            asked: active
        }),
        "an epoch never comes back"
    );
    for _ in 0..2 {
        reopen()?.destroy(active, entropy)?;
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
