//! The resources of a file, in order, and the way from a reference to what it points to.

use relu_record::{Budget, Refusal};

use crate::json::Json;
use crate::notes;

/// One resource and where it stands.
pub(super) struct Held<'j> {
    pub kind: &'j str,
    pub json: &'j Json,
    /// `Bundle.entry[2].resource`, or the name of the resource.
    pub path: String,
    full_url: &'j str,
    /// The resource that contains it, by its place in the list.
    owner: Option<usize>,
}

/// All of them: the root, those of a bundle, those contained.
pub(super) struct Resources<'j> {
    held: Vec<Held<'j>>,
}

impl<'j> Resources<'j> {
    pub(super) fn of(root: &'j Json, budget: &Budget) -> Result<Resources<'j>, Refusal> {
        let mut all = Resources { held: Vec::new() };
        all.add(root, root.str("resourceType").to_owned(), "", 0, budget)?;
        Ok(all)
    }

    fn add(
        &mut self,
        json: &'j Json,
        path: String,
        full_url: &'j str,
        depth: usize,
        budget: &Budget,
    ) -> Result<(), Refusal> {
        if depth > budget.max_depth {
            return Err(notes::TOO_DEEP.refusal());
        }
        budget.step(1).map_err(notes::spent)?;
        let kind = json.str("resourceType");
        if kind == "Bundle" {
            for (i, entry) in json.get("entry").list().iter().enumerate() {
                let resource = entry.get("resource");
                if !resource.is_null() {
                    let path = format!("{path}.entry[{i}].resource");
                    self.add(resource, path, entry.str("fullUrl"), depth + 1, budget)?;
                }
            }
            return Ok(());
        }
        let owner = self.held.len();
        self.held.push(Held { kind, json, path: path.clone(), full_url, owner: None });
        for (i, contained) in json.get("contained").list().iter().enumerate() {
            let path = format!("{path}.contained[{i}]");
            let kind = contained.str("resourceType");
            self.held.push(Held { kind, json: contained, path, full_url: "", owner: Some(owner) });
        }
        Ok(())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Held<'j>> {
        self.held.iter()
    }

    /// The first resource of one of those kinds, in the order of the kinds.
    pub(super) fn first_of(&self, kinds: &[&str]) -> Option<&Held<'j>> {
        kinds.iter().find_map(|k| self.held.iter().find(|h| h.kind == *k && h.owner.is_none()))
    }

    /// What a reference in `from` points to, inside this file.
    pub(super) fn resolve(&self, from: &Held<'j>, reference: &str) -> Option<&Held<'j>> {
        if reference.is_empty() {
            return None;
        }
        if let Some(id) = reference.strip_prefix('#') {
            let owner = from
                .owner
                .or_else(|| self.held.iter().position(|h| std::ptr::eq(h.json, from.json)));
            let inside = self.held.iter().find(|h| h.owner == owner && h.json.str("id") == id);
            // Published bundles point with `#` to entries beside, too.
            return inside.or_else(|| self.held.iter().find(|h| h.json.str("id") == id));
        }
        let bare = reference.split("/_history/").next().unwrap_or(reference);
        self.held.iter().find(|h| !h.full_url.is_empty() && h.full_url == bare).or_else(|| {
            let mut pieces = bare.rsplit('/');
            let (id, kind) = (pieces.next()?, pieces.next()?);
            self.held.iter().find(|h| h.owner.is_none() && h.kind == kind && h.json.str("id") == id)
        })
    }
}
