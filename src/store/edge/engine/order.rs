//! How the engine's segments are kept in order.

use std::sync::atomic::Ordering;

use super::Engine;
use crate::store::StoreError;
use crate::store::edge::guard::guarded;

/// Points out of order that call for an optimisation during a bulk load, a sixteenth of
/// all within these bounds: searches go through them one by one until then, and each
/// optimisation rewrites a segment.
const UNORDERED: (usize, usize) = (20_000, 50_000);

impl Engine {
    /// Orders indexes and drops garbage, with `thorough` from one part in a
    /// hundred on. For one thread alone.
    pub fn optimize(&self, thorough: bool) -> Result<(), StoreError> {
        // A segment is there twice until its new form is whole.
        self.folder.check_room(self.folder.size())?;
        self.unordered.store(0, Ordering::Relaxed);
        let usual = self.shard.config().optimizers.clone();
        if thorough {
            let mut thorough = usual.clone();
            thorough.deleted_threshold = Some(0.01);
            thorough.vacuum_min_vector_number = Some(1);
            guarded("setting the optimizer", || {
                self.shard.set_optimizers_config(thorough.clone())
            })?;
        }
        let done = guarded("optimizing", || self.shard.optimize());
        if thorough {
            guarded("setting the optimizer", || {
                self.shard.set_optimizers_config(usual.clone())
            })?;
        }
        self.count_segments();
        done.map(|_| ())
    }

    pub(super) fn count_segments(&self) {
        let segments = self.shard.info().segments_count;
        self.segments.store(segments, Ordering::Relaxed);
    }

    /// Whether an optimisation is worth it while more comes in.
    pub fn wants_order(&self) -> bool {
        let unordered = self.unordered.load(Ordering::Relaxed);
        let (least, most) = UNORDERED;
        let share = || (self.shard.info().points_count / 16).clamp(least, most);
        unordered >= least && unordered >= share()
    }
}
