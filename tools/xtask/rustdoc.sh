#!/bin/sh
# rustdoc that compares the error codes of compile_fail examples, which it does only where it may use
# what is unstable. Given to cargo as RUSTDOC: what rustc builds stays as it is.
RUSTC_BOOTSTRAP=1 exec rustdoc "$@"
