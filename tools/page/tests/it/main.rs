//! A second reader beside the engine.

#[cfg(test)]
mod whole;
