//! `sepal`: the session on the command line.
//!
//! Results go to standard output, as text or JSON; an error is one sentence on standard error and
//! exit status 1.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is what a command does")]

mod arguments;
mod compress;
mod devices;
mod evaluate;
mod export;
mod files;
mod fit;
mod inspect;
mod plan;
mod plot;
mod reading;

use arguments::{Arguments, Command};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() => {
            let text = error.to_string();
            let sentence = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
            eprintln!("sepal: {sentence} (sepal --help says more)");
            return ExitCode::FAILURE;
        }
        Err(help) => {
            print!("{help}");
            return ExitCode::SUCCESS;
        }
    };
    let result = match arguments.command {
        Command::Inspect(inspect) => inspect::run(&inspect),
        Command::Compress(compress) => compress::run(&compress),
        Command::Fit(fit) => fit::run(&fit),
        Command::Export(export) => export::run(&export),
        Command::Evaluate(evaluate) => evaluate::run(&evaluate),
        Command::Plot(plot) => plot::run(&plot),
        Command::Devices(list) => devices::run(&list),
    };
    match result {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("sepal: {error}");
            ExitCode::FAILURE
        }
    }
}
