//! Root keys on a PKCS#11 token: an HSM, a smart card, SoftHSM2.
//!
//! What lies on the token, all of it private objects whose labels begin with the key's name:
//! ```text
//! NAME root   secret key AES-256, not extractable, id = epoch u64 BE; wraps by AES-GCM
//! NAME state  data object, value = store (16) | active epoch u64 BE | turn u64 BE | writer (16);
//!             the largest of (epoch, turn, writer) counts; older ones end after the epoch
//! wrapped     = iv (12) | ciphertext (32) | tag (16), associated data = epoch u64 LE | context
//! ```
//! A change of the state makes the new object before it destroys the older ones, so that a crash
//! leaves the state before or after. PKCS#11 has no compare-and-set: of two processes that change
//! the state at once one wins, and the other is told at its next call.
//!
//! A session is opened for each call. A module may not see that a token came back until it is
//! initialised anew; this is done at the call after one that found no token, when it was
//! initialised here and not by the host. PKCS#11 knows no deadline: see [`super::Timed`].
//!
//! Invariant: a root key never leaves the token, nor does vault ever hold one.

mod said;

use super::{Destruction, Epoch, Forgetting, Kms, KmsError, KmsState, Staging, Use, Writer};
use crate::secret::Secret;
use base::{Entropy, StoreId};
use cryptoki::context::{CInitializeArgs, CInitializeFlags};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use said::{Meaning, told};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Which token, and which key on it.
pub struct Pkcs11Token<'a> {
    /// The PKCS#11 module, a shared library.
    pub module: &'a Path,
    /// The token's label.
    pub token: &'a str,
    /// The name of the key on the token: one token can serve several stores.
    pub name: &'a str,
    /// The user's PIN.
    pub pin: &'a str,
}

/// Root keys on a token.
pub struct Pkcs11 {
    token: String,
    name: String,
    pin: AuthPin,
    module: Arc<Mutex<Module>>,
}

/// A module that this process has loaded, until it ends. One call at a time: what a call finds
/// must still be so when it changes it.
struct Module {
    context: cryptoki::context::Pkcs11,
    initialised_by: By,
    /// The last call found no token.
    lost: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Us,
    Host,
}

impl Pkcs11 {
    /// Makes the first root key on the token.
    ///
    /// # Errors
    /// [`KmsError::Exists`] when the token has a key of this name, or what the token gives.
    pub fn create(token: &Pkcs11Token<'_>) -> Result<Self, KmsError> {
        let kms = Self::connect(token)?;
        kms.with_session(|objects| {
            if objects.roots()?.is_empty() && objects.states()?.is_empty() {
                objects.make_root(Epoch::FIRST)
            } else {
                Err(KmsError::Exists {
                    path: kms.name.clone(),
                })
            }
        })?;
        Ok(kms)
    }

    /// Finds the key on the token.
    ///
    /// # Errors
    /// [`KmsError::NoKey`] when there is none of this name, or what the token gives.
    pub fn open(token: &Pkcs11Token<'_>) -> Result<Self, KmsError> {
        let kms = Self::connect(token)?;
        kms.with_session(|objects| {
            if objects.roots()?.is_empty() {
                Err(KmsError::NoKey {
                    name: kms.name.clone(),
                })
            } else {
                Ok(())
            }
        })?;
        Ok(kms)
    }

    fn connect(token: &Pkcs11Token<'_>) -> Result<Self, KmsError> {
        Ok(Self {
            module: Module::load(token.module)?,
            token: token.token.to_owned(),
            name: token.name.to_owned(),
            pin: AuthPin::new(token.pin.into()),
        })
    }

    fn with_session<T>(
        &self,
        work: impl FnOnce(&Objects<'_>) -> Result<T, KmsError>,
    ) -> Result<T, KmsError> {
        let mut module = self.module.lock().unwrap_or_else(PoisonError::into_inner);
        module.find_again()?;
        let result = self
            .session(&module.context)
            .and_then(|objects| work(&objects));
        module.lost = matches!(result, Err(KmsError::Unreachable { .. }));
        result
    }

    fn session(&self, context: &cryptoki::context::Pkcs11) -> Result<Objects<'_>, KmsError> {
        let mut found = Vec::new();
        for slot in context.get_slots_with_token().map_err(told)? {
            if context.get_token_info(slot).map_err(told)?.label() == self.token {
                found.push(slot);
            }
        }
        let [slot] = found[..] else {
            let what = if found.is_empty() {
                "no token has"
            } else {
                "several tokens have"
            };
            return Err(KmsError::Unreachable {
                what: format!("{what} the label asked for"),
            });
        };
        let session = context.open_rw_session(slot).map_err(told)?;
        match session.login(UserType::User, Some(&self.pin)) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
            Err(error) => return Err(told(error)),
        }
        Ok(Objects {
            session,
            name: &self.name,
        })
    }
}

