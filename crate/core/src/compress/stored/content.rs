//! The elements of a weight, and the ways in which a list of them is stored.

use super::chain::{Chain, per_word};
use crate::graph::Element;
use crate::graph::proto::{AttributeProto, TensorProto, attribute_type};
use std::collections::BTreeSet;

/// Most values of a table: more codes than that are no shorter than what they stand for.
const TABLE: usize = 256;
/// The bases in which distances between places are tried.
pub(super) const BASES: [u32; 6] = [6, 9, 16, 40, 256, 65536];

/// Elements by their bits, in the order of the tensor.
pub(super) struct Content {
    pub(super) element: Element,
    pub(super) zero: u32,
    pub(super) values: Vec<u32>,
}

/// Where elements lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// One behind the other.
    Dense,
    /// A bit for each says which are not zero.
    Bits,
    /// Distances between those that are not zero, as digits of this base.
    Gaps(u32),
}

/// How a list of elements is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// As it is.
    Plain,
    /// As indices into a table.
    Table,
}

impl Content {
    pub(super) fn floats(values: impl Iterator<Item = f32>) -> Self {
        // Without negative zeros.
        let values = values.map(|value| (value + 0.0).to_bits()).collect();
        Self { element: Element::Float, zero: 0, values }
    }

    /// Steps from -128 to 127; `unsigned` ones are stored 128 higher.
    pub(super) fn steps(values: impl Iterator<Item = i8>, unsigned: bool) -> Self {
        let zero = if unsigned { 128 } else { 0 };
        let element = if unsigned { Element::Uint8 } else { Element::Int8 };
        let values = values.map(|value| u32::from(value.to_le_bytes()[0] ^ zero)).collect();
        Self { element, zero: u32::from(zero), values }
    }

    fn width(&self) -> usize {
        if self.element == Element::Float { 4 } else { 1 }
    }

