//! Lines of JSON, read from files in batches of whole lines.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Longest line read.
pub(crate) const MAX_LINE: usize = 512 << 20;

// Bytes of a batch: small enough that a few for each thread weigh little, large enough that handing
// one over costs nothing beside reading it.
const BATCH: usize = 1 << 18;

/// Whole lines, in the order of the input.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Lines {
    /// The lines, with their ends.
    pub(crate) bytes: Vec<u8>,
    /// Whether they begin the input.
    pub(crate) first: bool,
    /// Whether a line longer than [`MAX_LINE`] stands here, left out; the batch then holds nothing
    /// else.
    pub(crate) too_long: bool,
}

/// Files one after the other, cut into batches.
pub(crate) struct LineReader {
    waiting: std::vec::IntoIter<PathBuf>,
    open: Option<Box<dyn Read + Send>>,
    // Beginning of the line that the last batch cut.
    rest: Vec<u8>,
    // Whether the rest of a line too long is being passed over.
    skipping: bool,
    begun: bool,
    max_line: usize,
}

impl LineReader {
    /// Over `files`, `-` or none for standard input; each must open.
    pub(crate) fn new(files: Vec<PathBuf>) -> io::Result<LineReader> {
        let files = if files.is_empty() { vec![PathBuf::from("-")] } else { files };
        for f in files.iter().filter(|f| f.as_path() != Path::new("-")) {
            let about = |e: io::Error| io::Error::new(e.kind(), format!("{} : {e}", f.display()));
            if File::open(f).and_then(|f| f.metadata()).map_err(about)?.is_dir() {
                return Err(about(io::ErrorKind::IsADirectory.into()));
            }
        }
        Ok(LineReader {
            waiting: files.into_iter(),
            open: None,
            rest: Vec::new(),
            skipping: false,
            begun: false,
            max_line: MAX_LINE,
        })
    }

    /// The next batch, in `bytes`, whose room is used again.
    pub(crate) fn next(&mut self, mut bytes: Vec<u8>) -> io::Result<Option<Lines>> {
        bytes.clear();
        bytes.reserve(2 * BATCH);
        bytes.append(&mut self.rest);
        // Bytes that are known to hold no line end: a long line is not searched twice.
        let mut seen = 0;
        loop {
            // Where the last whole line ends, if the batch holds enough.
            let enough = if bytes.len() < BATCH { None } else { last_end(&bytes, seen) };
            if bytes.len() >= BATCH {
                seen = bytes.len();
            }
            if let Some(end) = enough {
                self.rest.extend_from_slice(bytes.get(end..).unwrap_or_default());
                bytes.truncate(end);
                return Ok(Some(self.batch(bytes, false)));
            }
            if bytes.len() > self.max_line {
                self.skipping = true;
                return Ok(Some(self.batch(Vec::new(), true)));
            }
            if self.fill(&mut bytes)? {
                continue;
            }
            // End of a file: what is left is its last line.
            if !bytes.is_empty() {
                if bytes.last() != Some(&b'\n') {
                    bytes.push(b'\n');
                }
                return Ok(Some(self.batch(bytes, false)));
            }
            if self.open.is_none() && !self.open_next()? {
                return Ok(None);
            }
        }
    }

    fn batch(&mut self, bytes: Vec<u8>, too_long: bool) -> Lines {
        // Blank lines have no line of their own in the output.
        let first = !self.begun;
        self.begun |= too_long || bytes.iter().any(|b| !b.is_ascii_whitespace());
        Lines { bytes, first, too_long }
    }

    // Reads more of the open file; false at its end.
    fn fill(&mut self, bytes: &mut Vec<u8>) -> io::Result<bool> {
        let Some(file) = &mut self.open else { return Ok(false) };
        let from = bytes.len();
        // A long line is read in steps that grow with it.
        let step = from.clamp(BATCH, 16 << 20) as u64;
        let read = file.by_ref().take(step).read_to_end(bytes)?;
        if read == 0 {
            self.open = None;
            self.skipping = false;
        }
        if self.skipping {
            match bytes.get(from..).and_then(first_end) {
                Some(end) => {
                    bytes.drain(..from + end);
                    self.skipping = false;
                }
                None => bytes.clear(),
            }
        }
        Ok(read > 0)
    }

    fn open_next(&mut self) -> io::Result<bool> {
        let Some(path) = self.waiting.next() else { return Ok(false) };
        self.open = Some(if path.as_path() == Path::new("-") {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(&path)?)
        });
        Ok(true)
    }
}

// End of the last line, of those that end after `from`.
fn last_end(bytes: &[u8], from: usize) -> Option<usize> {
    memchr::memrchr(b'\n', bytes.get(from..)?).map(|at| from + at + 1)
}

fn first_end(bytes: &[u8]) -> Option<usize> {
    memchr::memchr(b'\n', bytes).map(|at| at + 1)
}

impl Lines {
    /// The lines, each with its end.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.bytes.as_slice();
        std::iter::from_fn(move || {
            let end = first_end(rest).unwrap_or(rest.len());
            let (line, after) = rest.split_at_checked(end)?;
            rest = after;
            (!line.is_empty()).then_some(line)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(files: Vec<PathBuf>, max_line: usize) -> (Vec<String>, usize) {
        let mut reader = LineReader::new(files).unwrap();
        reader.max_line = max_line;
        let (mut lines, mut long) = (Vec::new(), 0);
        let mut first = true;
        while let Some(batch) = reader.next(Vec::new()).unwrap() {
            assert_eq!(batch.first, std::mem::take(&mut first), "no blank batch here");
            assert!(batch.too_long == batch.bytes.is_empty());
            long += usize::from(batch.too_long);
            for line in batch.iter() {
                let line = std::str::from_utf8(line).unwrap();
                lines.push(line.strip_suffix('\n').unwrap().to_owned());
            }
        }
        (lines, long)
    }

    #[test]
    fn every_line_comes_once_and_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            std::fs::write(dir.path().join(name), text).unwrap();
            dir.path().join(name)
        };
        // Lines of every length around the size of a batch, without a last line end.
        let lengths = [1, 0, BATCH - 1, BATCH, BATCH + 1, 3, 5 * BATCH, 2];
        let lines: Vec<String> = lengths.iter().map(|n| "x".repeat(*n)).collect();
        let one = write("one", &lines.join("\n"));
        let two = write("two", "a\nb\n");
        let wanted: Vec<String> =
            lines.iter().cloned().chain(["a".to_owned(), "b".to_owned()]).collect();
        assert_eq!(all(vec![one, write("empty", ""), two], MAX_LINE), (wanted, 0));
    }

    #[test]
    fn a_line_too_long_is_left_out_and_the_next_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("long");
        std::fs::write(&path, format!("a\n{}\nb\nc", "x".repeat(9 * BATCH))).unwrap();
        let (lines, long) = all(vec![path], 3 * BATCH);
        assert_eq!((lines, long), (vec!["a".into(), "b".into(), "c".into()], 1));
    }
}
