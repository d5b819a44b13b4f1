//! How this program was built.

/// How this build makes and checks its own seals: it changes the figures more than any peer.
#[must_use]
#[expect(
    unexpected_cfgs,
    reason = "a flag of poly1305's, which cargo does not know of"
)]
pub const fn flags() -> &'static str {
    if cfg!(target_feature = "avx2") {
        "AVX2 at compile time"
    } else if cfg!(poly1305_backend = "soft") {
        "soft Poly1305"
    } else {
        "no flags"
    }
}
