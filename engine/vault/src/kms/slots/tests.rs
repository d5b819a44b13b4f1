//! Proves that a key file which another holds is waited for, and not for ever.

use super::*;

#[test]
fn a_key_file_that_is_held_is_waited_for_and_given_up_in_time() {
    let path = std::env::temp_dir().join(format!("liasse-held-{}", std::process::id()));
    let open = || {
        let mut options = File::options();
        let options = options.create(true).truncate(false).read(true).write(true);
        options.open(&path).unwrap()
    };
    let (holder, asker) = (open(), open());
    holder.lock().unwrap();
    let told = lock_in_time(&asker, Duration::from_millis(50));
    let what = "another process holds the key file".to_owned();
    assert_eq!(told, Err(KmsError::Unreachable { what }));
    drop(asker);

    let asker = open();
    thread::scope(|scope| {
        let waits = scope.spawn(|| lock_in_time(&asker, Duration::from_secs(60)));
        holder.unlock().unwrap();
        assert_eq!(waits.join().unwrap(), Ok(()));
    });
    // What was given up left no lock behind; what was waited for is held.
    assert!(matches!(holder.try_lock(), Err(TryLockError::WouldBlock)));
    drop(asker);
    std::fs::remove_file(&path).unwrap();
}
