//! A [`Net`] as bytes.

use super::net::{Net, Slot, Step};
use sepal_tflite::planus::{Builder, Offset};
use sepal_tflite::{IDENTIFIER, schema};

/// The version of the format.
const VERSION: u32 = 3;
/// Constants start at multiples of this in the file: runtimes read them in place.
const ALIGNMENT: usize = 16;

/// The file.
pub(super) fn write(net: &Net) -> Vec<u8> {
    let mut builder = Builder::new();
    // Bytes alone would leave open from where all else is aligned.
    builder.create_vector::<u64>(vec![0_u64]);
    // First, so that they are last in the file: nothing else moves them then.
    let constants: Vec<&Slot> = net.slots.iter().filter(|slot| slot.data.is_some()).collect();
    let data: Vec<_> = constants.iter().map(|slot| aligned(&mut builder, slot.data.as_deref())).collect();
    let mut buffers = vec![schema::Buffer::create(&mut builder, None::<&[u8]>, 0, 0)];
    for data in data {
        buffers.push(schema::Buffer::create(&mut builder, Some(data), 0, 0));
    }
    let mut codes = Vec::<(i32, i32)>::new();
    let operators = net.steps.iter().map(|step| operator(step, &mut codes)).collect();
    let mut next_buffer = 0;
    let tensors = net.slots.iter().map(|slot| tensor(slot, &mut next_buffer)).collect();
    let graph = schema::SubGraph {
        tensors: Some(tensors),
        inputs: Some(integers(&net.inputs)),
        outputs: Some(integers(&net.outputs)),
        operators: Some(operators),
        name: Some("main".into()),
    };
    let codes: Vec<schema::OperatorCode> = codes.into_iter().map(code).collect();
    let model = schema::Model::create(
        &mut builder,
        VERSION,
        &codes,
        &[graph],
        "Sepal",
        &buffers,
        None::<&[i32]>,
        None::<&[schema::Metadata]>,
    );
    identified(builder.finish(model, None))
}

/// Bytes whose distance from the end of the file is a multiple of [`ALIGNMENT`].
fn aligned(builder: &mut Builder, data: Option<&[u8]>) -> Offset<[u8]> {
    let data = data.unwrap_or_default();
    let end = builder.len() + data.len().next_multiple_of(4);
    let missing = end.next_multiple_of(ALIGNMENT) - end;
    if missing > 0 {
        // A vector that nobody refers to; its length takes 4 bytes itself.
        builder.create_vector::<u32>(vec![0_u32; missing / 4 - 1]);
    }
    builder.create_vector::<u8>(data)
}

/// The file with its identifier, and with a length that is a multiple of [`ALIGNMENT`]: what is aligned
/// from the end is then aligned from the start. The first four bytes say where the root is; all other
/// places in a file are relative. (planus would put the identifier before them, not behind.)
fn identified(file: &[u8]) -> Vec<u8> {
    let missing = (file.len() + IDENTIFIER.len()).next_multiple_of(ALIGNMENT) - file.len();
    let Some((root, body)) = file.split_first_chunk::<4>() else { return Vec::new() };
    let mut bytes = Vec::with_capacity(file.len() + missing);
    bytes.extend((u32::from_le_bytes(*root) + missing as u32).to_le_bytes());
    bytes.extend(IDENTIFIER);
    bytes.resize(root.len() + missing, 0);
    bytes.extend(body);
    bytes
}

fn code((code, version): (i32, i32)) -> schema::OperatorCode {
    // Old readers look at the byte, which stops at 127.
    let deprecated_builtin_code = i8::try_from(code).unwrap_or(i8::MAX);
    schema::OperatorCode { deprecated_builtin_code, custom_code: None, version, builtin_code: code }
}

fn operator(step: &Step, codes: &mut Vec<(i32, i32)>) -> schema::Operator {
    let code = (step.code, step.version);
    let index = codes.iter().position(|known| *known == code).unwrap_or_else(|| {
        codes.push(code);
        codes.len() - 1
    });
    schema::Operator {
        opcode_index: index as u32,
        inputs: Some(integers(&step.inputs)),
        outputs: Some(integers(&[step.output])),
        builtin_options: step.options.clone(),
        ..schema::Operator::default()
    }
}

/// A constant has the next buffer, an activation the empty one.
fn tensor(slot: &Slot, next_buffer: &mut u32) -> schema::Tensor {
    let buffer = if slot.data.is_some() {
        *next_buffer += 1;
        *next_buffer
    } else {
        0
    };
    let scales = &slot.scales;
    let quantization = (!scales.values.is_empty()).then(|| {
        Box::new(schema::QuantizationParameters {
            scale: Some(scales.values.clone()),
            zero_point: Some(vec![i64::from(scales.zero_point); scales.values.len()]),
            quantized_dimension: scales.axis as i32,
            ..schema::QuantizationParameters::default()
        })
    });
    schema::Tensor {
        shape: Some(integers(&slot.shape)),
        type_: slot.kind,
        buffer,
        name: Some(slot.name.clone()),
        quantization,
        has_rank: true,
        ..schema::Tensor::default()
    }
}

fn integers(values: &[usize]) -> Vec<i32> {
    values.iter().map(|value| *value as i32).collect()
}
