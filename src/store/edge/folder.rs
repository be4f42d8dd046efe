//! The data folder of the embedded store: its lock, its form, its log.
//!
//! ```text
//! <data>/lock              held while a process has the folder
//! <data>/store/format      number of the form that this version writes
//! <data>/store/clean       there while nothing is half done; gone while open
//! <data>/store/shard/      the engine's own files
//! <data>/store/trash/      on its way out
//! ```

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::store::StoreError;

const FORMAT: &str = "1";
/// Below this much room nothing is written: the engine's files are mapped, and
/// a mapped file that cannot grow ends the process.
const RESERVE: u64 = 128 << 20;

/// The folder, held until dropped.
#[derive(Debug)]
pub struct Folder {
    data: PathBuf,
    store: PathBuf,
    /// Locked; the system lets go of it when the process ends in any way.
    _lock: File,
}

/// In what state the folder was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// No store yet.
    Nothing,
    /// The last process closed it.
    Clean,
    /// The last process was stopped at any moment.
    Torn,
}

impl Folder {
    /// Takes the folder for this process, making it where it is missing.
    pub fn take(data: &Path) -> Result<(Folder, Found), StoreError> {
        let open = |error: io::Error| open_error(data, &error);
        let store = data.join("store");
        fs::create_dir_all(&store).map_err(open)?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(data.join("lock"))
            .map_err(open)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let path = data.display().to_string();
                return Err(StoreError::Locked { path });
            }
            Err(TryLockError::Error(error)) => return Err(open(error)),
        }
        let data = data.to_owned();
        let folder = Folder {
            data,
            store,
            _lock: lock,
        };
        let found = folder
            .look()
            .map_err(|error| open_error(&folder.data, &error))?;
        match found {
            Ok(found) => Ok((folder, found)),
            Err(format) => Err(StoreError::Open {
                path: folder.data.display().to_string(),
                reason: format!(
                    "its store has form {format:?}, this version reads {FORMAT:?}; \
                     use the version that wrote it to `export`, then `ingest` into a new folder"
                ),
            }),
        }
    }

    /// Where the engine's files are.
    pub fn shard(&self) -> PathBuf {
        self.store.join("shard")
    }

    /// Marks a store as made; before this, what is there counts as nothing.
    pub fn finish_new(&self) -> io::Result<()> {
        write_durably(&self.store.join("format"), FORMAT)
    }

    /// Marks that nothing is half done.
    pub fn mark_clean(&self) -> io::Result<()> {
        write_durably(&self.store.join("clean"), "")
    }

    /// Wraps a failure to open the folder.
    pub fn open_error(&self, error: &dyn std::error::Error) -> StoreError {
        open_error(&self.data, error)
    }

    /// Refuses to write `bytes` where they would fill the disk.
    pub fn check_room(&self, bytes: u64) -> Result<(), StoreError> {
        let free = fs4::available_space(&self.store).map_err(|error| self.open_error(&error))?;
        let needed = RESERVE + bytes;
        if free >= needed {
            return Ok(());
        }
        Err(StoreError::Full {
            path: self.data.display().to_string(),
            free: free >> 20,
            needed: needed >> 20,
        })
    }

    /// Bytes of the store's files.
    pub fn size(&self) -> u64 {
        walkdir::WalkDir::new(&self.store)
            .into_iter()
            .filter_map(Result::ok)
            .filter_map(|entry| entry.metadata().ok())
            .filter(|metadata| metadata.is_file())
            .map(|metadata| blocks(&metadata))
            .sum()
    }

    /// Drops what the engine's log holds beyond its last full segment.
    ///
    /// The engine never reads its log: what is acknowledged was flushed to the
    /// segments. Only the numbering of operations must go on, and it is taken
    /// from the last full segment's name and the open one, so those two stay;
    /// this is what the log's own truncation does, which nothing in the engine
    /// calls. Oldest first, so that what a kill leaves has no gap. Files are cut
    /// before they are removed, since the engine keeps them mapped and the
    /// system would hold their room until it stops.
    pub fn trim_log(&self) -> io::Result<()> {
        let mut full: Vec<(u64, PathBuf)> = Vec::new();
        for entry in fs::read_dir(self.shard().join("wal"))? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            if let Some(number) = name
                .and_then(|name| name.strip_prefix("closed-"))
                .and_then(|number| number.parse().ok())
            {
                full.push((number, path));
            }
        }
        full.sort();
        full.pop();
        for (number, path) in full {
            let trash = self.store.join("trash");
            fs::create_dir_all(&trash)?;
            let trash = trash.join(number.to_string());
            fs::rename(&path, &trash)?;
            File::options().write(true).open(&trash)?.set_len(0)?;
            fs::remove_file(&trash)?;
        }
        Ok(())
    }

    /// The outer result is what the system says, the inner one a foreign format.
    fn look(&self) -> io::Result<Result<Found, String>> {
        remove(&self.store.join("trash"))?;
        let format = match fs::read_to_string(self.store.join("format")) {
            Ok(format) => format,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // Nothing was ever acknowledged from a store without a format.
                remove(&self.shard())?;
                fs::create_dir_all(self.shard())?;
                return Ok(Ok(Found::Nothing));
            }
            Err(error) => return Err(error),
        };
        if format != FORMAT {
            return Ok(Err(format));
        }
        remove(&self.shard().join("temp_segments"))?;
        self.trim_log()?;
        match fs::remove_file(self.store.join("clean")) {
            Ok(()) => Ok(Ok(Found::Clean)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.level_vectors()?;
                self.drop_indexes()?;
                Ok(Ok(Found::Torn))
            }
            Err(error) => Err(error),
        }
    }

    /// Drops the indexes of fields in the segments that are written to.
    ///
    /// A stop amid a flush leaves some without a point whose fields are there: an article
    /// that is counted and not listed. The engine makes those anew that it does not find.
    fn drop_indexes(&self) -> io::Result<()> {
        for segment in fs::read_dir(self.shard().join("segments"))? {
            let segment = segment?.path();
            let indexes = segment.join("payload_index");
            if !segment.join("mutable_id_tracker.mappings").exists() || !indexes.exists() {
                continue;
            }
            for index in fs::read_dir(indexes)? {
                let index = index?.path();
                if index.is_dir() {
                    fs::remove_dir_all(index)?;
                }
            }
        }
        Ok(())
    }

    /// Drops the dense vectors that only some segments have.
    ///
    /// The engine gives vectors a name, or takes it, in each segment and then in
    /// its configuration, and loads nothing where these differ. A name that a
    /// stop left half given has no vectors yet, one half taken is not wanted.
    fn level_vectors(&self) -> io::Result<()> {
        let mut files = vec![(self.shard().join("edge_config.json"), "/vectors")];
        for segment in fs::read_dir(self.shard().join("segments"))? {
            let file = segment?.path().join("segment.json");
            if file.exists() {
                files.push((file, "/config/vector_data"));
            }
        }
        let mut held = Vec::new();
        for (file, at) in files {
            let json: Value = serde_json::from_slice(&fs::read(&file)?)?;
            held.push((file, at, json));
        }
        let names = |json: &Value, at: &str| -> BTreeSet<String> {
            let names = json.pointer(at).and_then(Value::as_object);
            names
                .into_iter()
                .flatten()
                .map(|(name, _)| name.clone())
                .collect()
        };
        let all: Vec<BTreeSet<String>> = held.iter().map(|(_, at, json)| names(json, at)).collect();
        let some: BTreeSet<&String> = all.iter().flatten().collect();
        let half: Vec<&String> = some
            .into_iter()
            .filter(|name| !all.iter().all(|names| names.contains(*name)))
            .collect();
        for name in half {
            for (file, at, json) in &mut held {
                let names = json.pointer_mut(at).and_then(Value::as_object_mut);
                if names.and_then(|names| names.remove(name)).is_none() {
                    continue;
                }
                write_durably(file, &json.to_string())?;
                if let Some(segment) = file.parent().filter(|_| file.ends_with("segment.json")) {
                    remove(&segment.join(format!("vector_storage-{name}")))?;
                    remove(&segment.join(format!("vector_index-{name}")))?;
                }
            }
        }
        Ok(())
    }
}

fn open_error(data: &Path, error: &dyn std::error::Error) -> StoreError {
    StoreError::Open {
        path: data.display().to_string(),
        reason: format!(
            "{error}; it must be a folder of this user's, writable and with room on the disk \
             (DRAGOMAN_DATA_DIR names another one)"
        ),
    }
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn write_durably(path: &Path, text: &str) -> io::Result<()> {
    let next = path.with_extension("next");
    fs::write(&next, text)?;
    File::open(&next)?.sync_all()?;
    fs::rename(&next, path)
}

/// Room on the disk, which is less than the length where a file has holes.
#[cfg(unix)]
fn blocks(metadata: &fs::Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt;
    metadata.blocks() * 512
}

#[cfg(not(unix))]
fn blocks(metadata: &fs::Metadata) -> u64 {
    metadata.len()
}
