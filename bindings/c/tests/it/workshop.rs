//! Where C is compiled and run: finds the compilers, the header, the library just built.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Warnings are failures, in C and in C++.
const STRICT: [&str; 6] = ["-Wall", "-Wextra", "-Wshadow", "-pedantic", "-Werror", "-g"];
/// What the standard library of Rust needs from the system.
const SYSTEM: [&str; 7] = [
    "-lgcc_s",
    "-lutil",
    "-lrt",
    "-lpthread",
    "-lm",
    "-ldl",
    "-lc",
];

/// The crate's own folder.
pub(crate) fn home() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// An empty folder that is removed when it is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// A new one; `name` is unique among the tests.
    pub(crate) fn new(name: &str) -> Self {
        let path =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Whether a program can be started.
pub(crate) fn is_there(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success())
}

/// The library built together with this test: `libliasse_c.a` or `libliasse_c.so`.
pub(crate) fn library(extension: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let deps = test.parent().unwrap();
    let built = |folder: &Path| {
        let files = std::fs::read_dir(folder).unwrap().filter_map(Result::ok);
        let ours = files.map(|file| file.path()).filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("libliasse_c") && name.ends_with(extension)
        });
        ours.max_by_key(|path| path.metadata().and_then(|about| about.modified()).ok())
    };
    built(deps)
        .or_else(|| built(deps.parent().unwrap()))
        .expect("cargo built the library")
}

/// Whether the C compiler can watch memory.
pub(crate) fn sanitizes(folder: &Folder) -> bool {
    let source = folder.path().join("sanitizes.c");
    std::fs::write(&source, "int main(void) { return 0; }\n").unwrap();
    let mut cc = Command::new("cc");
    cc.arg("-fsanitize=address,undefined").arg(&source);
    cc.arg("-o").arg(folder.path().join("sanitizes"));
    cc.output().is_ok_and(|output| output.status.success())
}

/// Compiles `source` by the rules of C99, with more arguments, and links it with the static
/// library.
pub(crate) fn compile(source: &Path, program: &Path, more: &[&Path]) {
    let mut cc = Command::new("cc");
    linked(cc.arg("-std=c99").args(more), source, program);
}

/// The same by the rules of C++17, with the wrapper.
pub(crate) fn compile_cpp(source: &Path, program: &Path) {
    let mut cpp = Command::new("c++");
    cpp.arg("-std=c++17").arg("-I").arg(home().join("../cpp"));
    linked(&mut cpp, source, program);
}

fn linked(compiler: &mut Command, source: &Path, program: &Path) {
    compiler.args(STRICT).arg("-I").arg(home().join("include"));
    compiler.arg(source).arg(library(".a")).args(SYSTEM);
    succeed(compiler.arg("-o").arg(program));
}

/// Only checks that a source compiles.
pub(crate) fn check(compiler: &str, standard: &str, source: &Path) {
    let mut check = Command::new(compiler);
    check.arg(standard).args(STRICT).arg("-fsyntax-only");
    check.arg("-I").arg(home().join("include")).arg(source);
    succeed(&mut check);
}

/// Runs a command to its end and shows all it said when it fails.
pub(crate) fn succeed(command: &mut Command) -> Output {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}
