//! What the clients know of their articles, which a restart is compared with.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tokio::sync::watch;

/// What is known of an article: its version, or that there is none.
pub type State = Option<u64>;

/// What one client knows of its articles.
pub struct Known {
    pub articles: BTreeMap<String, Knowledge>,
    pub acknowledged: u64,
    name: String,
    versions: u64,
    told: watch::Sender<u64>,
}

#[derive(Default, Clone, Copy)]
pub struct Knowledge {
    pub acknowledged: State,
    /// What was sent and not answered; either may be there after a crash.
    pub sent: Option<State>,
    /// A brief was acknowledged for this version.
    pub brief: Option<u64>,
}

impl Known {
    /// A client that has written nothing; what is acknowledged is counted in `told`.
    pub fn new(name: &str, told: &watch::Sender<u64>) -> Known {
        Known {
            articles: BTreeMap::new(),
            acknowledged: 0,
            name: name.to_owned(),
            versions: 0,
            told: told.clone(),
        }
    }

    pub fn id(&self, n: usize) -> String {
        format!("{}-{n}", self.name)
    }

    pub fn next_version(&mut self) -> u64 {
        self.versions += 1;
        self.versions
    }

    pub fn send(&mut self, id: &str, state: State) {
        self.articles.entry(id.to_owned()).or_default().sent = Some(state);
    }

    pub fn acknowledge(&mut self, id: &str) {
        let known = self.articles.entry(id.to_owned()).or_default();
        if let Some(state) = known.sent.take() {
            known.acknowledged = state;
            self.acknowledged += 1;
            self.told.send_modify(|count| *count += 1);
        }
    }

    /// New versions of the first `count` articles, a line each, noted as sent.
    pub fn lines(&mut self, count: usize) -> String {
        let mut lines = String::new();
        for n in 0..count {
            let (id, version) = (self.id(n), self.next_version());
            self.send(&id, Some(version));
            lines.push_str(&format!("{}\n", article(&id, version)));
        }
        lines
    }
}

/// A word that only this version of this article holds.
pub fn word(id: &str, version: u64) -> String {
    const LETTERS: &[u8] = b"bcdfgjkmpvxz";
    let letters = format!("{id}-{version}")
        .bytes()
        .flat_map(|byte| {
            [
                LETTERS[usize::from(byte / 12) % 12],
                LETTERS[usize::from(byte % 12)],
            ]
        })
        .map(char::from)
        .collect::<String>();
    format!("zx{letters}")
}

pub fn article(id: &str, version: u64) -> Value {
    let mut text = format!(
        "{}。东昌府区葫芦种植面积{version}万余亩，产值达{version}亿元。",
        word(id, version)
    );
    for n in 0..version % 5 * 8 {
        text.push_str(&format!(
            "第{n}个村今年种葫芦{version}亩，比去年多{n}亩，村民的收入也随之增加。"
        ));
    }
    json!({"id": id, "title": format!("第{version}版"), "text": text, "published_at": "2025-10-28"})
}
