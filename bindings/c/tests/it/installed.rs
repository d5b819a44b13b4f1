//! Proves that what `cargo xtask cinstall` lays out works from a fresh folder: shared, static,
//! twice in one process, and from C, C++ and Python alike.

use crate::aloud::aloud;
use crate::workshop::{Folder, home, is_there, library, succeed};
use liasse_xtask::install::{self, Built, Place};
use std::path::{Path, PathBuf};
use std::process::Command;

/// An installation in a folder of its own.
pub(crate) struct Installed {
    pub(crate) folder: Folder,
}

impl Installed {
    pub(crate) fn new(name: &str) -> Self {
        let folder = Folder::new(name);
        let built = built(&folder);
        let place = Place {
            prefix: folder.path().join("usr"),
            destdir: None,
        };
        install::install(&home().join("../.."), &built, &place).unwrap();
        Self { folder }
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join("usr").join(path)
    }

    /// What pkg-config says.
    pub(crate) fn flags(&self, package: &str) -> Vec<String> {
        let mut config = Command::new("pkg-config");
        config.args(["--cflags", "--libs", package]);
        config.env("PKG_CONFIG_PATH", self.at("lib/pkgconfig"));
        let said = String::from_utf8(succeed(&mut config).stdout).unwrap();
        said.split_whitespace().map(str::to_owned).collect()
    }

    /// Compiles a program in a folder that holds nothing else, by the words of the guide.
    fn by_the_guide(&self, package: &str) -> PathBuf {
        let fresh = self.folder.path().join(format!("fresh-{package}"));
        std::fs::create_dir(&fresh).unwrap();
        std::fs::copy(home().join("examples/tour.c"), fresh.join("demo.c")).unwrap();
        let words = format!("cc demo.c $(pkg-config --cflags --libs {package})");
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(words).current_dir(&fresh);
        succeed(shell.env("PKG_CONFIG_PATH", self.at("lib/pkgconfig")));
        fresh.join("a.out")
    }

    /// Compiles a source as a user would, and returns the program.
    fn compiled(&self, compiler: &str, source: &str, package: &str) -> PathBuf {
        let program = self.folder.path().join(format!("{compiler}-{package}"));
        let mut compile = Command::new(compiler);
        compile
            .arg(home().join("..").join(source))
            .args(self.flags(package));
        succeed(compile.arg("-o").arg(&program));
        program
    }

    /// The libraries a program is served by.
    fn needs(&self, program: &Path) -> String {
        let mut ldd = Command::new("ldd");
        ldd.arg(program).env("LD_LIBRARY_PATH", self.at("lib"));
        String::from_utf8(succeed(&mut ldd).stdout).unwrap()
    }

    /// What a tour prints, in an empty folder of its own.
    fn tour(&self, name: &str, mut command: Command) -> String {
        let empty = self.folder.path().join(format!("{name}.d"));
        std::fs::create_dir(&empty).unwrap();
        command.env("LD_LIBRARY_PATH", self.at("lib")).arg(empty);
        String::from_utf8(succeed(&mut command).stdout).unwrap()
    }
}

#[test]
fn a_program_is_built_from_the_prefix_shared_and_static_in_every_language() {
    if !is_there("pkg-config") {
        aloud!("SKIPPED: programs from an installed prefix, pkg-config is not installed");
        return;
    }
    let installed = Installed::new("installed");
    let shared = installed.by_the_guide("liasse");
    assert!(installed.needs(&shared).contains(SONAME));
    let lines = installed.tour("c", Command::new(shared));
    assert_eq!(lines.lines().count(), 11, "{lines}");
    assert!(lines.contains("another: refused, "), "{lines}");
    let alone = installed.by_the_guide("liasse-static");
    assert!(!installed.needs(&alone).contains("libliasse"));
    assert_eq!(installed.tour("static", Command::new(alone)), lines);
    for (language, told) in [
        ("C by CMake, shared", by_cmake(&installed, "liasse")),
        ("C by CMake, static", by_cmake(&installed, "static")),
        ("C++", in_cpp(&installed)),
        ("Python", in_python(&installed)),
        ("Java", in_java(&installed)),
        ("C#", in_csharp(&installed)),
    ] {
        match told {
            Ok(told) => assert_eq!(told, lines, "{language}"),
            Err(missing) => {
                aloud!("SKIPPED: the tour in {language}, {missing} is not installed");
            }
        }
    }
    match in_a_table(&installed) {
        Ok(told) => assert_eq!(
            told,
            "2 rows of 16 columns\nConsultation, 24 bytes, 2026-01-01 12:00:00+00:00\n\
             Suivi, 21 bytes, 2026-01-02 12:00:00+00:00\n\
             2 data points, 1 without a time\n\
             4548-4: 6.5%, 2026-01-13 00:00:00+00:00\n48765-2: not 91936005, None\n"
        ),
        Err(missing) => aloud!("SKIPPED: the table in Python, {missing} cannot be had"),
    }
    exported_with_its_version(&installed.at("lib/libliasse.so"));
    two_copies_in_one_process(&installed);
}

