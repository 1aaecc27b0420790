#!/usr/bin/env python3
"""EDS-NLP behind the lines of `relu annotate`, to be measured beside it.

    pip install edsnlp
    relu bench annotate notes.jsonl --peer "python crates/cli/peers/edsnlp_annotate.py"

Reads lines {"id", "text", "spans"?, "context"?} from the files given, or from standard input, and
writes a line for each in the shape of `relu annotate`, as far as EDS-NLP says the same things. Every
rule pipe of EDS-NLP that answers one of our labels is on; `--without-groups` leaves out the pipes of
disorders and behaviours, `--without-terminologies` those of drugs and CIM-10, `--pipes` prints the list.
`--seconds` writes to standard error the processor seconds of loading and of annotating.
"""
import argparse
import datetime
import fileinput
import json
import logging
import sys
import time
import warnings

STRUCTURE = ["normalizer", "sentences", "sections", "consultation_dates", "dates", "quantities", "reason"]
FINDERS = [
    "covid", "tnm", "adicap", "suicide_attempt", "charlson", "sofa", "elston_ellis",
    "emergency_priority", "emergency_ccmu", "emergency_gemsa",
]
TERMINOLOGIES = ["drugs", "cim10"]
GROUPS = [
    "aids", "cerebrovascular_accident", "ckd", "congestive_heart_failure", "connective_tissue_disease",
    "copd", "dementia", "diabetes", "hemiplegia", "leukemia", "liver_disease", "lymphoma",
    "myocardial_infarction", "peptic_ulcer_disease", "peripheral_vascular_disease", "solid_tumor",
    "alcohol", "tobacco",
]
QUALIFIERS = ["negation", "hypothesis", "family", "history", "reported_speech"]
SCORES = {"charlson", "sofa", "elston_ellis", "emergency_priority", "emergency_ccmu", "emergency_gemsa"}
BEHAVIOURS = {"alcohol", "tobacco"}
# Span groups whose spans are entities, and our label for each where it differs.
LABELS = {
    "dates": "date", "durations": "duration", "periods": "period", "consultation_dates": "consultation_date",
    "quantities": "quantity", "drug": "drug", "drugs": "drug", "cim10": "cim10", "covid": "covid",
    "tnm": "tnm", "adicap": "adicap", "suicide_attempt": "suicide_attempt",
    **{name: "score" for name in SCORES},
    **{name: "disorder" for name in GROUPS},
    **{name: "behaviour" for name in BEHAVIOURS},
}
ASKED = "asked"
EVERYTHING = "everything"


def gather(doc):
    """All that is to be qualified, by place, in one group: EDS-NLP's qualifiers read the groups one after
    the other and, meeting a span before the last one, pass over the rest of the text."""
    spans = {(s.start, s.end, s.label_): s for group in [*LABELS, ASKED] for s in doc.spans.get(group, ())}
    doc.spans[EVERYTHING] = [spans[key] for key in sorted(spans)]
    return doc


def pipeline(names):
    import edsnlp

    @edsnlp.registry.factory.register("relu.gather", assigns=["doc.spans"], spacy_compatible=False)
    def gatherer():
        return gather

    nlp = edsnlp.blank("eds")
    # Dates of consultations come first: that pipe looks for the dates pipe under an attribute it no longer has.
    options = {name: {"span_getter": {EVERYTHING: True}} for name in QUALIFIERS}
    options["history"].update(use_sections=True, use_dates=True)
    options["dates"] = {"detect_periods": True}
    options["reason"] = {"use_sections": True}
    options["quantities"] = {"extract_ranges": True}
    options["consultation_dates"] = {"town_mention": True, "document_date_mention": True}
    for name in names:
        if name == QUALIFIERS[0]:
            nlp.add_pipe("relu.gather")
        nlp.add_pipe("eds." + name, config=options.get(name, {}))
    return nlp


def prepared(nlp, note):
    from spacy.tokens import Doc

    doc = nlp.make_doc(note["text"])
    context = note.get("context") or {}
    for key, attribute in (("note_date", "note_datetime"), ("birth_date", "birth_datetime")):
        if context.get(key) and Doc.has_extension(attribute):
            doc._.set(attribute, datetime.datetime.fromisoformat(context[key][:10]))
    spans = [doc.char_span(s["start"], s["end"], alignment_mode="expand") for s in note.get("spans") or []]
    doc.spans[ASKED] = [s for s in spans if s is not None]
    return doc


