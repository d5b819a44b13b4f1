//! Proves that NULL is told, or is nothing where the header says that it may be: a program is
//! written from the header that calls each function with NULL for each pointer it takes, one at a
//! time, so that a new function is called too.

use crate::header::{Parameter, comments, functions, prototypes};
use crate::program::run_written;
use std::collections::BTreeSet;
use std::fmt::Write as _;

#[test]
fn null_is_told_for_every_pointer_of_every_function() {
    let (source, wanted) = program();
    assert!(wanted.len() > 200, "{} places", wanted.len());
    let said = run_written("nulls", &source);
    let told: BTreeSet<String> = said.lines().map(str::to_owned).collect();
    let silent: Vec<_> = wanted.difference(&told).collect();
    assert!(silent.is_empty(), "NULL is not told of: {silent:?}");
    let unsaid: Vec<_> = told.difference(&wanted).collect();
    assert!(
        unsaid.is_empty(),
        "may be NULL, says the header: {unsaid:?}"
    );
}

/// The program, and the places where it is to be told of NULL.
pub(crate) fn program() -> (String, BTreeSet<String>) {
    let (functions, comments) = (functions(), comments());
    let (mut required, mut optional) = (String::new(), String::new());
    let mut wanted = BTreeSet::new();
    for (name, parameters) in prototypes() {
        for (at, parameter) in parameters.iter().enumerate() {
            if !is_pointer(parameter) || is_error(parameter) {
                continue;
            }
            let call = call(&name, &parameters, at);
            if !parameters.iter().any(is_error) || may_be_null(&comments[&name], &parameter.name) {
                optional.push_str(&call);
            } else {
                required.push_str(&call);
                wanted.insert(format!("{name}.{}", parameter.name));
            }
        }
    }
    // Last what does its work with a NULL, and may change what the others look at.
    let mut source = String::from(
        "#include \"nulls.h\"\n\
         static void told(const char *place, int32_t code, int32_t again) {\n\
         if (code == LIASSE_E_POINTER) {\nCHECK(again == code);\nprintf(\"%s\\n\", place);\n}\n\
         CHECK(liasse_error_code(error) == code);\n\
         liasse_error_free(error);\nerror = NULL;\n}\n\
         int main(int argc, char **arguments) {\n\
         static struct live live;\nCHECK(argc == 2);\nalive(&live, arguments[1]);\n",
    );
    write!(source, "{required}{optional}").unwrap();
    for name in functions.keys() {
        let freed = name.strip_suffix("_free").unwrap_or_default();
        if let Some(of) = freed.strip_prefix("liasse_") {
            writeln!(source, "{name}(live.{of});").unwrap();
        }
    }
    source.push_str(
        "liasse_session_close(live.session);\n\
         EXPECT(LIASSE_OK, liasse_engine_close(live.engine, &error));\nreturn 0;\n}\n",
    );
    (source, wanted)
}

fn is_pointer(parameter: &Parameter) -> bool {
    let kind = parameter.kind.as_str();
    kind != "void *" && (kind.ends_with('*') || kind.ends_with("_callback"))
}

/// Where the error of a call goes, which is passed as NULL each time a NULL is told.
fn is_error(parameter: &Parameter) -> bool {
    parameter.kind == "struct liasse_error **"
}

/// Whether a function's comment says of a parameter that it may be NULL.
fn may_be_null(comment: &str, name: &str) -> bool {
    let of_word = |c: char| c == '_' || c.is_alphanumeric();
    if comment.contains("Each may be NULL.") || comment.contains("NULL is allowed.") {
        return name != "cursor";
    }
    comment.split(['.', ';']).any(|part| {
        let said = ["may be NULL", "or NULL", "is NULL", "is not NULL"];
        // What is written there may be NULL, not where it is written.
        let written = part.contains(&format!("*{name} is"));
        let said = said.iter().any(|it| part.contains(it)) && !written;
        said && part.split(|c| !of_word(c)).any(|word| word == name)
    })
}

