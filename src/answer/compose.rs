//! The model's words become an answer: claims with citations that exist, each
//! checked as it ends. Pure: pieces of text in, events out.
//!
//! Two forms of reply are read, told apart by their first character: evidence as
//! JSON (`{"claims": [{"cited", "evidence", "statement"}]}`), which the prompt asks for,
//! and prose with markers, which some models write whatever they are asked.

use std::{collections::BTreeSet, ops::Range};

use super::{
    AskEvent, Citation, Claim,
    citation::{Markers, Token},
    judge, relevance,
    source::Source,
};
use crate::{
    check::{Finding, FindingKind, Verdict},
    extract::overlap::{Words, differ},
    harmless::{certain, continuation, harmless},
    passage,
};

mod evidence;

use evidence::is_evidence;

/// What an answer is made with.
pub(super) struct Setting<'a> {
    pub question: &'a str,
    pub language: &'a str,
    pub sources: &'a [Source<'a>],
    pub strict: bool,
}

/// An answer in the making.
pub(super) struct Composer<'a> {
    setting: Setting<'a>,
    form: Form,
    markers: Markers,
    /// The claim that is being written, without its markers.
    open: Open,
    /// Text that was told, markers included.
    pub answer: String,
    pub claims: Vec<Claim>,
    pub citations: Vec<Citation>,
    /// Claims left out because they are not supported.
    pub withheld: usize,
}

enum Form {
    Unknown(String),
    Evidence { reply: String, taken: usize },
    Prose,
}

#[derive(Default)]
struct Open {
    text: String,
    /// As it will be shown, markers included.
    shown: String,
    /// How many bytes of that were told.
    told: usize,
    citations: Vec<u32>,
    sources: BTreeSet<usize>,
    findings: Vec<Finding>,
}

