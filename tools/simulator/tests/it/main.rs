//! The simulator as contributors use it.

#[cfg(test)]
mod short;
