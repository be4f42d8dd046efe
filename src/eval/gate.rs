//! Gates: the least that a system must reach on a suite, metric by metric.

use std::path::Path;

use figment::Figment;
use figment::providers::{Format, Toml};
use serde::{Deserialize, Serialize};

use super::judge::Case;
use super::metric::{self, Better};
use super::report::Run;

/// Cases that a breach names at most.
const NAMED: usize = 20;

/// One floor, or ceiling for what is better when less.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// The suite.
    pub suite: String,
    /// The system.
    pub system: String,
    /// The metric.
    pub metric: String,
    /// The mean must be this or more.
    #[serde(default)]
    pub floor: Option<f64>,
    /// The mean must be this or less.
    #[serde(default)]
    pub ceiling: Option<f64>,
    /// Only cases of this kind count.
    #[serde(default)]
    pub kind: Option<String>,
}

/// A gate that was not passed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Breach {
    /// The gate.
    pub gate: Gate,
    /// What was measured; none when no case has a value.
    pub measured: Option<f64>,
    /// The cases that have less than the best, worst first.
    pub cases: Vec<String>,
}

/// Why the gates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// The file is missing or wrong.
    #[error("reading the gates {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// What is wrong.
        #[source]
        source: Box<figment::Error>,
    },
    /// A gate means nothing.
    #[error("reading the gates {path}: gate {number}: {reason}")]
    Gate {
        /// The file.
        path: String,
        /// Which, from 1.
        number: usize,
        /// What is wrong.
        reason: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GateFile {
    gate: Vec<Gate>,
}

/// Reads a file of gates.
///
/// # Errors
/// When it is missing, or a gate names no metric, or neither or both of floor and ceiling.
pub fn read(path: &Path) -> Result<Vec<Gate>, GateError> {
    let name = path.display().to_string();
    let file: GateFile = Figment::from(Toml::file_exact(path))
        .extract()
        .map_err(|source| GateError::Read {
            path: name.clone(),
            source: Box::new(source),
        })?;
    for (number, gate) in (1..).zip(&file.gate) {
        let reason = match (metric::named(&gate.metric), gate.floor, gate.ceiling) {
            (None, ..) => format!("there is no metric {:?}", gate.metric),
            (_, None, None) => "it has neither floor nor ceiling".into(),
            (_, Some(_), Some(_)) => "it has both floor and ceiling; write two gates".into(),
            (Some(metric), Some(_), _) if metric.better == Better::Lower => {
                format!("less {:?} is better: give a ceiling", gate.metric)
            }
            _ => continue,
        };
        return Err(GateError::Gate {
            path: name,
            number,
            reason,
        });
    }
    Ok(file.gate)
}

/// The gates for these runs that they do not pass; a gate whose suite and system were
/// run must have cases to measure.
pub fn breaches(gates: &[Gate], runs: &[Run]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for gate in gates {
        let of = |run: &&Run| run.suite == gate.suite && run.system.name == gate.system;
        let Some(run) = runs.iter().find(of) else {
            continue;
        };
        let mut cases: Vec<(&Case, f64)> = run
            .cases
            .iter()
            .filter(|case| gate.kind.is_none() || case.kind == gate.kind)
            .filter_map(|case| Some((case, *case.values.get(&gate.metric)?)))
            .collect();
        let mean = (!cases.is_empty())
            .then(|| cases.iter().map(|(_, value)| value).sum::<f64>() / cases.len() as f64);
        let passed = mean.is_some_and(|mean| {
            gate.floor.is_none_or(|floor| mean >= floor)
                && gate.ceiling.is_none_or(|ceiling| mean <= ceiling)
        });
        if passed {
            continue;
        }
        let sign = if gate.floor.is_some() { 1.0 } else { -1.0 };
        cases.sort_by(|(_, a), (_, b)| (sign * a).total_cmp(&(sign * b)));
        let best = if gate.floor.is_some() { 1.0 } else { 0.0 };
        breaches.push(Breach {
            gate: gate.clone(),
            measured: mean,
            cases: cases
                .iter()
                .filter(|(_, value)| sign * value < sign * best)
                .take(NAMED)
                .map(|(case, _)| case.id.clone())
                .collect(),
        });
    }
    breaches
}

impl std::fmt::Display for Breach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Gate {
            suite,
            system,
            metric,
            kind,
            ..
        } = &self.gate;
        write!(f, "{suite} · {system}: {metric}")?;
        if let Some(kind) = kind {
            write!(f, " of kind {kind}")?;
        }
        match self.measured {
            Some(mean) => write!(f, " is {mean:.3}")?,
            None => write!(f, " has no cases")?,
        }
        match (self.gate.floor, self.gate.ceiling) {
            (Some(floor), _) => write!(f, ", must be {floor} or more")?,
            (None, Some(ceiling)) => write!(f, ", must be {ceiling} or less")?,
            (None, None) => {}
        }
        if !self.cases.is_empty() {
            write!(f, "; see {}", self.cases.join(", "))?;
        }
        Ok(())
    }
}