def attributes(span):
    found = {}
    for name, attribute in (("negated", "negation"), ("hypothesis", "hypothesis"), ("family", "family"),
                            ("history", "history"), ("reported_speech", "reported_speech")):
        found[name] = bool(span._.get(attribute)) if span.has_extension(attribute) else False
    return found


def entity(group, span):
    found = {"start": span.start_char, "end": span.end_char, "label": LABELS[group], "attributes": attributes(span),
             "rule": "eds." + group}
    value = span._.value if span.has_extension("value") else None
    if group in ("dates", "durations", "consultation_dates", "tnm") and hasattr(value, "norm"):
        found["norm"] = value.norm()
    elif group == "quantities":
        found["kind"] = span.label_
        found["value"] = {"number": getattr(value, "value", None), "unit": getattr(value, "unit", None)}
    elif group in ("drug", "drugs", "cim10"):
        found["code"] = {"system": "cim10" if group == "cim10" else "atc", "code": span.kb_id_}
    elif group == "adicap":
        found["code"] = {"system": "adicap", "code": getattr(value, "code", None)}
    elif group in SCORES:
        found["kind"] = group
        found["value"] = {"number": value if isinstance(value, (int, float)) else str(value)}
    elif LABELS[group] in ("disorder", "behaviour"):
        found["kind"] = group
        if span._.detailed_status:
            found["status"] = span._.detailed_status
    elif group == "suicide_attempt":
        found["modality"] = span._.suicide_attempt_modality
    return found


def line(note, doc):
    seen, entities = set(), []
    for group in LABELS:
        for span in doc.spans.get(group, ()):
            key = (span.start_char, span.end_char, LABELS[group], span.label_)
            if key not in seen:
                seen.add(key)
                entities.append(entity(group, span))
    entities.sort(key=lambda e: (e["start"], e["end"]))
    answer = {
        "id": note.get("id"),
        "sentences": [[s.start_char, s.end_char] for s in doc.sents],
        "sections": [{"start": s.start_char, "end": s.end_char, "kind": s.label_} for s in doc.spans.get("sections", ())],
        "entities": entities,
    }
    if "spans" in note:
        # Spans are asked for in any order, and EDS-NLP may widen one to its tokens: the bounds given come back.
        by_bounds = {(s.start_char, s.end_char): s for s in doc.spans[ASKED]}
        answer["spans"] = []
        for asked in note["spans"]:
            span = doc.char_span(asked["start"], asked["end"], alignment_mode="expand")
            if span is not None:
                span = by_bounds[(span.start_char, span.end_char)]
                reason = bool(span._.is_reason) if span.has_extension("is_reason") else False
                answer["spans"].append({"start": asked["start"], "end": asked["end"], "cues": [],
                                        "attributes": {**attributes(span), "is_reason": reason}})
    return answer


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("files", nargs="*")
    options.add_argument("--without-groups", action="store_true")
    options.add_argument("--without-terminologies", action="store_true")
    options.add_argument("--pipes", action="store_true")
    options.add_argument("--seconds", action="store_true")
    options = options.parse_args()
    names = list(STRUCTURE) + FINDERS
    names += [] if options.without_terminologies else TERMINOLOGIES
    names += [] if options.without_groups else GROUPS
    names += QUALIFIERS
    if options.pipes:
        print("\n".join(names))
        return
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    try:
        from loguru import logger
        logger.remove()
    except ImportError:
        pass
    nlp = pipeline(names)
    loaded = time.process_time()
    out = sys.stdout
    with fileinput.input(options.files, encoding="utf-8") as lines:
        notes = (json.loads(text) for text in lines if text.strip())
        for note in notes:
            out.write(json.dumps(line(note, nlp(prepared(nlp, note))), ensure_ascii=False) + "\n")
    if options.seconds:
        print(json.dumps({"loading": loaded, "annotating": time.process_time() - loaded}), file=sys.stderr)


main()
