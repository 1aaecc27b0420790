//! A PDF as a table of objects that can be changed and written whole.
//!
//! Only what can be reached from the pages and from a few entries of the catalogue is taken over:
//! older revisions, unreferenced objects and everything that is not on the lists below are gone. The
//! file is read by the same parser as everywhere (repairs and decryption included), and written
//! unencrypted, without object streams. Source: ISO 32000-2, 7.3 (objects), 7.5 (file structure),
//! 7.7.3 (page tree).

use std::collections::BTreeMap;

use hayro_syntax::Pdf;
use hayro_syntax::object::{Array, Dict as PdfDict, MaybeRef, ObjRef, Object, ObjectIdentifier};
use relu_record::{Budget, Refusal};

use crate::notes;

/// Number of an object in the file to be.
pub(super) type Id = u32;
pub(super) type Dict = BTreeMap<Vec<u8>, Obj>;

/// One object.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Obj {
    Null,
    Bool(bool),
    Number(f64),
    Name(Vec<u8>),
    Text(Vec<u8>),
    Array(Vec<Obj>),
    Dict(Dict),
    Ref(Id),
}

/// An object of the table: a value, and bytes when it is a stream.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub value: Obj,
    pub stream: Option<Vec<u8>>,
}

/// The file.
#[derive(Clone)]
pub(super) struct Model {
    pub objects: BTreeMap<Id, Entry>,
    pub root: Id,
    /// Pages in order.
    pub pages: Vec<Id>,
    /// Streams that say which letters glyphs stand for, decoded.
    pub maps: std::collections::BTreeSet<Id>,
    /// Things left out that a person may want to know of.
    pub left_out: LeftOut,
}

/// What was left out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LeftOut {
    pub attachments: usize,
    pub scripts: usize,
    pub signatures: usize,
}

/// Deepest nesting of direct objects.
const MAX_DEPTH: usize = 64;
/// Most objects taken over.
const MAX_OBJECTS: usize = 2_000_000;

/// Entries of the catalogue that are kept. All others are gone: metadata, scripts, attachments,
/// portfolios, permissions, structures of other programs.
const CATALOGUE: &[&[u8]] = &[
    b"Lang",
    b"MarkInfo",
    b"StructTreeRoot",
    b"OCProperties",
    b"AcroForm",
    b"Outlines",
    b"Dests",
    b"PageLabels",
    b"PageMode",
    b"PageLayout",
    b"ViewerPreferences",
    b"OutputIntents",
];
/// Entries of a page that are kept.
const PAGE: &[&[u8]] = &[
    b"Type",
    b"Resources",
    b"MediaBox",
    b"CropBox",
    b"BleedBox",
    b"TrimBox",
    b"ArtBox",
    b"Rotate",
    b"Contents",
    b"Group",
    b"Annots",
    b"UserUnit",
    b"StructParents",
    b"Tabs",
];
/// Entries dropped from every dictionary, wherever it stands.
const NOWHERE: &[&[u8]] = &[
    b"Metadata",
    b"PieceInfo",
    b"LastModified",
    b"Thumb",
    b"AA",
    b"XFA",
    b"JS",
    b"EF",
    b"EmbeddedFiles",
    b"JavaScript",
    b"AF",
    b"Lock",
    b"Measure",
    b"OPI",
    b"WebCaptureContentDatabase",
];
/// Annotations that carry files or run things.
const ANNOTATIONS_OUT: &[&[u8]] =
    &[b"FileAttachment", b"Sound", b"Movie", b"Screen", b"RichMedia", b"3D"];
/// Actions that may stay.
const ACTIONS: &[&[u8]] = &[b"GoTo", b"URI", b"Named", b"GoToR"];

impl Obj {
    pub(super) fn dict(&self) -> Option<&Dict> {
        match self {
            Obj::Dict(d) => Some(d),
            _ => None,
        }
    }

    pub(super) fn name(&self) -> &[u8] {
        match self {
            Obj::Name(n) => n,
            _ => b"",
        }
    }

    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Obj::Number(n) => Some(*n),
            _ => None,
        }
    }
}

