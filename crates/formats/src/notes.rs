//! Every sentence that a decoder says to the person in front of the screen: findings and refusals,
//! in one table that a secretary can review. No sentence carries text of a document.
//!
//! Shapes: a [`Note`] makes a finding (stable code, severity, French sentence); a [`No`] makes a
//! refusal (reason for *quarantaine*, what happened and what to do).

use relu_record::{BudgetSpent, Finding, Refusal, RefusalCode, Severity};

/// A finding to be.
pub(crate) struct Note {
    code: &'static str,
    severity: Severity,
    message: &'static str,
}

impl Note {
    pub(crate) fn finding(&self) -> Finding {
        Finding::new(self.code, self.severity, self.message)
    }
}

/// A refusal to be.
pub(crate) struct No {
    code: RefusalCode,
    message: &'static str,
}

impl No {
    pub(crate) fn refusal(&self) -> Refusal {
        Refusal::new(self.code, self.message)
    }
}

/// The refusal of a decoding that spent its budget; for `map_err` and `?`.
pub(crate) fn spent(_: BudgetSpent) -> Refusal {
    WORK_LIMIT.refusal()
}

macro_rules! findings {
    ($($name:ident = $code:literal, $severity:ident, $message:literal;)*) => {
        $(pub(crate) const $name: Note =
            Note { code: $code, severity: Severity::$severity, message: $message };)*
        #[cfg(test)]
        pub(crate) const ALL_FINDINGS: &[(&str, &str)] = &[$(($code, $message)),*];
    };
}

macro_rules! refusals {
    ($($name:ident = $code:ident, $message:literal;)*) => {
        $(pub(crate) const $name: No =
            No { code: RefusalCode::$code, message: $message };)*
        #[cfg(test)]
        pub(crate) const ALL_REFUSALS: &[(&str, &str)] = &[$((stringify!($name), $message)),*];
    };
}

