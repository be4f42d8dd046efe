//! Streams whose pieces each repeat the whole text so far, as some servers send
//! them: told apart from those whose pieces are new, and made like them. Pure.

/// Characters that a piece must repeat to be told apart where only two came.
const CERTAIN: usize = 8;

/// Takes the pieces of a stream and gives back what is new in each.
#[derive(Debug, Default)]
pub(super) enum Cumulative {
    /// Nothing has come yet.
    #[default]
    Silent,
    /// One piece has come, and was given back.
    One(String),
    /// A second one begins with the first; it is held back.
    Two(String, String),
    /// Each piece is new.
    No,
    /// Each piece repeats all before it; this is the last one.
    Yes(String),
}

impl Cumulative {
    /// What is new in `piece`, and in what was held back.
    pub fn push(&mut self, piece: String) -> String {
        if piece.is_empty() {
            return piece;
        }
        match std::mem::take(self) {
            Cumulative::Silent => {
                *self = Cumulative::One(piece.clone());
                piece
            }
            Cumulative::One(first) if piece.len() > first.len() && piece.starts_with(&first) => {
                *self = Cumulative::Two(first, piece);
                String::new()
            }
            Cumulative::Two(first, second)
                if piece.len() >= second.len() && piece.starts_with(&second) =>
            {
                let new = piece[first.len()..].to_owned();
                *self = Cumulative::Yes(piece);
                new
            }
            Cumulative::Two(_, second) => {
                *self = Cumulative::No;
                second + &piece
            }
            Cumulative::Yes(before) => match piece.strip_prefix(before.as_str()) {
                Some(new) => {
                    let new = new.to_owned();
                    *self = Cumulative::Yes(piece);
                    new
                }
                None => {
                    *self = Cumulative::Yes(before);
                    String::new()
                }
            },
            Cumulative::One(_) | Cumulative::No => {
                *self = Cumulative::No;
                piece
            }
        }
    }

    /// What was held back, once the stream has ended.
    pub fn finish(&mut self) -> String {
        match std::mem::take(self) {
            Cumulative::Two(first, second) if first.chars().count() >= CERTAIN => {
                second[first.len()..].to_owned()
            }
            Cumulative::Two(_, second) => second,
            _ => String::new(),
        }
    }
}
