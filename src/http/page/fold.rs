//! Near-identical reports of one event, told once. Pure.

use crate::article::{Article, slice};

/// Characters of a text that are compared.
const OPENING: usize = 400;
/// Characters of a shingle.
const SHINGLE: usize = 4;
/// Shorter texts are alike by chance.
const SHORTEST: usize = 40;
/// The share of shingles (Jaccard) from which two texts are one report.
const SAME: f32 = 0.6;

/// The articles in groups, each led by its first; an article joins the first group
/// whose leader it nearly repeats.
pub(super) fn folded(articles: Vec<Article>) -> Vec<(Article, Vec<Article>)> {
    let mut groups: Vec<(Vec<u64>, Article, Vec<Article>)> = Vec::new();
    for article in articles {
        let shingles = shingles(&article);
        let same = groups
            .iter_mut()
            .find(|(leader, _, _)| same(leader, &shingles));
        match same {
            Some((_, _, more)) => more.push(article),
            None => groups.push((shingles, article, Vec::new())),
        }
    }
    groups
        .into_iter()
        .map(|(_, leader, more)| (leader, more))
        .collect()
}

/// Hashes of the runs of characters in the opening, sorted, each once.
fn shingles(article: &Article) -> Vec<u64> {
    let opening: Vec<char> = slice(&article.text, 0, OPENING)
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect();
    if opening.len() < SHORTEST {
        return Vec::new();
    }
    let mut hashes: Vec<u64> = opening
        .windows(SHINGLE)
        .map(|run| {
            run.iter().fold(0xcbf2_9ce4_8422_2325, |hash, c| {
                (hash ^ u64::from(u32::from(*c))).wrapping_mul(0x0000_0100_0000_01b3)
            })
        })
        .collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

/// Whether of all hashes of two lists both have the share [`SAME`]; given up as soon as
/// too many are in one alone, which most texts show in the first few.
fn same(a: &[u64], b: &[u64]) -> bool {
    let common = (SAME * (a.len() + b.len()) as f32 / (1.0 + SAME)).ceil() as usize;
    let Some(mut spare) = a.len().checked_sub(common).filter(|_| common > 0) else {
        return false;
    };
    let mut at = 0;
    for hash in a {
        while b.get(at).is_some_and(|other| other < hash) {
            at += 1;
        }
        if b.get(at) != Some(hash) {
            let Some(left) = spare.checked_sub(1) else {
                return false;
            };
            spare = left;
        }
    }
    true
}
