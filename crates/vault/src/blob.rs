//! Blobs: received bytes, sealed in files named by a keyed hash of their content.
//!
//! A put streams: hash, seal by chunks, write to `blobs/tmp`, sync the file, rename it to
//! `blobs/<2 hex>/<64 hex>.<16 hex>`, sync the folder. What it returns must then be registered in
//! the transaction that tells of it; dropped before, the file goes away. The data key of a blob is
//! kept, wrapped, in the database and nowhere else, so that destroying that row destroys every copy
//! of the file. The last 16 digits tell two writings of the same content apart, each with its key.
//!
//! Reading streams too and checks every chunk; it fails at the first byte that is not what was
//! written, and at the end when something is missing.

use std::fs::File;
use std::io::{self as stdio, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use relu_record::{BlobId, Sha256Hex};
use sha2::Digest;
use zeroize::Zeroizing;

use crate::error::{Result, VaultError, io};
use crate::key::{Keys, Secret, fill_random, hex, sync_dir};
use crate::seal::{CHUNK, Opener, PREFIX, Place, Sealer, TAG};

/// The folder of blobs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Blobs {
    dir: Arc<PathBuf>,
    tenant: Arc<str>,
    keys: Arc<Keys>,
}

/// Bytes that were written durably and wait to be registered. When the last copy is dropped
/// unregistered, the file is removed.
#[derive(Clone)]
pub struct PutBlob {
    /// Name: keyed hash of the content.
    pub id: BlobId,
    /// Plain hash of the content, for the wire; never stored in clear.
    pub sha256: Sha256Hex,
    /// Bytes of content.
    pub size: u64,
    pub(crate) file: Arc<WrittenFile>,
}

impl std::fmt::Debug for PutBlob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PutBlob({}, {} bytes)", self.id.0, self.size)
    }
}

pub(crate) struct WrittenFile {
    pub(crate) name: String,
    pub(crate) dek: Secret,
    path: PathBuf,
    keep: AtomicBool,
}

impl WrittenFile {
    /// From now on the file stays: a transaction that names it is about to commit.
    pub(crate) fn keep(&self) {
        self.keep.store(true, Ordering::SeqCst);
    }
}

impl Drop for WrittenFile {
    fn drop(&mut self) {
        if !self.keep.load(Ordering::SeqCst) {
            // A file left behind is swept at the next opening.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// A registered blob with its key, ready to be read (blocking: use a thread for that).
#[derive(Clone)]
pub struct StoredBlob {
    /// Name.
    pub id: BlobId,
    /// Plain hash of the content.
    pub sha256: Sha256Hex,
    /// Bytes of content.
    pub size: u64,
    pub(crate) path: PathBuf,
    pub(crate) tenant: Arc<str>,
    pub(crate) dek: Secret,
}

impl std::fmt::Debug for StoredBlob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoredBlob({}, {} bytes)", self.id.0, self.size)
    }
}

impl StoredBlob {
    /// The content, streaming. A read fails with `InvalidData` when the file was changed or cut.
    pub fn open(&self) -> Result<BlobReader> {
        let mut file = File::open(&self.path).map_err(io("open blob", &self.path))?;
        let damaged =
            || VaultError::integrity(format!("blob {}", self.id.0), "not what was written");
        let mut prefix = [0; PREFIX];
        file.read_exact(&mut prefix).map_err(|_| damaged())?;
        let opener = Opener::new(&self.dek, place(&self.tenant), &prefix).ok_or_else(damaged)?;
        Ok(BlobReader {
            file: BufReader::with_capacity(CHUNK + TAG, file),
            opener: Some(opener),
            plain: Zeroizing::new(Vec::new()),
            at: 0,
        })
    }

    /// The whole content, when it is not larger than `max` bytes.
    pub fn read(&self, max: u64) -> Result<Vec<u8>> {
        if self.size > max {
            return Err(VaultError::Limit { what: "the blob", max });
        }
        let mut out = Vec::with_capacity(usize::try_from(self.size).unwrap_or(0));
        let read = self.open()?.take(max.saturating_add(1)).read_to_end(&mut out);
        read.map_err(|e| match e.kind() {
            stdio::ErrorKind::InvalidData => {
                VaultError::integrity(format!("blob {}", self.id.0), "not what was written")
            }
            _ => VaultError::Io { op: "read blob", path: self.path.clone(), source: e },
        })?;
        if out.len() as u64 != self.size {
            return Err(VaultError::integrity(format!("blob {}", self.id.0), "wrong size"));
        }
        Ok(out)
    }

