//! Content streams as operations that can be changed and written again.
//!
//! Shapes: decoded bytes in, [`Op`]s out, bytes out. Comments are gone on the way. Every operation
//! that shows text or a picture has a number of its own in the whole file, so that what the
//! interpreter draws can be tied to it. Source: ISO 32000-2, 7.8.2, 8.9.7 (inline images).

use hayro_syntax::content::UntypedIter;
use hayro_syntax::object::{MaybeRef, Object};

use super::model::{Dict, Obj, write};

/// One operation.
#[derive(Clone, Debug)]
pub(super) struct Op {
    pub operands: Vec<Obj>,
    pub operator: Vec<u8>,
    /// Dictionary and data of an inline image.
    pub image: Option<(Dict, Vec<u8>)>,
}

impl Op {
    pub(super) fn new(operator: &str, operands: Vec<Obj>) -> Op {
        Op { operands, operator: operator.as_bytes().to_vec(), image: None }
    }

    pub(super) fn shows_text(&self) -> bool {
        matches!(self.operator.as_slice(), b"Tj" | b"TJ" | b"'" | b"\"")
    }

    pub(super) fn shows_picture(&self) -> bool {
        self.operator == b"Do" || self.image.is_some()
    }
}

/// The operations of a stream.
pub(super) fn parse(bytes: &[u8]) -> Vec<Op> {
    let mut out = Vec::new();
    let mut iter = UntypedIter::new(bytes);
    while let Some(instruction) = iter.next() {
        let operator: &[u8] = instruction.operator.as_ref();
        let operator = operator.to_vec();
        let mut op = Op { operands: Vec::new(), operator, image: None };
        for operand in instruction.operands() {
            match operand {
                Object::Stream(stream) => {
                    let dict = match plain(&Object::Dict(stream.dict().clone()), 0) {
                        Obj::Dict(d) => d,
                        _ => Dict::new(),
                    };
                    op.image = Some((dict, stream.raw_data().into_owned()));
                }
                other => op.operands.push(plain(other, 0)),
            }
        }
        out.push(op);
    }
    out
}

/// An operand, in which no reference can stand.
fn plain(object: &Object<'_>, depth: usize) -> Obj {
    if depth > 32 {
        return Obj::Null;
    }
    let inner = |item: MaybeRef<Object<'_>>| match item {
        MaybeRef::NotRef(o) => plain(&o, depth + 1),
        MaybeRef::Ref(_) => Obj::Null,
    };
    match object {
        Object::Null(_) | Object::Stream(_) => Obj::Null,
        Object::Boolean(b) => Obj::Bool(*b),
        Object::Number(n) => Obj::Number(n.as_f64()),
        Object::String(s) => Obj::Text(s.as_bytes().to_vec()),
        Object::Name(n) => Obj::Name(n.as_ref().to_vec()),
        Object::Array(a) => Obj::Array(a.raw_iter().map(inner).collect()),
        Object::Dict(d) => {
            Obj::Dict(d.entries().map(|(k, v)| (k.as_ref().to_vec(), inner(v))).collect())
        }
    }
}

/// The stream again.
pub(super) fn serialize(ops: &[Op]) -> Vec<u8> {
    let mut out = Vec::new();
    for op in ops {
        if let Some((dict, data)) = &op.image {
            out.extend(b"BI\n");
            for (key, value) in dict {
                write(&Obj::Name(key.clone()), &mut out);
                out.push(b' ');
                write(value, &mut out);
                out.push(b'\n');
            }
            out.extend(b"ID ");
            out.extend(data);
            out.extend(b"\nEI\n");
            continue;
        }
        for operand in &op.operands {
            write(operand, &mut out);
            out.push(b' ');
        }
        out.extend(&op.operator);
        out.push(b'\n');
    }
    out
}

/// How many saved states the stream leaves open.
pub(super) fn left_open(ops: &[Op]) -> usize {
    let mut open = 0usize;
    for op in ops {
        match op.operator.as_slice() {
            b"q" => open += 1,
            b"Q" => open = open.saturating_sub(1),
            _ => {}
        }
    }
    open
}
