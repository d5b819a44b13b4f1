//! The room from outside: real CI-SIS documents, and hostile ones.

#![expect(
    clippy::print_stdout,
    reason = "a skipped test says so, a table is printed"
)]

mod hostile;
mod real;
