//! Kinds of events and the classes in which they are kept.
//!
//! Both stand in clear in every entry, so that an auditor without keys sees what was done,
//! when, how often, but not by whom nor to whom. Not for: what an event says; see `event`.

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident {
        $($(#[$vdoc:meta])* $variant:ident = $byte:literal, $code:literal;)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$vdoc])* $variant,)*
        }

        impl $name {
            /// All of them, in the order of their bytes.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The code as it is written.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The byte that stands for it on disk.
            #[must_use]
            pub const fn byte(self) -> u8 {
                match self { $(Self::$variant => $byte,)* }
            }

            /// What the byte stands for, if anything.
            #[must_use]
            pub const fn from_byte(byte: u8) -> Option<Self> {
                match byte { $($byte => Some(Self::$variant),)* _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.code())
            }
        }
    };
}
pub(crate) use codes;

codes!(
    /// What kind of event an entry records.
    Kind {
        /// A dossier was opened or something of it was listed.
        Access = 1, "access";
        /// A search was answered.
        Query = 2, "query";
        /// The content of documents left the engine.
        Disclose = 3, "disclose";
        /// A request was refused.
        Deny = 4, "deny";
        /// Bris de glace.
        BreakGlass = 5, "break_glass";
        /// Documents were deposited, replaced or given new metadata.
        Write = 6, "write";
        /// Visibility flags were changed.
        Mask = 7, "mask";
        /// A consent was given or taken back.
        Consent = 8, "consent";
        /// A policy pack came into force.
        PolicyLoad = 9, "policy_load";
        /// A key was created.
        KeyCreate = 10, "key_create";
        /// A key was destroyed.
        KeyDestroy = 11, "key_destroy";
        /// A dossier or a document was erased, or a step of that was taken.
        Erase = 12, "erase";
        /// Index segments were rewritten.
        IndexRewrite = 13, "index_rewrite";
        /// A commit: what the whole catalog was at this moment.
        Commit = 14, "commit";
        /// A witness cosigned a checkpoint.
        Witness = 15, "witness";
        /// The store was restored from a backup.
        Restore = 16, "restore";
        /// The store was brought to a newer format.
        Upgrade = 17, "upgrade";
        /// The store was checked.
        Check = 18, "check";
        /// Traces of this span may be missing.
        Gap = 19, "gap";
        /// Something was counted over many dossiers.
        Aggregate = 20, "aggregate";
        /// The keys of a class and month of traces were destroyed.
        Retention = 21, "retention";
        /// The status of a document was changed.
        Status = 22, "status";
        /// An authorisation, a block or a care relation was changed.
        Relation = 23, "relation";
        /// A dossier was opened, closed, reopened, linked or named anew.
        Dossier = 24, "dossier";
    }
);

codes!(
    /// How long traces are kept together: each class has a retention of its own.
    Class {
        /// Reading of dossiers.
        Reading = 1, "reading";
        /// Changes to dossiers.
        Writing = 2, "writing";
        /// Bris de glace and readings of a centre 15.
        Emergency = 3, "emergency";
        /// Refused requests.
        Refusal = 4, "refusal";
        /// Counts over many dossiers.
        Aggregate = 5, "aggregate";
        /// Acts of erasing.
        Erasure = 6, "erasure";
        /// What concerns the store as a whole; nothing of it is sealed, nor ever destroyed.
        Store = 7, "store";
    }
);

impl Kind {
    /// The class in which events of this kind are kept when nothing else is said.
    #[must_use]
    pub const fn class(self) -> Class {
        match self {
            Self::Access | Self::Query | Self::Disclose => Class::Reading,
            Self::Deny => Class::Refusal,
            Self::BreakGlass => Class::Emergency,
            Self::Write
            | Self::Mask
            | Self::Consent
            | Self::Status
            | Self::Relation
            | Self::Dossier => Class::Writing,
            Self::Erase => Class::Erasure,
            Self::Aggregate => Class::Aggregate,
            Self::PolicyLoad
            | Self::KeyCreate
            | Self::KeyDestroy
            | Self::IndexRewrite
            | Self::Commit
            | Self::Witness
            | Self::Restore
            | Self::Upgrade
            | Self::Check
            | Self::Gap
            | Self::Retention => Class::Store,
        }
    }
}

#[cfg(test)]
mod tests;
