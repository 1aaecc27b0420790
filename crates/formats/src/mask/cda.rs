//! CDA R2, levels 1 and 3: header elements by the policy, the narrative by the plan, embedded
//! documents by their own plans. The result has the structure of what came: it stays valid where it
//! was. Comments go; the character set becomes UTF-8. Source: HL7 CDA R2; CI-SIS.

use relu_record::{Budget, Refusal};

use super::policy::{Family, Policy};
use super::xmlmask::{self, Dialect, Fate};
use super::{Done, Work};
use crate::xml;

/// Masks a CDA.
pub(super) fn mask(bytes: &[u8], work: &Work<'_>, budget: &Budget) -> Result<Done, Refusal> {
    let decoded = xml::decode(bytes);
    // The tree is not needed, its refusals are.
    xml::parse(&decoded.text, budget)?;
    let policy = Policy::of(Family::Cda, &work.plan.header);
    let dialect = Dialect {
        shown: &shown,
        element: &|_| Fate::Keep,
        text: &|_, _| None,
        attribute: &|_, _, _| None,
    };
    let mut done = Done::default();
    done.bytes = xmlmask::mask(&decoded.text, &dialect, &policy, work, &mut done, budget)?;
    Ok(done)
}

/// Titles and narratives, as the reader writes them.
fn shown(path: &[&str]) -> bool {
    let body = path.iter().rposition(|n| *n == "structuredBody");
    match body {
        Some(at) => {
            let inside = path.get(at..).unwrap_or_default();
            let section = inside.iter().rposition(|n| *n == "section");
            let after = section.and_then(|s| inside.get(s + 1));
            matches!(after, Some(&"title" | &"text"))
        }
        None => path.ends_with(&["ClinicalDocument", "title"]),
    }
}