    pub(super) fn raw(&self, values: &[u32]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_le_bytes().into_iter().take(self.width())).collect()
    }

    /// What is stored one by one where zeros lie as `place` says.
    pub(super) fn list(&self, place: Place) -> Vec<u32> {
        let others = self.values.iter().copied().filter(|value| *value != self.zero);
        match place {
            Place::Dense => self.values.clone(),
            Place::Bits => [self.zero].into_iter().chain(others).collect(),
            Place::Gaps(base) => self.gaps(base).into_iter().map(|(_, value)| value).collect(),
        }
    }

    /// Distances from one stored element to the next, and the elements: where a distance is too long for a digit,
    /// zeros between are stored too.
    pub(super) fn gaps(&self, base: u32) -> Vec<(u32, u32)> {
        let (longest, mut last, mut found) = (base - 1, 0, Vec::new());
        for (at, value) in self.values.iter().enumerate().filter(|(_, value)| **value != self.zero) {
            let mut gap = at as u32 - last;
            while gap > longest {
                found.push((longest, self.zero));
                gap -= longest;
            }
            found.push((gap, *value));
            last = at as u32;
        }
        found
    }

    /// The bytes of numbers for all elements.
    pub(super) fn payload(&self, place: Place, coding: Coding) -> Option<usize> {
        let zeros = self.values.iter().filter(|value| **value == self.zero).count();
        let (count, places) = match place {
            Place::Dense => (self.values.len(), 0),
            Place::Bits => (self.values.len() - zeros + 1, 2 * self.values.len().div_ceil(16)),
            Place::Gaps(base) => {
                let count = self.gaps(base).len();
                (count, 2 * count.div_ceil(per_word(base)))
            }
        };
        let list = match coding {
            Coding::Plain => count * self.width(),
            Coding::Table => {
                let entries = self.table(place)?.len();
                2 * count.div_ceil(per_word(base(entries))) + entries * self.width()
            }
        };
        Some(list + places)
    }

    /// The different elements, where there are few.
    fn table(&self, place: Place) -> Option<Vec<u32>> {
        let mut table = BTreeSet::new();
        if place != Place::Dense {
            table.insert(self.zero);
        }
        for value in &self.values {
            table.insert(*value);
            if table.len() > TABLE {
                return None;
            }
        }
        Some(table.into_iter().collect())
    }

    /// Puts all elements, in one axis, behind `chain`; gives their name.
    pub(super) fn lay(&self, chain: &mut Chain, place: Place, coding: Coding) -> Option<String> {
        let list = self.stored(chain, place, coding)?;
        let all = self.values.len() as i64;
        match place {
            Place::Dense => Some(list),
            Place::Bits => {
                let mask: Vec<u32> = self.values.iter().map(|value| u32::from(*value != self.zero)).collect();
                let mask = chain.digits(&mask, 2);
                let axis = chain.whole(&[], &[0]);
                let sums = chain.op("CumSum", &[&mask, &axis], Vec::new());
                let at = chain.op("Mul", &[&mask, &sums], Vec::new());
                Some(chain.op("Gather", &[&list, &at], Vec::new()))
            }
            Place::Gaps(base) => {
                let gaps: Vec<u32> = self.gaps(base).into_iter().map(|(gap, _)| gap).collect();
                let gaps = chain.digits(&gaps, base);
                let axis = chain.whole(&[], &[0]);
                let at = chain.op("CumSum", &[&gaps, &axis], Vec::new());
                let shape = chain.shape(&[all]);
                let zeros = chain.op("ConstantOfShape", &[&shape], vec![self.filling()]);
                Some(chain.op("ScatterElements", &[&zeros, &at, &list], Vec::new()))
            }
        }
    }

    fn stored(&self, chain: &mut Chain, place: Place, coding: Coding) -> Option<String> {
        let list = self.list(place);
        if coding == Coding::Plain {
            return Some(chain.constant(self.element, &[list.len() as i64], self.raw(&list)));
        }
        let table = self.table(place)?;
        let codes = list.iter().map(|value| table.binary_search(value).map(|code| code as u32));
        let codes = codes.collect::<Result<Vec<_>, _>>().ok()?;
        let codes = chain.digits(&codes, base(table.len()));
        let table = chain.constant(self.element, &[table.len() as i64], self.raw(&table));
        Some(chain.op("Gather", &[&table, &codes], Vec::new()))
    }

    /// The attribute that fills with zeros.
    fn filling(&self) -> AttributeProto {
        let raw_data = self.raw(&[self.zero]);
        let tensor =
            TensorProto { dims: vec![1], data_type: self.element.code(), raw_data, ..TensorProto::default() };
        let (name, r#type) = ("value".into(), attribute_type::TENSOR);
        AttributeProto { name, t: Some(tensor), r#type, ..AttributeProto::default() }
    }
}

/// The base of codes for so many entries.
fn base(entries: usize) -> u32 {
    entries.max(2) as u32
}

#[cfg(test)]
mod tests {
    use super::{BASES, Coding, Content, Place};

    #[test]
    fn gaps_lead_back_to_the_places() {
        let mut values = vec![0_i8; 3000];
        for (at, value) in [(0, 3), (1, -2), (17, 5), (2999, 1)] {
            values[at] = value;
        }
        for unsigned in [false, true] {
            let content = Content::steps(values.iter().copied(), unsigned);
            for base in BASES {
                let (mut at, mut found) = (0, vec![content.zero; 3000]);
                for (gap, value) in content.gaps(base) {
                    assert!(gap < base);
                    at += gap as usize;
                    found[at] = value;
                }
                assert_eq!(found, content.values, "base {base}");
            }
        }
    }

    #[test]
    fn bytes_by_hand() {
        let content = Content::steps([0, 1, 0, 0, 2, 0, 0, 0, 1, 0].into_iter(), false);
        assert_eq!(content.payload(Place::Dense, Coding::Plain), Some(10));
        // Three steps are 10 digits of a word, and a table of three.
        assert_eq!(content.payload(Place::Dense, Coding::Table), Some(2 + 3));
        assert_eq!(content.payload(Place::Bits, Coding::Plain), Some(4 + 2));
        assert_eq!(content.payload(Place::Gaps(9), Coding::Plain), Some(3 + 2));
        let floats = Content::floats((0..300).map(|i| i as f32));
        assert_eq!(floats.payload(Place::Dense, Coding::Table), None);
    }
}