pub(super) fn name(n: &str) -> Obj {
    Obj::Name(n.as_bytes().to_vec())
}

/// Takes a file over.
pub(super) fn load(pdf: &Pdf, budget: &Budget) -> Result<Model, Refusal> {
    let mut loader = Loader {
        pdf,
        budget,
        ids: BTreeMap::new(),
        todo: Vec::new(),
        model: Model {
            objects: BTreeMap::new(),
            root: 1,
            pages: Vec::new(),
            maps: std::collections::BTreeSet::new(),
            left_out: LeftOut::default(),
        },
        next: 3,
    };
    loader.pages()?;
    loader.catalogue()?;
    loader.rest()?;
    Ok(loader.model)
}

struct Loader<'p, 'b> {
    pdf: &'p Pdf,
    budget: &'b Budget,
    ids: BTreeMap<(i32, i32), Id>,
    todo: Vec<(ObjRef, Id)>,
    model: Model,
    next: Id,
}

impl Loader<'_, '_> {
    fn fresh(&mut self) -> Id {
        self.next += 1;
        self.next - 1
    }

    /// The pages under one new node, with what they inherit written out.
    fn pages(&mut self) -> Result<(), Refusal> {
        let mut kids = Vec::new();
        let pages: Vec<_> = self.pdf.pages().iter().collect();
        for page in &pages {
            let id = self.fresh();
            if let Some(at) = page.raw().obj_id() {
                self.ids.insert((at.obj_number, at.gen_number), id);
            }
            self.model.pages.push(id);
            kids.push(Obj::Ref(id));
        }
        for (page, id) in pages.iter().zip(self.model.pages.clone()) {
            let mut out = Dict::new();
            for (key, value) in page.raw().entries() {
                if PAGE.contains(&key.as_ref()) {
                    let value = self.maybe(value, 0)?;
                    out.insert(key.as_ref().to_vec(), value);
                }
            }
            for key in ["Resources", "MediaBox", "CropBox", "Rotate"] {
                if !out.contains_key(key.as_bytes())
                    && let Some(value) = self.inherited(page.raw(), key)?
                {
                    out.insert(key.as_bytes().to_vec(), value);
                }
            }
            let bounds = page.media_box();
            out.entry(b"MediaBox".to_vec()).or_insert_with(|| {
                Obj::Array([bounds.x0, bounds.y0, bounds.x1, bounds.y1].map(Obj::Number).to_vec())
            });
            out.entry(b"Resources".to_vec()).or_insert_with(|| Obj::Dict(Dict::new()));
            // The streams of a page are one, as every reader sees them.
            let content = self.fresh();
            let bytes = page.page_stream().unwrap_or_default().to_vec();
            self.budget.output(bytes.len() as u64).map_err(notes::spent)?;
            self.put(content, Obj::Dict(Dict::new()), Some(bytes));
            out.insert(b"Contents".to_vec(), Obj::Ref(content));
            out.insert(b"Type".to_vec(), name("Page"));
            out.insert(b"Parent".to_vec(), Obj::Ref(2));
            self.put(id, Obj::Dict(out), None);
        }
        let node = Dict::from([
            (b"Type".to_vec(), name("Pages")),
            (b"Count".to_vec(), Obj::Number(kids.len() as f64)),
            (b"Kids".to_vec(), Obj::Array(kids)),
        ]);
        self.put(2, Obj::Dict(node), None);
        Ok(())
    }

