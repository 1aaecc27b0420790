//! The record: loading patients by transaction over HTTP, and searching them.
//!
//! A server with an empty data folder listens on this machine; two connections send the transaction
//! bundles of a folder (one file a patient) again and again, which records the same people under new
//! ids, until each size asked for is reached. Printed at each size: the rate of the last pass over
//! the folder, that of all so far, per second of the clock and of the processor (client included),
//! the size of the database, and the times of a fixed mix of searches, each with another patient.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use relu_desk::{Desk, ReadingSettings, Settings};
use relu_record::Role;
use relu_server::ServerSettings;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Bench;
use crate::commands::common::runtime;
use crate::output::{Failure, print};

const PASSWORD: &str = "mesure du dossier";
const CONNECTIONS: usize = 2;
/// Searches of each kind.
const ROUNDS: usize = 40;

impl Bench {
    pub(super) fn fhir(&self, scratch: &Path) -> Result<(), Failure> {
        let files = relu_desk::batch::list_inputs(&self.inputs)
            .map_err(|e| Failure::usage(format!("liste des fichiers : {e}")))?;
        let bundles: Vec<Bundle> = files
            .iter()
            .filter(|f| f.extension().is_some_and(|e| e == "json"))
            .filter_map(Bundle::read)
            .collect();
        if bundles.is_empty() {
            return Err(Failure::usage("aucun Bundle de transaction dans ces fichiers"));
        }
        let mut sizes = self.resources.clone();
        sizes.sort_unstable();
        runtime()?.block_on(measure(bundles, &sizes, scratch))
    }
}

/// A transaction as bytes, with how many resources it holds.
struct Bundle {
    bytes: Vec<u8>,
    resources: usize,
}

impl Bundle {
    fn read(path: &PathBuf) -> Option<Bundle> {
        let bytes = std::fs::read(path).ok()?;
        let json: Value = serde_json::from_slice(&bytes).ok()?;
        if json.get("type")?.as_str()? != "transaction" {
            return None;
        }
        Some(Bundle { resources: json.get("entry")?.as_array()?.len(), bytes })
    }
}

async fn measure(bundles: Vec<Bundle>, sizes: &[usize], scratch: &Path) -> Result<(), Failure> {
    let data = scratch.join("data");
    let reading = ReadingSettings::standard(PathBuf::from("relu"), 0);
    let desk = Desk::open(Settings::new(data.clone(), scratch.join("key"), reading)).await?;
    let hash = relu_server::hash_password(PASSWORD).map_err(|e| Failure::refused(e.to_string()))?;
    let admin = desk.create_account(None, "admin", "Admin", Role::Administrateur, &hash).await?;
    desk.create_account(Some(&admin.actor()), "medecin", "Dr", Role::Medecin, &hash).await?;
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(relu_server::serve_on(
        listener,
        desk.clone(),
        ServerSettings::new(address),
        std::future::pending(),
    ));
    let token = sign_in(address).await?;
    let load = Arc::new(Load { bundles, address, token, next: AtomicUsize::new(0) });
    let pass: usize = load.bundles.iter().map(|b| b.resources).sum();
    let (mut loaded, mut patients, begun) = (0, Vec::new(), Cost::now()?);
    for &size in sizes {
        let mut last = None;
        while loaded < size {
            // Whole passes; the last one before a size is the one told.
            let from = Cost::now()?;
            let wanted = (size - loaded).min(pass);
            let (n, more) = load.run(wanted).await?;
            loaded += n;
            patients.extend(more);
            last = Some((n, from.since()?));
        }
        let all = begun.since()?;
        if let Some((n, cost)) = last {
            print(&format!(
                "{loaded:>8} ressources : dernier passage {:>6.0}/s ({:>6.0} par seconde de processeur) ; en tout {:>6.0}/s ({:>6.0}) ; base {:.0} Mo",
                n as f64 / cost.wall,
                n as f64 / cost.cpu,
                loaded as f64 / all.wall,
                loaded as f64 / all.cpu,
                size_of(&data) as f64 / 1e6,
            ))?;
        }
        searches(&load, &patients).await?;
    }
    server.abort();
    desk.close().await;
    Ok(())
}

