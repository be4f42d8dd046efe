//! What came of the cases so far, a line each, so that an interrupted run can go on.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::observe::{Observation, Task};

/// The first line: whose cases they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    /// The suite's hash.
    pub suite: String,
    /// The system's hash.
    pub system: String,
}

/// A file of observations.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: Option<File>,
    known: HashMap<(Task, String), Observation>,
}

/// Why the journal cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("keeping what came of the cases in {path}: {source}")]
pub struct JournalError {
    path: String,
    #[source]
    source: std::io::Error,
}

impl Journal {
    /// Opens the journal at `path`: with what it has, if `resume` is asked for and its
    /// heading is this one, else anew.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn open(path: &Path, heading: &Heading, resume: bool) -> Result<Journal, JournalError> {
        let fail = |source| JournalError {
            path: path.display().to_string(),
            source,
        };
        let known = if resume {
            read(path, heading)
        } else {
            HashMap::new()
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(fail)?;
        }
        // Written anew, so that a line that was cut half way does not stay.
        let mut file = File::create(path).map_err(fail)?;
        let heading = serde_json::to_string(heading).map_err(|error| fail(error.into()))?;
        writeln!(file, "{heading}").map_err(fail)?;
        let mut journal = Journal {
            path: path.to_path_buf(),
            file: Some(file),
            known: HashMap::new(),
        };
        for observation in known.values() {
            journal.add(observation)?;
        }
        journal.known = known;
        Ok(journal)
    }

    /// Keeps nothing, for runs that are not to be resumed.
    pub fn none() -> Journal {
        Journal {
            path: PathBuf::new(),
            file: None,
            known: HashMap::new(),
        }
    }

    /// How many cases it has.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// What it had when it was opened.
    pub fn take(&mut self) -> HashMap<(Task, String), Observation> {
        std::mem::take(&mut self.known)
    }

    /// Adds what came of a case.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn add(&mut self, observation: &Observation) -> Result<(), JournalError> {
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        serde_json::to_string(observation)
            .map_err(std::io::Error::from)
            .and_then(|line| writeln!(file, "{line}"))
            .map_err(|source| JournalError {
                path: self.path.display().to_string(),
                source,
            })
    }
}

/// What a journal with this heading has; nothing if there is none.
fn read(path: &Path, heading: &Heading) -> HashMap<(Task, String), Observation> {
    let Ok(file) = File::open(path) else {
        return HashMap::new();
    };
    let mut lines = BufReader::new(file).lines().map_while(Result::ok);
    let first = lines
        .next()
        .and_then(|line| serde_json::from_str(&line).ok());
    if first.as_ref() != Some(heading) {
        return HashMap::new();
    }
    lines
        .filter_map(|line| serde_json::from_str::<Observation>(&line).ok())
        .map(|observation| ((observation.task, observation.id.clone()), observation))
        .collect()
}
