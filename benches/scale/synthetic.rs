//! Passages made of real ones; each is a function of its number.

use std::ops::Range;

use dragoman::article::{Article, ArticleId, Origin};
use dragoman::lexical;
use dragoman::store::{NewArticle, NewPassage, StoredPassage};
use serde_json::json;
use uuid::Uuid;

/// How much of a vector is noise, and at most of another passage.
const NOISE: f32 = 0.25;
const OTHER: f32 = 0.5;

/// Real passages with their vectors.
pub struct Real {
    pub texts: Vec<String>,
    pub vectors: Vec<Vec<f32>>,
}

impl Real {
    /// The vector of a passage, of unit length.
    pub fn vector(&self, number: u64) -> Vec<f32> {
        let mut random = Random(number ^ 0x5eed);
        let (one, other) = self.pair(number);
        let share = random.unit() * OTHER;
        let (one, other) = (&self.vectors[one], &self.vectors[other]);
        let noise = NOISE / (one.len() as f32).sqrt();
        let mut vector: Vec<f32> = one
            .iter()
            .zip(other)
            .map(|(a, b)| a * (1.0 - share) + b * share + random.normal() * noise)
            .collect();
        let norm = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
        vector.iter_mut().for_each(|value| *value /= norm);
        vector
    }

    /// An article of these passages.
    pub fn article(&self, numbers: Range<u64>) -> NewArticle {
        let id = ArticleId::try_from(format!("synthetic-{}", numbers.start))
            .expect("an id of letters and digits");
        let passages: Vec<NewPassage> = numbers
            .clone()
            .enumerate()
            .map(|(ordinal, number)| self.passage(&id, ordinal, number))
            .collect();
        let text: Vec<&str> = passages
            .iter()
            .map(|passage| passage.passage.text.as_str())
            .collect();
        let article: Article = serde_json::from_value(json!({
            "id": id, "revision": 1, "content_hash": numbers.start.to_string(),
            "title": "合成的标题，长度与新闻相仿", "title_en": null,
            "source": format!("source {}", numbers.start % 40), "source_latin": null,
            "url": null, "published_at": null,
            "ingested_at": "2025-10-29T00:00:00Z", "language": "zh-Hans",
            "topics": [(numbers.start % 10).to_string()], "metadata": {}, "text": text.join("\n"),
            "origin": "text", "paragraphs": [], "brief": null, "brief_status": "none",
        }))
        .expect("an article as it is stored");
        NewArticle {
            article,
            passages,
            replaces: None,
        }
    }

    fn passage(&self, article: &ArticleId, ordinal: usize, number: u64) -> NewPassage {
        let (one, other) = self.pair(number);
        let half: String = self.texts[other].chars().take(60).collect();
        let text = format!("{}{half}{number}", self.texts[one]);
        let document = lexical::document(&[], &text);
        NewPassage {
            lexical: document.vector,
            passage: StoredPassage {
                passage_id: id(number),
                article_id: article.clone(),
                revision: 1,
                ordinal: ordinal as u32,
                title: "合成的标题，长度与新闻相仿".to_owned(),
                source: None,
                url: None,
                published_at: None,
                language: "zh-Hans".to_owned(),
                paragraph: ordinal as u32 + 1,
                start: ordinal * 400,
                end: ordinal * 400 + text.chars().count(),
                origin: Origin::Text,
                text,
                simhash: document.simhash,
            },
        }
    }

    fn pair(&self, number: u64) -> (usize, usize) {
        let mut random = Random(number);
        let mut any = || (random.next() % self.texts.len() as u64) as usize;
        (any(), any())
    }
}

/// The id of a passage.
pub fn id(number: u64) -> Uuid {
    Uuid::from_u128(u128::from(number) << 64 | 0x5ca1e)
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 to 1.
    fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u64 << 24) as f32
    }

    /// About normal: the sum of four uniform ones (Irwin & Hall 1927), scaled to deviation 1.
    fn normal(&mut self) -> f32 {
        ((0..4).map(|_| self.unit()).sum::<f32>() - 2.0) * 3.0_f32.sqrt()
    }
}
