//! Clinical statements of a CDA body as entries, in document order, nested ones after their parent.
//!
//! Wrappers that state nothing by themselves (concern acts, batteries) give only what they hold.
//! Kinds follow IHE PCC template ids, then the element.

use relu_record::{Budget, Coding, Entry, Private, Refusal, Span};
use roxmltree::Node;

use super::header::{coding, moment};
use crate::{notes, xml};

const PROBLEM: &str = "1.3.6.1.4.1.19376.1.5.3.1.4.5";
const ALLERGY: &str = "1.3.6.1.4.1.19376.1.5.3.1.4.6";
const IMMUNIZATION: &str = "1.3.6.1.4.1.19376.1.5.3.1.4.12";

/// Reads the statements under an `entry`. `place` finds a narrative element by its id.
pub(super) fn read(
    entry: Node<'_, '_>,
    path: &str,
    place: &dyn Fn(&str) -> Option<Span>,
    out: &mut Vec<Entry>,
    budget: &Budget,
) -> Result<(), Refusal> {
    for node in entry.children().filter(Node::is_element) {
        let name = node.tag_name().name();
        let path = format!("{path}/{name}");
        if is_statement(name) {
            budget.step(5).map_err(notes::spent)?;
            out.extend(statement(node, &path, place));
            let mut n = 0;
            for link in node
                .children()
                .filter(|c| matches!(c.tag_name().name(), "entryRelationship" | "component"))
            {
                n += 1;
                read(link, &format!("{path}/{}[{n}]", link.tag_name().name()), place, out, budget)?;
            }
        }
    }
    Ok(())
}

fn is_statement(name: &str) -> bool {
    matches!(
        name,
        "observation"
            | "substanceAdministration"
            | "procedure"
            | "act"
            | "organizer"
            | "supply"
            | "encounter"
    )
}

fn has_template(node: Node<'_, '_>, root: &str) -> bool {
    xml::children(node, "templateId").any(|t| xml::attr(t, "root") == Some(root))
}

fn kind(node: Node<'_, '_>) -> &'static str {
    match node.tag_name().name() {
        "observation" if has_template(node, PROBLEM) => "problem",
        "observation" if has_template(node, ALLERGY) => "allergy",
        "observation" => "observation",
        "substanceAdministration" if has_template(node, IMMUNIZATION) => "immunization",
        "substanceAdministration" => "medication",
        "procedure" => "procedure",
        _ => "other",
    }
}

/// The statement itself, or nothing for a wrapper.
fn statement(
    node: Node<'_, '_>,
    path: &str,
    place: &dyn Fn(&str) -> Option<Span>,
) -> Option<Entry> {
    let kind = kind(node);
    let name = node.tag_name().name();
    let holds_others =
        node.children().any(|c| matches!(c.tag_name().name(), "entryRelationship" | "component"));
    if name == "organizer" || (name == "act" && holds_others) {
        return None;
    }
    let mut entry = Entry {
        path: path.to_owned(),
        kind: kind.to_owned(),
        negated: xml::attr(node, "negationInd") == Some("true"),
        date: moment(xml::child(node, "effectiveTime")),
        flag: flags(node),
        range: xml::at(node, "referenceRange/observationRange").and_then(range),
        span: span(node, place),
        ..Entry::default()
    };
    let code = xml::child(node, "code");
    match kind {
        "medication" | "immunization" => medication(node, &mut entry),
        "problem" | "allergy" => {
            // The code says which kind of problem; the value says the problem.
            let value = xml::child(node, "value");
            entry.code = value.and_then(best_coding).or_else(|| code.and_then(best_coding));
            entry.label = value.and_then(label).or_else(|| code.and_then(label));
        }
        _ => {
            let product = xml::at(node, "product/manufacturedProduct/manufacturedMaterial/code");
            let code = code.or(product);
            entry.code = code.and_then(best_coding);
            entry.label = code.and_then(label);
            for value in xml::children(node, "value").take(1) {
                let (value, unit) = value_of(value);
                entry.value = value.map(Private);
                entry.unit = unit;
            }
        }
    }
    let says_something = entry.code.is_some() || entry.label.is_some() || entry.value.is_some();
    says_something.then_some(entry)
}

