//! Proves that what is no file of a folder is refused, and not waited for.

use super::*;

/// Opening a pipe would wait for its other end, and reading a device may go on for ever.
#[test]
fn what_is_no_regular_file_is_refused_and_not_waited_for() {
    let folder = std::env::temp_dir().join(format!("liasse-base-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("folder")).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(folder.join("pipe"))
        .status();
    assert!(made.unwrap().success());
    // Somebody at its other end: who opened it all the same would fail here, and not wait.
    let end = OpenOptions::new()
        .read(true)
        .write(true)
        .open(folder.join("pipe"));
    let end = end.unwrap();
    std::os::unix::fs::symlink("/dev/zero", folder.join("device")).unwrap();
    fs::write(folder.join("file"), "bytes").unwrap();
    let disk = FolderDisk::new(&folder);
    for name in ["pipe", "device", "folder"] {
        for mode in [OpenMode::Read, OpenMode::Write] {
            let refused = disk.open(name, mode).err().unwrap();
            assert!(is_no_file(&refused), "{name}: {refused}");
            let refused = disk.lock_handle(name, mode).err().unwrap();
            assert!(is_no_file(&refused), "{name}: {refused}");
        }
        assert!(is_no_file(&disk.hold(name).err().unwrap()), "{name}");
        assert!(is_no_file(&open_regular(&folder.join(name)).err().unwrap()));
    }
    drop(end);
    for mode in [OpenMode::Read, OpenMode::Write] {
        assert_eq!(disk.open("file", mode).unwrap().length().unwrap(), 5);
    }
    let missing = disk.open("nothing", OpenMode::Read).err().unwrap();
    assert!(missing.kind() == io::ErrorKind::NotFound && !is_no_file(&missing));
    fs::remove_dir_all(&folder).unwrap();
}
