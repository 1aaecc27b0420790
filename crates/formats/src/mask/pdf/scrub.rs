//! What a PDF says outside its pages' content: texts of annotations, bookmarks, fields, structure
//! and layers lose the hidden words. Source: ISO 32000-2, 7.9.2.2 (text strings).

use std::collections::BTreeSet;

use hayro::vello_cpu::kurbo::{Affine, Point, Rect};

use super::model::{Dict, Id, Model, Obj};
use crate::mask::needles::Needles;
use crate::pdf::decode_text;

/// Cleans every text of every object; says how many words went.
pub(super) fn words(model: &mut Model, hidden: &Needles) -> usize {
    let mut count = 0;
    for entry in model.objects.values_mut() {
        clean(&mut entry.value, hidden, &mut count);
    }
    count
}

/// A font may say that one glyph stands for a whole word: such a word goes too.
pub(super) fn maps(model: &mut Model, hidden: &Needles) -> usize {
    let mut count = 0;
    for id in model.maps.clone() {
        let Some(bytes) = model.objects.get_mut(&id).and_then(|e| e.stream.as_mut()) else {
            continue;
        };
        let mut out = Vec::with_capacity(bytes.len());
        for (n, piece) in bytes.split(|b| *b == b'<').enumerate() {
            if n > 0 {
                out.push(b'<');
            }
            let end = piece.iter().position(|b| *b == b'>').unwrap_or(0);
            let (hex, rest) = piece.split_at_checked(end).unwrap_or((&[], piece));
            if says_word(hex, hidden) {
                out.extend(b"fffd");
                out.extend(rest);
                count += 1;
            } else {
                out.extend(piece);
            }
        }
        *bytes = out;
    }
    count
}

fn says_word(hex: &[u8], hidden: &Needles) -> bool {
    let digits: String =
        hex.iter().filter(|b| b.is_ascii_hexdigit()).map(|b| char::from(*b)).collect();
    // Three letters at least: ligatures say less.
    if digits.len() < 12 {
        return false;
    }
    let Some(bytes) = crate::hl7v2::er7::hex_bytes(&digits) else { return false };
    let text = encoding_rs::UTF_16BE.decode_without_bom_handling(&bytes).0;
    !hidden.find(&text).is_empty()
}

fn clean(value: &mut Obj, hidden: &Needles, count: &mut usize) {
    match value {
        Obj::Text(bytes) => {
            if let Some((text, n)) = hidden.cleaned(&decode_text(bytes)) {
                *bytes = encode(&text);
                *count += n;
            }
        }
        Obj::Array(items) => items.iter_mut().for_each(|i| clean(i, hidden, count)),
        Obj::Dict(dict) => {
            dict.values_mut().for_each(|v| clean(v, hidden, count));
            // Destinations of old files are names: the key here, the same name where it is used.
            let named: Vec<Vec<u8>> = dict.keys().filter(|k| k.len() > 4).cloned().collect();
            for key in named {
                let text = String::from_utf8_lossy(&key).into_owned();
                if dict.get(&key).is_some_and(|v| matches!(v, Obj::Array(_) | Obj::Dict(_)))
                    && let Some((text, n)) = hidden.cleaned(&text)
                    && let Some(value) = dict.remove(&key)
                {
                    dict.insert(text.into_bytes(), value);
                    *count += n;
                }
            }
        }
        _ => {}
    }
}

/// A text string: plain when it can be, else UTF-16.
pub(super) fn encode(text: &str) -> Vec<u8> {
    if text.is_ascii() {
        return text.as_bytes().to_vec();
    }
    let mut out = vec![0xfe, 0xff];
    out.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    out
}

/// The fields of a page under a point lose that text from their values; says whether there was one.
pub(super) fn field(
    model: &mut Model,
    page: Id,
    to_shown: Affine,
    at: Point,
    text: &str,
    with: &str,
) -> bool {
    let widgets: BTreeSet<Id> = annotations(model, page)
        .into_iter()
        .filter(|id| {
            let dict = model.objects.get(id).and_then(|e| e.value.dict());
            dict.is_some_and(|d| {
                d.get(&b"Subtype"[..]).is_some_and(|s| s.name() == b"Widget")
                    && rect(model, d).is_some_and(|r| {
                        to_shown.transform_rect_bbox(r).inflate(1.0, 1.0).contains(at)
                    })
            })
        })
        .collect();
    let mut found = false;
    for widget in widgets {
        let mut id = widget;
        for _ in 0..16 {
            let Some(Obj::Dict(dict)) = model.objects.get_mut(&id).map(|e| &mut e.value) else {
                break;
            };
            for key in [&b"V"[..], b"DV", b"RV"] {
                if let Some(Obj::Text(bytes)) = dict.get_mut(key) {
                    let value = decode_text(bytes);
                    if value.contains(text) {
                        *bytes = encode(&value.replace(text, with));
                        found = true;
                    }
                }
            }
            match dict.get(&b"Parent"[..]) {
                Some(Obj::Ref(parent)) => id = *parent,
                _ => break,
            }
        }
    }
    found
}

fn annotations(model: &Model, page: Id) -> Vec<Id> {
    let page = model.objects.get(&page).and_then(|e| e.value.dict());
    match page.map(|p| model.get(p, "Annots")) {
        Some(Obj::Array(items)) => items
            .iter()
            .filter_map(|i| if let Obj::Ref(id) = i { Some(*id) } else { None })
            .collect(),
        _ => Vec::new(),
    }
}

fn rect(model: &Model, dict: &Dict) -> Option<Rect> {
    let Obj::Array(items) = model.get(dict, "Rect") else { return None };
    let n = |i: usize| items.get(i).and_then(|v| model.resolve(v).number());
    Some(Rect::new(n(0)?, n(1)?, n(2)?, n(3)?).abs())
}
