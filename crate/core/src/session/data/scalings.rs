//! Which scales and offsets stored samples can have: what is said, else what the model's file or theirs states,
//! else what is usual for numbers of their type.

use super::reading::Question;
use crate::dataset::{Arrangement, Colour, Element, Preprocessing, Scaling, Source};
use crate::evaluate::EvaluateError;
use crate::session::SessionError;
use crate::session::open::metadata::{Quantisation, Whole};

/// Columns that are standardised, at most.
const STANDARD: usize = 4096;
/// Fewest rows that a standard can be taken from.
const ROWS: usize = 30;

impl Question<'_> {
    /// Scales and offsets that are possible, the usual ones first.
    ///
    /// # Errors
    /// Options that do not fit the samples, or samples that do not fit the type of the model's input.
    pub(super) fn scalings(&self, shape: &[usize]) -> Result<Vec<Scaling>, SessionError> {
        let Preprocessing { scale, offset, quantised, .. } = self.options;
        if *quantised == Some(true) {
            let missing =
                "the model's file states no scale and zero point of its input: give scale and offset";
            let own = self.hints.quantisation.ok_or_else(|| EvaluateError::Interface(missing.into()))?;
            return Ok(vec![own.scaling()]);
        }
        if scale.is_some() || offset.is_some() {
            return Ok(vec![said(scale.as_deref(), offset.as_deref())?]);
        }
        if let Some(whole) = self.hints.whole {
            return Ok(vec![self.whole(whole)?]);
        }
        if let Some(stated) = &self.raw.scaling {
            return Ok(vec![stated.clone()]);
        }
        let mut found = match self.raw.element {
            Element::Byte => self.byte_scalings(shape),
            Element::SignedByte => {
                let own =
                    self.hints.quantisation.filter(|_| *quantised != Some(false)).map(Quantisation::scaling);
                let others = [
                    Scaling::identity(),
                    Scaling::factor(1.0 / 128.0),
                    Scaling::linear(1.0 / 255.0, 128.0 / 255.0),
                    Scaling::linear(1.0, 128.0),
                ];
                own.into_iter().chain(others).collect()
            }
            Element::Integer => {
                let most = self.raw.values.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
                let full = if most > 32768.0 { 65535.0 } else { 32768.0 };
                let wide = (most > 255.0).then(|| Scaling::factor(1.0 / full));
                let bytes = (most > 1.0 && most <= 255.0).then(|| Scaling::factor(1.0 / 255.0));
                [Scaling::identity()].into_iter().chain(wide).chain(bytes).collect()
            }
            Element::Bool | Element::Float => vec![Scaling::identity()],
        };
        let each = self.raw.each();
        if self.raw.element == Element::Float && self.raw.source != Source::Arrays && each <= STANDARD {
            found.extend(self.standard(each));
        }
        Ok(found)
    }

    /// Of an input of whole numbers: as they are stored; bytes with or without a sign become each other.
    ///
    /// # Errors
    /// Numbers that such an input cannot hold.
    fn whole(&self, Whole { name, range }: Whole) -> Result<Scaling, SessionError> {
        let Some((least, most)) = range else { return Ok(Scaling::identity()) };
        let held = |v: &f32| v.fract() == 0.0 && (least..=most).contains(v);
        match (self.raw.element, name) {
            (Element::Byte, "int8") => Ok(Scaling::linear(1.0, -128.0)),
            (Element::SignedByte, "uint8") => Ok(Scaling::linear(1.0, 128.0)),
            _ if self.raw.values.iter().all(held) => Ok(Scaling::identity()),
            _ => {
                let reason = format!(
                    "its input takes {name}, and the samples hold other numbers than those: give their scale and offset"
                );
                Err(EvaluateError::Interface(reason).into())
            }
        }
    }

    /// Columns of a table, or coefficients of features, with mean 0 and deviation 1.
    fn standard(&self, each: usize) -> Option<Scaling> {
        let width = match self.raw.source {
            Source::Table => each,
            Source::Sounds => *self.raw.shape.get(2)?,
            Source::Arrays | Source::Pictures => return None,
        };
        (self.raw.values.len() / width.max(1) >= ROWS).then(|| Scaling::standard(&self.raw.values, width))
    }

    fn byte_scalings(&self, shape: &[usize]) -> Vec<Scaling> {
        let usual = self.hints.usual();
        let own = Arrangement::of(shape);
        let coloured = own.channels == 3 && self.options.colour != Some(Colour::Grey);
        let others = [
            Scaling::factor(1.0 / 255.0),
            Scaling::identity(),
            Scaling::linear(1.0 / 127.5, -1.0),
            Scaling::linear(1.0, -128.0),
        ];
        let others = others.into_iter().filter(|other| *other != usual);
        let imagenet = coloured.then(Scaling::imagenet);
        [usual.clone()].into_iter().chain(others).chain(imagenet).collect()
    }
}

/// Scale and offset as they are said, the shorter one repeated.
fn said(scale: Option<&[f32]>, offset: Option<&[f32]>) -> Result<Scaling, SessionError> {
    let (scale, offset) = (scale.unwrap_or(&[1.0]), offset.unwrap_or(&[0.0]));
    let count = scale.len().max(offset.len());
    let fits = |list: &[f32]| list.len() == count || list.len() == 1;
    let finite = scale.iter().chain(offset).all(|value| value.is_finite());
    if count == 0 || !fits(scale) || !fits(offset) || !finite {
        let reason = "scale and offset need one number each, or one per channel";
        return Err(EvaluateError::Interface(reason.into()).into());
    }
    let full = |list: &[f32]| list.iter().copied().cycle().take(count).collect();
    Ok(Scaling { scale: full(scale), offset: full(offset), stated: false })
}