impl Module {
    /// The module at `path`, initialised unless it is.
    fn load(path: &Path) -> Result<Arc<Mutex<Self>>, KmsError> {
        let mut modules = MODULES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = modules.get(path) {
            return Ok(Arc::clone(known));
        }
        let context = cryptoki::context::Pkcs11::new(path).map_err(told)?;
        let initialised_by = match context.initialize(initialising()) {
            Ok(()) => By::Us,
            Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => By::Host,
            Err(error) => return Err(told(error)),
        };
        let module = Arc::new(Mutex::new(Self {
            context,
            initialised_by,
            lost: false,
        }));
        modules.insert(path.to_owned(), Arc::clone(&module));
        Ok(module)
    }

    /// Has the module look for its tokens anew, when the last call found none.
    fn find_again(&self) -> Result<(), KmsError> {
        if self.lost && self.initialised_by == By::Us {
            // What matters is that it can be initialised.
            let _ = self.context.clone().finalize();
            self.context.initialize(initialising()).map_err(told)?;
        }
        Ok(())
    }
}

fn initialising() -> CInitializeArgs {
    CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)
}

impl Kms for Pkcs11 {
    fn kind(&self) -> &'static str {
        "PKCS#11 token"
    }

    fn forgetting(&self) -> Forgetting {
        Forgetting::Real
    }

    fn load(&self, store: StoreId, purpose: Use) -> Result<KmsState, KmsError> {
        self.with_session(|objects| {
            let State { active, writer, .. } = match (objects.state()?, purpose) {
                (Some(state), Use::Create | Use::Open) if state.store == store => state,
                (Some(_), Use::Create | Use::Open) => return Err(KmsError::OtherStore),
                (None, Use::Open) => return Err(KmsError::Unbound),
                (None, Use::Create) => {
                    let state = State::first(store);
                    objects.make_state(state)?;
                    state
                }
            };
            let mut roots: Vec<Epoch> = objects.roots()?.into_iter().map(|root| root.0).collect();
            roots.sort_unstable();
            Ok(KmsState {
                writer,
                active,
                next_staged: roots.contains(&active.next()),
                retired: roots.into_iter().filter(|epoch| *epoch < active).collect(),
            })
        })
    }

    fn hand_over(&self, from: Writer, to: Writer) -> Result<(), KmsError> {
        self.with_session(|objects| {
            let state = objects.state()?.ok_or(KmsError::Unbound)?;
            if state.writer != to {
                let state = state.held_by(from)?;
                objects.make_state(State {
                    turn: state.turn.saturating_add(1),
                    writer: to,
                    ..state
                })?;
            }
            objects.drop_older_states()?.held_by(to).map(drop)
        })
    }

    fn stage(
        &self,
        writer: Writer,
        next: Epoch,
        _entropy: &dyn Entropy,
    ) -> Result<Staging, KmsError> {
        self.with_session(|objects| {
            let active = objects.held_state(writer)?.active;
            if next != active.next() {
                return Err(KmsError::Conflict {
                    active,
                    asked: next,
                });
            }
            if objects.root(next)?.is_some() {
                return Ok(Staging::Found);
            }
            objects.make_root(next)?;
            Ok(Staging::Fresh)
        })
    }

    fn activate(&self, writer: Writer, next: Epoch) -> Result<(), KmsError> {
        self.with_session(|objects| {
            let state = objects.held_state(writer)?;
            let active = state.active;
            if next != active {
                if next != active.next() {
                    return Err(KmsError::Conflict {
                        active,
                        asked: next,
                    });
                }
                if objects.root(next)?.is_none() {
                    return Err(KmsError::NoRoot { epoch: next });
                }
                objects.make_state(State {
                    active: next,
                    ..state
                })?;
            }
            objects.drop_older_states().map(drop)
        })
    }

    fn destroy(
        &self,
        writer: Writer,
        epoch: Epoch,
        _entropy: &dyn Entropy,
    ) -> Result<Destruction, KmsError> {
        self.with_session(|objects| {
            let active = objects.held_state(writer)?.active;
            if epoch >= active {
                return Err(KmsError::Conflict {
                    active,
                    asked: epoch,
                });
            }
            if let Some(root) = objects.root(epoch)? {
                objects.session.destroy_object(root).map_err(told)?;
            }
            Ok(Destruction::Done)
        })
    }

    fn wrap(
        &self,
        epoch: Epoch,
        context: &[u8],
        secret: &Secret,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, KmsError> {
        let mut iv: [u8; IV_BYTES] = entropy.array()?;
        let mut out = iv.to_vec();
        self.with_session(|objects| {
            let root = objects.root(epoch)?.ok_or(KmsError::NoRoot { epoch })?;
            let data = associated_data(epoch, context);
            let params = GcmParams::new(&mut iv, &data, TAG_BITS.into()).map_err(told)?;
            let mechanism = Mechanism::AesGcm(params);
            let wrapped = objects.session.encrypt(&mechanism, root, secret.expose());
            out.extend_from_slice(&wrapped.map_err(told)?);
            Ok(())
        })?;
        Ok(out)
    }

    fn unwrap(&self, epoch: Epoch, context: &[u8], wrapped: &[u8]) -> Result<Secret, KmsError> {
        self.with_session(|objects| {
            let root = objects.root(epoch)?.ok_or(KmsError::NoRoot { epoch })?;
            let (iv, sealed) = wrapped
                .split_first_chunk::<IV_BYTES>()
                .ok_or(KmsError::NotWrappedHere)?;
            let mut iv = *iv;
            let data = associated_data(epoch, context);
            let params = GcmParams::new(&mut iv, &data, TAG_BITS.into()).map_err(told)?;
            let opened = objects
                .session
                .decrypt(&Mechanism::AesGcm(params), root, sealed);
            let opened = opened.map_err(|error| {
                let unclear = Meaning::of(&error) == Meaning::Unclear;
                if unclear && objects.opens_what_it_seals(root) {
                    KmsError::NotWrappedHere
                } else {
                    told(error)
                }
            });
            let plain = zeroize::Zeroizing::new(opened?);
            let bytes = plain.first_chunk().filter(|_| plain.len() == 32);
            Ok(Secret::from_bytes(bytes.ok_or(KmsError::NotWrappedHere)?))
        })
    }
}

