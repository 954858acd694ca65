//! One valid artifact of every kind: what damage is done to.

use crate::artifact::{Artifact, Form, Op};
use crate::random::{Random, byte_forms, float_forms};
use sepal_runtime::Layout;

/// Makes one operation.
pub(crate) type Make = Box<dyn Fn(&mut Random) -> Op>;

/// An operator without a matrix, in each of its forms.
pub(crate) struct Simple {
    pub(crate) name: String,
    /// Whether it works on f32.
    pub(crate) float: bool,
    pub(crate) make: Make,
}

/// All operators without a matrix.
pub(crate) fn simple() -> Vec<Simple> {
    let mut all = Vec::new();
    let mut add = |name: &str, float: bool, make: Make| all.push(Simple { name: name.into(), float, make });
    add("table", false, Box::new(Random::table));
    for float in [false, true] {
        for kind in 0..3 {
            add(&format!("pool {kind}"), float, Box::new(move |random| random.pool(kind, float)));
        }
        add("add", float, Box::new(move |random| random.add(float)));
        add("mul", float, Box::new(move |random| random.mul(float)));
        add("softmax", float, Box::new(move |random| random.softmax(float)));
        add("copy", float, Box::new(move |random| random.copy(float)));
        add("fill", float, Box::new(move |random| random.fill(float)));
    }
    for function in 0..=6 {
        add(&format!("function {function}"), true, Box::new(move |random| random.function(function)));
    }
    all
}

/// Every operation with every format, function and kind.
fn makers() -> Vec<Make> {
    let mut all: Vec<Make> = simple().into_iter().map(|simple| simple.make).collect();
    for forms in [byte_forms(), float_forms().to_vec()] {
        let seconds: Vec<Form> = forms.iter().cycle().skip(1).take(forms.len()).copied().collect();
        for (form, second) in forms.into_iter().zip(seconds) {
            all.push(Box::new(move |random| random.dense(form)));
            all.push(Box::new(move |random| random.conv(form, 1)));
            all.push(Box::new(move |random| random.pair([form, second], [1, 1])));
        }
    }
    let layouts = [0, 4, 11].map(|index| Form::from(Layout::ALL[index]));
    for format in [0.into(), 4.into(), 10.into()].into_iter().chain(layouts) {
        all.push(Box::new(move |random| random.conv(format, 3)));
        all.push(Box::new(move |random| random.pair([format, format], [2, 3])));
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
