//! The subcommands.

pub(crate) mod backup;
pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod declare;
pub(crate) mod demo;
pub(crate) mod import;
pub(crate) mod keep;
pub(crate) mod key;
pub(crate) mod policy;
pub(crate) mod read;
pub(crate) mod specimen;
