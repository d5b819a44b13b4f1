//! `cargo xtask cinstall`: the C library where programs look for it.
//!
//! For: building the library as users have it and laying out library, header, pkg-config files,
//! CMake files and manual page under a prefix. Not for: packages of a distribution, which wrap
//! this. Invariants: the shared library exports what the header declares, each with the version
//! of the ABI, and nothing else; what links it statically is told the real system libraries.

mod page;

use std::path::{Path, PathBuf};
use std::process::Command;

/// Where files go.
#[derive(Clone, Debug)]
pub struct Place {
    /// Where programs will find them.
    pub prefix: PathBuf,
    /// What stands before it while a package is made.
    pub destdir: Option<PathBuf>,
}

/// A static library, what its users link besides, and with what.
#[derive(Clone, Debug)]
pub struct Built {
    /// The archive.
    pub archive: PathBuf,
    /// Options for the linker.
    pub system: String,
    /// The C compiler that links for its system.
    pub linker: String,
}

/// What a command line asks for.
#[derive(Debug)]
struct Asked<'a> {
    place: Place,
    profile: &'a str,
    target: Option<&'a str>,
}

/// Builds the library and installs it, by the words of a command line.
///
/// # Errors
/// What is wrong with the words, or what a tool said.
pub fn run(root: &Path, words: &[&str]) -> Result<(), String> {
    let asked = asked(words)?;
    let built = build(root, asked.profile, asked.target)?;
    install(root, &built, &asked.place)
}

fn asked<'a>(words: &[&'a str]) -> Result<Asked<'a>, String> {
    let mut place = Place {
        prefix: PathBuf::from("/usr/local"),
        destdir: None,
    };
    let (mut profile, mut target) = ("release", None);
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let value = *rest.next().ok_or_else(|| format!("{word} wants a value"))?;
        match *word {
            "--prefix" => place.prefix = PathBuf::from(value),
            "--destdir" => place.destdir = Some(PathBuf::from(value)),
            "--profile" => profile = value,
            "--target" => target = Some(value),
            _ => return Err(format!("cinstall does not know {word}")),
        }
    }
    if !place.prefix.is_absolute() {
        return Err("--prefix wants an absolute path".to_owned());
    }
    Ok(Asked {
        place,
        profile,
        target,
    })
}

/// Builds the static library, for this system or for a target.
///
/// # Errors
/// What cargo said.
pub fn build(root: &Path, profile: &str, target: Option<&str>) -> Result<Built, String> {
    let mut cargo = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    cargo
        .current_dir(root)
        .args(["rustc", "--package", "liasse-c"]);
    cargo.args(["--lib", "--crate-type", "staticlib", "--profile", profile]);
    cargo.args(target.iter().flat_map(|target| ["--target", target]));
    cargo.args([
        "--message-format",
        "json",
        "--",
        "--print",
        "native-static-libs",
    ]);
    let said = output(&mut cargo)?;
    let messages = said
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    let messages: Vec<serde_json::Value> = messages.collect();
    let archive = messages.iter().rev().find_map(|message| {
        let files = message.get("filenames")?.as_array()?;
        let mut files = files.iter().filter_map(serde_json::Value::as_str);
        files
            .rfind(|file| file.ends_with("libliasse_c.a"))
            .map(PathBuf::from)
    });
    let system = messages.iter().rev().find_map(|message| {
        let text = message.get("message")?.get("message")?.as_str()?;
        text.strip_prefix(NATIVE).map(str::to_owned)
    });
    match (archive, system) {
        (Some(archive), Some(system)) => Ok(Built {
            archive,
            system,
            linker: target.map_or_else(|| "cc".to_owned(), compiler),
        }),
        _ => Err("cargo did not say what it built".to_owned()),
    }
}

/// The C compiler for a target of Linux, as Debian and others name it.
fn compiler(target: &str) -> String {
    format!("{}-gcc", target.replace("-unknown-", "-"))
}

/// What a static library of this toolchain needs of the system.
///
/// # Errors
/// What the compiler said.
pub fn system(folder: &Path) -> Result<String, String> {
    let mut rustc = Command::new(std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned()));
    let empty = folder.join("empty.rs");
    std::fs::write(&empty, "").map_err(|error| format!("{}: {error}", empty.display()))?;
    rustc.args(["--crate-type", "staticlib", "--print", "native-static-libs"]);
    rustc.arg("--out-dir").arg(folder).arg(&empty);
    let said = rustc.output().map_err(|error| format!("rustc: {error}"))?;
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    let line = said.lines().find_map(|line| line.split_once(NATIVE));
    let (_, system) = line.ok_or_else(|| format!("rustc names no libraries: {said}"))?;
    Ok(system.to_owned())
}

