//! Reading a dossier's state and entries where they lie, without copying them out.
//!
//! For: list, fetch and policy. Not for: changing anything; [`EntryView::to_entry`] and
//! [`DossierView::to_dossier`] copy for that.

macro_rules! views {
    ($($(#[$doc:meta])* $view:ident of $archived:ty;)*) => {
        $($(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $view<'a> {
            archived: &'a $archived,
        }

        impl<'a> $view<'a> {
            pub(crate) const fn new(archived: &'a $archived) -> Self {
                Self { archived }
            }
        })*
    };
}

macro_rules! texts {
    ($view:ident { $($(#[$doc:meta])* $field:ident,)* }) => {
        impl<'a> $view<'a> {
            $($(#[$doc])*
            #[must_use]
            pub fn $field(self) -> &'a str {
                self.archived.$field.as_str()
            })*
        }
    };
}

macro_rules! lists {
    ($view:ident { $($(#[$doc:meta])* $field:ident: $item:ident,)* }) => {
        impl<'a> $view<'a> {
            $($(#[$doc])*
            pub fn $field(
                self,
            ) -> impl ExactSizeIterator<Item = $item<'a>> + DoubleEndedIterator + 'a {
                self.archived.$field.iter().map($item::new)
            })*
        }
    };
}

macro_rules! instants {
    ($view:ident { $($(#[$doc:meta])* $field:ident,)* }) => {
        impl $view<'_> {
            $($(#[$doc])*
            #[must_use]
            pub const fn $field(self) -> Instant {
                Instant::from_millis(self.archived.$field.to_native())
            })*
        }
    };
}

mod dossier;
mod entry;

pub use dossier::{
    AliasView, AuthorisationView, BlockView, ClosingView, DossierView, LinkView, PartyView,
    RepresentativeView, TieView, TraitsView,
};
pub use entry::{
    AuthorView, CodedView, DepositorView, EarlierVersionView, EntryView, ReferenceView,
    SubmissionView,
};
