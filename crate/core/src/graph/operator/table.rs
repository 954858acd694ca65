//! The rows.

use super::{Batch, Engine, Facts, Folds, Moves, Product, Size, Slides};

/// An operator that the engine has.
pub(super) const fn op(name: &'static str) -> Facts {
    Facts {
        name,
        engine: Engine::Has,
        size: Size::Own,
        product: None,
        weights: &[],
        slides: None,
        moves: None,
        folds: None,
        batch: None,
        is_undefined: false,
    }
}

impl Facts {
    pub(super) const fn lacking(self) -> Self {
        Self { engine: Engine::Lacks, ..self }
    }

    const fn rewritten(self) -> Self {
        Self { engine: Engine::HasRewritten, ..self }
    }

    const fn replaced(self) -> Self {
        Self { engine: Engine::Replaced, ..self }
    }

    const fn size(self, size: Size) -> Self {
        Self { size, ..self }
    }

    const fn weights(self, product: Product, weights: &'static [usize]) -> Self {
        Self { product: Some(product), weights, ..self }
    }

    const fn slides(self, slides: Slides) -> Self {
        Self { slides: Some(slides), ..self }
    }

    const fn moves(self, moves: Moves) -> Self {
        Self { moves: Some(moves), ..self }
    }

    const fn folds(self, folds: Folds) -> Self {
        Self { folds: Some(folds), ..self }
    }

    const fn batch(self, batch: Batch) -> Self {
        Self { batch: Some(batch), ..self }
    }

    const fn undefined(self) -> Self {
        Self { is_undefined: true, ..self }
    }
}

