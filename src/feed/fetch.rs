//! A feed from the network: asked whether it has changed, and bounded in size, time and
//! redirects. Every address is looked at before it is called, that of each redirect too.
//!
//! A name is looked up once for a connection, by the connection's own resolver, which
//! gives out no address that may not be called: there is no second lookup that could
//! come to another end.

use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderName, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, LAST_MODIFIED, LOCATION, RETRY_AFTER,
};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use tokio::sync::OnceCell;
use url::Url;

use super::address::{Allowed, is_public};

/// What is asked for.
const WANTED: &str = "application/rss+xml, application/atom+xml, application/feed+json, \
                      application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1";
const AGENT: &str = concat!("dragoman/", env!("CARGO_PKG_VERSION"));
/// Bytes of an `ETag` or a `Last-Modified` that are kept.
const VALIDATOR: usize = 1_000;

/// What a fetch may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of the body.
    pub bytes: usize,
    /// From the first lookup to the last byte, redirects included.
    pub time: Duration,
    /// Redirects that are followed.
    pub redirects: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            bytes: 4 << 20,
            time: Duration::from_secs(30),
            redirects: 5,
        }
    }
}

/// Names to addresses.
#[async_trait]
pub trait Lookup: Send + Sync {
    /// All addresses of a host.
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// Names to addresses as the system has them.
pub struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((host, 0)).await?;
        Ok(found.map(|address| address.ip()).collect())
    }
}

/// What tells a server which version is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    /// Its `ETag`.
    pub etag: Option<String>,
    /// Its `Last-Modified`.
    pub last_modified: Option<String>,
}

/// What came of a fetch.
#[derive(Debug)]
pub enum Fetched {
    /// It is as it was.
    Unchanged,
    /// A body.
    Body {
        /// The bytes.
        bytes: Vec<u8>,
        /// Where it was in the end, which relative links start from.
        base: Url,
        /// What tells its version.
        validators: Validators,
    },
}

/// Why a feed was not fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// An address that may not be called.
    #[error(
        "fetching {url}: {0}, which only this machine or its network reaches; if it is meant, name the host in DRAGOMAN_FEEDS_PRIVATE", .refused
    )]
    Private {
        /// What was to be fetched.
        url: String,
        /// Which host, at which address.
        refused: Refused,
    },
    /// A redirect away from the web, or none to follow.
    #[error("fetching {url}: it redirects to {to:?}, which is no web address")]
    Redirect {
        /// What was fetched.
        url: String,
        /// Where it leads.
        to: String,
    },
    /// One redirect after the other.
    #[error("fetching {url}: more than {most} redirects")]
    Redirects {
        /// What was fetched.
        url: String,
        /// How many are followed.
        most: usize,
    },
    /// The server did not give it.
    #[error("fetching {url}: the server answers {status}")]
    Status {
        /// What was fetched.
        url: String,
        /// The HTTP status.
        status: u16,
        /// When it wants to be asked again.
        retry_after: Option<Duration>,
    },
    /// It is something else.
    #[error("fetching {url}: its type is {kind}, which is no feed")]
    Kind {
        /// What was fetched.
        url: String,
        /// The content type, or the coding.
        kind: String,
    },
    /// It is too large.
    #[error("fetching {url}: it has more than {most} bytes")]
    TooLarge {
        /// What was fetched.
        url: String,
        /// How many are read.
        most: usize,
    },
    /// It took too long.
    #[error("fetching {url}: not there within {} s", .after.as_secs_f32())]
    Timeout {
        /// What was fetched.
        url: String,
        /// How long it may take.
        after: Duration,
    },
    /// The network failed.
    #[error("fetching {url}: {reason}")]
    Network {
        /// What was fetched.
        url: String,
        /// How.
        reason: String,
    },
}

/// A host that may not be called where it is.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{host} is at {address}")]
pub struct Refused {
    /// As the URL has it.
    host: String,
    /// One of its addresses.
    address: IpAddr,
}

/// Gets feeds from the network.
pub struct Fetcher {
    allowed: Allowed,
    limits: Limits,
    lookup: Arc<dyn Lookup>,
    /// Made when first needed, since it reads the system's certificates.
    client: OnceCell<Client>,
}

impl Fetcher {
    /// Calls only public addresses, unless the host is allowed.
    pub fn new(allowed: Allowed, limits: Limits, lookup: Arc<dyn Lookup>) -> Fetcher {
        Fetcher {
            allowed,
            limits,
            lookup,
            client: OnceCell::new(),
        }
    }

    /// What is at `url`, unless it is still of the version that `known` tells.
    pub async fn fetch(&self, url: &Url, known: &Validators) -> Result<Fetched, FetchError> {
        match tokio::time::timeout(self.limits.time, self.follow(url, known)).await {
            Ok(result) => result,
            Err(_) => Err(FetchError::Timeout {
                url: url.to_string(),
                after: self.limits.time,
            }),
        }
    }

