//! When two records of a patient become one, the resources of the one's file follow as new versions
//! that name the other; a split gives them back. What merely mentions the patient (a performer, an
//! author) goes on naming the record that was merged, whose Patient says by which it is replaced.

use relu_vault::{Moved, PatientId, Resource, ResourceTerm, ResourcesFollow};

use super::json::Json;
use super::table::{Type, find, types};
use super::{shown, values};

/// Which resources lie in a patient's file, and how they name that patient.
pub struct Files;

impl ResourcesFollow for Files {
    fn found_by(&self, patient: &PatientId) -> Vec<(&'static str, ResourceTerm)> {
        let kinds = types().values().filter(|k| !k.patient.is_empty());
        let term = |kind: &'static Type| {
            let param = kind.param("patient")?.index.as_str();
            let value = format!("Patient/{}", patient.0);
            Some((kind.name.as_str(), ResourceTerm { param, value }))
        };
        kinds.filter_map(term).collect()
    }

    fn moved(&self, resource: &Resource, from: &PatientId, to: &PatientId) -> Option<Moved> {
        let kind = find(&resource.kind)?;
        let mut body = shown::body(resource);
        let former_terms = values::terms(kind, &body);
        rename(kind, &mut body, from, to).then(|| Moved {
            kind: &kind.name,
            former_terms,
            terms: values::terms(kind, &body),
            content: body.to_bytes(),
        })
    }
}

/// Puts a resource into another patient's file; says whether it lay in that of `from`.
pub fn rename(kind: &Type, body: &mut Json, from: &PatientId, to: &PatientId) -> bool {
    let (from, to) = (format!("Patient/{}", from.0), format!("Patient/{}", to.0));
    let mut renamed = false;
    for element in &kind.patient {
        let Some(value) = body.get_mut(element) else { continue };
        value.each_text("reference", &mut |text| {
            let bare = text.split_once("/_history/").map_or(text.as_str(), |(of, _)| of);
            if bare == from {
                to.clone_into(text);
                renamed = true;
            }
        });
    }
    renamed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_can_be_found_whole() {
        let found = Files.found_by(&PatientId("1".into()));
        for kind in types().values().filter(|k| !k.patient.is_empty()) {
            assert!(found.iter().any(|(k, _)| **k == kind.name), "{}", kind.name);
            // What is indexed as the patient is what puts it into the file.
            let param = kind.param("patient").unwrap();
            let paths: Vec<&str> = param.paths.iter().map(|p| p[0].as_str()).collect();
            assert_eq!(paths, kind.patient, "{}", kind.name);
        }
    }
}