/// Lays out what was built.
///
/// # Errors
/// What the disk or a tool said.
pub fn install(root: &Path, built: &Built, place: &Place) -> Result<(), String> {
    let version = env!("CARGO_PKG_VERSION");
    let include = root.join("bindings/c/include/liasse.h");
    let header = read(&include)?;
    let at = |folder: &str| {
        let path = match &place.destdir {
            Some(destdir) => {
                let inside = place.prefix.strip_prefix("/").unwrap_or(&place.prefix);
                destdir.join(inside).join(folder)
            }
            None => place.prefix.join(folder),
        };
        std::fs::create_dir_all(&path)
            .map(|()| path.clone())
            .map_err(|error| format!("{}: {error}", path.display()))
    };
    let lib = at("lib")?;
    write(&at("include")?.join("liasse.h"), &header)?;
    let cpp = read(&root.join("bindings/cpp/liasse.hpp"))?;
    write(&at("include")?.join("liasse.hpp"), &cpp)?;
    let archive = lib.join("libliasse.a");
    std::fs::copy(&built.archive, &archive).map_err(|error| error.to_string())?;
    share(&header, built, &lib, version)?;
    let prefix = place.prefix.display().to_string();
    for (name, libs) in [
        ("liasse", "-L${libdir} -lliasse".to_owned()),
        (
            "liasse-static",
            format!("${{libdir}}/libliasse.a {}", built.system),
        ),
    ] {
        let text = page::pkg_config(&prefix, version, &libs, &built.system);
        write(&at("lib/pkgconfig")?.join(format!("{name}.pc")), &text)?;
    }
    let cmake = at("lib/cmake/liasse")?;
    write(
        &cmake.join("liasse-config.cmake"),
        &page::cmake(&built.system),
    )?;
    write(
        &cmake.join("liasse-config-version.cmake"),
        &page::cmake_version(version, &abi(version)),
    )?;
    write(
        &at("share/man/man3")?.join("liasse.h.3"),
        &page::manual(&header, version),
    )
}

/// Links the shared library of a version, and the names it is found by.
///
/// # Errors
/// What the disk or the linker said.
pub fn share(header: &str, built: &Built, lib: &Path, version: &str) -> Result<(), String> {
    let (soname, full) = (soname(version), format!("libliasse.so.{version}"));
    let script = lib.join("liasse.map");
    let functions = functions(header);
    write(&script, &version_script(&functions, version))?;
    let mut cc = Command::new(&built.linker);
    cc.args(["-shared", "-o"]).arg(lib.join(&full));
    cc.arg(format!("-Wl,-soname,{soname}"));
    cc.arg(format!("-Wl,--version-script={}", script.display()));
    cc.args([
        "-Wl,-Bsymbolic",
        "-Wl,--gc-sections",
        "-Wl,--no-undefined",
        "-Wl,-z,relro,-z,now",
    ]);
    cc.args(functions.iter().map(|name| format!("-Wl,-u,{name}")));
    cc.arg(&built.archive).args(built.system.split_whitespace());
    output(&mut cc)?;
    std::fs::remove_file(&script).map_err(|error| error.to_string())?;
    for name in [soname, "libliasse.so".to_owned()] {
        let link = lib.join(name);
        // A link of an earlier installation is replaced.
        let _ = std::fs::remove_file(&link);
        symlink(&full, &link).map_err(|error| format!("{}: {error}", link.display()))?;
    }
    Ok(())
}

#[cfg(unix)]
fn symlink(to: &str, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(to, link)
}

#[cfg(not(unix))]
fn symlink(to: &str, link: &Path) -> std::io::Result<()> {
    std::fs::copy(link.with_file_name(to), link).map(drop)
}

/// The functions a header declares.
fn functions(header: &str) -> Vec<String> {
    let code = header
        .split_once("extern \"C\"")
        .map_or("", |(_, code)| code);
    let code = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let names = code.filter_map(|line| {
        let (before, _) = line.split_once('(')?;
        let name = before.rsplit([' ', '*']).next()?;
        name.starts_with("liasse_").then(|| name.to_owned())
    });
    names.collect()
}

/// The name that programs linked with a version look for.
#[must_use]
pub fn soname(version: &str) -> String {
    format!("libliasse.so.{}", abi(version))
}

fn version_script(functions: &[String], version: &str) -> String {
    let names: String = functions
        .iter()
        .map(|name| format!("    {name};\n"))
        .collect();
    format!(
        "LIASSE_{} {{\n  global:\n{names}  local:\n    *;\n}};\n",
        abi(version)
    )
}

/// Which versions fit a version's programs: before 1.0 a minor version may change the ABI.
fn abi(version: &str) -> String {
    let mut parts = version.split('.');
    let (major, minor) = (parts.next().unwrap_or("0"), parts.next().unwrap_or("0"));
    if major == "0" {
        format!("0.{minor}")
    } else {
        major.to_owned()
    }
}

pub(crate) fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

pub(crate) fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .map_err(|error| format!("{name}: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{name}: {}: {}", output.status, said.trim()));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("{name} printed no UTF-8"))
}

const NATIVE: &str = "native-static-libs: ";

#[cfg(test)]
mod tests;
