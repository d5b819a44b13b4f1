//! A host's own KMS: what an integrator writes, and the suite that says whether it is right.
//!
//! This one keeps each root in a file of a directory, as a stand-in for a service that keeps named
//! secrets. One process uses it at a time, so that looking before writing is compare-and-set. It
//! does nothing to destroy a file's blocks on the disk, and says so by `Forgetting::Never`.

use std::{fs, io, path::PathBuf};
use vault::kms::conformance::conformance;
use vault::{Destruction, Forgetting, KmsError, Named, NamedSecrets};

struct Directory(PathBuf);

fn said(error: io::Error) -> KmsError {
    let what = error.to_string();
    KmsError::Unreachable { what }
}

impl NamedSecrets for Directory {
    fn kind(&self) -> &'static str {
        "directory"
    }
    fn forgetting(&self) -> Forgetting {
        Forgetting::Never
    }
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, KmsError> {
        match fs::read(self.0.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            other => other.map(Some).map_err(said),
        }
    }
    fn replace(&self, name: &str, before: Option<&[u8]>, secret: &[u8]) -> Result<bool, KmsError> {
        if self.read(name)?.as_deref() != before {
            return Ok(false);
        }
        let new = self.0.join("new");
        fs::write(&new, secret).map_err(said)?;
        fs::File::open(&new)
            .and_then(|file| file.sync_all())
            .map_err(said)?;
        fs::rename(&new, self.0.join(name)).map_err(said)?;
        Ok(true)
    }
    fn destroy(&self, name: &str) -> Result<Destruction, KmsError> {
        match fs::remove_file(self.0.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(said(error)),
            _ => Ok(Destruction::Done),
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = std::env::temp_dir().join(format!("liasse-host-kms-{}", std::process::id()));
    fs::create_dir_all(&directory)?;
    let mut reopen = || Ok(Box::new(Named(Directory(directory.clone()))) as _);
    conformance(&mut reopen, &base::OsEntropy)?;
    fs::remove_dir_all(&directory)?;
    Ok(())
}

#[test]
fn conforms() {
    main().unwrap();
}
