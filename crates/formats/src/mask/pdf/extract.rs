//! Some pages of a PDF as a PDF of their own: nothing of the other pages goes along.
//!
//! Shapes: bytes and page numbers (from 0, in order) in, bytes out. What the model leaves out
//! (attachments, scripts, signatures, older revisions, metadata) is left out here too; the file that
//! was received keeps them. Refusals: those of opening. Source: ISO 32000-2, 7.7.3 (page tree).

use std::collections::BTreeSet;

use relu_record::{Budget, Refusal};

use super::model::{self, Dict, Id, Obj, name};
use crate::notes;
use crate::pdf::open;

/// The pages `wanted` as a file; numbers that the file has not got are passed over.
pub(crate) fn pages(bytes: &[u8], wanted: &[u32], budget: &Budget) -> Result<Vec<u8>, Refusal> {
    let opened = open(bytes)?;
    let mut model = model::load(&opened.pdf, budget)?;
    let kept: Vec<Id> =
        wanted.iter().filter_map(|n| model.pages.get(*n as usize).copied()).collect();
    if kept.is_empty() {
        return Err(crate::picture::no_such_page());
    }
    let gone: BTreeSet<Id> = model.pages.iter().copied().filter(|p| !kept.contains(p)).collect();
    let kids = kept.iter().map(|id| Obj::Ref(*id)).collect();
    if let Some(Obj::Dict(node)) = model.objects.get_mut(&2).map(|e| &mut e.value) {
        node.insert(b"Kids".to_vec(), Obj::Array(kids));
        node.insert(b"Count".to_vec(), Obj::Number(kept.len() as f64));
    }
    // Bookmarks, destinations, structure, forms and labels may lead to the other pages or tell of them.
    let root = Dict::from([(b"Type".to_vec(), name("Catalog")), (b"Pages".to_vec(), Obj::Ref(2))]);
    if let Some(entry) = model.objects.get_mut(&model.root) {
        entry.value = Obj::Dict(root);
    }
    for id in &kept {
        if let Some(Obj::Dict(page)) = model.objects.get_mut(id).map(|e| &mut e.value) {
            for key in ["Annots", "B", "StructParents", "PieceInfo", "Thumb", "AA", "Metadata"] {
                page.remove(key.as_bytes());
            }
        }
    }
    for id in gone {
        model.objects.remove(&id);
    }
    model.sweep();
    let out = model.write();
    budget.output(out.len() as u64).map_err(notes::spent)?;
    Ok(out)
}