fn size_of(data: &Path) -> u64 {
    let files = std::fs::read_dir(data).into_iter().flatten().flatten();
    let database = files.filter(|f| f.file_name().to_string_lossy().starts_with("relu.sqlite"));
    database.filter_map(|f| f.metadata().ok()).map(|m| m.len()).sum()
}

/// Time on the clock and on the processor.
struct Cost {
    at: Instant,
    wall: f64,
    cpu: f64,
}

impl Cost {
    fn now() -> Result<Cost, Failure> {
        let usage =
            getrusage(UsageWho::RUSAGE_SELF).map_err(|e| Failure::refused(e.to_string()))?;
        let seconds = |t: nix::sys::time::TimeVal| t.tv_sec() as f64 + t.tv_usec() as f64 / 1e6;
        let cpu = seconds(usage.user_time()) + seconds(usage.system_time());
        Ok(Cost { at: Instant::now(), wall: 0.0, cpu })
    }

    fn since(&self) -> Result<Cost, Failure> {
        let now = Cost::now()?;
        let cpu = (now.cpu - self.cpu).max(1e-6);
        Ok(Cost { wall: self.at.elapsed().as_secs_f64(), cpu, at: now.at })
    }
}

struct Load {
    bundles: Vec<Bundle>,
    address: SocketAddr,
    token: String,
    next: AtomicUsize,
}

impl Load {
    /// Loads bundles until `wanted` resources are there; answers how many, and the new patients.
    async fn run(self: &Arc<Load>, wanted: usize) -> Result<(usize, Vec<String>), Failure> {
        let done = Arc::new(AtomicUsize::new(0));
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..CONNECTIONS {
            let (load, done) = (Arc::clone(self), Arc::clone(&done));
            tasks.spawn(async move {
                let mut client = Client::open(load.address, &load.token).await?;
                let mut patients = Vec::new();
                while done.load(Ordering::Relaxed) < wanted {
                    let i = load.next.fetch_add(1, Ordering::Relaxed) % load.bundles.len();
                    let Some(bundle) = load.bundles.get(i) else { break };
                    let answer = client.send("POST", "/fhir", &bundle.bytes).await?;
                    done.fetch_add(bundle.resources, Ordering::Relaxed);
                    let text = String::from_utf8_lossy(&answer);
                    let id = text.split("\"Patient/").nth(1).and_then(|t| t.split('/').next());
                    patients.extend(id.map(str::to_owned));
                }
                Ok::<_, Failure>(patients)
            });
        }
        let mut patients = Vec::new();
        while let Some(result) = tasks.join_next().await {
            let more = result.map_err(|e| Failure::refused(e.to_string()))??;
            patients.extend(more);
        }
        Ok((done.load(Ordering::Relaxed), patients))
    }
}

/// The mix: `{p}` is a patient, another one each time.
const MIX: &[(&str, &str)] = &[
    ("lire un patient", "Patient/{p}"),
    ("patient par nom", "Patient?name=zwin"),
    ("patient par date de naissance", "Patient?birthdate=1956-08-03&gender=male"),
    ("tailles d'un patient", "Observation?patient={p}&code=http://loinc.org|8302-2"),
    ("dernières mesures", "Observation?patient={p}&category=vital-signs&_sort=-date&_count=10"),
    (
        "un code en un mois, tous",
        "Observation?code=http://loinc.org|8302-2&date=ge2015-03-01&date=lt2015-04-01",
    ),
    ("problèmes actifs", "Condition?patient={p}&clinical-status=active"),
    ("séjours depuis 2018", "Encounter?patient={p}&date=ge2018-01-01"),
    (
        "prescriptions et séjours",
        "MedicationRequest?patient={p}&_include=MedicationRequest:encounter",
    ),
    ("bilans avec résultats", "DiagnosticReport?patient={p}&_include=DiagnosticReport:result"),
    ("patient et ses problèmes", "Patient?_id={p}&_revinclude=Condition:patient"),
    ("vaccins, une page", "Immunization?status=completed&_count=50"),
    ("derniers changements", "Observation?_sort=-_lastUpdated&_count=50"),
    ("nombre d'un code", "Condition?code=http://snomed.info/sct|162864005&_summary=count"),
];

