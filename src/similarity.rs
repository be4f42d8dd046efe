//! How near claims are to what they cite, by the embedder: what the check takes as a number.

use crate::embed::{EmbedError, Embedder, Role, is_e5};
use crate::passage;

/// No more sentences of a claim's sources are embedded; the rest are not compared.
const MOST_SENTENCES: usize = 200;

/// The best cosine similarity of each claim to a sentence of its sources (−1 to 1), `None`
/// for a claim without sources. All are embedded in one batch. With a model other than E5,
/// whose similarities lie where the check was measured, there is none of any claim.
///
/// # Errors
/// When the embedder fails.
pub async fn of_claims(
    embedder: &dyn Embedder,
    claims: &[(&str, &[String])],
) -> Result<Vec<Option<f32>>, EmbedError> {
    if !is_e5(&embedder.identity().name) {
        return Ok(vec![None; claims.len()]);
    }
    let mut sentences = Vec::new();
    let mut counts = Vec::with_capacity(claims.len());
    for (_, sources) in claims {
        let before = sentences.len();
        let all = sources.iter().flat_map(|source| split(source));
        sentences.extend(all.take(MOST_SENTENCES));
        counts.push(sentences.len() - before);
    }
    let words = claims
        .iter()
        .map(|(claim, _)| (*claim).to_owned())
        .collect();
    let (claims, sentences) = futures::try_join!(
        embedder.embed(Role::Query, words),
        embedder.embed(Role::Passage, sentences),
    )?;
    let mut rest = sentences.as_slice();
    let best = claims.iter().zip(counts).map(|(claim, count)| {
        let (own, others) = rest.split_at(count);
        rest = others;
        let similarities = own.iter().map(|sentence| dot(claim, sentence));
        similarities.reduce(f32::max)
    });
    Ok(best.collect())
}

/// The sentences of a text that say something.
fn split(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let sentences = passage::sentences(text);
    let words = sentences
        .into_iter()
        .map(|s| chars[s].iter().collect::<String>());
    words
        .filter(|s| s.chars().any(char::is_alphanumeric))
        .collect()
}

/// The cosine of two vectors of unit length.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
