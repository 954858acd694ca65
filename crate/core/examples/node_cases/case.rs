//! A case as `node_cases.py` writes it: a model, inputs, and the outputs that it must give.

use rten::Value;
use rten_tensor::Tensor;
use rten_tensor::prelude::*;
use sepal_core::graph::Graph;
use serde::Deserialize;

/// Bytes of all cases.
pub(crate) struct Blob(pub(crate) Vec<u8>);

impl Blob {
    /// The piece at `[start, length]`.
    pub(crate) fn piece(&self, [start, length]: [usize; 2]) -> &[u8] {
        &self.0[start..start + length]
    }
}

/// One case.
#[derive(Deserialize)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) model: [usize; 2],
    rtol: f64,
    atol: f64,
    pub(crate) inputs: Vec<Given>,
    pub(crate) outputs: Vec<Given>,
}

/// An input, or an expected output.
#[derive(Deserialize)]
pub(crate) struct Given {
    /// The type in ONNX's words.
    r#type: String,
    #[serde(default)]
    shape: Vec<usize>,
    /// The type that rten computes in, where there is one.
    #[serde(rename = "as")]
    computed: Option<String>,
    #[serde(default)]
    at: [usize; 2],
    /// Whether values were cut to 32 bits.
    #[serde(default)]
    wide: bool,
}

impl Case {
    /// Why the case is none for rten's types of values.
    pub(crate) fn foreign(&self) -> Option<String> {
        let given = self.inputs.iter().chain(&self.outputs);
        let all: Vec<&Given> = given.filter(|given| given.computed.is_none()).collect();
        let first = all.first()?;
        Some(match first.r#type.as_str() {
            kind @ ("sequence" | "optional" | "string") => format!("a {kind} as input or output"),
            kind => format!("dtype not ours: {kind}"),
        })
    }

    /// The inputs as rten takes them.
    pub(crate) fn values(&self, blob: &Blob) -> Vec<Value> {
        self.inputs.iter().map(|given| given.value(blob)).collect()
    }

    /// All inputs one after another as real numbers, where there are several or whole ones and none would be
    /// rounded.
    pub(crate) fn packed(&self, blob: &Blob) -> Option<Value> {
        let values = self.values(blob);
        let is_plain = matches!(&values[..], [Value::FloatTensor(_)]);
        if values.is_empty() || is_plain {
            return None;
        }
        let all: Vec<f64> = values.iter().flat_map(numbers).collect();
        if all.iter().any(|number| f64::from(*number as f32) != *number && !number.is_nan()) {
            return None;
        }
        let shape = match &values[..] {
            [only] => only.shape().to_vec(),
            _ => vec![1, all.len()],
        };
        let elements: Vec<f32> = all.into_iter().map(|number| number as f32).collect();
        Value::from_shape(&shape, elements).ok()
    }

    /// The names and shapes of the inputs.
    pub(crate) fn shapes(&self, graph: &Graph) -> Vec<(String, Vec<usize>)> {
        let names = graph.proto().input.iter().filter(|input| graph.constant(&input.name).is_none());
        names.zip(&self.inputs).map(|(input, given)| (input.name.clone(), given.shape.clone())).collect()
    }

    /// How `found`, in real numbers, differs from what must come out at output `index`.
    pub(crate) fn real_difference(&self, blob: &Blob, index: usize, found: &[Value]) -> Option<String> {
        let [Value::FloatTensor(only)] = found else { return Some("it has not one real output".into()) };
        let expected = self.outputs.get(index)?.value(blob);
        let numbers = numbers(&expected).into_iter().map(|number| number as f32).collect::<Vec<_>>();
        let expected = Value::from_shape(expected.shape().as_ref(), numbers).ok()?;
        self.one_difference(index, &expected, &Value::from(only.clone()))
    }

    /// Whether an expected output has numbers that need 64 bits.
    pub(crate) fn is_wide(&self) -> bool {
        self.outputs.iter().any(|output| output.wide)
    }

    /// How `found` differs from what must come out.
    pub(crate) fn difference(&self, blob: &Blob, found: &[Value]) -> Option<String> {
        let pairs = self.outputs.iter().zip(found).enumerate();
        pairs
            .map(|(index, (given, value))| self.one_difference(index, &given.value(blob), value))
            .find_map(|d| d)
    }

    fn one_difference(&self, index: usize, expected: &Value, found: &Value) -> Option<String> {
        if found.dtype() != expected.dtype() {
            return Some(format!("output {index} is {}, not {}", found.dtype(), expected.dtype()));
        }
        if found.shape() != expected.shape() {
            return Some(format!(
                "output {index} has shape {:?}, not {:?}",
                found.shape().as_ref(),
                expected.shape().as_ref()
            ));
        }
        let (ours, theirs) = (numbers(found), numbers(expected));
        let mut wrong = ours.iter().zip(&theirs).filter(|(a, b)| !self.is_close(**a, **b));
        wrong.next().map(|(ours, theirs)| format!("output {index} has {ours:.3} for {theirs:.3}"))
    }

    fn is_close(&self, ours: f64, theirs: f64) -> bool {
        ours == theirs
            || (ours.is_nan() && theirs.is_nan())
            || (ours - theirs).abs() <= self.atol + self.rtol * theirs.abs()
    }

    /// The largest difference between two runs, as a share of the largest element.
    pub(crate) fn error(ours: &[Value], theirs: &[Value]) -> f64 {
        let pairs = ours.iter().zip(theirs).map(|(a, b)| (numbers(a), numbers(b)));
        let errors = pairs.map(|(a, b)| {
            let largest = b.iter().fold(f64::MIN_POSITIVE, |most, value| most.max(value.abs()));
            let off = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            if a.len() == b.len() { off / largest } else { f64::INFINITY }
        });
        errors.fold(0.0, f64::max)
    }
}

impl Given {
    /// Its values, of the type that rten computes in; float zeros where there is none.
    fn value(&self, blob: &Blob) -> Value {
        if self.computed.is_none() {
            return Value::from(Tensor::<f32>::zeros(&self.shape));
        }
        let bytes = blob.piece(self.at);
        let words = || bytes.as_chunks::<4>().0.iter();
        let value = match self.computed.as_deref() {
            Some("int32") => {
                let elements = words().map(|w| i32::from_le_bytes(*w)).collect();
                Value::from_shape(&self.shape, elements).map_err(|e| e.to_string())
            }
            Some("int8") => {
                let elements = bytes.iter().map(|byte| byte.cast_signed()).collect();
                Value::from_shape(&self.shape, elements).map_err(|e| e.to_string())
            }
            Some("uint8") => Value::from_shape(&self.shape, bytes.to_vec()).map_err(|e| e.to_string()),
            _ => {
                let elements = words().map(|w| f32::from_le_bytes(*w)).collect();
                Value::from_shape(&self.shape, elements).map_err(|e| e.to_string())
            }
        };
        value.expect("the case's own sizes fit")
    }
}

/// All elements as numbers.
fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::FloatTensor(tensor) => tensor.to_vec().into_iter().map(f64::from).collect(),
        Value::Int32Tensor(tensor) => tensor.to_vec().into_iter().map(f64::from).collect(),
        Value::Int8Tensor(tensor) => tensor.to_vec().into_iter().map(f64::from).collect(),
        Value::UInt8Tensor(tensor) => tensor.to_vec().into_iter().map(f64::from).collect(),
        _ => Vec::new(),
    }
}