    fn inherited(&mut self, page: &PdfDict<'_>, key: &str) -> Result<Option<Obj>, Refusal> {
        let mut level = page.get::<PdfDict<'_>>("Parent");
        for _ in 0..32 {
            let Some(node) = level else { return Ok(None) };
            if let Some(value) = node.get_raw::<Object<'_>>(key) {
                return self.maybe(value, 0).map(Some);
            }
            level = node.get::<PdfDict<'_>>("Parent");
        }
        Ok(None)
    }

    fn catalogue(&mut self) -> Result<(), Refusal> {
        let xref = self.pdf.xref();
        let from = xref.get::<PdfDict<'_>>(xref.root_id()).unwrap_or_default();
        let mut out = Dict::new();
        for (key, value) in from.entries() {
            if CATALOGUE.contains(&key.as_ref()) {
                let value = self.maybe(value, 0)?;
                out.insert(key.as_ref().to_vec(), value);
            }
        }
        if let Some(names) = from.get::<PdfDict<'_>>("Names") {
            self.model.left_out.attachments += usize::from(names.contains_key("EmbeddedFiles"));
            self.model.left_out.scripts += usize::from(names.contains_key("JavaScript"));
            if let Some(dests) = names.get_raw::<Object<'_>>("Dests") {
                let dests = self.maybe(dests, 0)?;
                let names = Dict::from([(b"Dests".to_vec(), dests)]);
                out.insert(b"Names".to_vec(), Obj::Dict(names));
            }
        }
        let scripts = ["OpenAction", "AA"].iter().filter(|k| from.contains_key(k)).count();
        self.model.left_out.scripts += scripts;
        self.model.left_out.attachments += usize::from(from.contains_key("AF"));
        out.insert(b"Type".to_vec(), name("Catalog"));
        out.insert(b"Pages".to_vec(), Obj::Ref(2));
        self.put(1, Obj::Dict(out), None);
        Ok(())
    }

    /// Everything reached so far and not yet taken over.
    fn rest(&mut self) -> Result<(), Refusal> {
        while let Some((at, id)) = self.todo.pop() {
            if self.model.objects.contains_key(&id) {
                continue;
            }
            self.budget.step(20).map_err(notes::spent)?;
            if self.model.objects.len() > MAX_OBJECTS {
                return Err(notes::WORK_LIMIT.refusal());
            }
            let from = ObjectIdentifier::new(at.obj_number, at.gen_number);
            match self.pdf.xref().get::<Object<'_>>(from) {
                Some(Object::Stream(stream)) => {
                    let mut value = self.dict(stream.dict(), 0)?;
                    let mut bytes = stream.raw_data().into_owned();
                    // Forms and tiles hold operations: they are kept open.
                    if let Obj::Dict(dict) = &mut value
                        && (dict.contains_key(&b"BBox"[..]) || self.model.maps.contains(&id))
                    {
                        bytes = stream.decoded().map(|d| d.into_owned()).unwrap_or_default();
                        dict.remove(&b"Filter"[..]);
                        dict.remove(&b"DecodeParms"[..]);
                    }
                    self.budget.output(bytes.len() as u64).map_err(notes::spent)?;
                    self.put(id, value, Some(bytes));
                }
                Some(object) => {
                    let value = self.object(object, 0)?;
                    self.put(id, value, None);
                }
                None => self.put(id, Obj::Null, None),
            }
        }
        Ok(())
    }

    fn put(&mut self, id: Id, value: Obj, stream: Option<Vec<u8>>) {
        self.model.objects.insert(id, Entry { value, stream });
    }

    fn maybe(&mut self, value: MaybeRef<Object<'_>>, depth: usize) -> Result<Obj, Refusal> {
        match value {
            MaybeRef::Ref(at) => {
                let key = (at.obj_number, at.gen_number);
                if let Some(id) = self.ids.get(&key) {
                    return Ok(Obj::Ref(*id));
                }
                let id = self.fresh();
                self.ids.insert(key, id);
                self.todo.push((at, id));
                Ok(Obj::Ref(id))
            }
            MaybeRef::NotRef(object) => self.object(object, depth),
        }
    }

    fn object(&mut self, object: Object<'_>, depth: usize) -> Result<Obj, Refusal> {
        if depth > MAX_DEPTH {
            return Err(notes::TOO_DEEP.refusal());
        }
        self.budget.step(1).map_err(notes::spent)?;
        Ok(match object {
            Object::Null(_) => Obj::Null,
            Object::Boolean(b) => Obj::Bool(b),
            Object::Number(n) => Obj::Number(n.as_f64()),
            Object::String(s) => Obj::Text(s.as_bytes().to_vec()),
            Object::Name(n) => Obj::Name(n.as_ref().to_vec()),
            Object::Array(a) => Obj::Array(self.array(&a, depth)?),
            Object::Dict(d) => self.dict(&d, depth)?,
            // A stream cannot stand here.
            Object::Stream(_) => Obj::Null,
        })
    }

    fn array(&mut self, array: &Array<'_>, depth: usize) -> Result<Vec<Obj>, Refusal> {
        array.raw_iter().map(|item| self.maybe(item, depth + 1)).collect()
    }

    fn dict(&mut self, dict: &PdfDict<'_>, depth: usize) -> Result<Obj, Refusal> {
        let kind = dict.get::<hayro_syntax::object::Name<'_>>("Subtype");
        if kind.is_some_and(|k| ANNOTATIONS_OUT.contains(&k.as_ref())) && dict.contains_key("Rect")
        {
            self.model.left_out.attachments += 1;
            return Ok(Obj::Null);
        }
        let action = dict.get::<hayro_syntax::object::Name<'_>>("S");
        if let Some(action) = action
            && is_action(dict, action.as_ref())
            && !ACTIONS.contains(&action.as_ref())
        {
            self.model.left_out.scripts += 1;
            return Ok(Obj::Null);
        }
        let signature = dict.contains_key("ByteRange") && dict.contains_key("Contents");
        if signature {
            // The certificate inside names its holder, and the bytes are no longer those signed.
            self.model.left_out.signatures += 1;
            return Ok(Obj::Null);
        }
        let mut out = Dict::new();
        for (key, value) in dict.entries() {
            if NOWHERE.contains(&key.as_ref()) {
                continue;
            }
            let value = self.maybe(value, depth + 1)?;
            if let (b"ToUnicode", Obj::Ref(id)) = (key.as_ref(), &value) {
                self.model.maps.insert(*id);
            }
            out.insert(key.as_ref().to_vec(), value);
        }
        Ok(Obj::Dict(out))
    }
}

