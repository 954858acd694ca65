//! Runs `.sepal` artifacts in place, as FORMAT.md describes them.
#![no_std]
#![forbid(unsafe_code)]
