//! What is written beside the library: for pkg-config, for CMake, for `man 3 liasse.h`.

/// A pkg-config file.
pub(super) fn pkg_config(prefix: &str, version: &str, libs: &str, system: &str) -> String {
    format!(
        "prefix={prefix}\nlibdir=${{prefix}}/lib\nincludedir=${{prefix}}/include\n\n\
         Name: liasse\nDescription: Medical dossiers, kept and searched inside your own process\n\
         Version: {version}\nLibs: {libs}\nLibs.private: {system}\nCflags: -I${{includedir}}\n"
    )
}

/// What `find_package(liasse)` reads.
pub(super) fn cmake(system: &str) -> String {
    let system = system.split_whitespace().collect::<Vec<_>>().join(";");
    format!(
        "get_filename_component(_liasse \"${{CMAKE_CURRENT_LIST_DIR}}/../../..\" ABSOLUTE)\n\
         add_library(liasse::liasse SHARED IMPORTED)\n\
         set_target_properties(liasse::liasse PROPERTIES\n  \
         IMPORTED_LOCATION \"${{_liasse}}/lib/libliasse.so\"\n  \
         INTERFACE_INCLUDE_DIRECTORIES \"${{_liasse}}/include\")\n\
         add_library(liasse::static STATIC IMPORTED)\n\
         set_target_properties(liasse::static PROPERTIES\n  \
         IMPORTED_LOCATION \"${{_liasse}}/lib/libliasse.a\"\n  \
         INTERFACE_LINK_LIBRARIES \"{system}\"\n  \
         INTERFACE_INCLUDE_DIRECTORIES \"${{_liasse}}/include\")\n\
         unset(_liasse)\n"
    )
}

/// What tells CMake whether this version will do: one of the same ABI that is not older.
pub(super) fn cmake_version(version: &str, abi: &str) -> String {
    format!(
        "set(PACKAGE_VERSION \"{version}\")\n\
         if(NOT PACKAGE_FIND_VERSION OR \"${{PACKAGE_FIND_VERSION}}.\" MATCHES \"^{}[.]\"\n   \
         AND NOT PACKAGE_FIND_VERSION VERSION_GREATER PACKAGE_VERSION)\n  \
         set(PACKAGE_VERSION_COMPATIBLE TRUE)\n\
         else()\n  \
         set(PACKAGE_VERSION_COMPATIBLE FALSE)\n\
         endif()\n\
         if(PACKAGE_FIND_VERSION VERSION_EQUAL PACKAGE_VERSION)\n  \
         set(PACKAGE_VERSION_EXACT TRUE)\n\
         endif()\n",
        abi.replace('.', "[.]")
    )
}

/// The manual page: the header's own words.
pub(super) fn manual(header: &str, version: &str) -> String {
    let comment = header.split("*/").next().unwrap_or("");
    let comment = comment
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix('*'));
    let comment: Vec<&str> = comment
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    let code = header
        .split_once("extern \"C\"")
        .map_or("", |(_, code)| code);
    let code = code.split("#ifdef __cplusplus").next().unwrap_or("");
    let code = code.lines().filter(|line| !line.starts_with('#'));
    let functions: Vec<&str> = code.skip(1).collect();
    format!(
        ".TH liasse.h 3 \"\" \"liasse {version}\" \"Liasse\"\n.SH NAME\n\
         liasse.h \\- medical dossiers, kept and searched inside your own process\n\
         .SH LIBRARY\nLiasse (libliasse, \\-lliasse)\n\
         .SH SYNOPSIS\n.B #include <liasse.h>\n\
         .SH DESCRIPTION\n.nf\n{}.fi\n.SH FUNCTIONS\n.nf\n{}.fi\n",
        roff(&comment),
        roff(&functions)
    )
}

/// Lines as they stand, whatever they begin with.
fn roff(lines: &[&str]) -> String {
    let line = |line: &&str| {
        let line = line.replace('\\', "\\e").replace('-', "\\-");
        let guard = if line.starts_with(['.', '\'']) {
            "\\&"
        } else {
            ""
        };
        format!("{guard}{line}\n")
    };
    lines.iter().map(line).collect()
}