findings! {
    // The file as a whole
    WRONG_EXTENSION = "wrong-extension", Warning,
        "L'extension du nom de fichier ne correspond pas au contenu ; le contenu a été lu pour ce qu'il est.";
    CHARSET_GUESSED = "charset-guessed", Info,
        "Le jeu de caractères n'est pas déclaré : il a été reconnu d'après les accents du texte.";
    CHARSET_WRONG = "charset-wrong", Warning,
        "Le jeu de caractères déclaré n'est pas celui du contenu ; le contenu a été lu avec celui qu'il porte. Vérifiez les accents des noms.";
    XML_OTHER = "xml-other", Warning,
        "Ce fichier XML n'est pas un document clinique connu : seul son texte est montré.";
    HPRIM_XML = "hprim-xml", Warning,
        "Ce fichier est un flux HPRIM XML d'activité ou de facturation, pas un résultat : seul son texte est montré.";
    FHIR_XML = "fhir-xml", Warning,
        "Ce fichier est du FHIR en XML ; seul son texte est montré. Demandez la forme JSON pour une lecture complète.";
    SIGNED_XML = "signed-xml", Info,
        "Ce fichier est une signature XML ; la signature n'est pas vérifiée ici et le document signé, s'il y est, est lu à part.";
    SEVERAL_PATIENTS = "several-patients", Warning,
        "Ce fichier concerne plusieurs patients : il est à séparer avant d'être classé.";
    SEVERAL_MESSAGES = "several-messages", Info,
        "Ce fichier contient plusieurs messages ; chacun est aussi lu à part.";
    TOO_MANY_PARTS = "too-many-parts", Error,
        "Ce fichier contient plus de documents que la limite : les derniers n'ont pas été lus.";

    // Identity
    INS_BAD_KEY = "ins-bad-key", Warning,
        "La clé de contrôle du matricule INS est fausse : ne l'utilisez pas sans l'avoir vérifié.";
    INS_BAD_SHAPE = "ins-bad-shape", Warning,
        "Le matricule INS n'a pas la forme attendue (15 caractères) : ne l'utilisez pas sans l'avoir vérifié.";
    INS_SEVERAL = "ins-several", Warning,
        "Le document porte plusieurs matricules INS différents pour un même patient.";
    NAME_KIND_UNKNOWN = "name-kind-unknown", Info,
        "Le document ne dit pas si le nom du patient est son nom de naissance ou son nom utilisé.";
    BIRTH_DATE_INVALID = "birth-date-invalid", Warning,
        "La date de naissance du patient n'est pas une date du calendrier.";
    BIRTH_YEAR_TWO_DIGITS = "birth-year-two-digits", Warning,
        "L'année de naissance est écrite sur deux chiffres : le siècle est supposé, vérifiez-le.";
    RPPS_BAD_KEY = "rpps-bad-key", Info,
        "Le numéro RPPS d'un professionnel n'a pas une clé de contrôle juste.";

    // Parts
    PART_DAMAGED = "part-damaged", Error,
        "Une pièce jointe est abîmée et n'a pas pu être décodée ; demandez un nouvel envoi.";
    PART_MISSING = "part-missing", Error,
        "Une pièce annoncée est absente ; demandez un nouvel envoi.";

    // CDA
    CDA_NO_PATIENT = "cda-no-patient", Warning,
        "L'en-tête du document ne désigne aucun patient.";
    CDA_EMPTY_BODY = "cda-empty-body", Warning,
        "Le document CDA n'a ni texte ni document joint.";

    // HL7v2
    HL7_DELETION = "hl7-deletion", Warning,
        "L'émetteur demande la suppression d'un document déjà envoyé : rien n'est supprimé sans décision.";
    HL7_REPLACEMENT = "hl7-replacement", Info,
        "Ce message remplace un document déjà envoyé.";
    HL7_NOT_PRODUCTION = "hl7-not-production", Warning,
        "L'émetteur déclare un message de test ou de mise au point, pas de production : ne le classez pas dans un dossier réel.";
    HL7_NO_DOCUMENT = "hl7-no-document", Info,
        "Ce message ne transporte pas de document : c'est un mouvement, un accusé ou une notification.";
    RESULT_UNVALIDATED = "result-unvalidated", Warning,
        "Un résultat au moins n'est pas validé ou est partiel.";
    RESULT_CORRECTED = "result-corrected", Warning,
        "Un résultat au moins est une correction d'un résultat déjà envoyé.";
    RESULT_DELETED = "result-deleted", Warning,
        "L'émetteur annule un résultat ou un document.";

    // HPRIM
    HPRIM_NONCONFORMANT = "hprim-nonconformant", Warning,
        "Le message HPRIM n'est pas conforme (en-tête incomplet ou fins de message mal placées) ; tout son texte est montré.";
    HPRIM_OUTSIDE_TEXT = "hprim-outside-text", Info,
        "Du texte se trouve en dehors du message HPRIM ; il est montré à la fin.";
    HPRIM_NOT_PRODUCTION = "hprim-not-production", Warning,
        "Le laboratoire déclare un message d'essai ou de formation : ne le classez pas dans un dossier réel.";
    HPRIM_COUNT = "hprim-count", Info,
        "Le nombre de patients ou de segments annoncé en fin de message est faux.";
    HPRIM_FILE_LINK = "hprim-file-link", Info,
        "Le message annonce un fichier joint, envoyé à côté.";

    // FHIR
    FHIR_REMOTE = "fhir-remote", Warning,
        "Un document n'est désigné que par une adresse : il n'a pas été recherché.";
    FHIR_NO_CONTENT = "fhir-no-content", Info,
        "Cette ressource FHIR ne contient pas de contenu clinique lisible.";

    // DOCX, RTF, text
    DOCX_REVISIONS = "docx-revisions", Info,
        "Le document garde des modifications suivies : les passages supprimés ne sont pas montrés.";
    CONTROL_CHARACTERS = "control-characters", Info,
        "Des caractères de commande ont été remplacés par des espaces.";

    // Mail
    MAIL_SIGNED = "mail-signed", Info,
        "Ce courriel porte une signature électronique, qui n'est pas vérifiée ici.";
    MAIL_THREAD_END = "mail-thread-end", Info,
        "L'émetteur clôt cet échange (X-MSS-MES: FIN).";
    MAIL_DELIVERY_REPORT = "mail-delivery-report", Warning,
        "Ce courriel est un avis de remise ou d'échec, pas un document clinique.";
    MAIL_CUT = "mail-cut", Error,
        "Ce courriel est coupé avant sa fin : des pièces peuvent manquer ; demandez un nouvel envoi.";
    MAIL_CHARSET = "mail-charset", Warning,
        "Une partie du courriel ne se décode pas avec le jeu de caractères déclaré ; vérifiez les accents.";

    // XDM
    XDM_NO_METADATA = "xdm-no-metadata", Info,
        "Archive ZIP sans métadonnées : chaque fichier est lu à part, rien ne dit à quel patient il appartient.";
    XDM_METADATA_UNREADABLE = "xdm-metadata-unreadable", Warning,
        "Les métadonnées de l'archive n'ont pas pu être lues ; chaque fichier est lu à part.";
    XDM_HASH = "xdm-hash", Error,
        "L'empreinte d'un document ne correspond pas aux métadonnées de l'archive : il a pu être modifié.";
    XDM_SIZE = "xdm-size", Warning,
        "La taille d'un document ne correspond pas aux métadonnées de l'archive.";
    XDM_MISSING = "xdm-missing", Error,
        "Un document annoncé par les métadonnées n'est pas dans l'archive.";
    XDM_EXTRA = "xdm-extra", Warning,
        "L'archive contient un fichier que les métadonnées n'annoncent pas ; il est lu à part.";
    XDM_BAD_NAME = "xdm-bad-name", Warning,
        "Un fichier de l'archive porte un nom interdit et n'a pas été lu.";

    // Masking
    MASK_RESIDUE = "mask-residue", Error,
        "Un passage à masquer est encore lisible dans le document masqué : il ne doit pas être diffusé.";
    MASK_UNREADABLE = "mask-unreadable", Error,
        "Le document masqué ne se relit pas : il ne doit pas être diffusé.";
    MASK_PART_REMOVED = "mask-part-removed", Warning,
        "Un document joint a été retiré, faute de décision sur son contenu.";
    MASK_DECRYPTED = "mask-decrypted", Info,
        "Le document d'origine était protégé ; le document masqué ne l'est pas.";
    MASK_PAGE_REDRAWN = "mask-page-redrawn", Warning,
        "Une page au moins a été remplacée par son image masquée : son texte ne peut plus être sélectionné.";
    MASK_SIGNATURE_REMOVED = "mask-signature-removed", Info,
        "La signature électronique a été retirée : elle ne vaut plus pour le document masqué.";
    MASK_HIDDEN_REMOVED = "mask-hidden-removed", Info,
        "Du contenu invisible (calque masqué, texte hors page) a été retiré.";
    MASK_SCRIPT_REMOVED = "mask-script-removed", Info,
        "Des scripts ou des actions automatiques ont été retirés.";
}

