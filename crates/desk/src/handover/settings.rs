//! Destinations, as the settings file names them (TOML). Nothing is handed over that is not named
//! here, and no connection is opened to an address that is not written here: addresses are numbers,
//! so that no name is looked up.
//!
//! ```toml
//! sender = "Cabinet des Tilleuls"
//!
//! [[destination]]
//! name = "dossier"
//! label = "Logiciel du cabinet"
//! kind = "hprim"                  # hprim, folder, hl7v2, fhir
//! folder = "/srv/echange"         # or, for hl7v2: address = "127.0.0.1:2575"
//! when = "classe"                 # classe (once filed), vu (once seen), demande (by a person alone)
//! file = "{nom}_{prenom}_{id}"
//! ```

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use relu_formats::write::{Encoding, hl7v2, index};
use serde::Deserialize;

use super::pattern;

/// All destinations.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destinations {
    /// Name of this installation in what it sends.
    #[serde(default = "default_sender")]
    pub sender: String,
    /// The destinations, in the order of the screens.
    #[serde(default, rename = "destination")]
    pub list: Vec<Destination>,
}

fn default_sender() -> String {
    "Relu".to_owned()
}

/// Which connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// HPRIM Médecin, with a PDF beside it.
    Hprim,
    /// The file itself, with a sheet beside it.
    Folder,
    /// HL7 v2 messages, as files or over MLLP.
    Hl7v2,
    /// FHIR DocumentReference, as a file.
    Fhir,
}

/// What queues a hand-over by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// A person alone.
    #[default]
    Demande,
    /// The decision to file.
    Classe,
    /// The doctor's visa.
    Vu,
}

/// One destination.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// Code of the destination: small letters, digits and hyphens. Kept with every delivery.
    pub name: String,
    /// Name on the screen.
    pub label: String,
    /// Which connector.
    pub kind: Kind,
    /// Exchange folder.
    #[serde(default)]
    pub folder: Option<PathBuf>,
    /// Address of an MLLP receiver, a number and a port.
    #[serde(default)]
    pub address: Option<SocketAddr>,
    /// What queues a hand-over by itself.
    #[serde(default)]
    pub when: When,
    /// Only documents of these type codes go by themselves; all when empty.
    #[serde(default)]
    pub types: Vec<String>,
    /// Seconds before what goes by itself leaves, so that it can be undone.
    #[serde(default = "default_delay")]
    pub delay_s: u32,
    /// Name of the files, without extension.
    #[serde(default = "default_file")]
    pub file: String,
    /// Character set of texts.
    #[serde(default)]
    pub encoding: Encoding,
    /// Name of the other side in what is sent.
    #[serde(default)]
    pub receiver: String,
    /// Authority (OID, URI or name) of the patients' numbers of the other side.
    #[serde(default)]
    pub patient_system: Option<String>,
    /// Extension of an empty file written last, when the product waits for one.
    #[serde(default)]
    pub flag: Option<String>,
    /// Sheet beside the file (`folder`).
    #[serde(default)]
    pub index: index::Shape,
    /// Whether the product takes PDF alone (`folder`).
    #[serde(default)]
    pub pdf_only: bool,
    /// Which message (`hl7v2`).
    #[serde(default)]
    pub message: hl7v2::Shape,
    /// Seconds to wait for a connection or an answer.
    #[serde(default = "default_timeout")]
    pub timeout_s: u32,
}

fn default_delay() -> u32 {
    60
}

fn default_file() -> String {
    "{id}".to_owned()
}

fn default_timeout() -> u32 {
    20
}

/// Why a settings file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum DestinationError {
    /// The file cannot be read.
    #[error("destinations : {0} ne se lit pas ({1})")]
    Unreadable(PathBuf, std::io::Error),
    /// It is not such a file.
    #[error("destinations : {0}")]
    Syntax(String),
    /// A destination is not usable.
    #[error("destination « {0} » : {1}")]
    Wrong(String, &'static str),
}

impl Destinations {
    /// The destinations of a settings file.
    pub fn load(path: &Path) -> Result<Destinations, DestinationError> {
        let text = std::fs::read_to_string(path)
            .map_err(|e| DestinationError::Unreadable(path.to_owned(), e))?;
        Destinations::parse(&text)
    }

