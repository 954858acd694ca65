"""How far two right answers may differ, for each operator, said once.

An operator that only moves, chooses or compares numbers gives the same bits everywhere. One that computes rounds,
and another order of the same sums rounds otherwise: `ROUNDING` says by how many units in the last place, of the
largest number of the value, one such step may differ. What is within that is right. What is not may still be right
where a model amplifies its own rounding, behind a division by a small number, say: whether it does is measured by
running the reference with noise of this size behind every node (`reference.py`)."""

UNIT = 2.0**-23

# Operators that compute no new real number.
EXACT = set("""
Abs And ArgMax ArgMin BitCast CastLike Ceil Clip Compress Concat Constant ConstantOfShape DepthToSpace Dropout
Equal Expand EyeLike Flatten Floor Gather GatherElements GatherND Greater GreaterOrEqual Identity IsInf IsNaN Less
LessOrEqual Max MaxPool MaxUnpool Min Neg NonZero Not OneHot Or Pad ReduceMax ReduceMin Relu Reshape
ReverseSequence Round ScatterElements ScatterND Scatter Shape Sign Size Slice SpaceToDepth Split Squeeze Tile TopK
Transpose Trilu Unsqueeze Upsample Where Xor GlobalMaxPool
RESHAPE SQUEEZE EXPAND_DIMS TRANSPOSE PAD PADV2 MIRROR_PAD CONCATENATION PACK UNPACK SPLIT SPLIT_V SLICE
STRIDED_SLICE GATHER RELU RELU6 RELU_N1_TO_1 ABS NEG MAXIMUM MINIMUM MAX_POOL_2D REDUCE_MAX REDUCE_MIN ARG_MAX
DEPTH_TO_SPACE SPACE_TO_DEPTH
""".split())

# Units in the last place of the largest number for one step of any other operator: sums of some hundred terms.
ROUNDING = 16

# The same where values are taken between places: a place of some dozens rounds by as much of itself.
COORDINATE = 160

# Operators that take 1 from an exponential, or follow an approximation of the error function: near 0 they round as
# 1 does.
NEAR_ONE = {"Elu", "Celu", "Selu", "ELU", "Erf", "Gelu", "GELU"}

# Operators that may make a logistic function of 0.5 and an odd part: what is amplified of them is a share of 1.
LOGISTIC = {"Sigmoid", "LSTM", "GRU"}

# The same as near 1, of the device runtime, which makes a hyperbolic tangent of a sigmoid.
NEAR_ONE_ON_DEVICE = {"Tanh", "TANH"}

# Casts to the short real types, which our engine computes in float32: what they round away is kept. By type, the units
# of float32 in one of theirs.
SHORT_REALS = {10: 2.0**13, 16: 2.0**16}

# Operators that store real numbers as steps: files of real numbers are made without them.
QUANTISED = {"QuantizeLinear", "DynamicQuantizeLinear", "QLinearConv", "QLinearMatMul", "QLinearAdd",
             "QLinearAveragePool", "QLinearGlobalAveragePool", "QLinearMul", "QLinearSigmoid", "QLinearLeakyRelu",
             "QLinearSoftmax", "QLinearConcat"}

# How much more than what noise of the size of rounding does to the reference is still rounding.
NOISE_FACTOR = 30

# Share of the largest number by which a model at full rank may differ: its factors are float32.
FULL_RANK = 2e-4

# The same in roundings, where a model amplifies them.
FULL_RANK_NOISE = 400.0

# Share of the outputs' spread by which 8-bit files may differ from the real model, for each value between.
INT8_SHARE = 0.35

# The steps that 8-bit files have for what these give, whatever that is: TensorFlow Lite says so.
FIXED_STEPS = {"Softmax": 1 / 256, "Sigmoid": 1 / 256, "Tanh": 1 / 128}

# Roundings that are about one step of 8 bits: integer kernels round once more than what they stand for.
STEP_NOISE = 5e4


def allowed(nodes):
    """Units in the last place of the largest number for a chain of `nodes`; 0 where it must be exact."""
    return sum(units(node) for node in nodes)


def units(node):
    """How much of it is one node's."""
    if node.op_type == "Upsample" and any(a.name == "mode" and a.s != b"nearest" for a in node.attribute):
        return COORDINATE
    if node.op_type == "Cast":
        return max((SHORT_REALS.get(attribute.i, 0) for attribute in node.attribute), default=0)
    return 0 if node.op_type in EXACT else ROUNDING

