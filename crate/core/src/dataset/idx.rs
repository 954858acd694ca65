//! IDX files, images and labels together.

use super::asked::Asked;
use super::given::Given;
use super::{DatasetError, File, Raw, error};
use sepal_data::idx;
use sepal_data::npy::Numbers;

/// Reads images, and labels where they are, whichever comes first.
pub(crate) fn read(asked: &Asked) -> Result<Raw, DatasetError> {
    let name = asked.name;
    let (labels, images): (Vec<&File>, Vec<&File>) =
        asked.files.iter().partition(|file| idx::is_labels(&file.bytes));
    let (images, labels) = match (&images[..], &labels[..]) {
        ([images], []) => (array(images)?, None),
        ([images], [labels]) => (array(images)?, Some(array(labels)?)),
        ([], _) => return Err(error(name, "these are IDX labels without their images".into())),
        _ => return Err(error(name, "IDX images and IDX labels are needed, one file each".into())),
    };
    let count = images.shape.first().copied().unwrap_or(0);
    if let Some(labels) = labels.as_ref().filter(|labels| labels.values.len() != count) {
        return Err(error(name, format!("it has {count} samples and {} labels", labels.values.len())));
    }
    Ok(Raw {
        given: labels.map(|labels| Given::numbers(labels.values, Vec::new())),
        ..Raw::new(images.values, images.shape, images.element)
    })
}

fn array(file: &File) -> Result<Numbers, DatasetError> {
    idx::array(&file.bytes).map_err(|reason| error(&file.name, reason))
}