    /// The destinations of a text.
    pub fn parse(text: &str) -> Result<Destinations, DestinationError> {
        let all: Destinations =
            toml::from_str(text).map_err(|e| DestinationError::Syntax(e.message().to_owned()))?;
        for (n, d) in all.list.iter().enumerate() {
            let twice = all.list.iter().take(n).any(|o| o.name == d.name);
            let why = if twice { Some("ce nom est déjà pris") } else { d.problem() };
            if let Some(why) = why {
                return Err(DestinationError::Wrong(d.name.clone(), why));
            }
        }
        Ok(all)
    }

    /// The destination of that name.
    pub fn get(&self, name: &str) -> Option<&Destination> {
        self.list.iter().find(|d| d.name == name)
    }
}

impl Destination {
    /// How long to wait for the other side.
    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_s.clamp(1, 300).into())
    }

    /// Whether a document of that type goes by itself at that moment.
    pub(crate) fn takes(&self, when: When, type_code: Option<&str>) -> bool {
        self.when == when
            && (self.types.is_empty()
                || type_code.is_some_and(|c| self.types.iter().any(|t| t == c)))
    }

    /// The name of the other side in what is sent.
    pub(crate) fn receiver(&self) -> &str {
        if self.receiver.is_empty() { &self.label } else { &self.receiver }
    }

    fn problem(&self) -> Option<&'static str> {
        let code = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let extension =
            |e: &str| !e.is_empty() && e.len() <= 8 && e.chars().all(|c| c.is_ascii_alphanumeric());
        if self.name.is_empty() || self.name.len() > 40 || !self.name.chars().all(code) {
            return Some("le nom s'écrit en minuscules, chiffres et tirets");
        }
        if self.label.trim().is_empty() {
            return Some("il manque le libellé (label)");
        }
        match (&self.folder, self.address, self.kind) {
            (Some(folder), None, _) if folder.is_absolute() => {}
            (Some(_), None, _) => return Some("le dossier se donne en entier (/…)"),
            (None, Some(address), Kind::Hl7v2) if near(address.ip()) => {}
            (None, Some(_), Kind::Hl7v2) => {
                return Some(
                    "MLLP n'est pas chiffré : l'adresse doit être de cette machine ou du réseau privé",
                );
            }
            (None, Some(_), _) => {
                return Some("seul hl7v2 prend une adresse ; donnez un dossier (folder)");
            }
            _ => return Some("donnez un dossier (folder), ou une adresse (address) pour hl7v2"),
        }
        if self.flag.as_deref().is_some_and(|f| !extension(f)) {
            return Some("flag est une extension : lettres et chiffres, 8 au plus");
        }
        pattern::problem(&self.file)
    }
}

/// An address that does not leave the premises (RFC 1918, RFC 4193, loopback, link-local).
fn near(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_private() || ip.is_loopback() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(lines: &str) -> String {
        format!("[[destination]]\nname = \"a\"\nlabel = \"A\"\n{lines}")
    }

    #[test]
    fn what_is_not_usable_is_refused_with_a_reason() {
        for (lines, why) in [
            ("kind = \"hprim\"\nfolder = \"/x\"", None),
            ("kind = \"hl7v2\"\naddress = \"192.168.1.4:2575\"", None),
            ("kind = \"hprim\"\nfolder = \"x\"", Some("en entier")),
            ("kind = \"hprim\"", Some("donnez un dossier")),
            ("kind = \"fhir\"\naddress = \"127.0.0.1:80\"", Some("seul hl7v2")),
            ("kind = \"hl7v2\"\naddress = \"8.8.8.8:2575\"", Some("pas chiffré")),
            ("kind = \"hl7v2\"\naddress = \"serveur:2575\"", Some("invalid socket address")),
            ("kind = \"folder\"\nfolder = \"/x\"\nfile = \"{nom}\"", Some("{id}")),
            ("kind = \"folder\"\nfolder = \"/x\"\nflag = \"../x\"", Some("extension")),
            ("kind = \"folder\"\nfolder = \"/x\"\ndossier = \"y\"", Some("unknown field")),
        ] {
            let got = Destinations::parse(&with(lines)).map_err(|e| e.to_string());
            match (got, why) {
                (Ok(_), None) => {}
                (Err(said), Some(why)) => assert!(said.contains(why), "{lines}: {said}"),
                (got, _) => panic!("{lines}: {got:?}"),
            }
        }
        let twice = with("kind = \"fhir\"\nfolder = \"/x\"\n").repeat(2);
        assert!(Destinations::parse(&twice).is_err());
    }
}
