//! FNV-1a, a fast hash for keys that come from lists and texts of our own bounded caches.

use std::hash::{BuildHasherDefault, Hasher};

/// Builds [`FnvHasher`]s.
pub type Fnv = BuildHasherDefault<FnvHasher>;

/// FNV-1a with 64 bits.
#[derive(Debug, Clone, Copy)]
pub struct FnvHasher(u64);

impl Default for FnvHasher {
    fn default() -> FnvHasher {
        FnvHasher(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for FnvHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
