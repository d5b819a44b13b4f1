//! Proves that two versions of the library live side by side in one process, each with what it
//! made, and that a program is never served by a version it was not built for.

use crate::aloud::aloud;
use crate::installed::{Installed, built};
use crate::workshop::{home, is_there, succeed};
use liasse_xtask::install;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The next version, as a program that was built with it would find it.
struct Next {
    folder: PathBuf,
}

impl Next {
    fn new(installed: &Installed) -> Self {
        let next = Self {
            folder: installed.folder.path().join("next"),
        };
        std::fs::create_dir_all(next.at("include")).unwrap();
        std::fs::create_dir_all(next.at("lib")).unwrap();
        let header = std::fs::read_to_string(installed.at("include/liasse.h")).unwrap();
        let (number, later) = (
            "LIASSE_VERSION_NUMBER 1000\n",
            "LIASSE_VERSION_NUMBER 2000\n",
        );
        assert!(header.contains(number));
        let header = header.replace(number, later);
        std::fs::write(next.at("include/liasse.h"), &header).unwrap();
        // The same code, but for what it says of itself, which is found first.
        let (source, object) = (next.at("version.c"), next.at("version.o"));
        let says = "#include <liasse.h>\n\
                    uint32_t liasse_version_number(void) { return LIASSE_VERSION_NUMBER; }\n\
                    const char *liasse_version_string(void) { return \"0.2.0\"; }\n";
        std::fs::write(&source, says).unwrap();
        let mut cc = Command::new("cc");
        cc.args(["-c", "-fPIC", "-I"]).arg(next.at("include"));
        succeed(cc.arg(source).arg("-o").arg(&object));
        let mut built = built(&installed.folder);
        let code = std::mem::replace(&mut built.archive, object);
        built.system = format!("-Wl,-z,muldefs {} {}", code.display(), built.system);
        install::share(&header, &built, &next.at("lib"), "0.2.0").unwrap();
        next
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// Compiles against this version's header.
    fn compile(&self, sources: &[&Path], flags: &[&str], lib: &Path, product: &Path) {
        let mut cc = Command::new("cc");
        cc.args(flags).arg("-I").arg(self.at("include"));
        cc.args(sources).arg("-L").arg(lib).arg("-lliasse");
        succeed(cc.arg("-o").arg(product));
    }
}

fn test(name: &str) -> PathBuf {
    home().join("tests").join(name)
}

#[test]
fn two_versions_live_side_by_side_and_a_wrong_one_is_refused() {
    if !is_there("pkg-config") {
        aloud!("SKIPPED: two versions in one process, pkg-config is not installed");
        return;
    }
    let installed = Installed::new("versions");
    let next = Next::new(&installed);
    side_by_side(&installed, &next);
    told_by_the_loader(&installed, &next);
    told_by_the_program(&installed, &next);
    told_by_the_wrappers(&installed, &next);
}

/// A program of this version, with a part that was built with the next.
fn side_by_side(installed: &Installed, next: &Next) {
    let plugin = next.at("libplugin.so");
    let flags = ["-shared", "-fPIC", "-Wl,-soname,libplugin.so"];
    next.compile(&[&test("plugin.c")], &flags, &next.at("lib"), &plugin);
    let program = installed.folder.path().join("both");
    let mut cc = Command::new("cc");
    cc.arg(test("versions.c")).arg(plugin);
    cc.args(installed.flags("liasse"));
    let mut later = std::ffi::OsString::from("-Wl,-rpath-link,");
    later.push(next.at("lib"));
    succeed(cc.arg(later).arg("-o").arg(&program));
    let folders = [installed.at("lib"), next.at("lib"), next.at("")];
    let empty = installed.folder.path().join("both.d");
    std::fs::create_dir(&empty).unwrap();
    let mut run = Command::new(program);
    run.env("LD_LIBRARY_PATH", std::env::join_paths(folders).unwrap());
    let said = succeed(run.arg(empty)).stdout;
    assert_eq!(String::from_utf8(said).unwrap(), "1000 and 2000\n");
}

/// The next version under this one's name: no program of this one starts with it.
fn told_by_the_loader(installed: &Installed, next: &Next) {
    let program = installed.folder.path().join("early");
    let mut cc = Command::new("cc");
    cc.arg(home().join("examples/tour.c"));
    succeed(cc.args(installed.flags("liasse")).arg("-o").arg(&program));
    let wrong = next.at("wrong");
    std::fs::create_dir(&wrong).unwrap();
    let library = next.at("lib/libliasse.so.0.2.0");
    std::fs::copy(library, wrong.join("libliasse.so.0.1")).unwrap();
    let empty = installed.folder.path().join("early.d");
    let mut run = Command::new(program);
    let told = run.env("LD_LIBRARY_PATH", wrong).arg(&empty).output();
    let told = told.unwrap();
    let said = String::from_utf8_lossy(&told.stderr);
    assert!(!told.status.success(), "{said}");
    assert!(said.contains("LIASSE_0.1"), "{said}");
    assert!(!empty.exists(), "nothing of it ran");
}

/// What neither name nor symbols tell, as when a binding loads by hand, the numbers do.
fn told_by_the_program(installed: &Installed, next: &Next) {
    let main = next.at("main.c");
    let text = "#include \"plugin.h\"\nint main(void) { return plugin_fits() ? 1 : 0; }\n";
    std::fs::write(&main, text).unwrap();
    let program = next.at("later");
    let tests = format!("-I{}", home().join("tests").display());
    let sources = [main, test("plugin.c")];
    let sources: Vec<&Path> = sources.iter().map(PathBuf::as_path).collect();
    next.compile(&sources, &[tests.as_str()], &installed.at("lib"), &program);
    succeed(Command::new(program).env("LD_LIBRARY_PATH", installed.at("lib")));
}

/// The wrappers and the example begin nothing with a library they were not written for.
fn told_by_the_wrappers(installed: &Installed, next: &Next) {
    let of = |number: &str| format!("{number} = {};", liasse_c::LIASSE_VERSION_NUMBER);
    for (file, number) in [
        ("../java/Liasse.java", of("WRITTEN_FOR")),
        ("../csharp/Liasse.cs", of("WrittenFor")),
    ] {
        let text = std::fs::read_to_string(home().join(file)).unwrap();
        assert!(text.contains(&number), "{file}");
    }
    let wrapper = "include/liasse.hpp";
    std::fs::copy(installed.at(wrapper), next.at(wrapper)).unwrap();
    let empty = next.at("empty");
    std::fs::create_dir(&empty).unwrap();
    for (source, flags) in [
        ("examples/tour.c", vec![]),
        ("../cpp/tour.cpp", CPP.to_vec()),
    ] {
        if source.ends_with(".cpp") && !is_there("c++") {
            continue;
        }
        let program = next.at("tour");
        next.compile(
            &[&home().join(source)],
            &flags,
            &installed.at("lib"),
            &program,
        );
        let mut run = Command::new(&program);
        refused(
            run.env("LD_LIBRARY_PATH", installed.at("lib")),
            &empty,
            "version",
        );
    }
    if is_there("python3") {
        let mut python = Command::new("python3");
        python.env("LIASSE_LIBRARY", next.at("lib/libliasse.so.0.2.0"));
        python.env("PYTHONDONTWRITEBYTECODE", "1");
        python.arg(home().join("../python/tour.py"));
        refused(&mut python, &empty, "written for Liasse 1000, not for 2000");
    }
}

fn refused(command: &mut Command, empty: &Path, why: &str) {
    let told = command.arg(empty).output().unwrap();
    let said = String::from_utf8_lossy(&told.stderr);
    assert!(!told.status.success() && said.contains(why), "{said}");
    assert!(!empty.join("store").exists(), "{why}");
}

/// A program in C++, built by the compiler of C.
const CPP: [&str; 3] = ["-std=c++17", "-Wl,--no-as-needed", "-lstdc++"];