/// What a distribution does: the chore as it is called, with a folder before the prefix, from which
/// programs are built before it is the root of a system.
#[test]
fn a_program_is_built_from_below_a_destdir_shared_and_static() {
    if !is_there("pkg-config") {
        aloud!("SKIPPED: programs from below a destdir, pkg-config is not installed");
        return;
    }
    let folder = Folder::new("destdir");
    let root = folder.path().join("root");
    let words = ["--prefix", "/usr", "--profile", "dev", "--destdir"];
    let words = words.into_iter().chain(root.to_str());
    let words: Vec<_> = words.collect();
    install::run(&home().join("../.."), &words).unwrap();
    let mut told = Vec::new();
    for package in ["liasse", "liasse-static"] {
        let fresh = folder.path().join(package);
        std::fs::create_dir(&fresh).unwrap();
        std::fs::copy(home().join("examples/tour.c"), fresh.join("demo.c")).unwrap();
        let mut shell = Command::new("sh");
        let words = format!("cc demo.c $(pkg-config --cflags --libs {package})");
        shell.arg("-c").arg(words).current_dir(&fresh);
        shell.env("PKG_CONFIG_PATH", root.join("usr/lib/pkgconfig"));
        succeed(shell.env("PKG_CONFIG_SYSROOT_DIR", &root));
        let mut run = Command::new(fresh.join("a.out"));
        run.env("LD_LIBRARY_PATH", root.join("usr/lib"));
        run.arg(fresh.join("d"));
        std::fs::create_dir(fresh.join("d")).unwrap();
        told.push(String::from_utf8(succeed(&mut run).stdout).unwrap());
    }
    assert_eq!(told[0].lines().count(), 11, "{}", told[0]);
    assert_eq!(told[0], told[1]);
}

/// What is installed, as this test's own build left it.
pub(crate) fn built(folder: &Folder) -> Built {
    Built {
        archive: library(".a"),
        system: install::system(folder.path()).unwrap(),
        linker: "cc".to_owned(),
    }
}

/// What programs that were linked with this version look for.
const SONAME: &str = "libliasse.so.0.1";

/// What is printed, or what is missing.
type Told = Result<String, &'static str>;

/// The project of a user of CMake, who asks for this version; the next would not do.
fn by_cmake(installed: &Installed, target: &str) -> Told {
    needed(&["cmake", "make"])?;
    let project = installed.folder.path().join(format!("cmake-{target}"));
    std::fs::create_dir(&project).unwrap();
    std::fs::copy(home().join("examples/tour.c"), project.join("demo.c")).unwrap();
    let lists = |version: &str| {
        let text = format!(
            "cmake_minimum_required(VERSION 3.10)\nproject(demo C)\n\
             find_package(liasse {version} REQUIRED)\nadd_executable(demo demo.c)\n\
             target_link_libraries(demo liasse::{target})\n"
        );
        std::fs::write(project.join("CMakeLists.txt"), text).unwrap();
        let mut cmake = Command::new("cmake");
        cmake
            .args(["-S", "."])
            .arg("-B")
            .arg(format!("built-{version}"));
        let mut prefix = std::ffi::OsString::from("-DCMAKE_PREFIX_PATH=");
        prefix.push(installed.at(""));
        cmake.arg(prefix).current_dir(&project);
        cmake
    };
    assert!(!lists("0.2").output().unwrap().status.success());
    succeed(&mut lists("0.1"));
    let mut build = Command::new("cmake");
    succeed(build.args(["--build", "built-0.1"]).current_dir(&project));
    let program = Command::new(project.join("built-0.1/demo"));
    Ok(installed.tour(&format!("cmake-{target}.run"), program))
}

fn in_cpp(installed: &Installed) -> Told {
    needed(&["c++"])?;
    let cpp = installed.compiled("c++", "cpp/tour.cpp", "liasse");
    Ok(installed.tour("cpp", Command::new(cpp)))
}

fn in_python(installed: &Installed) -> Told {
    needed(&["python3"])?;
    let mut python = Command::new("python3");
    python.env("LIASSE_LIBRARY", installed.at("lib/libliasse.so.0.1"));
    python.env("PYTHONDONTWRITEBYTECODE", "1");
    python.arg(home().join("../python/tour.py"));
    let mut nul = Command::new("python3");
    nul.env("LIASSE_LIBRARY", installed.at("lib/libliasse.so.0.1"));
    nul.env("PYTHONPATH", home().join("../python"));
    refuses_nul(installed, "python", nul.arg("-B").arg(nuls("nuls.py")));
    Ok(installed.tour("python", python))
}

