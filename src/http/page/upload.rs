//! Files and pasted text taken in through a form, each with what became of it.

use std::io::Cursor;
use std::path::Path as FilePath;
use std::sync::Arc;

use axum::extract::State;
use axum::extract::multipart::{Field, Multipart};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;

use super::nav::Nav;
use super::{PageError, page};
use crate::app::App;
use crate::article::ArticleInput;
use crate::client::segment;
use crate::http::problem::ApiError;
use crate::ingest::{self, Status};
use crate::reader::{self, Format};

#[derive(Serialize)]
struct UploadPage {
    files: Vec<FileView>,
}

/// What became of a file.
#[derive(Serialize)]
struct FileView {
    name: String,
    results: Vec<ResultView>,
}

#[derive(Serialize)]
struct ResultView {
    /// The article's address, where it was taken.
    path: Option<String>,
    title: String,
    said: String,
    failed: bool,
}

/// Takes in what the form sends.
pub(in crate::http) async fn upload(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    mut form: Multipart,
) -> Result<Response, PageError> {
    let mut files = Vec::new();
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        if let Some((name, format, bytes)) = sent(field).await? {
            files.push(take(&app, name, format, bytes).await);
        }
    }
    let view = UploadPage { files };
    Ok(page("upload", &Nav::new(&app, &headers).await?, &view)?)
}

fn unreadable(error: axum::extract::multipart::MultipartError) -> ApiError {
    let reason = format!("reading the files: {}", error.body_text());
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        ApiError::TooLarge(reason)
    } else {
        ApiError::Syntax(reason)
    }
}

/// A file or the pasted text; nothing where the form left it empty.
async fn sent(field: Field<'_>) -> Result<Option<(String, Option<Format>, Vec<u8>)>, ApiError> {
    let named = field.name() == Some("files");
    let name = field.file_name().unwrap_or_default().to_owned();
    let bytes = field.bytes().await.map_err(unreadable)?.to_vec();
    if bytes.trim_ascii().is_empty() {
        return Ok(None);
    }
    Ok(Some(if named {
        let format = Format::of(FilePath::new(&name));
        (name, format, bytes)
    } else {
        ("pasted text".into(), Some(Format::Text), bytes)
    }))
}

async fn take(app: &App, name: String, format: Option<Format>, bytes: Vec<u8>) -> FileView {
    let failed = |said: String| ResultView {
        path: None,
        title: String::new(),
        said,
        failed: true,
    };
    let Some(format) = format else {
        let said = reader::ReadError::Unknown(name.clone()).to_string();
        return FileView {
            name,
            results: vec![failed(said)],
        };
    };
    let label = name.clone();
    let read = tokio::task::spawn_blocking(move || {
        reader::read_stream(&label, format, Cursor::new(bytes)).collect::<Vec<_>>()
    });
    let read = match read.await {
        Ok(read) => read,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    };
    let mut results = Vec::new();
    let mut inputs: Vec<ArticleInput> = Vec::new();
    for found in read {
        match found {
            Ok(found) => inputs.push(found.input),
            Err(error) => results.push(failed(error.to_string())),
        }
    }
    for taken in ingest::ingest(app, inputs).await {
        results.push(match taken {
            Ok(taken) => ResultView {
                path: Some(segment(taken.article.id.as_str())),
                title: match taken.article.title.as_str() {
                    "" => taken.article.summary(),
                    title => title.to_owned(),
                },
                said: match taken.status {
                    Status::Created => "taken in".into(),
                    Status::Updated => "replaced".into(),
                    Status::Unchanged => "was there already".into(),
                },
                failed: false,
            },
            Err(error) => failed(error.to_string()),
        });
    }
    if results.is_empty() {
        results.push(failed("it holds no article".into()));
    }
    FileView { name, results }
}
