//! `sepal`: the session on the command line.
//!
//! Results go to standard output, as text or JSON; an error is one sentence on standard error and
//! exit status 1.
mod arguments;
mod compress;
mod devices;
mod evaluate;
mod export;
mod fault;
mod files;
mod fit;
mod inspect;
mod opening;
mod outputs;
mod plan;
mod plot;
mod reading;
mod tflite;
mod told;

use anyhow::Result;
use arguments::{Arguments, Command};
use clap::Parser;
use std::io::{ErrorKind, Write, stderr, stdout};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() => {
            let text = error.to_string();
            let sentence = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
            return complain(&format!("{sentence} (sepal --help says more)"));
        }
        Err(help) => return say(&help.to_string()),
    };
    match fault::caught(arguments.command.name(), || run(&arguments.command)) {
        Ok(text) => say(&format!("{text}\n")),
        Err(error) => complain(&error.to_string()),
    }
}

fn run(command: &Command) -> Result<String> {
    match command {
        Command::Inspect(inspect) => inspect::run(inspect),
        Command::Compress(compress) => compress::run(compress),
        Command::Fit(fit) => fit::run(fit),
        Command::Export(export) => export::run(export),
        Command::Evaluate(evaluate) => evaluate::run(evaluate),
        Command::Plot(plot) => plot::run(plot),
        Command::Devices(list) => devices::run(list),
    }
}

/// Prints a result. Who has read enough of it and closes the pipe hears nothing more.
fn say(text: &str) -> ExitCode {
    let mut out = stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => complain(&format!("cannot write the result: {error}")),
    }
}

/// Prints an error. Where nobody reads it, there is nobody to tell.
fn complain(sentence: &str) -> ExitCode {
    let _ = writeln!(stderr(), "sepal: {sentence}");
    ExitCode::FAILURE
}
