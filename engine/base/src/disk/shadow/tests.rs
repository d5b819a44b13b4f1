//! Proves that a shadow reads back what was written to it as a real disk does, and leaves what
//! lies below as it was.

use super::*;
use crate::disk::FaultyDisk;

fn bytes_of(disk: &dyn Disk, name: &str) -> Vec<u8> {
    let file = disk.open(name, OpenMode::Read).unwrap();
    let mut out = vec![0; usize::try_from(file.length().unwrap()).unwrap()];
    file.read_at(0, &mut out).unwrap();
    out
}

/// The same steps on a disk and on a shadow of its copy give the same bytes and names.
#[test]
fn a_shadow_behaves_as_the_disk_and_leaves_it_as_it_was() {
    let (below, twin) = (FaultyDisk::new(), FaultyDisk::new());
    for disk in [&below, &twin] {
        disk.create_folder("body").unwrap();
        for (name, length) in [("a", 10_000_usize), ("body/b", 300)] {
            let file = disk.open(name, OpenMode::CreateNew).unwrap();
            file.write_at(0, &vec![7; length]).unwrap();
        }
    }
    let shadow = ShadowDisk::new(Arc::new(below.clone()));
    let steps: [fn(&dyn Disk); 8] = [
        |disk| {
            let file = disk.open("a", OpenMode::Write).unwrap();
            file.write_at(4090, &[1; 4200]).unwrap();
        },
        |disk| {
            let file = disk.open("a", OpenMode::Write).unwrap();
            file.set_length(5000).unwrap();
            file.set_length(20_000).unwrap();
            file.write_at(19_990, &[2; 30]).unwrap();
        },
        |disk| {
            let file = disk.open("body/b", OpenMode::Write).unwrap();
            file.set_length(100).unwrap();
            file.write_at(200, &[3; 9]).unwrap();
        },
        |disk| {
            let file = disk.open("c", OpenMode::CreateNew).unwrap();
            file.write_at(5, b"new").unwrap();
        },
        |disk| disk.rename("c", "body/d").unwrap(),
        |disk| {
            let again = disk.open("body/d", OpenMode::CreateNew).err();
            assert_eq!(
                again.map(|it| it.kind()),
                Some(io::ErrorKind::AlreadyExists)
            );
            let behind = disk.open("body/d", OpenMode::Read).unwrap();
            let behind = behind.read_at(5, &mut [0; 4]).err();
            let behind = behind.map(|it| it.kind());
            assert_eq!(behind, Some(io::ErrorKind::UnexpectedEof));
        },
        |disk| disk.remove("a").unwrap(),
        |disk| {
            let gone = disk.open("a", OpenMode::Read).err();
            assert_eq!(gone.map(|it| it.kind()), Some(io::ErrorKind::NotFound));
            disk.open("a", OpenMode::CreateNew).unwrap();
        },
    ];
    for step in steps {
        step(&twin);
        step(&shadow);
        for folder in ["", "body"] {
            let mut names = [twin.list(folder).unwrap(), shadow.list(folder).unwrap()];
            names.iter_mut().for_each(|names| names.sort());
            assert_eq!(names[0], names[1]);
        }
        for name in ["a", "body/b", "body/d"] {
            if twin.open(name, OpenMode::Read).is_ok() {
                assert_eq!(bytes_of(&twin, name), bytes_of(&shadow, name), "{name}");
            }
        }
    }
    assert_eq!(bytes_of(&below, "a"), vec![7; 10_000]);
    assert_eq!(bytes_of(&below, "body/b"), vec![7; 300]);
    assert_eq!(below.list("body").unwrap(), ["b"]);
}
