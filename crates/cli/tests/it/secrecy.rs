//! What lies on the disk tells nobody who the patients are.

use std::path::Path;
use std::time::Duration;

use super::support::{Server, wait_read};

#[test]
fn no_patient_name_lies_in_clear_in_the_data_folder() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let server = Server::start(&data, &["--demo", "--no-ocr"]);
    wait_read(&data, relu_synth::demo(1).len() as u64, Duration::from_secs(240));
    server.stop();

    let names: Vec<String> = relu_synth::demo_patients(1)
        .into_iter()
        .flat_map(|p| [p.birth_name, p.first_name])
        .flatten()
        .map(|n| n.0)
        // Shorter names occur by chance in megabytes of ciphertext.
        .filter(|n| n.chars().count() >= 5)
        .collect();
    assert!(names.len() > 20, "the demo should have patients");
    let mut files = 0;
    each_file(&data, &mut |path| {
        files += 1;
        let content = std::fs::read(path).unwrap();
        let lower = content.to_ascii_lowercase();
        for name in &names {
            for written in [name.to_lowercase(), relu_text::fold(name).text().to_owned()] {
                let found = find(&lower, written.as_bytes());
                assert!(!found, "a patient name lies in clear in {}", path.display());
            }
        }
    });
    assert!(files > 20, "the data folder should hold blobs");
}

fn find(content: &[u8], wanted: &[u8]) -> bool {
    content.windows(wanted.len()).any(|w| w == wanted)
}

fn each_file(dir: &Path, f: &mut impl FnMut(&Path)) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { each_file(&path, f) } else { f(&path) }
    }
}