fn medication(node: Node<'_, '_>, entry: &mut Entry) {
    let material = xml::at(node, "consumable/manufacturedProduct/manufacturedMaterial");
    let code = material.and_then(|m| xml::child(m, "code"));
    entry.code = code.and_then(best_coding);
    entry.label = material
        .and_then(|m| xml::child(m, "name"))
        .and_then(xml::text)
        .map(Private)
        .or_else(|| code.and_then(label));
    if let Some(dose) = xml::child(node, "doseQuantity") {
        let dose_node =
            if xml::attr(dose, "value").is_some() { Some(dose) } else { xml::child(dose, "low") };
        entry.value = dose_node.and_then(|d| xml::attr(d, "value")).map(Private::from);
        entry.unit =
            dose_node.and_then(|d| xml::attr(d, "unit")).filter(|u| *u != "1").map(str::to_owned);
    }
    // Dates of the treatment come first, its rhythm (PIVL, EIVL) after.
    entry.date = xml::children(node, "effectiveTime").find_map(|t| moment(Some(t)));
}

/// The code, or the first translation of a null one.
fn best_coding(code: Node<'_, '_>) -> Option<Coding> {
    coding(code).or_else(|| xml::children(code, "translation").find_map(coding))
}

fn label(code: Node<'_, '_>) -> Option<Private> {
    xml::attr(code, "displayName")
        .map(str::to_owned)
        .or_else(|| xml::child(code, "originalText").and_then(xml::text))
        .or_else(|| {
            xml::children(code, "translation")
                .find_map(|t| xml::attr(t, "displayName").map(str::to_owned))
        })
        .map(Private)
}

fn flags(node: Node<'_, '_>) -> Option<String> {
    let codes: Vec<&str> =
        xml::children(node, "interpretationCode").filter_map(|c| xml::attr(c, "code")).collect();
    (!codes.is_empty()).then(|| codes.join(" "))
}

/// The words in the narrative that say the same: `text/reference`, or that of the code.
fn span(node: Node<'_, '_>, place: &dyn Fn(&str) -> Option<Span>) -> Option<Span> {
    ["text/reference", "code/originalText/reference", "value/originalText/reference"]
        .into_iter()
        .filter_map(|p| xml::at(node, p))
        .filter_map(|r| xml::attr(r, "value"))
        .find_map(|v| place(v.strip_prefix('#').unwrap_or(v)))
}

/// A value as printed, and its unit, by its data type.
fn value_of(value: Node<'_, '_>) -> (Option<String>, Option<String>) {
    let data_type = xml::attr(value, "type").unwrap_or("");
    // A type may carry a namespace prefix.
    let data_type = data_type.rsplit(':').next().unwrap_or(data_type);
    let plain = || xml::attr(value, "value").map(str::to_owned);
    match data_type {
        "PQ" => (plain(), unit(value)),
        "IVL_PQ" | "IVL_REAL" | "IVL_INT" => {
            let unit = ["low", "high", "center"]
                .iter()
                .find_map(|n| xml::child(value, n).and_then(unit))
                .or_else(|| unit(value));
            (interval(value), unit)
        }
        "CD" | "CE" | "CO" | "CV" | "CS" => {
            let words = label(value).map(Private::into_inner);
            (words.or_else(|| best_coding(value).map(|c| c.code)), None)
        }
        "BL" | "INT" | "REAL" | "TS" => (plain(), None),
        "RTO" | "RTO_PQ_PQ" => {
            let side = |n: &str| xml::child(value, n).and_then(|s| xml::attr(s, "value"));
            match (side("numerator"), side("denominator")) {
                (Some(n), Some(d)) => (Some(format!("{n}/{d}")), None),
                _ => (None, None),
            }
        }
        // A document in base64 is a part, not a value.
        _ if xml::attr(value, "representation") == Some("B64") => (None, None),
        _ => (xml::text(value).or_else(plain).or_else(|| interval(value)), unit(value)),
    }
}

fn unit(value: Node<'_, '_>) -> Option<String> {
    // `1` is UCUM for "no unit".
    xml::attr(value, "unit").filter(|u| *u != "1").map(str::to_owned)
}

/// `2.5 - 4.5`, `< 5`, `>= 3`: bounds are included unless the source says otherwise.
fn interval(value: Node<'_, '_>) -> Option<String> {
    let bound = |name: &str| {
        let node = xml::child(value, name)?;
        let open = xml::attr(node, "inclusive") == Some("false");
        Some((xml::attr(node, "value")?, open))
    };
    Some(match (bound("low"), bound("high")) {
        (Some((low, _)), Some((high, _))) => format!("{low} - {high}"),
        (Some((low, open)), None) => format!("{} {low}", if open { ">" } else { ">=" }),
        (None, Some((high, open))) => format!("{} {high}", if open { "<" } else { "<=" }),
        (None, None) => return bound("center").map(|(v, _)| v.to_owned()),
    })
}

fn range(range: Node<'_, '_>) -> Option<String> {
    xml::child(range, "value")
        .and_then(interval)
        .or_else(|| xml::child(range, "text").and_then(xml::text))
        .or_else(|| xml::child(range, "value").and_then(|v| value_of(v).0))
}