/// What was read from objects, and the objects.
type Found<T> = Result<Vec<(T, ObjectHandle)>, KmsError>;

/// The objects of one key, through one session.
struct Objects<'a> {
    session: Session,
    name: &'a str,
}

impl Objects<'_> {
    fn roots(&self) -> Found<Epoch> {
        let template = [
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::Token(true),
            Attribute::Label(self.label("root")),
        ];
        self.found(&template, AttributeType::Id, |id| {
            Some(Epoch::new(u64::from_be_bytes(id.try_into().ok()?)))
        })
    }

    fn root(&self, epoch: Epoch) -> Result<Option<ObjectHandle>, KmsError> {
        let roots = self.roots()?;
        Ok(roots
            .into_iter()
            .find(|root| root.0 == epoch)
            .map(|root| root.1))
    }

    fn make_root(&self, epoch: Epoch) -> Result<(), KmsError> {
        let template = [
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Encrypt(true),
            Attribute::Decrypt(true),
            Attribute::ValueLen(32.into()),
            Attribute::Label(self.label("root")),
            Attribute::Id(epoch.number().to_be_bytes().to_vec()),
        ];
        self.session
            .generate_key(&Mechanism::AesKeyGen, &template)
            .map_err(told)?;
        Ok(())
    }

    fn states(&self) -> Found<State> {
        let template = [
            Attribute::Class(ObjectClass::DATA),
            Attribute::Token(true),
            Attribute::Label(self.label("state")),
        ];
        self.found(&template, AttributeType::Value, State::parse)
    }

    /// The state that counts.
    fn state(&self) -> Result<Option<State>, KmsError> {
        Ok(newest(&self.states()?))
    }

    /// The state, when `writer` may change it.
    fn held_state(&self, writer: Writer) -> Result<State, KmsError> {
        self.state()?.ok_or(KmsError::Unbound)?.held_by(writer)
    }

    fn make_state(&self, state: State) -> Result<(), KmsError> {
        let template = [
            Attribute::Class(ObjectClass::DATA),
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Label(self.label("state")),
            Attribute::Value(state.value()),
        ];
        self.session.create_object(&template).map_err(told)?;
        Ok(())
    }

    /// Whether the token decrypts under `root` what it encrypts: then what it refused was wrong.
    fn opens_what_it_seals(&self, root: ObjectHandle) -> bool {
        let tried = || -> cryptoki::error::Result<bool> {
            let mut iv = [0; IV_BYTES];
            self.session.generate_random_slice(&mut iv)?;
            let mut again = iv;
            let params = GcmParams::new(&mut iv, TRIAL, TAG_BITS.into())?;
            let sealed = (self.session).encrypt(&Mechanism::AesGcm(params), root, TRIAL)?;
            let params = GcmParams::new(&mut again, TRIAL, TAG_BITS.into())?;
            let opened = (self.session).decrypt(&Mechanism::AesGcm(params), root, &sealed)?;
            Ok(opened == TRIAL)
        };
        tried().unwrap_or(false)
    }

    /// Destroys all states but the one that counts, and tells it.
    fn drop_older_states(&self) -> Result<State, KmsError> {
        let states = self.states()?;
        let newest = newest(&states).ok_or(KmsError::Unbound)?;
        for (state, object) in states {
            if state != newest {
                self.session.destroy_object(object).map_err(told)?;
            }
        }
        Ok(newest)
    }

    fn found<T>(
        &self,
        template: &[Attribute],
        wanted: AttributeType,
        read: impl Fn(&[u8]) -> Option<T>,
    ) -> Found<T> {
        let mut out = Vec::new();
        for object in self.session.find_objects(template).map_err(told)? {
            let attributes = self
                .session
                .get_attributes(object, &[wanted])
                .map_err(told)?;
            let bytes = attributes.into_iter().find_map(|attribute| {
                if let Attribute::Id(bytes) | Attribute::Value(bytes) = attribute {
                    Some(bytes)
                } else {
                    None
                }
            });
            let parsed = bytes.and_then(|bytes| read(&bytes));
            let parsed = parsed.ok_or(KmsError::Damaged {
                what: "an object on the token",
            })?;
            out.push((parsed, object));
        }
        Ok(out)
    }

    fn label(&self, what: &str) -> Vec<u8> {
        format!("{} {what}", self.name).into_bytes()
    }
}

