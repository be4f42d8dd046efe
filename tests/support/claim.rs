//! A claim against one source, and what the check must make of it.

use dragoman::check::{FindingKind, Source, Verdict, check};
use jiff::civil::Date;

/// The verdict and the kinds of its findings, each of which tells what differs.
#[track_caller]
pub fn verdict(claim: &str, source: &str, published: Option<Date>) -> (Verdict, Vec<FindingKind>) {
    let sources = [Source {
        text: source,
        published,
    }];
    let checked = check(claim, &sources, None);
    let findings = checked.findings();
    assert!(findings.iter().all(|f| !f.detail.is_empty()), "{claim}");
    assert_eq!(
        checked.verdict() == Verdict::Supported,
        findings.is_empty(),
        "{claim}: {findings:?}"
    );
    let kinds = findings.iter().map(|f| f.kind).collect();
    (checked.verdict(), kinds)
}

#[track_caller]
pub fn supported(claim: &str, source: &str) {
    assert_eq!(
        verdict(claim, source, None),
        (Verdict::Supported, vec![]),
        "{claim}"
    );
}

#[track_caller]
pub fn contradicted(claim: &str, source: &str, kind: FindingKind) {
    let (verdict, kinds) = verdict(claim, source, None);
    assert_eq!(verdict, Verdict::Contradicted, "{claim}");
    assert!(kinds.contains(&kind), "{claim}: {kinds:?}");
}
