//! A brief against the article it stands with.

use super::{Brief, CheckCounts, Point};
use crate::article::{Article, Origin};
use crate::check::{self, CheckedClaim, Source, Verdict};

/// Checks every point of an article's brief against the paragraphs that it cites.
/// A brief that is all there is of an article has nothing to be checked against.
pub fn check_brief(article: &mut Article) {
    let Some(mut brief) = article.brief.take() else {
        return;
    };
    if article.origin == Origin::Text {
        let citations = std::mem::take(&mut brief.citations);
        let published = article.published_at.as_ref().map(|time| time.date());
        for point in brief.points_mut() {
            let paragraphs: Vec<&str> = citations
                .iter()
                .filter(|citation| point.citations.contains(&citation.n))
                .filter_map(|citation| article.paragraph_text(citation.paragraph))
                .collect();
            let sources: Vec<Source<'_>> = paragraphs
                .iter()
                .map(|text| Source { text, published })
                .collect();
            let missing = point.citations.iter().find(|n| {
                !citations.iter().any(|citation| {
                    citation.n == **n && article.paragraph_text(citation.paragraph).is_some()
                })
            });
            let checked = match missing {
                Some(n) => check::bad_citation(&point.text, &format!("[{n}]")),
                None => check::check(&point.text, &sources, None),
            };
            point.judge(&checked);
        }
        brief.citations = citations;
    }
    brief.count();
    article.brief = Some(brief);
}

impl Point {
    /// Takes over what the check says.
    pub fn judge(&mut self, checked: &CheckedClaim) {
        self.verdict = checked.verdict();
        self.findings = checked.findings().to_vec();
    }
}

impl Brief {
    /// All points, the lead's first.
    pub fn points(&self) -> impl Iterator<Item = &Point> {
        let lead = self.lead.iter().flat_map(|lead| &lead.points);
        lead.chain(self.groups.iter().flat_map(|group| &group.points))
    }

    /// All points, the lead's first, to be changed.
    pub fn points_mut(&mut self) -> impl Iterator<Item = &mut Point> {
        let lead = self.lead.iter_mut().flat_map(|lead| &mut lead.points);
        lead.chain(self.groups.iter_mut().flat_map(|group| &mut group.points))
    }

    /// Counts the verdicts anew.
    pub fn count(&mut self) {
        self.check = CheckCounts::of(self.points());
    }
}

impl CheckCounts {
    /// Counts the verdicts.
    pub fn of<'a>(points: impl Iterator<Item = &'a Point>) -> CheckCounts {
        let mut counts = CheckCounts::default();
        for point in points {
            counts.claims += 1;
            match point.verdict {
                Verdict::Supported => counts.supported += 1,
                Verdict::Contradicted => counts.contradicted += 1,
                Verdict::Unsupported => counts.unsupported += 1,
                Verdict::Uncited => counts.uncited += 1,
            }
        }
        counts
    }
}
