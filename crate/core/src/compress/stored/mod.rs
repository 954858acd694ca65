//! How weights are stored in an ONNX file: as small as its operators allow. Elements are real numbers, or
//! integers with a scale per row; they lie one behind the other, or without their zeros; they are listed as
//! they are, or as indices into a table. What is smallest in bytes of the file is taken.

mod chain;
mod content;

pub(crate) use chain::Chain;

use crate::graph::proto::TensorProto;
use crate::graph::{Element, new_int};
use content::{BASES, Coding, Content, Place};
use sepal_linalg::sort_by;

/// Opset from which there are running sums and scattered elements.
const OPSET_PACKED: i64 = 11;
/// Opset from which there may be a scale for each row.
const OPSET_AXIS: i64 = 13;
/// Forms that are tried in full, those with the fewest bytes of numbers.
const TRIED: usize = 4;
/// Most elements of which places are written: larger ones are not exact as float32, in which they are read.
const MOST_PLACES: usize = 1 << 24;

/// Integers in place of real numbers, and how they become these.
pub(crate) struct Steps {
    /// From -128 to 127, as float32, in the tensor's shape.
    pub(crate) tensor: TensorProto,
    /// The tensor, seen with these axes ...
    pub(crate) axes: Vec<i64>,
    /// ... has scales of this shape, 1 along the axes that share one, ...
    pub(crate) shape: Vec<i64>,
    /// ... which are these.
    pub(crate) scales: Vec<f32>,
}

impl Steps {
    /// The one axis of the tensor along which scales differ, where it is one.
    fn axis(&self) -> Option<usize> {
        let mut long = self.shape.iter().enumerate().filter(|(_, size)| **size > 1);
        let axis = long.next().map_or(0, |(axis, _)| axis);
        (long.next().is_none() && self.axes == self.tensor.dims).then_some(axis)
    }
}

/// What the file says, and what is written into it.
pub(crate) struct Writing {
    /// The file's opset.
    pub(crate) opset: i64,
    /// Whether the model runs in integers: they are stored without a sign then, and in place of real numbers
    /// wherever the operators allow it. ONNX Runtime rounds real weights between integers anew, to one scale.
    pub(crate) quantised: bool,
    /// Whether real numbers are stored without zeros, however few bytes these would take: so the file says what
    /// is multiplied.
    pub(crate) sparse: bool,
}

impl Writing {
    /// The smallest chain that makes the float32 tensor `real`, which may have `steps` for its elements.
    pub(crate) fn smallest(&self, real: &TensorProto, steps: Option<&Steps>) -> Chain {
        let floats = Content::floats(values(real));
        let whole = steps.map(|steps| {
            let unsigned = self.quantised && self.scales_by_axis(steps);
            (Content::steps(values(&steps.tensor).map(|v| v as i8), unsigned), steps)
        });
        let real_too = !(self.quantised && steps.is_some_and(|steps| self.scales_by_axis(steps)));
        let both = [
            real_too.then_some((&floats, None)),
            whole.as_ref().map(|(content, steps)| (content, Some(*steps))),
        ];
        let forms: Vec<(usize, Form)> = both.into_iter().flatten().flat_map(|own| self.forms(own)).collect();
        let (mut plain, mut others): (Vec<_>, Vec<_>) = forms
            .into_iter()
            .partition(|(_, form)| form.place == Place::Dense && form.coding == Coding::Plain);
        sort_by(&mut others, |a, b| a.0.cmp(&b.0));
        others.truncate(TRIED);
        plain.append(&mut others);
        let chains = plain.iter().filter_map(|(_, form)| self.chain(real, form));
        chains.min_by_key(Chain::bytes).unwrap_or_else(|| Chain::new(&real.name))
    }

    /// All forms of some content, with the bytes of their numbers.
    fn forms<'a>(&self, (content, steps): (&'a Content, Option<&'a Steps>)) -> Vec<(usize, Form<'a>)> {
        let packed = self.opset >= OPSET_PACKED && content.values.len() <= MOST_PLACES;
        let places = [Place::Dense, Place::Bits].into_iter().chain(BASES.map(Place::Gaps));
        let all = places.flat_map(|place| [(place, Coding::Plain), (place, Coding::Table)]);
        let spread = self.sparse && steps.is_none() && packed;
        let possible = all.filter(|form| match form {
            (Place::Dense, Coding::Plain) => !spread,
            (Place::Dense, Coding::Table) => !spread && packed,
            _ => packed,
        });
        let form = |(place, coding)| {
            let bytes = content.payload(place, coding)?;
            Some((bytes, Form { content, steps, place, coding }))
        };
        possible.filter_map(form).collect()
    }

    fn scales_by_axis(&self, steps: &Steps) -> bool {
        self.opset >= OPSET_AXIS && steps.axis().is_some()
    }

    fn chain(&self, real: &TensorProto, form: &Form) -> Option<Chain> {
        let mut chain = Chain::new(&real.name);
        let mut last = form.content.lay(&mut chain, form.place, form.coding)?;
        let dims =
            form.steps.filter(|steps| !self.scales_by_axis(steps)).map_or(&real.dims, |steps| &steps.axes);
        if form.place == Place::Dense && form.coding == Coding::Plain {
            chain.constants.iter_mut().for_each(|tensor| tensor.dims.clone_from(dims));
        } else {
            last = chain.reshape(&last, dims);
        }
        if let Some(steps) = form.steps {
            last = self.scaled(&mut chain, &last, (steps, form.content));
            if dims != &real.dims {
                last = chain.reshape(&last, &real.dims);
            }
        }
        Some(chain.ending(&last))
    }

    /// Integers times their scales.
    fn scaled(&self, chain: &mut Chain, from: &str, (steps, content): (&Steps, &Content)) -> String {
        let rows = steps.scales.len();
        let raw = steps.scales.iter().flat_map(|scale| scale.to_le_bytes()).collect();
        let Some(axis) = steps.axis().filter(|_| self.scales_by_axis(steps)) else {
            let scale = chain.constant(Element::Float, &steps.shape, raw);
            let value = chain.cast(from, Element::Float);
            return chain.op("Mul", &[&value, &scale], Vec::new());
        };
        let dims = if rows == 1 { Vec::new() } else { vec![rows as i64] };
        let scale = chain.constant(Element::Float, &dims, raw);
        // ONNX Runtime wants zero points where there is a scale per row.
        let zero = chain.constant(content.element, &dims, vec![content.zero as u8; rows]);
        chain.op("DequantizeLinear", &[from, &scale, &zero], vec![new_int("axis", axis as i64)])
    }
}

