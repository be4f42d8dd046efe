//! Keeps a model's thinking (`<think>…</think>`) out of its text, also when a
//! tag is spread over several pieces.

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// Takes text piece by piece and gives back what is not thinking.
#[derive(Debug, Default)]
pub struct ThinkFilter {
    inside: bool,
    held: String,
    spoken: bool,
}

impl ThinkFilter {
    /// The text of `piece` outside of thinking; the beginning of a tag is held back.
    pub fn push(&mut self, piece: &str) -> String {
        self.held.push_str(piece);
        let mut out = String::new();
        loop {
            let tag = if self.inside { CLOSE } else { OPEN };
            if let Some(at) = self.held.find(tag) {
                if !self.inside {
                    out.push_str(&self.held[..at]);
                }
                self.held.drain(..at + tag.len());
                self.inside = !self.inside;
                continue;
            }
            let keep = partial_tag(&self.held, tag);
            let cut = self.held.len() - keep;
            if !self.inside {
                out.push_str(&self.held[..cut]);
            }
            self.held.drain(..cut);
            break;
        }
        self.trimmed(out)
    }

    /// What was held back and turned out to be no tag.
    pub fn finish(&mut self) -> String {
        let rest = std::mem::take(&mut self.held);
        if self.inside {
            String::new()
        } else {
            self.trimmed(rest)
        }
    }

    /// Drops the blank lines that follow the thinking.
    fn trimmed(&mut self, out: String) -> String {
        if self.spoken {
            return out;
        }
        let text = out.trim_start();
        self.spoken = !text.is_empty();
        text.to_owned()
    }
}

/// `text` without thinking; a lone closing tag means that all before it was
/// thinking (some chat templates write the opening tag themselves).
pub fn strip_thinking(text: &str) -> String {
    let text = match (text.find(OPEN), text.find(CLOSE)) {
        (None, Some(at)) => &text[at + CLOSE.len()..],
        (Some(open), Some(close)) if close < open => &text[close + CLOSE.len()..],
        _ => text,
    };
    let mut filter = ThinkFilter::default();
    let mut out = filter.push(text);
    out.push_str(&filter.finish());
    out
}

/// Bytes at the end of `text` that may be the beginning of `tag`.
fn partial_tag(text: &str, tag: &str) -> usize {
    (1..tag.len())
        .rev()
        .find(|&n| text.ends_with(&tag[..n]))
        .unwrap_or(0)
}
