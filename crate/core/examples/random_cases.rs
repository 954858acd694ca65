//! Answers about models one by one, as long as it is asked: what evaluation gives, what plans make of the
//! model and what those give, its `TFLite` files, its artifacts and what they give (`tests/random` draws the
//! models and judges the answers).
//!
//!     cargo run -p sepal-core --example random_cases
//!
//! A question and an answer have one form: the bytes of a line of JSON as a little-endian u32, the line, and
//! the blobs whose bytes its `blobs` lists.

#[path = "random_cases/answer.rs"]
mod answer;
#[path = "panic/caught.rs"]
mod caught;
#[path = "random_cases/plans.rs"]
mod plans;
#[path = "random_cases/stage.rs"]
mod stage;

use answer::{Answer, Question};
use caught::remember_panics;
use std::io::{Error, Read, Result, Write, stdin, stdout};

fn main() -> Result<()> {
    remember_panics();
    let (mut from, mut to) = (stdin().lock(), stdout().lock());
    while let Some(question) = read(&mut from)? {
        write(&mut to, &answer::answer(&question))?;
    }
    Ok(())
}

/// The next question; none at the end.
fn read(from: &mut impl Read) -> Result<Option<Question>> {
    let mut length = [0; 4];
    if from.read(&mut length[..1])? == 0 {
        return Ok(None);
    }
    from.read_exact(&mut length[1..])?;
    let mut line = vec![0; u32::from_le_bytes(length) as usize];
    from.read_exact(&mut line)?;
    let mut question: Question = serde_json::from_slice(&line).map_err(Error::other)?;
    for bytes in &question.blobs {
        let mut piece = vec![0; *bytes];
        from.read_exact(&mut piece)?;
        question.pieces.push(piece);
    }
    Ok(Some(question))
}

fn write(to: &mut impl Write, answer: &Answer) -> Result<()> {
    let line = answer.line()?;
    to.write_all(&(line.len() as u32).to_le_bytes())?;
    to.write_all(&line)?;
    for piece in &answer.pieces {
        to.write_all(piece)?;
    }
    to.flush()
}
