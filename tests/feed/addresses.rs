//! What fetches an address refuses those that only this machine or its network reaches.

use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use dragoman::feed::address::{Allowed, is_public};
use dragoman::feed::fetch::{FetchError, Fetched, Fetcher, Limits, Lookup, Validators};
use serde_json::json;
use url::Url;

use crate::feed::site::{Page, Site, rss};
use crate::support::server::Server;

/// Names that lead where the test says, one answer after the other.
#[derive(Default)]
struct Names {
    answers: Mutex<Vec<Vec<&'static str>>>,
    asked: Mutex<Vec<String>>,
}

impl Names {
    fn leading_to(answers: &[&[&'static str]]) -> Arc<Names> {
        let answers = answers.iter().rev().map(|answer| answer.to_vec());
        Arc::new(Names {
            answers: Mutex::new(answers.collect()),
            asked: Mutex::default(),
        })
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no test panics").clone()
    }
}

#[async_trait]
impl Lookup for Names {
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        self.asked.lock().expect("no test panics").push(host.into());
        let answer = self.answers.lock().expect("no test panics").pop();
        let answer = answer.ok_or_else(|| io::Error::other("no such name"))?;
        Ok(answer
            .iter()
            .map(|ip| ip.parse().expect("an address"))
            .collect())
    }
}

fn fetcher(allowed: &[&str], names: Arc<Names>) -> Fetcher {
    let allowed: Vec<String> = allowed.iter().map(|host| host.to_string()).collect();
    Fetcher::new(Allowed::new(&allowed), Limits::default(), names)
}

async fn fetch(fetcher: &Fetcher, url: &str) -> Result<Fetched, FetchError> {
    let url = Url::parse(url).expect("an address");
    fetcher.fetch(&url, &Validators::default()).await
}

async fn refusal(fetcher: &Fetcher, url: &str) -> String {
    match fetch(fetcher, url).await {
        Err(error @ FetchError::Private { .. }) => error.to_string(),
        other => panic!("{url}: {other:?}"),
    }
}

#[test]
fn private_loopback_link_local_and_other_special_addresses_are_not_public() {
    for ip in [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.9.9.9",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:c0a8:101::1",
        "3fff::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "4000::1",
    ] {
        assert!(!is_public(ip.parse().expect("an address")), "{ip}");
    }
    for ip in [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.1",
        "100.63.255.255",
        "100.128.0.1",
        "126.0.0.1",
        "128.0.0.1",
        "169.253.0.1",
        "172.15.0.1",
        "172.32.0.1",
        "192.0.1.1",
        "192.167.1.1",
        "198.17.0.1",
        "198.20.0.1",
        "223.255.255.255",
        "::ffff:1.1.1.1",
        "64:ff9b::101:101",
        "2002:101:101::",
        "2001:4860:4860::8888",
        "2400:3200::1",
        "2606:4700::1111",
        "3fff:1000::1",
    ] {
        assert!(is_public(ip.parse().expect("an address")), "{ip}");
    }
}

#[tokio::test]
async fn a_private_address_is_refused_when_it_is_named() {
    let server = Server::empty().await;
    for host in [
        "127.0.0.1",
        "localhost.",
        "10.1.2.3",
        "169.254.169.254",
        "192.168.0.1",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[fe80::1]",
        "[fd00::1]",
        "2130706433",
        "0x7f.1",
        "127.1",
        "0177.0.0.1",
    ] {
        let body = json!({"url": format!("http://{host}/rss.xml")});
        let answer = server.post("/v1/feeds", body).await;
        if host == "localhost." {
            assert_eq!(
                answer.status, 201,
                "a name is looked at when it is looked up"
            );
            continue;
        }
        assert_eq!(answer.status, 422, "{host}: {}", answer.text);
        let problem = answer.json();
        assert_eq!(problem["errors"][0]["pointer"], "/url");
        let detail = problem["detail"].as_str().expect("a detail");
        assert!(detail.contains("DRAGOMAN_FEEDS_PRIVATE"), "{detail}");
    }
}

#[tokio::test]
async fn a_name_that_leads_to_a_private_address_is_refused_before_it_is_called() {
    let site = Site::of([Page::feed(rss(&[]))]).await;
    for answer in [
        &["127.0.0.1"][..],
        &["::1"],
        &["::ffff:127.0.0.1"],
        &["10.0.0.1"],
        &["169.254.169.254"],
        &["1.1.1.1", "127.0.0.1"],
    ] {
        let names = Names::leading_to(&[answer]);
        let url = format!("http://news.example:{}/rss.xml", site.port);
        let refused = refusal(&fetcher(&["127.0.0.1"], names), &url).await;
        assert!(refused.contains("news.example is at "), "{refused}");
    }
    assert_eq!(site.asked().len(), 0, "nobody was called");
}

#[tokio::test]
async fn the_address_that_was_looked_at_is_the_one_that_is_called() {
    let site = Site::of([Page::feed(rss(&[]))]).await;
    // A second lookup would come to another address.
    let names = Names::leading_to(&[&["127.0.0.1"], &["10.0.0.1"], &["10.0.0.1"]]);
    let allowed = fetcher(&["news.example"], names.clone());
    let url = format!("http://news.example:{}/rss.xml", site.port);
    assert!(matches!(
        fetch(&allowed, &url).await,
        Ok(Fetched::Body { .. })
    ));
    assert_eq!(names.asked(), ["news.example"]);
    assert_eq!(site.asked().len(), 1);
}

#[tokio::test]
async fn a_redirect_to_a_private_address_is_refused() {
    for to in [
        "http://127.0.0.2:{port}/secret",
        "http://[::1]:{port}/secret",
        "http://[::ffff:127.0.0.1]:{port}/secret",
        "http://internal.example:{port}/secret",
        "//internal.example:{port}/secret",
        "http://169.254.169.254/latest/meta-data/",
    ] {
        let secret = Site::of([Page::feed("geheim")]).await;
        let to = to.replace("{port}", &secret.port.to_string());
        let site = Site::of([Page::redirect("/moved"), Page::redirect(&to)]).await;
        let names = Names::leading_to(&[&["127.0.0.1"]]);
        let refused = refusal(&fetcher(&["127.0.0.1"], names), &site.url("/rss.xml")).await;
        assert!(refused.contains(" is at "), "{refused}");
        assert_eq!(site.asked().len(), 2, "the first redirect is followed");
        assert_eq!(secret.asked().len(), 0, "{to}");
    }
    for to in [
        "file:///etc/passwd",
        "ftp://news.example/",
        "gopher://x/",
        "",
    ] {
        let site = Site::of([Page::redirect(to)]).await;
        let names = Names::leading_to(&[]);
        let fetched = fetch(&fetcher(&["127.0.0.1"], names), &site.url("/rss.xml")).await;
        let error = fetched.expect_err("it is no feed").to_string();
        match to {
            "" => assert!(error.contains("redirects"), "{error}"),
            _ => assert!(error.contains("no web address"), "{error}"),
        }
    }
}

#[tokio::test]
async fn a_host_may_be_private_where_the_setting_says_so() {
    let site = Site::of([Page::feed(rss(&[]))]).await;
    for allowed in ["127.0.0.1", "*"] {
        let allowed = fetcher(&[allowed], Names::leading_to(&[]));
        assert!(fetch(&allowed, &site.url("/rss.xml")).await.is_ok());
    }
    let names = Names::leading_to(&[&["127.0.0.1"]]);
    let url = format!("http://Intranet.Example:{}/rss.xml", site.port);
    assert!(
        fetch(&fetcher(&["intranet.example"], names), &url)
            .await
            .is_ok()
    );
    let other = fetcher(&["intranet.example"], Names::leading_to(&[]));
    refusal(&other, &site.url("/rss.xml")).await;
    assert_eq!(site.asked().len(), 3);
}

#[tokio::test]
async fn a_local_name_is_refused_through_the_api() {
    let site = Site::of([Page::feed(rss(&[("1", "甲", "一。")]))]).await;
    let server = Server::empty().await;
    let url = format!("http://localhost:{}/rss.xml", site.port);
    let feed = server.post("/v1/feeds", json!({"url": url})).await.json();
    let path = format!("/v1/feeds/{}/fetch", feed["id"].as_str().expect("an id"));
    let fetched = server.post(&path, json!({})).await.json();
    let error = fetched["last_error"].as_str().expect("an error");
    assert!(error.contains("localhost is at "), "{error}");
    assert_eq!(fetched["last_fetched_at"], json!(null));
    assert_eq!(fetched["articles"], 0);
    assert_eq!(site.asked().len(), 0);
}
