//! Each code of PKCS#11 that a call here may meet, and what it is told as.

use super::*;

/// Only what a token says of a ciphertext or of a PIN is the fault of what was brought; all else
/// is the token's, to be tried again. Told wrongly, a token that fails reads as a store that is
/// lost, or a lost one as a token that will come back.
#[test]
fn only_what_is_said_of_a_ciphertext_is_a_wrong_key() {
    use Meaning::{Away, Unclear, WrongKey, WrongPin};
    let codes = [
        (RvError::EncryptedDataInvalid, WrongKey, Away),
        (RvError::EncryptedDataLenRange, WrongKey, Away),
        (RvError::UnknownErrorCode(0x42), WrongKey, Away),
        (RvError::GeneralError, Unclear, Away),
        (RvError::FunctionFailed, Unclear, Away),
        (RvError::DataInvalid, Unclear, Away),
        (RvError::PinIncorrect, WrongPin, WrongPin),
        (RvError::PinInvalid, WrongPin, WrongPin),
        (RvError::PinLenRange, WrongPin, WrongPin),
        (RvError::PinLocked, Away, Away),
        (RvError::PinExpired, Away, Away),
        (RvError::HostMemory, Away, Away),
        (RvError::DeviceError, Away, Away),
        (RvError::DeviceMemory, Away, Away),
        (RvError::DeviceRemoved, Away, Away),
        (RvError::TokenNotPresent, Away, Away),
        (RvError::TokenNotRecognized, Away, Away),
        (RvError::SlotIdInvalid, Away, Away),
        (RvError::SessionClosed, Away, Away),
        (RvError::SessionCount, Away, Away),
        (RvError::SessionHandleInvalid, Away, Away),
        (RvError::UserNotLoggedIn, Away, Away),
        (RvError::KeyHandleInvalid, Away, Away),
        (RvError::KeyFunctionNotPermitted, Away, Away),
        (RvError::ObjectHandleInvalid, Away, Away),
        (RvError::MechanismInvalid, Away, Away),
        (RvError::MechanismParamInvalid, Away, Away),
        (RvError::FunctionNotSupported, Away, Away),
        (RvError::FunctionCanceled, Away, Away),
        (RvError::OperationActive, Away, Away),
        (RvError::OperationNotInitialized, Away, Away),
        (RvError::BufferTooSmall, Away, Away),
        (RvError::CryptokiNotInitialized, Away, Away),
        (RvError::VendorDefined(1 << 31), Away, Away),
        (RvError::UnknownErrorCode(0x7000), Away, Away),
    ];
    for (code, decrypting, elsewhere) in codes {
        let calls = [
            (Function::Decrypt, decrypting),
            (Function::DecryptInit, elsewhere),
            (Function::EncryptInit, elsewhere),
            (Function::Login, elsewhere),
            (Function::FindObjects, elsewhere),
        ];
        for (function, meaning) in calls {
            let error = Error::Pkcs11(code, function);
            assert_eq!(Meaning::of(&error), meaning, "{code:?} of {function:?}");
            let told = told(error);
            let expected = match meaning {
                WrongPin => told == KmsError::WrongPassphrase,
                WrongKey => told == KmsError::NotWrappedHere,
                Unclear | Away => matches!(told, KmsError::Unreachable { .. }),
            };
            assert!(expected, "{told} for {code:?} of {function:?}");
        }
    }
    let other = told(Error::NotSupported);
    assert!(matches!(other, KmsError::Unreachable { .. }), "{other}");
}
