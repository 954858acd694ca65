//! The flatbuffer as plain values: every index, shape and length is checked here, so that who reads them
//! can rely on them. What an operator does with its tensors is not known here.

use crate::Reason;
use crate::model::{Model, Operator, Quantisation, Tensor};
use crate::schema::{ModelRef, OperatorRef, QuantizationParametersRef, SubGraphRef, TensorRef, TensorType};
use crate::{operator, operator_name};
use planus::ReadAsRoot;
use sepal_limit::{AXES, NAME_BYTES, NODES, PARAMETERS, TENSORS, TooMany};
use std::collections::BTreeSet;

/// Most inputs and outputs of one operator.
const TENSORS_OF_OPERATOR: usize = 1000;

/// Most elements of all constants: so many, and so many more for each byte of the file. A file may name the
/// same bytes many times, or leave out zeros: one value in a hundred, with its index, takes 6 bytes.
const FREE_ELEMENTS: usize = 1_000_000;
/// See [`FREE_ELEMENTS`].
const ELEMENTS_PER_BYTE: usize = 20;

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It is damaged, or says what cannot be: a sentence about it.
    #[error("{0}")]
    Malformed(Reason),
    /// It asks for more than a limit allows.
    #[error(transparent)]
    TooMany(#[from] TooMany),
}

impl From<Reason> for ReadError {
    fn from(reason: Reason) -> Self {
        Self::Malformed(reason)
    }
}

/// Reads the file `bytes`.
///
/// # Errors
/// What is wrong with it.
pub fn read(bytes: &[u8]) -> Result<Model<'_>, ReadError> {
    let root = ModelRef::read_as_root(bytes).map_err(damaged)?;
    let (graph, subgraphs) = main_graph(&root)?;
    let tensors = graph.tensors().map_err(damaged)?;
    let operators = graph.operators().map_err(damaged)?;
    TENSORS.check(tensors.map_or(0, planus::Vector::len))?;
    NODES.check(operators.map_or(0, planus::Vector::len))?;
    let model = model(bytes, &root, &graph, subgraphs)?;
    check_order(&model)?;
    let mut weights = 0_usize;
    for tensor in &model.tensors {
        if tensor.data.is_some() {
            weights = weights.saturating_add(tensor.len());
        }
    }
    PARAMETERS.check(weights)?;
    if weights > FREE_ELEMENTS + bytes.len().saturating_mul(ELEMENTS_PER_BYTE) {
        let reason = format!("its constants have {weights} elements, too many for its size");
        return Err(ReadError::Malformed(reason));
    }
    Ok(model)
}

/// A number of the file as a place in memory.
fn place(number: u64) -> Option<usize> {
    usize::try_from(number).ok()
}

fn damaged(_: planus::Error) -> Reason {
    "it is damaged or cut short".into()
}

fn main_graph<'a>(root: &ModelRef<'a>) -> Result<(SubGraphRef<'a>, usize), Reason> {
    let graphs = root.subgraphs().map_err(damaged)?.ok_or("it holds no graph")?;
    let first = graphs.iter().next().ok_or("it holds no graph")?.map_err(damaged)?;
    Ok((first, graphs.len()))
}

fn model<'a>(
    bytes: &'a [u8],
    root: &ModelRef<'a>,
    graph: &SubGraphRef<'a>,
    subgraphs: usize,
) -> Result<Model<'a>, Reason> {
    let buffers = buffers(bytes, root)?;
    let mut tensors = Vec::new();
    let mut scales = 0_usize;
    for (index, tensor) in graph.tensors().map_err(damaged)?.into_iter().flatten().enumerate() {
        let tensor = read_tensor(index, &tensor.map_err(damaged)?, &buffers)?;
        scales += tensor.quantisation.as_ref().map_or(0, |found| found.scale.len());
        // A file may name the same bytes many times.
        if scales > bytes.len() {
            return Err("it has more scales than it has bytes".into());
        }
        tensors.push(tensor);
    }
    let codes = codes(root)?;
    let mut operators = Vec::new();
    for (index, operator) in graph.operators().map_err(damaged)?.into_iter().flatten().enumerate() {
        let operator = operator.map_err(damaged)?;
        operators.push(read_operator(index, &operator, &codes, tensors.len())?);
    }
    let ends = |found: planus::Result<Option<planus::Vector<'a, i32>>>| -> Result<Vec<usize>, Reason> {
        let found = found.map_err(damaged)?;
        let count = found.map_or(0, planus::Vector::len);
        if count > TENSORS_OF_OPERATOR {
            return Err(format!("it has {count} inputs or outputs, {TENSORS_OF_OPERATOR} is the most"));
        }
        let found = found.into_iter().flatten();
        let index = |i: i32| usize::try_from(i).ok().filter(|i| *i < tensors.len());
        found.map(|i| index(i).ok_or_else(|| format!("an input or output names tensor {i}"))).collect()
    };
    let (inputs, outputs) = (ends(graph.inputs())?, ends(graph.outputs())?);
    let made: BTreeSet<usize> = operators.iter().flat_map(|o| &o.outputs).chain(&inputs).copied().collect();
    for (index, tensor) in tensors.iter_mut().enumerate() {
        if tensor.data.is_none() && tensor.is_empty() && !tensor.variable && !made.contains(&index) {
            tensor.data = Some(&[]);
        }
    }
    Ok(Model { tensors, operators, inputs, outputs, subgraphs })
}

