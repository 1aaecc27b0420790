//! The proof of an export: what was made, by which policy and versions, from what and into what, by
//! hashes; signed when a key is given. It holds no word of a document and no name of a file that
//! came in, so that it may travel with the result.
//!
//! [`verify`] says whether a folder still holds what its proof says: a byte of a file, of the report
//! or of the proof changed since is found, and so is a file that is missing or was added.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use relu_pipeline::deidentify::Policy;
use relu_record::{FunctionRef, Instant, Sha256Hex};
use relu_seal::{SealError, SigningKey, VerifyingKey, jws};
use relu_wire::{DeidLine, DeidPolicy, DeidStatus};
use serde::{Deserialize, Serialize};

use super::export::{failed, totals};
use super::folder;
use crate::error::{DeskError, ErrorKind};

/// Name of the proof in the folder.
pub const PROOF: &str = "proof.json";
/// Name of its signature.
pub const SIGNATURE: &str = "proof.jws";
const REPORT: &str = "report.jsonl";
const KIND: &str = "relu-deid-1";
/// Largest proof read.
const MAX_PROOF: u64 = 512 << 20;

/// What a proof is made from.
pub struct Parts<'p> {
    /// The policy.
    pub policy: &'p Policy,
    /// The functions that took part.
    pub functions: Vec<FunctionRef>,
    /// When.
    pub made_at: Instant,
    /// Who re-read, when somebody did.
    pub reviewer: Option<&'p str>,
    /// How many persons the list of those who object named; `None` without a list.
    pub opposed: Option<usize>,
    /// Whether stand-ins were drawn from a key.
    pub key: bool,
    /// The lines of the report.
    pub lines: &'p [DeidLine],
    /// The report itself.
    pub report: &'p [u8],
}

#[derive(Serialize, Deserialize)]
struct Proof {
    proof: String,
    made_at: String,
    program: Program,
    policy: DeidPolicy,
    policy_sha256: String,
    legal_basis: String,
    functions: Vec<FunctionRef>,
    model_sha256: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    reviewer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    unreviewed: Option<bool>,
    keyed: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    opposition: Option<Opposition>,
    documents: BTreeMap<String, usize>,
    passages: BTreeMap<String, usize>,
    residue: ResidueCheck,
    report: Named,
    files: Vec<Made>,
    not_written: Vec<NotWritten>,
}

#[derive(Serialize, Deserialize)]
struct Program {
    name: String,
    version: String,
}

#[derive(Serialize, Deserialize)]
struct Opposition {
    persons: usize,
    left_out: usize,
}

#[derive(Serialize, Deserialize)]
struct ResidueCheck {
    /// Files read again by the stricter detector.
    checked: usize,
    /// Of them, those that were not written because something was left.
    blocked: usize,
    /// Places of the files written that a person may want to look at.
    to_look_at: usize,
}

#[derive(Serialize, Deserialize)]
struct Named {
    name: String,
    sha256: String,
}

