//! Every moment of one act: the power goes at each write, sync and call to the key store, and
//! each of these fails.
//!
//! For: what is many commits and two rotations of the root, an erasure above all. Invariant:
//! afterwards it was not begun, or opening the store has completed it; others are untouched.

use crate::act::Act;
use crate::explore::Explorer;
use crate::keys::KmsFault;
use crate::play::Keeping;
use crate::record::Run;
use crate::report::Report;
use base::disk::FaultPlan;

/// How many of the operations of an act fail, each in a run of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// All.
    Every,
    /// One of eight.
    Eighth,
}

/// Explores an erasure of a dossier that lies in a segment of the index and in its tail, beside
/// another that stays, with the root in a KMS and in a key file on the same disk.
///
/// # Errors
/// When the acts before it fail on a disk without faults.
pub fn of_an_erasure(share: Share) -> Result<Report, String> {
    let mut report = Report::default();
    for keeping in [Keeping::Ring, Keeping::File] {
        let before = [
            deposit(0, 0),
            deposit(1, 1),
            Act::Share { patient: 1 },
            Act::Reopen,
            deposit(0, 2),
            deposit(1, 3),
        ];
        let run = Run::of_act(keeping, &before, Act::Erase { patient: 0 })?;
        let mut explorer = Explorer::new(&run, &mut report, None);
        explorer.power_cuts();
        let stride = match share {
            Share::Every => 1,
            Share::Eighth => 8,
        };
        for at in (1..=run.events() as u64).step_by(stride) {
            explorer.fault(0, &format!("operation {at} fails while erasing"), |play| {
                play.disk.set_plan(FaultPlan {
                    broken_at: Some(at),
                    ..FaultPlan::default()
                });
            });
        }
        if keeping == Keeping::Ring {
            for call in 1..=KMS_CALLS_MAX {
                for fault in [KmsFault::Refused, KmsFault::AnswerLost] {
                    let place = format!("call {call} to the KMS: {fault:?}, while erasing");
                    explorer.fault(0, &place, |play| {
                        play.roots.set_fault(Some((call, fault)));
                    });
                }
            }
        }
    }
    Ok(report)
}

const fn deposit(patient: usize, number: usize) -> Act {
    Act::Deposit { patient, number }
}

/// More calls than an erasure makes: two rotations of three calls.
const KMS_CALLS_MAX: u64 = 7;