    /// Whether the file is there and every byte of it is what was written.
    pub(crate) fn is_whole(&self) -> bool {
        let copied = self.open().ok().map(|mut r| stdio::copy(&mut r, &mut stdio::sink()));
        matches!(copied, Some(Ok(n)) if n == self.size)
    }
}

/// The content of a blob, chunk by chunk.
pub struct BlobReader {
    file: BufReader<File>,
    opener: Option<Opener>,
    plain: Zeroizing<Vec<u8>>,
    at: usize,
}

impl BlobReader {
    // Reads one chunk; it is the last when the file ends with it.
    fn refill(&mut self) -> stdio::Result<()> {
        let Some(mut opener) = self.opener.take() else { return Ok(()) };
        let damaged =
            || stdio::Error::new(stdio::ErrorKind::InvalidData, "blob: not what was written");
        let mut chunk = Vec::with_capacity(CHUNK + TAG);
        Read::by_ref(&mut self.file).take((CHUNK + TAG) as u64).read_to_end(&mut chunk)?;
        let ends = stdio::BufRead::fill_buf(&mut self.file)?.is_empty();
        let plain = if ends {
            opener.last(&chunk)
        } else {
            let plain = opener.next(&chunk);
            self.opener = Some(opener);
            plain
        };
        self.plain = Zeroizing::new(plain.ok_or_else(damaged)?);
        self.at = 0;
        Ok(())
    }
}

impl Read for BlobReader {
    fn read(&mut self, buf: &mut [u8]) -> stdio::Result<usize> {
        while self.at >= self.plain.len() && self.opener.is_some() {
            self.refill()?;
        }
        let ready = self.plain.get(self.at..).unwrap_or_default();
        let n = ready.len().min(buf.len());
        buf[..n].copy_from_slice(&ready[..n]);
        self.at += n;
        Ok(n)
    }
}

impl Blobs {
    pub(crate) fn open(data_dir: &Path, tenant: Arc<str>, keys: Arc<Keys>) -> Result<Blobs> {
        let dir = data_dir.join("blobs");
        let tmp = dir.join("tmp");
        std::fs::create_dir_all(&tmp).map_err(io("create folder", &tmp))?;
        Ok(Blobs { dir: Arc::new(dir), tenant, keys })
    }

    /// Writes the content of `reader` durably, and says its name, hash and size. More than
    /// `max_bytes` is refused and leaves nothing behind. Blocking.
    pub fn put(&self, mut reader: impl Read + Send, max_bytes: u64) -> Result<PutBlob> {
        let mut suffix = [0; 8];
        fill_random(&mut suffix)?;
        let suffix = hex(&suffix);
        let dek = Secret::random()?;
        // The guard removes the temporary file should anything fail from here on.
        let path = self.dir.join("tmp").join(&suffix);
        let mut written =
            WrittenFile { name: String::new(), dek, path, keep: AtomicBool::new(false) };
        let (size, digest) = self.write(&mut reader, max_bytes, &written)?;
        let sha256 = Sha256Hex(hex(&digest));
        let id = BlobId(hex(&self.keys.blob_name.mac(&[self.tenant.as_bytes(), &digest])));
        written.name = format!("{}.{suffix}", id.0);
        let target = self.path(&written.name);
        let folder = target.parent().unwrap_or(&self.dir).to_owned();
        if !folder.is_dir() {
            std::fs::create_dir_all(&folder).map_err(io("create folder", &folder))?;
            sync_dir(&self.dir)?;
        }
        std::fs::rename(&written.path, &target).map_err(io("rename blob", &target))?;
        written.path = target;
        sync_dir(&folder)?;
        Ok(PutBlob { id, sha256, size, file: Arc::new(written) })
    }

    fn write(&self, reader: &mut dyn Read, max: u64, to: &WrittenFile) -> Result<(u64, [u8; 32])> {
        let cannot = || io("write blob", &to.path);
        let mut file = File::create_new(&to.path).map_err(cannot())?;
        let (mut sealer, prefix) = Sealer::new(&to.dek, place(&self.tenant))?;
        file.write_all(&prefix).map_err(cannot())?;
        let (mut size, mut hash) = (0u64, sha2::Sha256::new());
        let too_large = || VaultError::Limit { what: "the document", max };
        // One chunk is held back: only at the end is it known to be the last.
        let mut held = read_chunk(reader).map_err(io("read the content for", &to.path))?;
        loop {
            size = size.saturating_add(held.len() as u64);
            if size > max {
                return Err(too_large());
            }
            hash.update(&held);
            let next = match held.len() {
                CHUNK => read_chunk(reader).map_err(io("read the content for", &to.path))?,
                _ => Zeroizing::new(Vec::new()),
            };
            if next.is_empty() {
                file.write_all(&sealer.last(&held).ok_or_else(too_large)?).map_err(cannot())?;
                break;
            }
            file.write_all(&sealer.next(&held).ok_or_else(too_large)?).map_err(cannot())?;
            held = next;
        }
        file.sync_all().map_err(cannot())?;
        Ok((size, hash.finalize().into()))
    }

    /// Where the file of that name lies.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name.get(..2).unwrap_or("xx")).join(name)
    }

    /// Every file in the folder with its name, temporary ones included.
    pub(crate) fn files(&self) -> Result<Vec<(String, PathBuf)>> {
        let mut out = Vec::new();
        let list = |dir: &Path| std::fs::read_dir(dir).map_err(io("list folder", dir));
        for folder in list(&self.dir)?.flatten().filter(|e| e.path().is_dir()) {
            for file in list(&folder.path())?.flatten() {
                out.push((file.file_name().to_string_lossy().into_owned(), file.path()));
            }
        }
        Ok(out)
    }
}

// The data key is the blob's own, so the key alone binds a file to its row.
fn place(tenant: &str) -> Place<'_> {
    Place { tenant, table: "blob", row: "", column: "content" }
}

fn read_chunk(reader: &mut dyn Read) -> stdio::Result<Zeroizing<Vec<u8>>> {
    let mut chunk = Zeroizing::new(Vec::with_capacity(CHUNK));
    reader.take(CHUNK as u64).read_to_end(&mut chunk)?;
    Ok(chunk)
}
