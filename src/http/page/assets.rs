//! Stylesheet, scripts and icon: in the binary, each named after its content, so that
//! a browser may keep it for good.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::http::problem::ApiError;

/// A year, which is the longest that caches heed.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// Name, type, content; a script stands after those that it imports.
const SOURCES: [(&str, &str, &str); 7] = [
    ("page.css", "text/css", include_str!("page.css")),
    ("icon.svg", "image/svg+xml", include_str!("icon.svg")),
    ("events.js", "text/javascript", include_str!("events.js")),
    ("page.js", "text/javascript", include_str!("page.js")),
    ("ask.js", "text/javascript", include_str!("ask.js")),
    ("article.js", "text/javascript", include_str!("article.js")),
    ("upload.js", "text/javascript", include_str!("upload.js")),
];

struct Asset {
    /// As the templates call it.
    plain: &'static str,
    /// As browsers call it.
    name: String,
    media: &'static str,
    content: String,
    /// The content's hash.
    tag: String,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let mut assets: Vec<Asset> = Vec::new();
    for (plain, media, content) in SOURCES {
        let mut content = content.to_owned();
        for known in &assets {
            content = content.replace(
                &format!("\"./{}\"", known.plain),
                &format!("\"./{}\"", known.name),
            );
        }
        let hash = Sha256::digest(content.as_bytes());
        let tag: String = hash
            .iter()
            .take(6)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let (stem, ending) = plain.rsplit_once('.').unwrap_or((plain, ""));
        assets.push(Asset {
            plain,
            name: format!("{stem}-{tag}.{ending}"),
            media,
            content,
            tag: format!("\"{tag}\""),
        });
    }
    assets
});

/// The address of an asset, for the templates.
pub(in crate::http) fn address(plain: &str) -> String {
    let asset = ASSETS.iter().find(|asset| asset.plain == plain);
    asset.map_or_else(String::new, |asset| format!("/assets/{}", asset.name))
}

/// An asset by the name that [`address`] gives.
pub(in crate::http) async fn asset(
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return Err(ApiError::NotFound(format!(
            "/assets/{name}: there is no such file; reload the page that asked for it"
        )));
    };
    let kept = [
        (header::CACHE_CONTROL, FOREVER),
        (header::ETAG, asset.tag.as_str()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|tags| tags.to_str().ok())
        .is_some_and(|tags| tags.contains(&asset.tag));
    if known {
        return Ok((StatusCode::NOT_MODIFIED, kept).into_response());
    }
    let media = format!("{}; charset=utf-8", asset.media);
    Ok((
        kept,
        [(header::CONTENT_TYPE, media)],
        asset.content.as_str(),
    )
        .into_response())
}
