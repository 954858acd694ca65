//! The runtime against a naive implementation of FORMAT.md, and against damaged artifacts.

mod artifact;
mod damage;
mod document;
mod encode;
mod example;
mod fuzz_parse;
mod operations;
mod packed;
mod programs;
mod random;
mod reference;
mod rules;
mod samples;
mod weights;
