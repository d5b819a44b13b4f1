//! The vocabulary rules are written in: one schema, its actions, its names.
//!
//! Invariant: a pack's schema file is this schema, word for word; facts are bound to it, so
//! another schema would mean rules about facts that do not exist.

use cedar_policy::pst;

/// The schema's version, as manifests name it.
pub(crate) const VERSION: &str = "dmp/1";

/// The schema's text.
pub(crate) const TEXT: &str = include_str!("../packs/dmp-2011/schema.cedarschema");

/// Whether another text is the same schema, white space at the ends of lines aside.
pub(crate) fn is_ours(text: &str) -> bool {
    let ours = TEXT.lines().map(str::trim_end);
    ours.eq(text.trim_end().lines().map(str::trim_end))
}

/// Who asks, by entity type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PrincipalKind {
    Actor,
    Person,
}

/// What is asked about, by entity type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResourceKind {
    Dossier,
    Document,
}

impl ResourceKind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Dossier => "Dossier",
            Self::Document => "Document",
        }
    }
}

macro_rules! actions {
    ($($variant:ident = $code:literal, $resource:ident;)*) => {
        /// The actions rules decide.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum ActionName { $($variant,)* }

        impl ActionName {
            pub(crate) const ALL: &[Self] = &[$(Self::$variant),*];

            pub(crate) const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            pub(crate) const fn resource(self) -> ResourceKind {
                match self { $(Self::$variant => ResourceKind::$resource,)* }
            }
        }
    };
}

actions!(
    Consult = "consult", Dossier;
    History = "history", Dossier;
    Deposit = "deposit", Dossier;
    OpenDossier = "openDossier", Dossier;
    Reopen = "reopen", Dossier;
    Close = "close", Dossier;
    Erase = "erase", Dossier;
    Authorise = "authorise", Dossier;
    Revoke = "revoke", Dossier;
    Block = "block", Dossier;
    Unblock = "unblock", Dossier;
    Consent = "consent", Dossier;
    SetAttending = "setAttending", Dossier;
    LeaveAttending = "leaveAttending", Dossier;
    BreakGlass = "breakGlass", Dossier;
    Read = "read", Document;
    Count = "count", Document;
    Trace = "trace", Document;
    SetFlags = "setFlags", Document;
    SetStatus = "setStatus", Document;
    Delete = "delete", Document;
    Replace = "replace", Document;
);

/// The name of an entity type of our namespace.
pub(crate) fn type_name(kind: &pst::EntityType) -> Option<&str> {
    let name = &kind.0;
    let ours = matches!(name.namespace.as_slice(), [namespace] if namespace.as_str() == NAMESPACE);
    ours.then(|| name.id.as_str())
}

/// The schema's namespace.
pub(crate) const NAMESPACE: &str = "DMP";

#[cfg(test)]
mod tests;
