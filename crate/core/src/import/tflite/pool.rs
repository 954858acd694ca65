//! Pools.

use super::build::attribute;
use super::conv::{attributes, size, spatial, unread, window};
use super::form::Form;
use super::{Lowering, Reason};
use sepal_tflite::schema::{ActivationFunctionType, BuiltinOptionsRef};
use sepal_tflite::{Operator, operator};

impl<'a> Lowering<'a> {
    /// Averages count what lies inside the input only; the L2 pool is the root of the mean of squares.
    pub(super) fn pool(&mut self, operator: &Operator<'a>) -> Result<(), Reason> {
        let Some(BuiltinOptionsRef::Pool2DOptions(options)) = &operator.options else {
            return Err("it lacks its options".into());
        };
        let (input, output) = (operator.input(0)?, operator.output(0)?);
        let kernel = [size(options.filter_height())?, size(options.filter_width())?];
        let stride = [size(options.stride_h())?, size(options.stride_w())?];
        let window = window(kernel, stride, [1, 1], options.padding().map_err(unread)?)?;
        let attributes = attributes(&window, spatial(self.shape(input))?, spatial(self.shape(output))?)?;
        let activation = options.fused_activation_function().map_err(unread)?;
        let x = self.planes(input)?;
        let to = (output, Form::Planes);
        match operator.code {
            operator::MAX_POOL_2D => {
                let value = self.emit("MaxPool", to, "", (&[&x], attributes));
                if activation == ActivationFunctionType::None {
                    return self.pass(input, to, value);
                }
                self.finish(to, value, activation)
            }
            operator::AVERAGE_POOL_2D => {
                let value = self.emit("AveragePool", to, "", (&[&x], attributes));
                self.finish(to, value, activation)
            }
            _ => {
                let squares = self.emit("Mul", (input, Form::Planes), "/squares", (&[&x, &x], Vec::new()));
                let mean = self.emit("AveragePool", to, "/mean", (&[&squares], attributes));
                let value = self.emit("Sqrt", to, "", (&[&mean], Vec::new()));
                self.finish(to, value, activation)
            }
        }
    }

    /// Blocks of positions to channels, and back.
    pub(super) fn depth_and_space(&mut self, operator: &Operator<'a>) -> Result<(), Reason> {
        let block = match &operator.options {
            Some(BuiltinOptionsRef::DepthToSpaceOptions(options)) => size(options.block_size())?,
            Some(BuiltinOptionsRef::SpaceToDepthOptions(options)) => size(options.block_size())?,
            _ => return Err("it lacks its options".into()),
        };
        let (input, output) = (operator.input(0)?, operator.output(0)?);
        spatial(self.shape(input))?;
        spatial(self.shape(output))?;
        let x = self.planes(input)?;
        let to = (output, Form::Planes);
        if operator.code == operator::DEPTH_TO_SPACE {
            let attributes = vec![attribute::int("blocksize", block as i64), attribute::text("mode", "DCR")];
            let value = self.emit("DepthToSpace", to, "", (&[&x], attributes));
            return self.pass(input, to, value);
        }
        // rten has no SpaceToDepth: the blocks become axes, which are moved in front of the channels.
        let (b, base) = (block as i64, self.base(output));
        let [n, c, h, w] = self.shape_in(input, Form::Planes)[..] else { return Err("its shape".into()) };
        if !h.is_multiple_of(block) || !w.is_multiple_of(block) {
            return Err("its block does not divide its input".into());
        }
        let first = if self.has_batch(input) { 0 } else { n as i64 };
        let split = [first, c as i64, (h / block) as i64, b, (w / block) as i64, b];
        let split = self.out.integers(&format!("{base}/blocks"), &split)?;
        let blocks = self.out.node("Reshape", &format!("{base}/split"), &[&x, &split], Vec::new());
        let order = vec![attribute::ints("perm", &[0, 3, 5, 1, 2, 4])];
        let moved = self.out.node("Transpose", &format!("{base}/moved"), &[&blocks], order);
        let value = self.reshaped(output, Form::Planes, &moved)?;
        self.pass(input, to, value)
    }
}
