//! Firmware that watches a sensor with a compressed model.
//!
//! It is written as a board's `main.rs` would be: no heap, all memory known when it is linked, and
//! hardware behind traits. What stands for hardware here is at the end. On a board add
//! `#![no_std] #![no_main]`, your entry point, and your own `Sensor` and `Led`.

use sepal_runtime::{Error, Program, Tensor};
use std::sync::Mutex;

/// The artifact. Yours is a file in flash: `include_bytes!("model.sepal")`. This one, the example of
/// FORMAT.md, computes 0.75 a - 0.5 b + 0.5.
#[rustfmt::skip]
static MODEL: &[u8] = &[
    0x53, 0x45, 0x50, 0x31, 0x01, 0x00, 0x20, 0x00, 0x80, 0x00, 0x00, 0x00, 0x76, 0x38, 0x6b, 0xf2,
    0x08, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01, 0x01, 0x02, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x01, 0x00, 0x01, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00, 0x00,
    0x00, 0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0x3e, 0x04, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01, 0x00,
    0x01, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0xf6, 0x00, 0x00, 0x00, 0x00, 0x80, 0x3e,
    0x01, 0x00, 0x00, 0x09, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x01, 0x00, 0x02, 0x00,
    0x74, 0x00, 0x00, 0x00, 0x78, 0x00, 0x00, 0x00, 0x7c, 0x00, 0x00, 0x00, 0x00, 0x00, 0x11, 0xf6,
    0x80, 0x7f, 0x00, 0x00, 0x03, 0xfe, 0x00, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x00, 0x40, 0x00, 0x00,
];

/// What the model needs, as Sepal states it beside the download.
const ARENA_BYTES: usize = 8;

/// The memory for all values of the model. A board without std keeps it in a `StaticCell`, or in a
/// mutex of the `critical-section` crate.
static ARENA: Mutex<[u8; ARENA_BYTES]> = Mutex::new([0; ARENA_BYTES]);

/// Two measurements, in the units that the model was trained with.
trait Sensor {
    /// The next measurement, or `None` when the sensor is switched off.
    fn measure(&mut self) -> Option<[f32; 2]>;
}

trait Led {
    fn set(&mut self, on: bool);
}

/// The class that the outputs choose: the greatest, or the sign where there is one only.
fn class_of(output: &Tensor, scores: &[u8]) -> usize {
    let scores = scores.iter().map(|&byte| output.real(byte.cast_signed()));
    match output.len() {
        1 => usize::from(scores.sum::<f32>() > 0.0),
        _ => scores.enumerate().fold((0, f32::MIN), |best, next| if next.1 > best.1 { next } else { best }).0,
    }
}

/// Measures, computes and shows, until the sensor is off.
fn watch(sensor: &mut impl Sensor, led: &mut impl Led, arena: &mut [u8]) -> Result<(), Error> {
    // Checks the artifact once, at the start: damaged flash ends here and not in the loop.
    let program = Program::parse(MODEL)?;
    let (Some(input), Some(output)) = (program.inputs().next(), program.outputs().next()) else {
        return Ok(());
    };
    while let Some(measured) = sensor.measure() {
        let values = program.input_mut(arena, 0).ok_or(Error::ArenaTooShort)?;
        for (value, real) in values.iter_mut().zip(measured) {
            *value = input.quantise(real).cast_unsigned();
        }
        program.run(arena)?;
        let scores = program.output(arena, 0).ok_or(Error::ArenaTooShort)?;
        led.set(class_of(&output, scores) == 1);
    }
    Ok(())
}

fn main() -> Result<(), Error> {
    let mut light = Light(Vec::new());
    // Nobody else locks the arena, so that waiting for it is no matter.
    let mut arena = ARENA.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    watch(&mut Replay(vec![[-1.0, 1.0], [2.0, -1.0]]), &mut light, &mut *arena)?;
    assert_eq!(light.0, [true, false], "2.5 is above 0, and -0.75 is not");
    Ok(())
}

/// Measurements from a list, the last first.
struct Replay(Vec<[f32; 2]>);

impl Sensor for Replay {
    fn measure(&mut self) -> Option<[f32; 2]> {
        self.0.pop()
    }
}

/// Remembers what it showed.
struct Light(Vec<bool>);

impl Led for Light {
    fn set(&mut self, on: bool) {
        self.0.push(on);
    }
}
