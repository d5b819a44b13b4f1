//! What the tests of this room share, and what must not compile.

use std::path::{Path, PathBuf};

/// A directory of one test, removed when it ends.
pub(crate) struct Scratch {
    directory: PathBuf,
}

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        let unique = format!("liasse-vault-{name}-{}", std::process::id());
        let directory = std::env::temp_dir().join(unique);
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(&directory).unwrap();
        Self { directory }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        Path::join(&self.directory, name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// Does not compile when `$key` has the trait: then two impls would fit.
macro_rules! assert_lacks {
    ($bound:path: $($key:ty),+ $(,)?) => {
        const _: fn() = || {
            trait Fits<A> {
                fn fits() {}
            }
            impl<T: ?Sized> Fits<()> for T {}
            struct Has;
            impl<T: ?Sized + $bound> Fits<Has> for T {}
            $(let _ = <$key as Fits<_>>::fits;)+
        };
    };
}

macro_rules! assert_secretive {
    ($($key:ty),+ $(,)?) => {
        assert_lacks!(std::fmt::Debug: $($key),+);
        assert_lacks!(std::fmt::Display: $($key),+);
        assert_lacks!(Clone: $($key),+);
    };
}

// INVARIANT(V1): no key and no plaintext can be printed or copied.
assert_secretive!(
    crate::Secret,
    crate::Plain,
    crate::DossierKey,
    crate::AuditKey,
    crate::EntryKey,
    crate::SegmentKey,
    crate::UnitKey,
    crate::BodyKey,
    crate::KeyBlock,
    crate::BucketKey,
    crate::FileCipher,
    crate::SigningKey,
    crate::KeyTree,
    crate::AuditKeys,
    crate::Passphrase,
    crate::KeyFile,
);
// What stands for a step done once.
assert_lacks!(Clone: crate::Stage, crate::Rotation, crate::Retiring, crate::Forgotten);
