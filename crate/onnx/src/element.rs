//! The types that elements of ONNX tensors have.

use crate::attribute::int;
use crate::proto::{NodeProto, TensorProto};

/// Makes the enum of a list of types with their numbers, and what tells one from the other.
macro_rules! elements {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// An element type of ONNX, with its number in `TensorProto.DataType`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Element {
            $($(#[$doc])* $name = $code,)*
        }

        impl Element {
            #[cfg(test)]
            const ALL: &[Self] = &[$(Self::$name),*];

            /// Its number.
            pub const fn code(self) -> i32 {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }

        impl TryFrom<i32> for Element {
            type Error = i32;

            /// The type with the number `code`; the number itself where ONNX has none.
            fn try_from(code: i32) -> Result<Self, i32> {
                match code {
                    $($code => Ok(Self::$name),)*
                    other => Err(other),
                }
            }
        }
    };
}

elements! {
    /// Real number of 32 bits.
    Float = 1,
    /// Whole number of 8 bits without a sign.
    Uint8 = 2,
    /// Whole number of 8 bits.
    Int8 = 3,
    /// Whole number of 16 bits without a sign.
    Uint16 = 4,
    /// Whole number of 16 bits.
    Int16 = 5,
    /// Whole number of 32 bits.
    Int32 = 6,
    /// Whole number of 64 bits.
    Int64 = 7,
    /// Text.
    String = 8,
    /// Truth value.
    Bool = 9,
    /// Real number of 16 bits, 10 of them behind the point.
    Float16 = 10,
    /// Real number of 64 bits.
    Double = 11,
    /// Whole number of 32 bits without a sign.
    Uint32 = 12,
    /// Whole number of 64 bits without a sign.
    Uint64 = 13,
    /// Complex number of two of 32 bits.
    Complex64 = 14,
    /// Complex number of two of 64 bits.
    Complex128 = 15,
    /// Upper half of a real number of 32 bits.
    Bfloat16 = 16,
    /// Real number of 8 bits, 3 of them behind the point.
    Float8E4M3Fn = 17,
    /// The same without infinities and a negative zero.
    Float8E4M3Fnuz = 18,
    /// Real number of 8 bits, 2 of them behind the point.
    Float8E5M2 = 19,
    /// The same without infinities and a negative zero.
    Float8E5M2Fnuz = 20,
    /// Whole number of 4 bits without a sign.
    Uint4 = 21,
    /// Whole number of 4 bits.
    Int4 = 22,
    /// Real number of 4 bits, one of them behind the point.
    Float4E2M1 = 23,
    /// Power of two, of 8 bits.
    Float8E8M0 = 24,
}

impl Element {
    /// The type that the attribute `name` of `node` states.
    pub fn stated(node: &NodeProto, name: &str) -> Option<Self> {
        i32::try_from(int(node, name, 0)).ok()?.try_into().ok()
    }

    /// Bits of one element; 0 for strings, which have no size of their own.
    pub fn bits(self) -> usize {
        match self {
            Self::String => 0,
            Self::Uint4 | Self::Int4 | Self::Float4E2M1 => 4,
            Self::Uint8
            | Self::Int8
            | Self::Bool
            | Self::Float8E4M3Fn
            | Self::Float8E4M3Fnuz
            | Self::Float8E5M2
            | Self::Float8E5M2Fnuz
            | Self::Float8E8M0 => 8,
            Self::Uint16 | Self::Int16 | Self::Float16 | Self::Bfloat16 => 16,
            Self::Float | Self::Int32 | Self::Uint32 => 32,
            Self::Int64 | Self::Double | Self::Uint64 | Self::Complex64 => 64,
            Self::Complex128 => 128,
        }
    }

    /// Whether it is one of the real numbers that float32 can take the place of: not those of 8 bits and fewer.
    pub fn is_real(self) -> bool {
        matches!(self, Self::Float | Self::Float16 | Self::Bfloat16 | Self::Double)
    }

    /// Whether it is a real number of 16 bits.
    pub fn is_half(self) -> bool {
        matches!(self, Self::Float16 | Self::Bfloat16)
    }

    /// The least and the greatest whole number of a type that has 16 bits or fewer.
    pub fn range(self) -> Option<(f32, f32)> {
        match self {
            Self::Uint4 => Some((0.0, 15.0)),
            Self::Int4 => Some((-8.0, 7.0)),
            Self::Uint8 => Some((0.0, 255.0)),
            Self::Int8 => Some((-128.0, 127.0)),
            Self::Uint16 => Some((0.0, 65535.0)),
            Self::Int16 => Some((-32768.0, 32767.0)),
            _ => None,
        }
    }
}

impl From<Element> for i64 {
    fn from(element: Element) -> Self {
        element.code().into()
    }
}

impl TensorProto {
    /// The type of its elements, where it is one of ONNX's.
    pub fn element(&self) -> Option<Element> {
        self.data_type.try_into().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::Element;

    #[test]
    fn each_type_has_its_number() {
        for &element in Element::ALL {
            assert_eq!(Element::try_from(element.code()), Ok(element));
        }
        for code in [-1, 0, 25, i32::MAX] {
            assert_eq!(Element::try_from(code), Err(code));
        }
        // As onnx.proto numbers them.
        let known = [(1, Element::Float), (7, Element::Int64), (16, Element::Bfloat16), (22, Element::Int4)];
        assert!(known.into_iter().all(|(code, element)| element.code() == code));
    }
}