    async fn follow(&self, start: &Url, known: &Validators) -> Result<Fetched, FetchError> {
        let mut url = start.clone();
        for _ in 0..=self.limits.redirects {
            let response = self.call(&url, known).await?;
            let status = response.status();
            if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
                return self.read(url, response).await;
            }
            let to = header(&response, &LOCATION).unwrap_or_default();
            url = url
                .join(&to)
                .ok()
                .filter(|to| matches!(to.scheme(), "http" | "https"))
                .ok_or_else(|| FetchError::Redirect {
                    url: url.to_string(),
                    to: to.chars().take(100).collect(),
                })?;
        }
        Err(FetchError::Redirects {
            url: start.to_string(),
            most: self.limits.redirects,
        })
    }

    /// Refuses a URL that names an address which may not be called. A name is looked at
    /// when it is looked up.
    pub fn check(&self, url: &Url) -> Result<(), FetchError> {
        match self.allowed.refused(url) {
            None => Ok(()),
            Some(address) => Err(FetchError::Private {
                url: url.to_string(),
                refused: Refused {
                    host: url.host_str().unwrap_or_default().to_owned(),
                    address,
                },
            }),
        }
    }

    /// One request, to an address that may be called.
    async fn call(&self, url: &Url, known: &Validators) -> Result<Response, FetchError> {
        // A host that is an address is never looked up, so the resolver does not see it.
        self.check(url)?;
        let client = self.client.get_or_try_init(|| async { self.build() }).await;
        let client = client.map_err(|error| failed(url, error))?;
        let mut request = client
            .get(url.clone())
            .header(ACCEPT, WANTED)
            .header(ACCEPT_ENCODING, "identity");
        for (name, value) in [
            (IF_NONE_MATCH, &known.etag),
            (IF_MODIFIED_SINCE, &known.last_modified),
        ] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        request.send().await.map_err(|error| failed(url, error))
    }

    async fn read(&self, url: Url, response: Response) -> Result<Fetched, FetchError> {
        let status = response.status();
        if status.as_u16() == 304 {
            return Ok(Fetched::Unchanged);
        }
        let named = url.to_string();
        if !status.is_success() {
            let wait = header(&response, &RETRY_AFTER).and_then(|text| text.parse().ok());
            return Err(FetchError::Status {
                url: named,
                status: status.as_u16(),
                retry_after: wait.map(Duration::from_secs),
            });
        }
        if let Some(kind) = foreign(&response) {
            return Err(FetchError::Kind { url: named, kind });
        }
        let too_large = || FetchError::TooLarge {
            url: url.to_string(),
            most: self.limits.bytes,
        };
        let length = response.content_length().unwrap_or(0);
        if usize::try_from(length).is_ok_and(|length| length > self.limits.bytes) {
            return Err(too_large());
        }
        let kept = |name| header(&response, name).filter(|value| value.len() <= VALIDATOR);
        let validators = Validators {
            etag: kept(&ETAG),
            last_modified: kept(&LAST_MODIFIED),
        };
        let mut bytes = Vec::new();
        let mut stream = response.bytes_stream();
        while let Some(piece) = stream.next().await {
            let piece = piece.map_err(|error| failed(&url, error))?;
            if bytes.len() + piece.len() > self.limits.bytes {
                return Err(too_large());
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(Fetched::Body {
            bytes,
            base: url,
            validators,
        })
    }

    fn build(&self) -> reqwest::Result<Client> {
        let guard = Guard {
            allowed: self.allowed.clone(),
            lookup: self.lookup.clone(),
        };
        Client::builder()
            .user_agent(AGENT)
            // A proxy would look names up by itself.
            .no_proxy()
            .redirect(Policy::none())
            .dns_resolver(Arc::new(guard))
            .build()
    }
}

/// Gives out the addresses of a host, if all of them may be called.
struct Guard {
    allowed: Allowed,
    lookup: Arc<dyn Lookup>,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let free = self.allowed.has(&host);
        let lookup = self.lookup.clone();
        Box::pin(async move {
            let found = lookup.lookup(&host).await?;
            if let Some(address) = found.iter().find(|ip| !free && !is_public(**ip)) {
                let address = *address;
                return Err(Refused { host, address }.into());
            }
            let addresses = found.into_iter().map(|ip| SocketAddr::new(ip, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

/// The type or coding of a response that is no feed.
fn foreign(response: &Response) -> Option<String> {
    if let Some(coding) = header(response, &CONTENT_ENCODING)
        && !coding.eq_ignore_ascii_case("identity")
    {
        return Some(format!(
            "compressed as {coding} though that was not asked for"
        ));
    }
    let kind = header(response, &CONTENT_TYPE)?.to_ascii_lowercase();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let known = kind.is_empty()
        || kind.starts_with("text/")
        || kind == "application/octet-stream"
        || ["xml", "json", "rss", "atom"]
            .iter()
            .any(|word| kind.starts_with("application/") && kind.contains(word));
    (!known).then(|| kind.chars().take(100).collect())
}

fn header(response: &Response, name: &HeaderName) -> Option<String> {
    let value = response.headers().get(name)?.to_str().ok()?;
    Some(value.to_owned())
}

fn failed(url: &Url, error: reqwest::Error) -> FetchError {
    let url = url.to_string();
    let mut deepest: &(dyn Error + 'static) = &error;
    loop {
        if let Some(refused) = deepest.downcast_ref::<Refused>() {
            let refused = refused.clone();
            return FetchError::Private { url, refused };
        }
        match deepest.source() {
            Some(source) => deepest = source,
            None => break,
        }
    }
    FetchError::Network {
        url,
        reason: deepest.to_string(),
    }
}