/// `S` names an action, a structure type, a transition, a style…: only actions are meant.
fn is_action(dict: &PdfDict<'_>, kind: &[u8]) -> bool {
    const OTHERS: &[&[u8]] =
        &[b"JavaScript", b"Launch", b"SubmitForm", b"ImportData", b"ResetForm", b"Rendition"];
    const MORE: &[&[u8]] = &[b"Sound", b"Movie", b"Hide", b"SetOCGState", b"GoTo3DView", b"GoToE"];
    let typed =
        dict.get::<hayro_syntax::object::Name<'_>>("Type").is_some_and(|t| t.as_ref() == b"Action");
    typed || OTHERS.contains(&kind) || MORE.contains(&kind)
}

impl Model {
    pub(super) fn fresh(&self) -> Id {
        self.objects.keys().next_back().map_or(1, |id| id + 1)
    }

    /// Height of a page's media box.
    pub(super) fn page_height(&self, page: Id) -> Option<f64> {
        match self.get(self.objects.get(&page)?.value.dict()?, "MediaBox") {
            Obj::Array(items) => items.get(3).and_then(Obj::number),
            _ => None,
        }
    }

    /// The streams of the pages.
    pub(super) fn contents(&self) -> std::collections::BTreeSet<Id> {
        let of = |id: &Id| match self.objects.get(id)?.value.dict()?.get(&b"Contents"[..])? {
            Obj::Ref(id) => Some(*id),
            _ => None,
        };
        self.pages.iter().filter_map(of).collect()
    }

    /// What a value stands for, references followed.
    pub(super) fn resolve<'m>(&'m self, value: &'m Obj) -> &'m Obj {
        let mut value = value;
        for _ in 0..16 {
            match value {
                Obj::Ref(id) => match self.objects.get(id) {
                    Some(entry) => value = &entry.value,
                    None => return &Obj::Null,
                },
                other => return other,
            }
        }
        &Obj::Null
    }

    pub(super) fn get<'m>(&'m self, dict: &'m Dict, key: &str) -> &'m Obj {
        dict.get(key.as_bytes()).map_or(&Obj::Null, |v| self.resolve(v))
    }

