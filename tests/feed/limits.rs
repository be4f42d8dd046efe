//! What a fetch may take: bytes, time, redirects, types.

use std::sync::Arc;
use std::time::Duration;

use dragoman::feed::address::Allowed;
use dragoman::feed::fetch::{Fetched, Fetcher, Limits, SystemLookup, Validators};
use url::Url;

use crate::feed::site::{Page, Site};

async fn fetch(page: Page, limits: Limits) -> Result<Fetched, String> {
    let site = Site::of([page]).await;
    let allowed = Allowed::new(&["127.0.0.1".to_owned()]);
    let fetcher = Fetcher::new(allowed, limits, Arc::new(SystemLookup));
    let url = Url::parse(&site.url("/rss.xml")).expect("an address");
    let fetched = fetcher.fetch(&url, &Validators::default()).await;
    fetched.map_err(|error| error.to_string().replace(&site.port.to_string(), "PORT"))
}

#[tokio::test]
async fn a_feed_that_is_too_large_is_given_up() {
    let limits = Limits {
        bytes: 1_000,
        ..Limits::default()
    };
    assert!(fetch(Page::feed(vec![b'x'; 1_000]), limits).await.is_ok());
    let told = fetch(Page::feed(vec![b'x'; 1_001]), limits).await;
    assert_eq!(
        told.expect_err("it is too large"),
        "fetching http://127.0.0.1:PORT/rss.xml: it has more than 1000 bytes"
    );
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_given_up() {
    let limits = Limits {
        time: Duration::from_millis(100),
        ..Limits::default()
    };
    let silent = Page {
        silent: true,
        ..Page::default()
    };
    assert_eq!(
        fetch(silent, limits).await.expect_err("it is silent"),
        "fetching http://127.0.0.1:PORT/rss.xml: not there within 0.1 s"
    );
}

#[tokio::test]
async fn redirects_without_end_are_given_up() {
    assert_eq!(
        fetch(Page::redirect("/again"), Limits::default())
            .await
            .expect_err("it has no end"),
        "fetching http://127.0.0.1:PORT/rss.xml: more than 5 redirects"
    );
}

#[tokio::test]
async fn what_is_no_feed_by_its_type_is_not_read() {
    for kind in [
        "image/png",
        "video/mp4",
        "application/zip",
        "application/pdf",
    ] {
        let told = fetch(
            Page::feed("x").with("content-type", kind),
            Limits::default(),
        )
        .await;
        let told = told.expect_err("it is no feed");
        assert!(
            told.ends_with(&format!("its type is {kind}, which is no feed")),
            "{told}"
        );
    }
    for kind in [
        "text/xml",
        "application/xml; charset=gb2312",
        "application/atom+xml",
        "text/html",
        "application/feed+json",
        "application/json",
        "text/plain",
        "application/octet-stream",
        "",
    ] {
        let page = Page::feed("x").with("content-type", kind);
        assert!(fetch(page, Limits::default()).await.is_ok(), "{kind}");
    }
    let packed = Page::feed("x").with("content-encoding", "gzip");
    let told = fetch(packed, Limits::default())
        .await
        .expect_err("it was not asked for");
    assert!(told.contains("compressed as gzip"), "{told}");
}