/// One way to store some content.
struct Form<'a> {
    content: &'a Content,
    steps: Option<&'a Steps>,
    place: Place,
    coding: Coding,
}

fn values(tensor: &TensorProto) -> impl Iterator<Item = f32> {
    tensor.raw_data.chunks_exact(4).map(|word| word.try_into().map_or(0.0, f32::from_le_bytes))
}

#[cfg(test)]
mod tests {
    use super::{BASES, Chain, Coding, Content, Form, Place, Steps, Writing, values};
    use crate::graph::proto::{GraphProto, ModelProto, NodeProto, OperatorSetIdProto};
    use crate::graph::{Graph, float_tensor};
    use sepal_onnx::Message;

    const SHAPE: [usize; 2] = [13, 37];

    /// The elements that a chain gives.
    fn read(chain: Chain, opset: i64) -> Vec<f32> {
        let product = NodeProto {
            op_type: "MatMul".into(),
            input: vec!["x".into(), "w".into()],
            output: vec!["y".into()],
            ..NodeProto::default()
        };
        let node = chain.nodes.into_iter().chain([product]).collect();
        let graph = Some(GraphProto { node, initializer: chain.constants, ..GraphProto::default() });
        let opset_import = vec![OperatorSetIdProto { domain: String::new(), version: opset }];
        let bytes =
            ModelProto { ir_version: 8, opset_import, graph, ..ModelProto::default() }.encode_to_vec();
        let folded = Graph::decode(bytes).unwrap().fold("w").unwrap().value;
        assert_eq!(folded.shape(), SHAPE);
        folded.iter().copied().collect()
    }

    fn steps(every: usize) -> Steps {
        let step = |i: usize| if i.is_multiple_of(every) { (i * 7 % 15) as f32 - 7.0 } else { 0.0 };
        let tensor = float_tensor("w", &SHAPE, (0..SHAPE[0] * SHAPE[1]).map(step));
        let scales = (0..SHAPE[0]).map(|row| 0.5 / (row + 1) as f32).collect();
        Steps { tensor, axes: vec![13, 37], shape: vec![13, 1], scales }
    }

    #[test]
    fn every_form_reads_back() {
        for every in [1, 2, 11, 300] {
            let steps = steps(every);
            let scaled = values(&steps.tensor).enumerate().map(|(i, v)| v * steps.scales[i / SHAPE[1]]);
            let real = float_tensor("w", &SHAPE, scaled);
            let wanted: Vec<f32> = values(&real).collect();
            for (opset, quantised) in [(11, false), (13, false), (21, true)] {
                let writing = Writing { opset, quantised, sparse: false };
                let whole = Content::steps(values(&steps.tensor).map(|v| v as i8), quantised);
                let floats = Content::floats(wanted.iter().copied());
                let places = [Place::Dense, Place::Bits].into_iter().chain(BASES.map(Place::Gaps));
                for (place, coding) in places.flat_map(|p| [(p, Coding::Plain), (p, Coding::Table)]) {
                    for (content, steps) in [(&whole, Some(&steps)), (&floats, None)] {
                        let form = Form { content, steps, place, coding };
                        let chain = writing.chain(&real, &form);
                        assert!(
                            chain.is_none_or(|chain| read(chain, opset) == wanted),
                            "{place:?} {coding:?}"
                        );
                    }
                }
                assert_eq!(read(writing.smallest(&real, Some(&steps)), opset), wanted);
            }
        }
    }

    #[test]
    fn a_model_of_integers_gets_integers() {
        let tensor = float_tensor("w", &[2, 1], [3.0, -5.0]);
        let steps = Steps { tensor, axes: vec![2, 1], shape: vec![2, 1], scales: vec![0.5, 0.25] };
        let real = float_tensor("w", &[2, 1], [1.5, -1.25]);
        for quantised in [false, true] {
            let chain = Writing { opset: 13, quantised, sparse: false }.smallest(&real, Some(&steps));
            assert_eq!(chain.nodes.iter().any(|node| node.op_type == "DequantizeLinear"), quantised);
        }
    }

    #[test]
    fn old_opsets_keep_all_elements() {
        let steps = steps(11);
        let real = float_tensor("w", &SHAPE, values(&steps.tensor));
        let writing = Writing { opset: 7, quantised: false, sparse: true };
        let chain = writing.smallest(&real, None);
        assert!(chain.nodes.is_empty() && chain.constants.len() == 1);
        assert_eq!(read(chain, 7), values(&real).collect::<Vec<_>>());
    }
}