impl<'a> Composer<'a> {
    pub fn new(setting: Setting<'a>) -> Composer<'a> {
        Composer {
            setting,
            form: Form::Unknown(String::new()),
            markers: Markers::default(),
            open: Open::default(),
            answer: String::new(),
            claims: Vec::new(),
            citations: Vec::new(),
            withheld: 0,
        }
    }

    /// Takes the next piece of the model's reply.
    pub fn push(&mut self, piece: &str, tell: &mut dyn FnMut(AskEvent)) {
        match &mut self.form {
            Form::Unknown(begun) => {
                begun.push_str(piece);
                let text = begun.trim_start();
                if text.len() < 3 {
                    return;
                }
                let text = text.to_owned();
                if is_evidence(&text) {
                    self.form = Form::Evidence {
                        reply: text,
                        taken: 0,
                    };
                    self.take_evidence(false, tell);
                } else {
                    self.form = Form::Prose;
                    self.prose(&text, tell);
                }
            }
            Form::Evidence { reply, .. } => {
                reply.push_str(piece);
                // Only a closing brace ends a claim.
                if piece.contains(['}', ']', '{']) {
                    self.take_evidence(false, tell);
                }
            }
            Form::Prose => self.prose(piece, tell),
        }
    }

    /// Takes what is left when the reply has ended.
    pub fn finish(&mut self, tell: &mut dyn FnMut(AskEvent)) {
        if let Form::Unknown(begun) = &mut self.form {
            let begun = std::mem::take(begun);
            self.form = Form::Prose;
            self.prose(&begun, tell);
        }
        match self.form {
            Form::Evidence { .. } => self.take_evidence(true, tell),
            _ => {
                for token in self.markers.finish() {
                    self.token(token, tell);
                }
                self.close(tell);
            }
        }
    }

    /// Whether the reply itself says that the sources do not answer.
    pub fn refused(&self) -> bool {
        match &self.form {
            Form::Evidence { .. } => self.claims.is_empty(),
            _ => self.citations.is_empty() && relevance::is_refusal(&self.answer),
        }
    }

    fn prose(&mut self, piece: &str, tell: &mut dyn FnMut(AskEvent)) {
        for token in self.markers.push(piece) {
            self.token(token, tell);
        }
        self.flow(tell);
    }

    fn token(&mut self, token: Token, tell: &mut dyn FnMut(AskEvent)) {
        match token {
            Token::Text(text) => {
                for c in text.chars() {
                    self.character(c, tell);
                }
            }
            Token::Marker(numbers) => {
                self.flow(tell);
                let flows = self.open.told == self.open.shown.len();
                for n in numbers {
                    self.mark(n);
                }
                if flows && !self.setting.strict {
                    self.tell_until(self.open.shown.len(), tell);
                }
            }
        }
    }

    /// Adds a character to the open claim; when it begins the next sentence, the
    /// claim before it is closed. A marker after the full stop belongs to the claim.
    fn character(&mut self, c: char, tell: &mut dyn FnMut(AskEvent)) {
        if !c.is_whitespace() && !self.open.text.trim().is_empty() && self.ends_before(c) {
            self.close(tell);
        }
        self.open.text.push(c);
        self.open.shown.push(c);
    }

    /// Tells the words of the open claim as they come, where none can be withheld.
    fn flow(&mut self, tell: &mut dyn FnMut(AskEvent)) {
        if !self.setting.strict {
            self.tell_until(certain(&self.open.shown, self.open.told), tell);
        }
    }

    /// Tells the open claim up to byte `until` of what is shown of it.
    fn tell_until(&mut self, until: usize, tell: &mut dyn FnMut(AskEvent)) {
        let text = self.open.shown[self.open.told..until].to_owned();
        self.open.told = until;
        self.tell(&text, tell);
    }

    fn tell(&mut self, text: &str, tell: &mut dyn FnMut(AskEvent)) {
        // A refusal may follow, which no blank lines come before.
        let text = if self.answer.is_empty() {
            text.trim_start()
        } else {
            text
        };
        if !text.is_empty() {
            self.answer.push_str(text);
            tell(AskEvent::Delta {
                text: text.to_owned(),
            });
        }
    }

    fn ends_before(&self, c: char) -> bool {
        let text = &self.open.text;
        let last = text.trim_end().chars().last().unwrap_or(' ');
        let may_end = matches!(
            last,
            '.' | '!'
                | '?'
                | '。'
                | '！'
                | '？'
                | '；'
                | '…'
                | '"'
                | '”'
                | '」'
                | '）'
                | ')'
                | '*'
        ) || text.ends_with('\n');
        if !may_end {
            return false;
        }
        let mut longer = text.clone();
        longer.push(c);
        // What follows a lower-case stop is not known yet; a word stands for it.
        if c.is_alphanumeric() && !passage::is_cjk(c) {
            longer.push('x');
        }
        let sentences = passage::sentences(&longer);
        let length = text.chars().count();
        sentences
            .iter()
            .any(|s| s.start > 0 && s.start <= length && s.end > length)
    }

    /// A marker of prose: the number of a source, or of none.
    fn mark(&mut self, n: u32) {
        let index = usize::try_from(n).unwrap_or(usize::MAX).wrapping_sub(1);
        if index < self.setting.sources.len() {
            self.cite_best(index);
            return;
        }
        self.open.findings.push(Finding {
            kind: FindingKind::Citation,
            claim: format!("[{n}]"),
            source: String::new(),
            detail: format!(
                "The claim cites source {n}; {} were given.",
                self.setting.sources.len()
            ),
        });
    }

    /// Cites the sentence of a source that bears out the open claim best.
    fn cite_best(&mut self, index: usize) {
        let words = self.words(&self.open.text);
        let quotable = &self.setting.sources[index].quotable;
        let sentences = quotable.narrowed(0..quotable.len(), self.open.text.trim(), &words);
        self.cite(index, sentences);
    }

    fn cite(&mut self, index: usize, sentences: Range<usize>) {
        let next = u32::try_from(self.citations.len()).unwrap_or(u32::MAX) + 1;
        let citation = self.setting.sources[index].citation(next, sentences);
        let same = self.citations.iter().find(|c| {
            c.article_id == citation.article_id
                && c.start == citation.start
                && c.end == citation.end
        });
        let n = match same {
            Some(known) => known.n,
            None => {
                self.citations.push(citation);
                next
            }
        };
        self.open.sources.insert(index);
        if !self.open.citations.contains(&n) {
            self.open.citations.push(n);
            let gap = if self
                .open
                .shown
                .ends_with(|c: char| c.is_ascii_punctuation() && c != ']')
            {
                " "
            } else {
                ""
            };
            self.open.shown.push_str(&format!("{gap}[{n}]"));
        }
    }

    /// Ends the open claim: it is checked, and told unless it is withheld.
    fn close(&mut self, tell: &mut dyn FnMut(AskEvent)) {
        let open = std::mem::take(&mut self.open);
        let text = harmless(&open.text)
            .trim()
            .trim_start_matches(['-', '*', '•', '#', ' '])
            .trim()
            .to_owned();
        let (told, rest) = open.shown.split_at(open.told);
        let mut shown = continuation(told, rest);
        let cleaned = shown != rest;
        if !text.chars().any(char::is_alphanumeric) {
            // Blanks and rules between claims are told as they are.
            if !(self.setting.strict || cleaned) {
                self.tell(&shown, tell);
            }
            return;
        }
        let passages: Vec<&Source<'_>> = open
            .sources
            .iter()
            .map(|&i| &self.setting.sources[i])
            .collect();
        let (verdict, mut findings) = judge(&text, &passages);
        let invented = !open.findings.is_empty();
        findings.extend(open.findings);
        let verdict = match verdict {
            Verdict::Supported | Verdict::Uncited if invented => Verdict::Unsupported,
            verdict => verdict,
        };
        if self.setting.strict && verdict != Verdict::Supported {
            self.withheld += 1;
            self.forget_unused();
            return;
        }
        let evidence = matches!(self.form, Form::Evidence { .. });
        if (evidence || self.setting.strict || cleaned)
            && !self.answer.is_empty()
            && !shown.is_empty()
            && !shown.starts_with(char::is_whitespace)
        {
            let cjk = self
                .answer
                .chars()
                .rev()
                .find(|c| c.is_alphanumeric() && !c.is_ascii_digit())
                .is_some_and(passage::is_cjk);
            if !cjk {
                shown.insert(0, ' ');
            }
        }
        self.tell(&shown, tell);
        let claim = Claim {
            text,
            citations: open.citations,
            verdict,
            findings,
        };
        self.claims.push(claim.clone());
        tell(AskEvent::Claim {
            index: self.claims.len() - 1,
            claim,
        });
    }

    /// Takes back citations that only a withheld claim used; they are the last ones.
    fn forget_unused(&mut self) {
        while let Some(last) = self.citations.last() {
            if self
                .claims
                .iter()
                .any(|claim| claim.citations.contains(&last.n))
            {
                break;
            }
            self.citations.pop();
        }
    }

    fn words(&self, claim: &str) -> Words {
        let across = self
            .setting
            .sources
            .iter()
            .any(|s| differ(self.setting.language, &s.hit.language));
        Words::new(claim, across)
    }
}
