//! Steps of a suite: run in order, timed, stopped at the first failure.
//!
//! For: `cargo xtask test` and `nightly`. Invariants: a step is a command that can be repeated by
//! hand; nested cargo sees the same flags as plain cargo, so nothing is built twice.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A chore of this program, called with the root of the workspace.
type Call = Box<dyn Fn(&Path) -> Result<(), String>>;

/// What a step does.
enum Action {
    /// Runs a program with arguments and variables.
    Program {
        program: String,
        arguments: Vec<String>,
        variables: Vec<(&'static str, String)>,
        listens: bool,
    },
    /// Calls a chore of this program; the text repeats it by hand.
    Chore { call: Call, by_hand: String },
}

/// One step of a suite.
pub(crate) struct Step {
    name: &'static str,
    action: Action,
}

impl Step {
    /// A step that runs cargo with these words.
    pub(crate) fn cargo(name: &'static str, words: &str) -> Self {
        Self::program(name, &cargo(), words)
    }

    /// A step that runs a program with these words, which hold no blanks.
    pub(crate) fn program(name: &'static str, program: &str, words: &str) -> Self {
        let action = Action::Program {
            program: program.to_owned(),
            arguments: words.split_whitespace().map(str::to_owned).collect(),
            variables: Vec::new(),
            listens: false,
        };
        Self { name, action }
    }

    /// A step that calls a chore of this program.
    pub(crate) fn chore(
        name: &'static str,
        by_hand: impl Into<String>,
        call: impl Fn(&Path) -> Result<(), String> + 'static,
    ) -> Self {
        let action = Action::Chore {
            call: Box::new(call),
            by_hand: by_hand.into(),
        };
        Self { name, action }
    }

    /// The same step with a variable set.
    pub(crate) fn with(mut self, variable: &'static str, value: &str) -> Self {
        if let Action::Program { variables, .. } = &mut self.action {
            variables.push((variable, value.to_owned()));
        }
        self
    }

    /// The same step; what its program says that it skipped is told again at the end of the suite.
    pub(crate) fn listening(mut self) -> Self {
        if let Action::Program { listens, .. } = &mut self.action {
            *listens = true;
        }
        self
    }

    fn by_hand(&self) -> String {
        match &self.action {
            Action::Chore { by_hand, .. } => by_hand.clone(),
            Action::Program {
                program,
                arguments,
                variables,
                listens: _,
            } => {
                let set = variables
                    .iter()
                    .map(|(name, value)| format!("{name}='{value}'"));
                let name = Path::new(program).file_name().unwrap_or_default();
                let name = name.to_string_lossy().into_owned();
                let words = set.chain([name]).chain(arguments.iter().cloned());
                words.collect::<Vec<_>>().join(" ")
            }
        }
    }

    /// Runs the step; what it said that it skipped.
    fn run(&self, root: &Path) -> Result<Vec<String>, String> {
        match &self.action {
            Action::Chore { call, .. } => call(root).map(|()| Vec::new()),
            Action::Program {
                program,
                arguments,
                variables,
                listens,
            } => {
                let mut command = plain(program, root);
                command.args(arguments);
                for (variable, value) in variables {
                    command.env(variable, value);
                }
                let ended = match listens {
                    true => heard(command),
                    false => command.status().map(|status| (status, Vec::new())),
                };
                let (status, skipped) =
                    ended.map_err(|error| format!("{program} does not start: {error}"))?;
                if status.success() {
                    Ok(skipped)
                } else {
                    Err(status.to_string())
                }
            }
        }
    }
}

/// Runs a program and passes on what it says; which of its lines say that it skipped something.
fn heard(mut command: Command) -> io::Result<(ExitStatus, Vec<String>)> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let (said, complained) = (child.stdout.take(), child.stderr.take());
    let skipped = std::thread::scope(|scope| {
        let complained = scope.spawn(|| passed_on(complained, &mut io::stderr()));
        let mut skipped = passed_on(said, &mut io::stdout());
        skipped.extend(complained.join().unwrap_or_default());
        skipped
    });
    Ok((child.wait()?, skipped))
}

fn passed_on(from: Option<impl Read>, to: &mut dyn Write) -> Vec<String> {
    let lines = from.map(|from| BufReader::new(from).lines());
    let mut skipped = Vec::new();
    for line in lines.into_iter().flatten().map_while(Result::ok) {
        let _ = writeln!(to, "{line}");
        if line.contains("SKIPPED") {
            skipped.push(line);
        }
    }
    skipped
}

/// Runs steps one after the other and prints a table of their times, with what they skipped.
pub(crate) fn run_all(suite: &str, root: &Path, steps: &[Step]) -> Result<(), String> {
    let (mut table, mut skipped) = (Vec::new(), Vec::new());
    let mut outcome = Ok(());
    for step in steps {
        let by_hand = step.by_hand();
        println!("==> {}: {by_hand}", step.name);
        let start = Instant::now();
        let result = step.run(root);
        let took = start.elapsed();
        table.push((step.name, took));
        println!("==> {}: {}", step.name, seconds(took));
        let name = step.name;
        match result {
            Ok(words) => skipped.extend(words.into_iter().map(|word| format!("{name}: {word}"))),
            Err(why) => {
                outcome = Err(format!(
                    "{suite}: {name} failed: {why}\nrepeat it with: {by_hand}"
                ));
                break;
            }
        }
    }
    println!("\n{suite}, times:");
    for (name, took) in &table {
        println!("  {name:<24} {:>9}", seconds(*took));
    }
    let total = table.iter().map(|(_, took)| *took).sum();
    println!("  {:<24} {:>9}", "all", seconds(total));
    for word in &skipped {
        println!("  WARNING, {word}");
    }
    let left = steps.len() - table.len();
    if left > 0 {
        println!("  not run after the failure: {left}");
    }
    outcome
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

/// The cargo that runs this chore.
pub(crate) fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// A command at the root, without what the outer cargo says about this package, so that
/// nothing is built again because it seems to have changed.
pub(crate) fn plain(program: &str, root: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        let own = [
            "CARGO_PKG_",
            "CARGO_MANIFEST_",
            "CARGO_CRATE_",
            "CARGO_BIN_",
            "CARGO_PRIMARY_",
        ];
        if own.iter().any(|start| name.starts_with(start)) {
            command.env_remove(name.as_ref());
        }
    }
    command
}

/// What a program prints, when it succeeds.
pub(crate) fn output(mut command: Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output();
    let output = output.map_err(|error| format!("{name} does not start: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{name}: {}: {}", output.status, said.trim()));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("{name} printed no UTF-8"))
}

#[cfg(test)]
mod tests;