/// The state that counts, of those on the token.
fn newest(states: &[(State, ObjectHandle)]) -> Option<State> {
    let states = states.iter().map(|(state, _)| *state);
    states.max_by_key(|state| (state.active, state.turn, state.writer))
}

/// What a state object says.
#[derive(Clone, Copy, PartialEq, Eq)]
struct State {
    store: StoreId,
    active: Epoch,
    turn: u64,
    writer: Writer,
}

impl State {
    const fn first(store: StoreId) -> Self {
        Self {
            store,
            active: Epoch::FIRST,
            turn: 0,
            writer: Writer::NOBODY,
        }
    }

    fn held_by(self, writer: Writer) -> Result<Self, KmsError> {
        if self.writer == writer {
            Ok(self)
        } else {
            Err(KmsError::OtherWriter)
        }
    }

    fn value(&self) -> Vec<u8> {
        let (active, turn) = (self.active.number(), self.turn);
        [
            &self.store.as_bytes()[..],
            &active.to_be_bytes(),
            &turn.to_be_bytes(),
            self.writer.as_bytes(),
        ]
        .concat()
    }

    fn parse(value: &[u8]) -> Option<Self> {
        let (store, rest) = value.split_first_chunk()?;
        let (active, rest) = rest.split_first_chunk()?;
        let mut state = Self::first(StoreId::from_bytes(*store));
        state.active = Epoch::new(u64::from_be_bytes(*active));
        if !rest.is_empty() {
            let (turn, writer) = rest.split_first_chunk()?;
            state.turn = u64::from_be_bytes(*turn);
            state.writer = Writer::from_bytes(writer.try_into().ok()?);
        }
        Some(state)
    }
}

fn associated_data(epoch: Epoch, context: &[u8]) -> Vec<u8> {
    [&epoch.number().to_le_bytes(), context].concat()
}

/// The modules this process uses: their state is the process's, not a [`Pkcs11`]'s.
static MODULES: Mutex<BTreeMap<PathBuf, Arc<Mutex<Module>>>> = Mutex::new(BTreeMap::new());

const IV_BYTES: usize = 12;
const TAG_BITS: u64 = 128;
const TRIAL: &[u8] = b"liasse trial v1";

#[cfg(test)]
mod tests;
