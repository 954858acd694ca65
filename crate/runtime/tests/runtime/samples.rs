//! One valid artifact of every kind: what damage is done to.

use crate::artifact::{Artifact, Op};
use crate::random::{BYTE_FORMATS, FLOAT_FORMATS, Random};

/// Makes one operation.
type Make = Box<dyn Fn(&mut Random) -> Op>;

/// Every operation with every format, function and kind.
fn makers() -> Vec<Make> {
    let mut all: Vec<Make> = vec![Box::new(Random::table)];
    for format in BYTE_FORMATS.chain(FLOAT_FORMATS) {
        let second = if format >= 10 { 21 - format } else { (format + 1) % 10 };
        all.push(Box::new(move |random| random.dense(format)));
        all.push(Box::new(move |random| random.conv(format, 1)));
        all.push(Box::new(move |random| random.pair([format, second], [1, 1])));
    }
    for format in [0, 4, 10] {
        all.push(Box::new(move |random| random.conv(format, 3)));
        all.push(Box::new(move |random| random.pair([format, format], [2, 3])));
    }
    for float in [false, true] {
        for kind in 0..3 {
            all.push(Box::new(move |random| random.pool(kind, float)));
        }
        all.push(Box::new(move |random| random.add(float)));
        all.push(Box::new(move |random| random.mul(float)));
        all.push(Box::new(move |random| random.softmax(float)));
        all.push(Box::new(move |random| random.copy(float)));
        all.push(Box::new(move |random| random.fill(float)));
    }
    for function in 0..=6 {
        all.push(Box::new(move |random| random.function(function)));
    }
    all
}

/// The artifacts; other seeds give other shapes.
pub(crate) fn samples(seed: u64) -> Vec<Artifact> {
    let one = |make: &Make| {
        let mut random = Random::new(seed);
        let op = make(&mut random);
        random.artifact(op)
    };
    makers().iter().map(one).collect()
}