    /// Objects nothing leads to any more are dropped.
    pub(super) fn sweep(&mut self) {
        let mut live = std::collections::BTreeSet::new();
        let mut todo = vec![self.root];
        while let Some(id) = todo.pop() {
            if live.insert(id)
                && let Some(entry) = self.objects.get(&id)
            {
                refs(&entry.value, &mut todo);
            }
        }
        self.objects.retain(|id, _| live.contains(id));
    }

    /// The file.
    pub(super) fn write(&self) -> Vec<u8> {
        let mut out = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
        let mut places = BTreeMap::new();
        for (id, entry) in &self.objects {
            places.insert(*id, out.len());
            out.extend(format!("{id} 0 obj\n").into_bytes());
            match &entry.stream {
                Some(bytes) => {
                    let mut dict = entry.value.dict().cloned().unwrap_or_default();
                    let packed = (bytes.len() > 200 && !dict.contains_key(&b"Filter"[..]))
                        .then(|| miniz_oxide::deflate::compress_to_vec_zlib(bytes, 6));
                    if packed.is_some() {
                        dict.insert(b"Filter".to_vec(), name("FlateDecode"));
                        dict.remove(&b"DecodeParms"[..]);
                    }
                    let bytes = packed.as_ref().unwrap_or(bytes);
                    dict.insert(b"Length".to_vec(), Obj::Number(bytes.len() as f64));
                    write(&Obj::Dict(dict), &mut out);
                    out.extend(b"\nstream\n");
                    out.extend(bytes);
                    out.extend(b"\nendstream");
                }
                None => write(&entry.value, &mut out),
            }
            out.extend(b"\nendobj\n");
        }
        let at = out.len();
        let size = self.objects.keys().next_back().map_or(1, |id| id + 1);
        out.extend(format!("xref\n0 {size}\n0000000000 65535 f \n").into_bytes());
        for id in 1..size {
            out.extend(match places.get(&id) {
                Some(place) => format!("{place:010} 00000 n \n").into_bytes(),
                None => b"0000000000 65535 f \n".to_vec(),
            });
        }
        let trailer =
            format!("trailer\n<</Size {size}/Root {} 0 R>>\nstartxref\n{at}\n%%EOF\n", self.root);
        out.extend(trailer.into_bytes());
        out
    }
}

fn refs(value: &Obj, out: &mut Vec<Id>) {
    match value {
        Obj::Ref(id) => out.push(*id),
        Obj::Array(items) => items.iter().for_each(|i| refs(i, out)),
        Obj::Dict(dict) => dict.values().for_each(|v| refs(v, out)),
        _ => {}
    }
}

/// Writes one value.
pub(super) fn write(value: &Obj, out: &mut Vec<u8>) {
    match value {
        Obj::Null => out.extend(b"null"),
        Obj::Bool(b) => out.extend(if *b { &b"true"[..] } else { b"false" }),
        Obj::Number(n) => out.extend(number(*n).into_bytes()),
        Obj::Name(n) => {
            out.push(b'/');
            for b in n {
                if b.is_ascii_alphanumeric() || b"_-+.:*'\"&!$,;=?@^`|~".contains(b) {
                    out.push(*b);
                } else {
                    out.extend(format!("#{b:02x}").into_bytes());
                }
            }
        }
        Obj::Text(s) => {
            out.push(b'<');
            for b in s {
                out.extend(format!("{b:02x}").into_bytes());
            }
            out.push(b'>');
        }
        Obj::Array(items) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b' ');
                }
                write(item, out);
            }
            out.push(b']');
        }
        Obj::Dict(dict) => {
            out.extend(b"<<");
            for (key, value) in dict {
                write(&Obj::Name(key.clone()), out);
                out.push(b' ');
                write(value, out);
            }
            out.extend(b">>");
        }
        Obj::Ref(id) => out.extend(format!("{id} 0 R").into_bytes()),
    }
}

/// Shortest decimal form, never with an exponent.
pub(super) fn number(n: f64) -> String {
    if !n.is_finite() {
        "0".to_owned()
    } else if n.fract() == 0.0 && n.abs() < 1e15 {
        format!("{}", n as i64)
    } else {
        let short = format!("{n}");
        if short.len() > 16 { format!("{n:.8}") } else { short }
    }
}