async fn searches(load: &Load, patients: &[String]) -> Result<(), Failure> {
    let mut client = Client::open(load.address, &load.token).await?;
    let (mut all, mut lines) = (Vec::new(), Vec::new());
    for (name, query) in MIX {
        let mut times = Vec::new();
        for round in 0..ROUNDS {
            // Spread over everybody loaded, the same ones every time.
            let at = (round * 7919 + 13) % patients.len().max(1);
            let patient = patients.get(at).map_or("", String::as_str);
            let path = format!("/fhir/{}", query.replace("{p}", patient).replace('|', "%7C"));
            let from = Instant::now();
            client.send("GET", &path, &[]).await?;
            times.push(from.elapsed().as_secs_f64() * 1e3);
        }
        all.extend(times.iter().copied());
        lines.push(format!("    {name:<32} {}", quantiles(&mut times)));
    }
    print(&format!("  recherches, toutes                   {}", quantiles(&mut all)))?;
    lines.iter().try_for_each(|line| print(line))?;
    Ok(())
}

fn quantiles(times: &mut [f64]) -> String {
    times.sort_by(f64::total_cmp);
    let at = |q: f64| {
        let i = ((times.len() as f64 * q).ceil() as usize).saturating_sub(1);
        times.get(i).copied().unwrap_or(0.0)
    };
    format!("p50 {:>7.2} ms, p95 {:>7.2} ms, max {:>7.2} ms", at(0.5), at(0.95), at(1.0))
}

async fn sign_in(address: SocketAddr) -> Result<String, Failure> {
    let mut client = Client::open(address, "").await?;
    let body = serde_json::json!({"login": "medecin", "password": PASSWORD}).to_string();
    let answer = client.send("POST", "/api/session", body.as_bytes()).await?;
    let json: Value = serde_json::from_slice(&answer).unwrap_or_default();
    let token = json.get("token").and_then(Value::as_str).map(str::to_owned);
    token.ok_or_else(|| Failure::refused("connexion refusée"))
}

/// One connection, requests one after the other: just enough of HTTP/1.1 for our own server.
struct Client {
    stream: TcpStream,
    token: String,
    buffer: Vec<u8>,
}

impl Client {
    async fn open(address: SocketAddr, token: &str) -> Result<Client, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Client { stream, token: token.to_owned(), buffer: Vec::new() })
    }

    async fn send(&mut self, method: &str, path: &str, body: &[u8]) -> Result<Vec<u8>, Failure> {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            self.token,
            body.len()
        );
        self.stream.write_all(head.as_bytes()).await?;
        self.stream.write_all(body).await?;
        self.buffer.clear();
        let (status, start, length) = loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(Failure::refused("le serveur a fermé la connexion"));
            }
            if let Some(found) = answer_head(&self.buffer) {
                break found;
            }
        };
        while self.buffer.len() < start + length {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(Failure::refused("le serveur a fermé la connexion"));
            }
        }
        match status {
            200..300 => Ok(self.buffer.get(start..start + length).unwrap_or_default().to_vec()),
            status => Err(Failure::refused(format!("{method} : réponse {status}"))),
        }
    }
}

// Status, where the body begins, and its length.
fn answer_head(bytes: &[u8]) -> Option<(u16, usize, usize)> {
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head.lines().find_map(|l| {
        let (name, value) = l.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    Some((status, end + 4, length.unwrap_or(0)))
}
