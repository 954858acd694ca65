//! Reading and making node attributes.

use crate::proto::{AttributeProto, NodeProto, attribute_type};

/// The attribute `name` of `node`.
pub fn find<'a>(node: &'a NodeProto, name: &str) -> Option<&'a AttributeProto> {
    node.attribute.iter().find(|a| a.name == name)
}

/// The integer of attribute `name`, or `default` where it is absent.
pub fn int(node: &NodeProto, name: &str, default: i64) -> i64 {
    find(node, name).and_then(|a| a.i).unwrap_or(default)
}

/// The integers of attribute `name`, or `default` where it is absent or empty.
pub fn ints(node: &NodeProto, name: &str, default: &[i64]) -> Vec<i64> {
    match find(node, name) {
        Some(attribute) if !attribute.ints.is_empty() => attribute.ints.clone(),
        _ => default.to_vec(),
    }
}

/// The text of attribute `name`.
pub fn text(node: &NodeProto, name: &str) -> Option<String> {
    let bytes = find(node, name)?.s.as_ref()?;
    Some(String::from_utf8_lossy(bytes).into_owned())
}

/// An attribute with one integer.
pub fn new_int(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        i: Some(value),
        r#type: attribute_type::INT,
        ..AttributeProto::default()
    }
}

/// An attribute with a list of integers.
pub fn new_ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        ints: values.to_vec(),
        r#type: attribute_type::INTS,
        ..AttributeProto::default()
    }
}

/// An attribute with a text.
pub fn new_text(name: &str, value: &str) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        s: Some(value.as_bytes().to_vec()),
        r#type: attribute_type::STRING,
        ..AttributeProto::default()
    }
}