fn in_java(installed: &Installed) -> Told {
    needed(&["java", "javac"])?;
    let jna = Path::new("/usr/share/java/jna.jar");
    if !jna.exists() {
        return Err("jna.jar");
    }
    let classes = installed.folder.path().join("classes");
    let path = std::env::join_paths([jna, &classes]).unwrap();
    let mut javac = Command::new("javac");
    javac.args(["-Xlint:all", "-Werror", "-encoding", "UTF-8", "-d"]);
    javac.arg(&classes).arg("-cp").arg(jna);
    let java = home().join("../java");
    let sources = [java.join("Liasse.java"), java.join("Tour.java")];
    succeed(javac.args(sources).arg(nuls("Nuls.java")));
    let run = |class: &str| {
        let mut run = Command::new("java");
        let mut library = std::ffi::OsString::from("-Dliasse.library=");
        library.push(installed.at("lib/libliasse.so"));
        run.arg("-XX:TieredStopAtLevel=1").arg(library);
        run.arg("-cp").arg(&path).arg(class);
        run
    };
    refuses_nul(installed, "java", &mut run("Nuls"));
    Ok(installed.tour("java", run("Tour")))
}

fn in_csharp(installed: &Installed) -> Told {
    needed(&["mcs", "mono"])?;
    let csharp = home().join("../csharp");
    let compiled = |source: &Path, name: &str| {
        let program = installed.folder.path().join(name);
        let mut out = std::ffi::OsString::from("-out:");
        out.push(&program);
        let mut mcs = Command::new("mcs");
        mcs.arg("-warnaserror").arg(out);
        succeed(mcs.arg(csharp.join("Liasse.cs")).arg(source));
        let mut mono = Command::new("mono");
        mono.arg(program);
        mono
    };
    let mut nul = compiled(&nuls("Nuls.cs"), "nuls.exe");
    refuses_nul(installed, "csharp", &mut nul);
    let tour = compiled(&csharp.join("Tour.cs"), "tour.exe");
    Ok(installed.tour("csharp", tour))
}

/// A program that passes a wrapper texts with a NUL.
fn nuls(name: &str) -> PathBuf {
    home().join("tests").join(name)
}

/// No wrapper takes a NUL for the end of a text, wherever it takes one.
fn refuses_nul(installed: &Installed, language: &str, command: &mut Command) {
    let empty = installed.folder.path().join(format!("{language}-nul"));
    std::fs::create_dir(&empty).unwrap();
    command.env("LD_LIBRARY_PATH", installed.at("lib"));
    let said = String::from_utf8(succeed(command.arg(empty)).stdout).unwrap();
    assert_eq!(said, "8 texts with a NUL were refused\n", "{language}");
}

fn needed(programs: &[&'static str]) -> Result<(), &'static str> {
    match programs.iter().find(|program| !is_there(program)) {
        Some(missing) => Err(missing),
        None => Ok(()),
    }
}

/// A table of the dossier in Python, by the Arrow C data interface.
fn in_a_table(installed: &Installed) -> Told {
    needed(&["python3"])?;
    let python = with_pyarrow().ok_or("pyarrow")?;
    let mut run = Command::new(python);
    run.env("LIASSE_LIBRARY", installed.at("lib/libliasse.so.0.1"));
    run.env("PYTHONDONTWRITEBYTECODE", "1");
    run.arg(home().join("../python/table.py"));
    Ok(installed.tour("table", run))
}

/// A Python that has pyarrow: the one that is there, or one of the test's own, which is kept.
fn with_pyarrow() -> Option<PathBuf> {
    let has = |python: &Path| {
        let mut import = Command::new(python);
        let import = import.args(["-c", "import pyarrow"]).output();
        import.is_ok_and(|it| it.status.success())
    };
    let done = |command: &mut Command| command.output().is_ok_and(|it| it.status.success());
    let there = PathBuf::from("python3");
    if has(&there) {
        return Some(there);
    }
    let own = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python-with-pyarrow");
    let python = own.join("bin/python3");
    if !has(&python) {
        let made = done(Command::new("python3").args(["-m", "venv"]).arg(&own));
        let install = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--only-binary",
            ":all:",
            "pyarrow",
        ];
        let _ = made && done(Command::new(&python).args(install));
    }
    has(&python).then_some(python)
}

fn exported_with_its_version(library: &Path) {
    if !is_there("nm") {
        aloud!("SKIPPED: versions of symbols, nm is not installed");
        return;
    }
    let mut nm = Command::new("nm");
    nm.args(["--dynamic", "--defined-only", "--with-symbol-versions"]);
    let said = String::from_utf8(succeed(nm.arg(library)).stdout).unwrap();
    let functions = said.lines().filter(|line| line.contains(" T "));
    let (ours, others): (Vec<_>, Vec<_>) =
        functions.partition(|line| line.contains(" T liasse_") && line.contains("@@LIASSE_0."));
    assert!(ours.len() > 100 && others.is_empty(), "{said}");
}

/// Another copy of the library in the process: each serves its own handles and tells the other's.
fn two_copies_in_one_process(installed: &Installed) {
    let copy = installed.folder.path().join("another.so");
    std::fs::copy(installed.at("lib/libliasse.so"), &copy).unwrap();
    let program = installed.folder.path().join("copies");
    let mut compile = Command::new("cc");
    compile
        .arg(home().join("tests/copies.c"))
        .args(installed.flags("liasse"));
    succeed(compile.args(["-ldl", "-o"]).arg(&program));
    let mut run = Command::new(program);
    succeed(run.env("LD_LIBRARY_PATH", installed.at("lib")).arg(copy));
}