/// All of them, by their names.
#[rustfmt::skip]
pub(crate) static OPERATORS: [Facts; 150] = [
    op("Abs").size(Size::Each),
    op("Acos").undefined(),
    op("Acosh").undefined(),
    op("Add").size(Size::Broadcast).folds(Folds::Form),
    op("And").size(Size::Broadcast),
    op("ArgMax"),
    op("ArgMin"),
    op("Asin").undefined(),
    op("Asinh"),
    op("Atan"),
    op("Atanh").undefined(),
    op("Attention"),
    op("AveragePool").slides(Slides::Pool),
    op("BatchNormalization").size(Size::First),
    op("BitCast"),
    op("Cast").rewritten().size(Size::Each).folds(Folds::Form),
    op("CastLike"),
    op("Ceil").size(Size::Each),
    op("Clip").size(Size::Each).moves(Moves::Chosen),
    op("Concat").moves(Moves::OfSeveral),
    op("ConcatFromSequence"),
    op("Constant").rewritten(),
    op("ConstantOfShape").folds(Folds::Form),
    op("Conv").weights(Product::Conv, &[1]).slides(Slides::Filter),
    op("ConvInteger").weights(Product::Quantised, &[1]).slides(Slides::Filter).batch(Batch::Mixes),
    op("ConvTranspose").weights(Product::ConvTranspose, &[1]).slides(Slides::Filter),
    op("Cos"),
    op("Cosh"),
    op("CumSum").folds(Folds::Placed).batch(Batch::Walks),
    op("DepthToSpace").moves(Moves::Chosen),
    op("DequantizeLinear").rewritten().size(Size::Each).folds(Folds::Form),
    op("Div").size(Size::Broadcast).folds(Folds::Form).undefined(),
    op("Dropout").replaced().size(Size::Each).moves(Moves::All),
    op("DynamicQuantizeLinear").batch(Batch::Mixes),
    op("Einsum"),
    op("Elu").size(Size::Each),
    op("Equal").size(Size::Broadcast),
    op("Erf").size(Size::Each),
    op("Exp").size(Size::Each),
    op("Expand").moves(Moves::Chosen),
    op("EyeLike").size(Size::First),
    op("Flatten").moves(Moves::All).folds(Folds::Form),
    op("Floor").size(Size::Each),
    op("GRU").weights(Product::Recurrent, &[1, 2]).batch(Batch::Walks),
    op("Gather").moves(Moves::Chosen).folds(Folds::Packed),
    op("GatherElements"),
    op("GatherND"),
    op("Gelu").size(Size::Each),
    op("Gemm").weights(Product::Gemm, &[1]),
    op("GlobalAveragePool"),
    op("GlobalMaxPool"),
    op("Greater").size(Size::Broadcast),
    op("GreaterOrEqual"),
    op("GridSample"),
    op("HardSigmoid").size(Size::Each),
    op("HardSwish").size(Size::Each),
    op("Identity").size(Size::Each).moves(Moves::All).folds(Folds::Form),
    op("If"),
    op("InstanceNormalization").size(Size::First),
    op("IsInf"),
    op("IsNaN"),
    op("LSTM").weights(Product::Recurrent, &[1, 2]).batch(Batch::Walks),
    op("LayerNormalization").size(Size::First),
    op("LeakyRelu").size(Size::Each),
    op("Less").size(Size::Broadcast),
    op("LessOrEqual"),
    op("Log").size(Size::Each).undefined(),
    op("LogSoftmax").size(Size::First),
    op("Loop").batch(Batch::Walks),
    op("LpNormalization"),
    op("MatMul").weights(Product::MatMul, &[1, 0]).size(Size::LastAxis),
    op("MatMulInteger").weights(Product::Quantised, &[1]).size(Size::LastAxis),
    op("Max").size(Size::Broadcast).moves(Moves::OfSeveral),
    op("MaxPool").slides(Slides::Pool).moves(Moves::Chosen),
    op("Mean").size(Size::Broadcast),
    op("Min").size(Size::Broadcast).moves(Moves::OfSeveral),
    op("Mod").folds(Folds::Form).undefined(),
    op("Mul").size(Size::Broadcast).folds(Folds::Form),
    op("Neg").size(Size::Each),
    op("NonMaxSuppression"),
    op("NonZero"),
    op("Not"),
    op("OneHot"),
    op("Or").size(Size::Broadcast),
    op("PRelu").size(Size::Broadcast),
    op("Pad").moves(Moves::Chosen),
    op("Pow").size(Size::Broadcast).undefined(),
    op("QLinearConv").lacking().weights(Product::Quantised, &[3]),
    op("QLinearMatMul").lacking().weights(Product::Quantised, &[3]),
    op("QuantizeLinear").size(Size::Each).folds(Folds::Form),
    op("RMSNormalization"),
    op("RNN").lacking().weights(Product::Recurrent, &[1, 2]).batch(Batch::Walks),
    op("Range"),
    op("Reciprocal").undefined(),
    op("ReduceL1"),
    op("ReduceL2"),
    op("ReduceLogSum").undefined(),
    op("ReduceLogSumExp"),
    op("ReduceMax").moves(Moves::Chosen),
    op("ReduceMean"),
    op("ReduceMin").moves(Moves::Chosen),
    op("ReduceProd"),
    op("ReduceSum"),
    op("ReduceSumSquare"),
    op("Relu").size(Size::Each).moves(Moves::Chosen),
    op("Reshape").moves(Moves::All).folds(Folds::Form),
    op("Resize").moves(Moves::Chosen),
    op("ReverseSequence"),
    op("RotaryEmbedding"),
    op("Round"),
    op("Scan").lacking().batch(Batch::Walks),
    op("Scatter"),
    op("ScatterElements").folds(Folds::Placed),
    op("ScatterND"),
    op("Selu").lacking().size(Size::Each),
    op("SequenceAt"),
    op("SequenceConstruct"),
    op("SequenceEmpty"),
    op("SequenceErase"),
    op("SequenceInsert"),
    op("SequenceLength"),
    op("Shape"),
    op("Sigmoid").size(Size::Each),
    op("Sign"),
    op("Sin"),
    op("Sinh"),
    op("Size"),
    op("Slice").moves(Moves::Chosen).folds(Folds::Form),
    op("Softmax").size(Size::First),
    op("Softplus").size(Size::Each),
    op("Softsign"),
    op("SpaceToDepth").lacking().moves(Moves::Chosen),
    op("Split"),
    op("SplitToSequence"),
    op("Sqrt").size(Size::Each).undefined(),
    op("Squeeze").moves(Moves::All).folds(Folds::Form),
    op("Sub").size(Size::Broadcast).folds(Folds::Form),
    op("Sum").size(Size::Broadcast),
    op("Swish"),
    op("Tan"),
    op("Tanh").size(Size::Each),
    op("Tile").moves(Moves::Chosen),
    op("TopK"),
    op("Transpose").moves(Moves::All).folds(Folds::Form),
    op("Trilu"),
    op("Unsqueeze").moves(Moves::All).folds(Folds::Form),
    op("Upsample"),
    op("Where").size(Size::Broadcast),
    op("Xor"),
    op("ZipMap").replaced(),
];
