//! The same runtime in C99, as it goes into downloads.

/// `sepal.h`, a single header.
pub const HEADER: &str = include_str!("../c/sepal.h");

/// `main.c`: runs a model's self-test on a board or a PC.
pub const EXAMPLE: &str = include_str!("../c/example/main.c");