#[derive(Serialize, Deserialize)]
struct Made {
    name: String,
    sha256: String,
    from: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct NotWritten {
    sha256: String,
    status: DeidStatus,
    reason: String,
}

/// The bytes of a proof.
pub fn make(parts: &Parts<'_>) -> Vec<u8> {
    let whole = |l: &&DeidLine| l.part.is_none();
    let mut documents: BTreeMap<String, usize> = BTreeMap::new();
    let mut files: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    let mut not_written = Vec::new();
    let residue = |l: &DeidLine| l.reason.as_ref().is_some_and(|r| r.code == "residue");
    for line in parts.lines.iter().filter(whole) {
        let status = serde_json::to_value(line.status).unwrap_or_default();
        *documents.entry(status.as_str().unwrap_or_default().to_owned()).or_default() += 1;
        match (&line.output, &line.sha256_out, &line.sha256) {
            (Some(name), Some(made), Some(from)) => {
                files.entry((name.clone(), made.clone())).or_default().insert(from.clone());
            }
            (_, _, Some(from)) => not_written.push(NotWritten {
                sha256: from.clone(),
                status: line.status,
                reason: line.reason.as_ref().map_or_else(String::new, |r| r.code.clone()),
            }),
            _ => {}
        }
    }
    // Sorted by what they are: the order of the files that came in tells nothing here.
    not_written.sort_by(|a, b| a.sha256.cmp(&b.sha256));
    let written = documents.get("written").copied().unwrap_or_default();
    let blocked = parts.lines.iter().filter(whole).filter(|l| residue(l)).count();
    let proof = Proof {
        proof: KIND.to_owned(),
        made_at: parts.made_at.to_rfc3339(),
        program: Program { name: "relu".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        policy: DeidPolicy {
            name: parts.policy.name.clone(),
            version: parts.policy.version.clone(),
        },
        policy_sha256: Sha256Hex::of(&serde_json::to_vec(parts.policy).unwrap_or_default()).0,
        legal_basis: parts.policy.legal_basis.clone(),
        functions: parts.functions.clone(),
        model_sha256: relu_pipeline::deidentify::model_digest().0,
        reviewer: parts.reviewer.map(str::to_owned),
        unreviewed: parts.reviewer.is_none().then_some(true),
        keyed: parts.key,
        opposition: parts.opposed.map(|persons| Opposition {
            persons,
            left_out: documents.get("left-out").copied().unwrap_or_default(),
        }),
        passages: totals(parts.lines),
        residue: ResidueCheck {
            checked: written + blocked,
            blocked,
            to_look_at: parts
                .lines
                .iter()
                .filter(|l| l.status == DeidStatus::Written)
                .map(|l| l.residue.len())
                .sum(),
        },
        report: Named { name: REPORT.to_owned(), sha256: Sha256Hex::of(parts.report).0 },
        documents,
        files: files
            .into_iter()
            .map(|((name, sha256), from)| Made { name, sha256, from: from.into_iter().collect() })
            .collect(),
        not_written,
    };
    let mut out = serde_json::to_vec_pretty(&proof).unwrap_or_default();
    out.push(b'\n');
    out
}

/// Writes the proof of a folder, and its signature when there is a key.
pub(super) fn write(
    out: &Path,
    parts: &Parts<'_>,
    sign_key: Option<&Path>,
) -> Result<(), DeskError> {
    let proof = make(parts);
    let put = |name: &str, bytes: &[u8]| {
        folder::put(out, name, bytes).map_err(|e| failed("écriture de la preuve", &e))
    };
    // A signature of an older proof says nothing of this one.
    folder::remove(out, SIGNATURE).map_err(|e| failed("écriture de la preuve", &e))?;
    put(PROOF, &proof)?;
    if let Some(path) = sign_key {
        let signature = sign(&proof, path)?;
        put(SIGNATURE, signature.as_bytes())?;
    }
    Ok(())
}

/// Signs a proof; the key is made when there is none.
pub fn sign(proof: &[u8], key: &Path) -> Result<String, DeskError> {
    let key = SigningKey::open_or_create(key).map_err(|e| unusable(&e))?;
    Ok(jws::sign(proof, &key) + "\n")
}

fn unusable(e: &SealError) -> DeskError {
    DeskError::new(ErrorKind::Config, "clé de signature", e.to_string())
        .hint("vérifiez le fichier de clé et ses droits")
}

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Fingerprint of the key that signed.
    pub key: String,
    /// Whether the signature is that key's over this proof.
    pub signed: bool,
    /// Whether the folder holds what the proof says, and nothing else.
    pub intact: bool,
    /// Files compared.
    pub files: usize,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

/// Something that is not as the proof says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Name of the file in the folder.
    pub file: String,
    /// Stable code: `changed`, `missing`, `added`, `bad-signature`, `other-key`, `bad-proof`.
    pub code: &'static str,
}

/// Verifies the folder of an export against its proof, and the proof against a public key. Whoever
/// was handed the files alone has no report: that is no problem.
pub fn verify(folder: &Path, key: &Path) -> Result<Verified, DeskError> {
    let key = VerifyingKey::read(key).map_err(|e| unusable(&e))?;
    let open = |name: &str| {
        let path = folder.join(name);
        let size = std::fs::metadata(&path).map_err(|e| failed("lecture de la preuve", &e))?.len();
        if size > MAX_PROOF {
            return Err(DeskError::new(ErrorKind::User, "lecture de la preuve", "trop grande"));
        }
        std::fs::read(&path).map_err(|e| failed("lecture de la preuve", &e))
    };
    let (proof, signature) = (open(PROOF)?, open(SIGNATURE)?);
    let mut problems = Vec::new();
    let mut wrong = |file: &str, code| problems.push(Problem { file: file.to_owned(), code });
    match jws::verify(&String::from_utf8_lossy(&signature), &proof, &key) {
        Ok(()) => {}
        Err(SealError::OtherKey) => wrong(SIGNATURE, "other-key"),
        Err(_) => wrong(SIGNATURE, "bad-signature"),
    }
    let mut files = 0;
    match serde_json::from_slice::<Proof>(&proof) {
        Ok(said) if said.proof == KIND => {
            files = compare(folder, &said, &mut wrong).map_err(|e| failed("vérification", &e))?;
        }
        _ => wrong(PROOF, "bad-proof"),
    }
    let signed = !problems.iter().any(|p| p.file == SIGNATURE);
    let intact = !problems.iter().any(|p| p.file != SIGNATURE);
    Ok(Verified { key: key.thumbprint(), signed, intact, files, problems })
}

fn compare(
    folder: &Path,
    said: &Proof,
    wrong: &mut impl FnMut(&str, &'static str),
) -> std::io::Result<usize> {
    let mut named = BTreeSet::from([PROOF, SIGNATURE, REPORT]);
    let mut files = 0;
    for made in &said.files {
        // A name that leads out of the folder is none of ours.
        if !super::folder::is_ours(&made.name) {
            wrong(&made.name, "bad-proof");
            continue;
        }
        named.insert(&made.name);
        files += 1;
        match std::fs::read(folder.join(&made.name)) {
            Ok(bytes) if Sha256Hex::of(&bytes).0 == made.sha256 => {}
            Ok(_) => wrong(&made.name, "changed"),
            Err(_) => wrong(&made.name, "missing"),
        }
    }
    match std::fs::read(folder.join(REPORT)) {
        Ok(bytes) if Sha256Hex::of(&bytes).0 == said.report.sha256 => {}
        Ok(_) => wrong(REPORT, "changed"),
        Err(_) => {}
    }
    let mut there: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        there.push(entry?.file_name().to_string_lossy().into_owned());
    }
    there.sort();
    for name in there.iter().filter(|n| !n.starts_with('.') && !named.contains(n.as_str())) {
        wrong(name, "added");
    }
    Ok(files)
}
