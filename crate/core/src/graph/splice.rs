//! Editing: in the decoded view at once, and in the file when it is asked for.

use super::proto::ModelProto;
use super::{Edit, Graph, GraphError};
use std::borrow::Cow;
use std::sync::Arc;

impl Graph {
    /// The model with `edit` done, which is what [`Graph::decode`] makes of [`Graph::encode`].
    ///
    /// # Errors
    /// As [`Graph::encode`].
    pub fn edited(&self, edit: Edit) -> Result<Self, GraphError> {
        sepal_onnx::walk(&self.file)?;
        let model = self.model();
        let model = ModelProto {
            ir_version: model.ir_version,
            opset_import: model.opset_import.clone(),
            producer_name: model.producer_name.clone(),
            graph: Some(edit.done(self.proto(), model.ir_version)),
            metadata_props: model.metadata_props.clone(),
            functions: model.functions.clone(),
        };
        let edits = self.edits.iter().cloned().chain([Arc::new(edit)]).collect();
        Ok(Self::indexed(Arc::clone(&self.file), edits, model))
    }

    /// The model file: the one that was read, where nothing is edited.
    ///
    /// # Errors
    /// [`GraphError::Malformed`] where the bytes that were read cannot be walked.
    pub fn bytes(&self) -> Result<&[u8], GraphError> {
        if self.edits.is_empty() {
            return Ok(&self.file);
        }
        let spliced = || {
            let file = Cow::Borrowed(self.file.as_slice());
            let step = |bytes: Cow<[u8]>, edit: &Arc<Edit>| self.splice(&bytes, edit).map(Cow::Owned);
            self.edits.iter().try_fold(file, step).map(Cow::into_owned)
        };
        self.edited.get_or_init(spliced).as_deref().map_err(Clone::clone)
    }

    /// The model file, without a copy.
    ///
    /// # Errors
    /// As [`Graph::bytes`].
    pub fn into_bytes(self) -> Result<Vec<u8>, GraphError> {
        self.bytes()?;
        self.edited.into_inner().unwrap_or_else(|| Ok(Arc::unwrap_or_clone(self.file)))
    }

    /// The same with its edits in the file, and no longer beside it: for a graph that is kept.
    ///
    /// # Errors
    /// As [`Graph::bytes`].
    pub fn settled(mut self) -> Result<Self, GraphError> {
        self.bytes()?;
        if let Some(file) = self.edited.take() {
            self.file = Arc::new(file?);
            self.edits.clear();
        }
        Ok(self)
    }

    /// The model file with `edit` done. The empty edit gives the file's own bytes.
    ///
    /// # Errors
    /// [`GraphError::Malformed`] where the file's bytes cannot be walked.
    pub fn encode(&self, edit: &Edit) -> Result<Vec<u8>, GraphError> {
        self.splice(self.bytes()?, edit)
    }

    fn splice(&self, bytes: &[u8], edit: &Edit) -> Result<Vec<u8>, GraphError> {
        Ok(sepal_onnx::splice(bytes, edit, self.model().ir_version)?)
    }
}