refusals! {
    MASK_UNKNOWN = UnknownFormat,
        "Ce format ne peut pas être masqué. Convertissez le document en PDF ou en texte.";
    EMPTY = Empty,
        "Le fichier est vide. Demandez un nouvel envoi.";
    UNKNOWN = UnknownFormat,
        "Ce format de fichier n'est pas lu par le logiciel. Ouvrez-le avec le logiciel qui l'a produit, ou demandez un PDF.";
    OLD_OFFICE = UnknownFormat,
        "Ancien format Microsoft Office (.doc, .xls, .msg), qui n'est pas lu. Enregistrez-le en DOCX ou en PDF, ou demandez un PDF.";
    OTHER_OFFICE = UnknownFormat,
        "Fichier de bureautique (tableur, présentation, OpenDocument) qui n'est pas lu. Enregistrez-le en DOCX ou en PDF.";
    DICOM = UnknownFormat,
        "Fichier d'imagerie DICOM : les images ne sont pas encore lues. Ouvrez-le avec la visionneuse d'imagerie.";
    ENCRYPTED_OFFICE = Encrypted,
        "Document Office protégé par un mot de passe. Demandez-le sans protection.";
    ENCRYPTED_ZIP = Encrypted,
        "Archive protégée par un mot de passe. Demandez-la sans protection.";
    ENCRYPTED_MAIL = Encrypted,
        "Courriel ou pièce chiffrés : déchiffrez-les dans la messagerie avant de les déposer.";
    APICRYPT = Encrypted,
        "Message Apicrypt encore chiffré : ouvrez-le avec le logiciel Apicrypt, qui dépose le texte déchiffré.";
    DAMAGED_XML = Damaged,
        "Le fichier XML est coupé ou mal formé. Demandez un nouvel envoi.";
    DAMAGED_JSON = Damaged,
        "Le fichier JSON est coupé ou mal formé. Demandez un nouvel envoi.";
    DAMAGED_ZIP = Damaged,
        "L'archive est coupée ou abîmée. Demandez un nouvel envoi.";
    DAMAGED_DOCX = Damaged,
        "Le document Word est abîmé. Demandez un nouvel envoi, ou un PDF.";
    DAMAGED_HL7 = Damaged,
        "Le message HL7 est mal formé dès son en-tête. Prévenez le service informatique.";
    DAMAGED_HPRIM = Damaged,
        "Le message HPRIM est mal formé dès son en-tête. Demandez un nouvel envoi au laboratoire.";
    DAMAGED_MAIL = Damaged,
        "Le courriel est abîmé et ne peut pas être lu. Demandez un nouvel envoi.";
    DTD = XmlDtd,
        "Le fichier XML déclare une DTD ou des entités, ce qui est refusé par sécurité. Demandez un document conforme au CI-SIS.";
    TOO_DEEP = TooDeep,
        "Le fichier est imbriqué plus profondément que la limite : il est refusé par sécurité.";
    BOMB = ArchiveBomb,
        "L'archive se déplie de façon démesurée : elle est refusée par sécurité.";
    WORK_LIMIT = WorkLimit,
        "La lecture demandait trop de travail et a été arrêtée. Vérifiez la provenance du fichier.";
    BAD_BASE64 = BadEncoding,
        "La pièce jointe est abîmée (base64 incomplet ou faux) : son contenu n'est pas montré, car il pourrait être coupé. Demandez un nouvel envoi.";
    MISSING_PART = MissingPart,
        "Le document est annoncé mais absent du fichier. Demandez un nouvel envoi.";
    REMOTE_PART = MissingPart,
        "Le document n'est désigné que par une adresse et n'a pas été recherché. Demandez-le à l'émetteur.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_french_sentences_and_codes_are_unique() {
        let mut codes: Vec<&str> = ALL_FINDINGS.iter().map(|(c, _)| *c).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), ALL_FINDINGS.len());
        for (code, message) in ALL_FINDINGS.iter().chain(ALL_REFUSALS) {
            assert!(message.ends_with('.') && message.len() > 20, "{code}");
        }
        assert!(
            codes.iter().all(|c| c
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'))
        );
    }
}
