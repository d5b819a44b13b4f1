//! What a token's error says: of what was asked, or of the token.
//!
//! Invariant: what may pass by itself is never told as a wrong key, nor the other way round.

use super::super::KmsError;
use cryptoki::context::Function;
use cryptoki::error::{Error, RvError};

/// What the token or its module said.
pub(super) fn told(error: Error) -> KmsError {
    match Meaning::of(&error) {
        Meaning::WrongPin => KmsError::WrongPassphrase,
        Meaning::WrongKey => KmsError::NotWrappedHere,
        Meaning::Unclear | Meaning::Away => KmsError::Unreachable {
            what: error.to_string(),
        },
    }
}

/// What an error of the token says of what was asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Meaning {
    /// The PIN is not the user's.
    WrongPin,
    /// What was to be decrypted was not encrypted under this key, or was altered.
    WrongKey,
    /// Said of a ciphertext by some tokens (SoftHSM2 says `CKR_GENERAL_ERROR`), and of all else
    /// by others: whether the token works must be tried.
    Unclear,
    /// The token cannot, or not now.
    Away,
}

impl Meaning {
    pub(super) fn of(error: &Error) -> Self {
        let Error::Pkcs11(said, function) = error else {
            return Self::Away;
        };
        let pin = matches!(
            said,
            RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange
        );
        let ciphertext = matches!(
            said,
            RvError::EncryptedDataInvalid
                | RvError::EncryptedDataLenRange
                | RvError::UnknownErrorCode(AEAD_DECRYPT_FAILED)
        );
        let anything = matches!(
            said,
            RvError::GeneralError | RvError::FunctionFailed | RvError::DataInvalid
        );
        if pin {
            Self::WrongPin
        } else if !matches!(function, Function::Decrypt) {
            Self::Away
        } else if ciphertext {
            Self::WrongKey
        } else if anything {
            Self::Unclear
        } else {
            Self::Away
        }
    }
}

/// `CKR_AEAD_DECRYPT_FAILED` of PKCS#11 3.0.
const AEAD_DECRYPT_FAILED: u64 = 0x42;

#[cfg(test)]
mod tests;
