//! Reads a model as Sepal does and runs it: `run_model MODEL GRAPH.onnx [INPUT.npy OUTPUT.npy]`.
//!
//! Writes the graph that Sepal makes of the model, and what rten gives for the float32 samples of an input
//! file. The conformance scripts compare both with the runtimes that the model was made for.

use ndarray::{ArrayD, IxDyn};
use ndarray_npy::{read_npy, write_npy};
use rten_tensor::TensorView;
use rten_tensor::prelude::*;
use sepal_core::evaluate::Engine;
use sepal_core::import;
use std::error::Error;

/// Samples that are run at once.
const BATCH: usize = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, graph, ends @ ..] = &arguments[..] else {
        return Err("usage: run_model MODEL GRAPH.onnx [INPUT.npy OUTPUT.npy]".into());
    };
    let imported = import::model(model, std::fs::read(model)?)?;
    for problem in &imported.problems {
        eprintln!("{} {}: {} ({:?})", problem.op, problem.node, problem.reason, problem.effect);
    }
    eprintln!("{}", imported.format);
    let bytes = imported.graph.bytes().to_vec();
    std::fs::write(graph, &bytes)?;
    let [input, output] = ends else { return Ok(()) };
    let samples: ArrayD<f32> = read_npy(input)?;
    let engine = Engine::load(bytes)?;
    let step = engine.fixed_batch().unwrap_or(BATCH);
    let (shape, values) =
        (samples.shape().to_vec(), samples.as_standard_layout().into_owned().into_raw_vec_and_offset().0);
    let width: usize = shape[1..].iter().product();
    let (mut all, mut rest) = (Vec::new(), Vec::new());
    for chunk in values.chunks(step * width.max(1)) {
        let mut batch = shape.clone();
        batch[0] = chunk.len() / width.max(1);
        let result = engine.run(TensorView::from_data(&batch[..], chunk), None, None)?;
        rest = result.shape()[1.min(result.shape().len())..].to_vec();
        all.extend(result.to_vec());
    }
    let elements: usize = rest.iter().product();
    rest.insert(0, all.len() / elements.max(1));
    write_npy(output, &ArrayD::from_shape_vec(IxDyn(&rest), all)?)?;
    Ok(())
}
