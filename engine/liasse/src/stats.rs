//! Sizes and counts of a store, for operators.

use crate::answer::Stats;
use crate::core::Core;
use crate::erasing;
use crate::error::Result;
use base::DossierNumber;
use journal::Log;
use store::SealedHead;

/// Counts what is there.
pub(crate) fn stats(core: &Core) -> Result<Stats> {
    let view = core.view()?;
    let mut stats = Stats {
        entries: Log::open(view.rows())?.size(),
        tail: core.index.tail_size().0 as u64,
        ..Stats::default()
    };
    for number in 0..view.rows.counters().dossiers() {
        let Ok(number) = DossierNumber::new(number) else {
            break;
        };
        if SealedHead::read(view.rows(), number)?.is_some() {
            stats.dossiers += 1;
        }
    }
    let segments = core.index.segments();
    stats.segments = segments.len() as u64;
    stats.documents = segments
        .iter()
        .map(|it| u64::from(it.documents))
        .sum::<u64>()
        + stats.tail;
    let bodies = view.rows.segments()?;
    stats.bytes = vec![
        ("bodies", bodies.iter().map(|(_, row)| row.end).sum()),
        ("bodies dead", bodies.iter().map(|(_, row)| row.dead).sum()),
        ("index", segments.iter().map(|it| it.bytes).sum()),
    ];
    stats.sinks = core.shipping.stats();
    stats.erasures_waiting = erasing::waiting(view.rows())?;
    Ok(stats)
}