/// A call with NULL for one parameter and what is right for the others, with an error and without.
fn call(name: &str, parameters: &[Parameter], null: usize) -> String {
    let (mut before, mut behind) = (String::new(), String::new());
    let mut given = Vec::new();
    for (at, parameter) in parameters.iter().enumerate() {
        given.push(if at == null {
            "NULL".to_owned()
        } else {
            argument(parameter, &mut before, &mut behind)
        });
    }
    if !parameters.iter().any(is_error) {
        return format!(
            "{{\n{before}(void){name}({});\n{behind}}}\n",
            given.join(", ")
        );
    }
    let with = given.join(", ");
    given.pop();
    let without = format!("{}, NULL", given.join(", "));
    let place = format!("{name}.{}", parameters[null].name);
    let first = format!("int32_t code = {name}({with});\n");
    // Once more only when nothing was done.
    let again = format!("code == LIASSE_E_POINTER ? {name}({without}) : code");
    format!("{{\n{before}{first}told(\"{place}\", code, {again});\n{behind}}}\n")
}

/// What is right for a parameter.
fn argument(parameter: &Parameter, before: &mut String, behind: &mut String) -> String {
    let (kind, name) = (parameter.kind.as_str(), parameter.name.as_str());
    match (kind, name) {
        ("void *", _) => "NULL".to_owned(),
        ("const char *", "patient" | "one") => "PATIENT".to_owned(),
        ("const char *", "other") => "OTHER_PATIENT".to_owned(),
        ("const char *", "directory" | "target" | "backup" | "path") => {
            "path_in(live.folder, \"unused\")".to_owned()
        }
        ("const char *", _) => "\"x\"".to_owned(),
        ("const char *const *", _) => "live.texts".to_owned(),
        ("int64_t", _) => "LIASSE_FOREVER".to_owned(),
        (_, "clear") => "2".to_owned(),
        (_, "months") => "36".to_owned(),
        ("size_t" | "uint32_t" | "uint64_t" | "int32_t", _) => "1".to_owned(),
        ("liasse_write_callback", _) => "take_part".to_owned(),
        ("liasse_progress_callback", _) => "go_on".to_owned(),
        ("liasse_log_callback", _) => "look_away".to_owned(),
        ("struct liasse_error **", _) => "&error".to_owned(),
        ("char *", _) => {
            writeln!(before, "char {name}[64];").unwrap();
            name.to_owned()
        }
        _ => pointed(kind, name, before, behind),
    }
}

/// What a pointer to a struct or a number leads to.
fn pointed(kind: &str, name: &str, before: &mut String, behind: &mut String) -> String {
    let name = &format!("its_{name}");
    if let Some(made) = kind.strip_suffix("**") {
        let made = made.trim_end();
        writeln!(before, "{made} *{name} = NULL;").unwrap();
        let of = made.strip_prefix("struct liasse_");
        if let Some(of) = of {
            let free = match of {
                "engine" => format!("if ({name}) liasse_engine_close({name}, NULL);"),
                "session" => format!("liasse_session_close({name});"),
                _ => format!("liasse_{of}_free({name});"),
            };
            writeln!(behind, "{free}").unwrap();
        }
        return format!("&{name}");
    }
    let of = kind.trim_end_matches('*').trim_end();
    let of = of.strip_prefix("const ").unwrap_or(of);
    match of.strip_prefix("struct liasse_") {
        Some("id") => "&live.id".to_owned(),
        Some(of) if crate::header::sized().contains(&format!("liasse_{of}")) => {
            format!("&live.{of}")
        }
        Some(of) => format!("live.{of}"),
        None => {
            writeln!(before, "{of} {name};\nmemset(&{name}, 0, sizeof {name});").unwrap();
            if of == "struct ArrowArrayStream" {
                writeln!(behind, "if ({name}.release) {name}.release(&{name});").unwrap();
            }
            format!("&{name}")
        }
    }
}