/// The bytes of every buffer, inside the flatbuffer or behind it.
fn buffers<'a>(bytes: &'a [u8], root: &ModelRef<'a>) -> Result<Vec<&'a [u8]>, Reason> {
    let mut found = Vec::new();
    for buffer in root.buffers().map_err(damaged)?.into_iter().flatten() {
        let buffer = buffer.map_err(damaged)?;
        let inside = buffer.data().map_err(damaged)?.unwrap_or_default();
        let (offset, size) = (buffer.offset().map_err(damaged)?, buffer.size().map_err(damaged)?);
        if offset <= 1 || !inside.is_empty() {
            found.push(inside);
            continue;
        }
        let outside = place(offset).and_then(|from| bytes.get(from..from.checked_add(place(size)?)?));
        found.push(outside.ok_or("the data of a buffer lies outside the file")?);
    }
    Ok(found)
}

fn read_tensor<'a>(index: usize, tensor: &TensorRef<'a>, buffers: &[&'a [u8]]) -> Result<Tensor<'a>, Reason> {
    let name = tensor.name().ok().flatten().unwrap_or_default();
    NAME_BYTES.check(name.len()).map_err(|many| many.to_string())?;
    let name = if name.is_empty() { format!("tensor_{index}") } else { name.to_owned() };
    let kind = tensor.type_().map_err(|_| format!("tensor '{name}' has a type that is not known"))?;
    let shape = tensor.shape().map_err(damaged)?;
    AXES.check(shape.map_or(0, planus::Vector::len)).map_err(|many| format!("tensor '{name}': {many}"))?;
    let shape = shape.into_iter().flatten();
    let shape = shape.map(|d| usize::try_from(d).ok()).collect::<Option<Vec<usize>>>();
    let shape = shape.ok_or_else(|| format!("tensor '{name}' has an axis below 0"))?;
    let elements = shape.iter().try_fold(1_usize, |product, d| product.checked_mul(*d));
    let elements = elements.filter(|e| *e < 1 << 31);
    let elements = elements.ok_or_else(|| format!("tensor '{name}' has too many elements"))?;
    let buffer = tensor.buffer().map_err(damaged)?;
    let data = match place(buffer.into()).and_then(|place| buffers.get(place)) {
        Some(data) => Some(*data).filter(|data| !data.is_empty()),
        None if buffer == 0 => None,
        None => return Err(format!("tensor '{name}' names buffer {buffer} of {}", buffers.len())),
    };
    let sparsity = tensor.sparsity().map_err(damaged)?;
    let needed = bytes_of(kind, elements);
    if let (Some(data), None, Some(needed)) = (data, &sparsity, needed)
        && data.len() != needed
    {
        return Err(format!("tensor '{name}' holds {} bytes where its shape needs {needed}", data.len()));
    }
    let is_real = matches!(kind, TensorType::Float16 | TensorType::Float32 | TensorType::Float64);
    let quantisation = match tensor.quantization().map_err(damaged)? {
        // What tools leave behind at real numbers means nothing.
        Some(_) if is_real => None,
        Some(found) => {
            quantisation(&found, &shape, kind).map_err(|reason| format!("tensor '{name}': {reason}"))?
        }
        None => None,
    };
    let variable = tensor.is_variable().map_err(damaged)?;
    Ok(Tensor { name, shape, kind, data, quantisation, sparsity, variable })
}

/// Bytes of `elements` values, `None` where they have no fixed size.
fn bytes_of(kind: TensorType, elements: usize) -> Option<usize> {
    let bits = match kind {
        TensorType::Int4 => 4,
        TensorType::Uint8 | TensorType::Bool | TensorType::Int8 => 8,
        TensorType::Float16 | TensorType::Int16 | TensorType::Uint16 | TensorType::Bfloat16 => 16,
        TensorType::Float32 | TensorType::Int32 | TensorType::Uint32 => 32,
        TensorType::Int64 | TensorType::Float64 | TensorType::Uint64 | TensorType::Complex64 => 64,
        TensorType::Complex128 => 128,
        TensorType::String | TensorType::Resource | TensorType::Variant => return None,
    };
    elements.checked_mul(bits).map(|bits| bits.div_ceil(8))
}

fn quantisation(
    found: &QuantizationParametersRef<'_>,
    shape: &[usize],
    kind: TensorType,
) -> Result<Option<Quantisation>, Reason> {
    let scale = found.scale().map_err(damaged)?;
    let zeros = found.zero_point().map_err(damaged)?;
    let axis = usize::try_from(found.quantized_dimension().map_err(damaged)?).unwrap_or(usize::MAX);
    // A vector has one axis, whatever is said of it: converters copy that of the weights.
    let axis = if shape.len() == 1 { 0 } else { axis };
    let (count, most) = (scale.map_or(0, planus::Vector::len), shape.get(axis).copied().unwrap_or(0).max(1));
    // What a bias is multiplied by follows from input and weights.
    let follows = matches!(kind, TensorType::Int32 | TensorType::Int64) && count != 1 && count != most;
    if count == 0 || follows {
        return Ok(None);
    }
    if count > most || zeros.map_or(0, planus::Vector::len) > most {
        return Err(format!("it has {count} scales, which do not fit its shape {shape:?}"));
    }
    let scale: Vec<f32> = scale.into_iter().flatten().collect();
    let zeros: Vec<i64> = zeros.into_iter().flatten().collect();
    let zero_point = match zeros.len() {
        0 => vec![0; scale.len()],
        1 => vec![zeros.first().copied().unwrap_or(0); scale.len()],
        n if n == scale.len() => zeros,
        n => return Err(format!("it has {} scales and {n} zero points", scale.len())),
    };
    let axis = if scale.len() == 1 { 0 } else { axis };
    if scale.len() > 1 && shape.get(axis) != Some(&scale.len()) {
        return Err(format!("it has {} scales, which do not fit its shape {shape:?}", scale.len()));
    }
    if scale.iter().any(|s| !s.is_finite() || *s < 0.0) {
        return Err("its scale is not a positive number".into());
    }
    Ok(Some(Quantisation { scale, zero_point, axis }))
}

/// Code and name of each entry of the operator table.
fn codes(root: &ModelRef<'_>) -> Result<Vec<(i32, String)>, Reason> {
    let mut found = Vec::new();
    for code in root.operator_codes().map_err(damaged)?.into_iter().flatten() {
        NODES.check(found.len() + 1).map_err(|many| many.to_string())?;
        let code = code.map_err(damaged)?;
        // Old files have the first field only, new ones both; codes from 127 on do not fit the first.
        let old = i32::from(code.deprecated_builtin_code().map_err(damaged)?);
        let number = old.max(code.builtin_code().map_err(damaged)?);
        let custom = code.custom_code().ok().flatten().unwrap_or_default();
        NAME_BYTES.check(custom.len()).map_err(|many| many.to_string())?;
        let name = match number {
            operator::CUSTOM if !custom.is_empty() => custom.to_owned(),
            _ => operator_name(number),
        };
        found.push((number, name));
    }
    Ok(found)
}

fn read_operator<'a>(
    number: usize,
    operator: &OperatorRef<'a>,
    codes: &[(i32, String)],
    tensors: usize,
) -> Result<Operator<'a>, Reason> {
    let index = operator.opcode_index().map_err(damaged)?;
    let missing = || format!("operator {number} names code {index} of {}", codes.len());
    let (code, name) = place(index.into()).and_then(|place| codes.get(place)).ok_or_else(missing)?.clone();
    let outside = |i: i32| format!("{name} (operator {number}) names tensor {i} of {tensors}");
    let inside = |i: i32| usize::try_from(i).ok().filter(|i| *i < tensors);
    let inputs = operator.inputs().map_err(damaged)?;
    let outputs = operator.outputs().map_err(damaged)?;
    let count = inputs.map_or(0, planus::Vector::len).max(outputs.map_or(0, planus::Vector::len));
    if count > TENSORS_OF_OPERATOR {
        return Err(format!("{name} (operator {number}) has {count} inputs or outputs"));
    }
    let input = |i: i32| match i {
        -1 => Ok(None),
        i => inside(i).map(Some).ok_or_else(|| outside(i)),
    };
    let inputs = inputs.into_iter().flatten().map(input).collect::<Result<_, _>>()?;
    let outputs = outputs.into_iter().flatten().map(|i| inside(i).ok_or_else(|| outside(i)));
    let outputs = outputs.collect::<Result<_, _>>()?;
    let options = match operator.builtin_options() {
        Ok(options) => options,
        Err(error) if matches!(error.error_kind, planus::errors::ErrorKind::UnknownUnionTag { .. }) => None,
        Err(error) => return Err(damaged(error)),
    };
    Ok(Operator { code, name, inputs, outputs, options })
}

/// Checks that every tensor is made once, before it is read: so there are no cycles.
fn check_order(model: &Model) -> Result<(), Reason> {
    let name = |index: usize| model.tensors.get(index).map_or("", |t| t.name.as_str()).to_owned();
    let mut made: Vec<bool> = model.tensors.iter().map(|t| t.data.is_some() || t.variable).collect();
    for &input in &model.inputs {
        if let Some(made) = made.get_mut(input) {
            *made = true;
        }
    }
    for operator in &model.operators {
        for &input in operator.inputs.iter().flatten() {
            if made.get(input) != Some(&true) {
                return Err(format!("{} reads '{}', which nothing has made yet", operator.name, name(input)));
            }
        }
        for &output in &operator.outputs {
            match made.get_mut(output) {
                Some(done) if !*done => *done = true,
                _ => return Err(format!("{} makes '{}', which exists already", operator.name, name(output))),
            }
        }
    }
    match model.outputs.iter().find(|o| made.get(**o) != Some(&true)) {
        Some(&output) => Err(format!("its output '{}' is not made by any operator", name(output))),
        None => Ok(()),
    }
}
