//! French names of message events and acknowledgement codes, for the readable text of messages
//! that carry no document. Sources: HL7 v2.5 tables 0003 and 0008; IHE PAM France.

/// What a trigger event is called on the screen.
pub(super) fn event(code: &str) -> Option<&'static str> {
    EVENTS.iter().find(|(c, _)| *c == code).map(|(_, label)| *label)
}

/// What an acknowledgement code means.
pub(super) fn acknowledgement(code: &str) -> Option<&'static str> {
    ACKNOWLEDGEMENTS.iter().find(|(c, _)| *c == code).map(|(_, label)| *label)
}

const EVENTS: &[(&str, &str)] = &[
    ("A01", "Admission"),
    ("A02", "Mutation"),
    ("A03", "Sortie"),
    ("A04", "Venue externe"),
    ("A05", "Préadmission"),
    ("A06", "Passage d'externe à hospitalisé"),
    ("A07", "Passage d'hospitalisé à externe"),
    ("A08", "Mise à jour du dossier"),
    ("A11", "Annulation d'une admission"),
    ("A12", "Annulation d'une mutation"),
    ("A13", "Annulation d'une sortie"),
    ("A21", "Absence temporaire"),
    ("A22", "Retour d'absence"),
    ("A24", "Liaison de dossiers de patients"),
    ("A28", "Création d'une identité"),
    ("A31", "Mise à jour d'une identité"),
    ("A38", "Annulation d'une préadmission"),
    ("A40", "Fusion d'identités"),
    ("A47", "Changement d'identifiant"),
    ("A54", "Changement de médecin responsable"),
    ("R01", "Résultats"),
    ("S12", "Prise de rendez-vous"),
    ("S13", "Report d'un rendez-vous"),
    ("S14", "Modification d'un rendez-vous"),
    ("S15", "Annulation d'un rendez-vous"),
    ("S17", "Suppression d'un rendez-vous"),
    ("S26", "Patient absent au rendez-vous"),
    ("T02", "Envoi d'un document"),
    ("T04", "Suppression d'un document"),
    ("T10", "Remplacement d'un document"),
    ("Z01", "Accusé de réception par le DMP"),
    ("Z02", "Accusé de réception par la messagerie sécurisée"),
    ("Z03", "Accusé de lecture par la messagerie sécurisée"),
];

const ACKNOWLEDGEMENTS: &[(&str, &str)] = &[
    ("AA", "accepté"),
    ("AE", "en erreur"),
    ("AR", "rejeté"),
    ("CA", "reçu"),
    ("CE", "erreur de transport"),
    ("CR", "rejeté au transport"),
];
