//! A host's own KMS: what an integrator writes, and the suite that says whether it is right.
//!
//! This one keeps each root in a file of a directory, as a stand-in for the secrets of a service
//! that can make, read and destroy a named secret. It does nothing to destroy a file's blocks on
//! the disk, and says so by `Forgetting::Never`.

use base::{Entropy, OsEntropy, StoreId};
use std::{fs, path::PathBuf};
use vault::kms::{conformance::conformance, unwrap_under, wrap_under};
use vault::{
    Destruction, Epoch, Forgetting, Kms, KmsError, KmsState, Secret, Staging, Use, Writer,
};

struct Directory(PathBuf);

impl Directory {
    fn root(&self, epoch: Epoch) -> Result<Secret, KmsError> {
        let bytes = fs::read(self.0.join(format!("root-{epoch}"))).ok();
        let bytes = bytes.ok_or(KmsError::NoRoot { epoch })?;
        let bytes = bytes.first_chunk().ok_or(KmsError::Damaged {
            what: "a short root",
        })?;
        Ok(Secret::from_bytes(bytes))
    }
    fn has(&self, epoch: Epoch) -> bool {
        self.0.join(format!("root-{epoch}")).exists()
    }
    fn active(&self) -> Epoch {
        let text = fs::read_to_string(self.0.join("active")).unwrap_or_default();
        text.parse().map_or(Epoch::FIRST, Epoch::new)
    }
    fn writer(&self) -> Writer {
        let bytes = fs::read(self.0.join("writer")).unwrap_or_default();
        (&bytes[..])
            .try_into()
            .map_or(Writer::NOBODY, Writer::from_bytes)
    }
    fn held_by(&self, writer: Writer) -> Result<(), KmsError> {
        let held = self.writer() == writer;
        held.then_some(()).ok_or(KmsError::OtherWriter)
    }
    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), KmsError> {
        let new = self.0.join("new");
        let put = fs::write(&new, bytes).and_then(|()| fs::rename(&new, self.0.join(name)));
        put.map_err(|error| KmsError::Unreachable {
            what: error.to_string(),
        })
    }
}

impl Kms for Directory {
    fn kind(&self) -> &'static str {
        "directory"
    }
    fn forgetting(&self) -> Forgetting {
        Forgetting::Never
    }
    fn load(&self, store: StoreId, purpose: Use) -> Result<KmsState, KmsError> {
        match (fs::read(self.0.join("store")), purpose) {
            (Ok(bound), Use::Create | Use::Open) if bound == store.as_bytes() => {}
            (Ok(_), Use::Create | Use::Open) => return Err(KmsError::OtherStore),
            (Err(_), Use::Open) => return Err(KmsError::Unbound),
            (Err(_), Use::Create) => {
                self.put("root-1", Secret::random(&OsEntropy)?.expose())?;
                self.put("store", store.as_bytes())?;
            }
        }
        let active = self.active();
        let retired = (1..active.number())
            .map(Epoch::new)
            .filter(|epoch| self.has(*epoch));
        Ok(KmsState {
            writer: self.writer(),
            active,
            next_staged: self.has(active.next()),
            retired: retired.collect(),
        })
    }
    fn hand_over(&self, from: Writer, to: Writer) -> Result<(), KmsError> {
        if self.writer() == to {
            return Ok(());
        }
        self.held_by(from)?;
        self.put("writer", to.as_bytes())
    }
    fn stage(
        &self,
        writer: Writer,
        next: Epoch,
        entropy: &dyn Entropy,
    ) -> Result<Staging, KmsError> {
        self.held_by(writer)?;
        let active = self.active();
        match next {
            next if next != active.next() => Err(KmsError::Conflict {
                active,
                asked: next,
            }),
            next if self.has(next) => Ok(Staging::Found),
            next => self
                .put(&format!("root-{next}"), Secret::random(entropy)?.expose())
                .map(|()| Staging::Fresh),
        }
    }
    fn activate(&self, writer: Writer, next: Epoch) -> Result<(), KmsError> {
        self.held_by(writer)?;
        let active = self.active();
        match next {
            next if next == active => Ok(()),
            next if next != active.next() => Err(KmsError::Conflict {
                active,
                asked: next,
            }),
            next if !self.has(next) => Err(KmsError::NoRoot { epoch: next }),
            next => self.put("active", next.to_string().as_bytes()),
        }
    }
    fn destroy(
        &self,
        writer: Writer,
        epoch: Epoch,
        _: &dyn Entropy,
    ) -> Result<Destruction, KmsError> {
        self.held_by(writer)?;
        let active = self.active();
        if epoch >= active {
            return Err(KmsError::Conflict {
                active,
                asked: epoch,
            });
        }
        let _ = fs::remove_file(self.0.join(format!("root-{epoch}")));
        Ok(Destruction::Done)
    }
    fn wrap(
        &self,
        epoch: Epoch,
        context: &[u8],
        secret: &Secret,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, KmsError> {
        wrap_under(&self.root(epoch)?, epoch, context, secret, entropy)
    }
    fn unwrap(&self, epoch: Epoch, context: &[u8], wrapped: &[u8]) -> Result<Secret, KmsError> {
        unwrap_under(&self.root(epoch)?, epoch, context, wrapped)
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = std::env::temp_dir().join(format!("liasse-host-kms-{}", std::process::id()));
    fs::create_dir_all(&directory)?;
    conformance(
        &mut || Ok(Box::new(Directory(directory.clone()))),
        &OsEntropy,
    )?;
    fs::remove_dir_all(&directory)?;
    Ok(())
}

#[test]
fn conforms() {
    main().unwrap();
}
