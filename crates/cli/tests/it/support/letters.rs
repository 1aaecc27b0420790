//! Letters and results of people who do not exist.

/// A letter of a cardiologist who heads the patient's traits line by line.
#[derive(Clone, Copy)]
pub struct Letter<'a> {
    /// Surname at birth.
    pub name: &'a str,
    /// First given name.
    pub first: &'a str,
    /// Date of birth, as written.
    pub born: &'a str,
    /// Date of the letter, as written.
    pub date: &'a str,
    /// What stands below the traits: an INS, or nothing.
    pub more: &'a str,
    /// What stands between the greeting and the signature.
    pub body: &'a str,
}

impl Letter<'static> {
    /// About a usual patient, a usual consultation.
    pub const USUAL: Letter<'static> = Letter {
        name: "ÉPREUVE",
        first: "Jeanne",
        born: "12/03/1950",
        date: "03/02/2026",
        more: "",
        body: "J'ai revu votre patiente en consultation de cardiologie. Elle ne se plaint pas de \
               dyspnée. La tension artérielle est à 132/78 mmHg.\nTraitement : bisoprolol 2,5 mg \
               le matin.\n\nConclusion : hypertension artérielle équilibrée sous traitement. Le \
               traitement est poursuivi sans changement. Nouvelle consultation dans six mois.",
    };
}

impl Letter<'_> {
    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        let Letter { name, first, born, date, body, .. } = self;
        let more = if self.more.is_empty() { String::new() } else { format!("{}\n", self.more) };
        format!(
            "Dr Hélène AUBRAC\nCardiologue\nLille, le {date}\n\nPatient\nNom de naissance : {name}\n\
             Prénom : {first}\nDate de naissance : {born}\nSexe : F\n{more}\n\
             COMPTE RENDU DE CONSULTATION\n\nCher confrère,\n{body}\n\nDr Hélène AUBRAC\n"
        )
        .into_bytes()
    }
}

/// A letter as those of the demonstration, which names its patient in a sentence; `body` stands
/// between the greeting and the signature.
pub fn demo_letter(name: &str, first: &str, born: &str, body: &str) -> String {
    format!(
        "Dr Hélène Aubrac\nCabinet médical des Tilleuls\nLe 14/03/2026\n\n\
         Objet : compte rendu de consultation\n\nPatient : Mme {first} {name}, née le {born}\n\n\
         Cher confrère,\n\n{body}\n\nDr Hélène Aubrac\n"
    )
}

/// A result that its source masks from professionals; `observation` is its first OBX.
pub fn masked_result(observation: &str) -> Vec<u8> {
    format!(
        "MSH|^~\\&|LABO|LABORATOIRE|RELU|CABINET|20260203093000||ORU^R01^ORU_R01|7|P|2.5|||||FRA|UNICODE UTF-8\r\
         PID|1||7^^^LABO&1.2.250.1.999&ISO^PI||FLOCHLAY^OMBELINE^^^^^L||19500312|F\r\
         OBR|1|D7|D7|11502-2^CR d'examens biologiques^LN|||20260203|||||||||||||||20260203|||F\r\
         {observation}\r\
         OBX|2|CE|MASQUE_PS^^MetaDMPMSS||Y^^expandedYes-NoIndicator||||||F\r"
    )
    .into_bytes()
}
