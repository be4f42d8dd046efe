//! A body as lines that arrive one by one.

use axum::body::{Body, Bytes};
use futures::{Stream, StreamExt, TryStreamExt, stream};
use tokio::io::AsyncBufReadExt;
use tokio_util::io::StreamReader;

use super::problem::ApiError;

/// The longest line that is taken; an article is never near it.
const MAX_LINE: usize = 16 * 1024 * 1024;

/// A line of a body.
pub(super) struct Line {
    /// From 1, blank lines counted.
    pub number: u64,
    /// Its bytes without the line feed, or why they could not be read.
    pub bytes: Result<Bytes, ApiError>,
}

/// The lines of `body` that are not blank. A line that is too long is an error in
/// its place; a body that breaks off ends with an error.
pub(super) fn lines(body: Body) -> impl Stream<Item = Line> + Send {
    let bytes = body.into_data_stream().map_err(std::io::Error::other);
    let reader = StreamReader::new(bytes);
    stream::unfold(Some((Box::pin(reader), 0)), |state| async move {
        let (mut reader, number) = state?;
        let number = number + 1;
        match read_line(&mut reader).await {
            Ok(None) => None,
            Ok(Some(bytes)) => Some((Line { number, bytes }, Some((reader, number)))),
            Err(error) => {
                let error = ApiError::Syntax(format!("reading line {number}: {error}"));
                Some((
                    Line {
                        number,
                        bytes: Err(error),
                    },
                    None,
                ))
            }
        }
    })
    .filter(|line| {
        let blank = matches!(&line.bytes, Ok(bytes) if bytes.trim_ascii().is_empty());
        std::future::ready(!blank)
    })
}

async fn read_line(
    reader: &mut (impl AsyncBufReadExt + Unpin),
) -> std::io::Result<Option<Result<Bytes, ApiError>>> {
    let mut line = Vec::new();
    let mut too_long = false;
    let mut any = false;
    loop {
        let available = reader.fill_buf().await?;
        if available.is_empty() {
            break;
        }
        any = true;
        let end = available.iter().position(|byte| *byte == b'\n');
        let part = &available[..end.unwrap_or(available.len())];
        too_long |= line.len() + part.len() > MAX_LINE;
        if too_long {
            line = Vec::new();
        } else {
            line.extend_from_slice(part);
        }
        let used = end.map_or(available.len(), |end| end + 1);
        reader.consume(used);
        if end.is_some() {
            break;
        }
    }
    if !any {
        return Ok(None);
    }
    if too_long {
        return Ok(Some(Err(ApiError::TooLarge(format!(
            "reading a line: it is longer than {MAX_LINE} bytes; send the article by itself, or shorten it"
        )))));
    }
    Ok(Some(Ok(line.into())))
}
