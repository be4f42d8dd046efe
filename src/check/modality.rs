//! What is planned told as done.

use super::{Finding, Reading, negation};
use crate::facts::{denial, modality};

/// A claim that tells as done what the sources tell as planned or open.
pub(super) fn compare(claim: &Reading, sources: &[Reading]) -> Option<Finding> {
    let done = modality::told_as_done(&claim.text)?;
    if !denial::denials(&claim.text).is_empty() {
        return None;
    }
    for source in sources {
        let relevant = source.relevant(claim);
        if modality::has_happened(&source.text, relevant.clone()) {
            return None;
        }
        if let Some(planned) = modality::planned(&source.text, relevant) {
            let (here, there) = (claim.quote(&done), source.quote(&planned));
            let detail = format!(
                "The claim tells it as done (\"{here}\"); in the source it is planned or open (\"{there}\")."
            );
            return Some(negation(here, there, detail));
        }
    }
    None
}
