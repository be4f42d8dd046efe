//! The OpenAPI document: whole, true to the routes, and served.

mod support;

use std::collections::BTreeSet;

use dragoman::http::openapi::document;
use serde_json::{Value, json};
use support::server::Server;

/// Paths for readers and agents, which no program calls by the document.
const UNTOLD: &[&str] = &[
    "/",
    "/articles",
    "/ask",
    "/assets",
    "/docs",
    "/key",
    "/mcp",
    "/openapi.json",
    "/page",
    "/search",
    "/status",
    "/topics",
    "/upload",
];

fn whole() -> Value {
    serde_json::to_value(document()).expect("a document is JSON")
}

#[test]
fn the_document_stays_as_it_is() {
    insta::with_settings!({ filters => vec![(r#""version": "\d+\.\d+\.\d+""#, r#""version": "X""#)] }, {
        insta::assert_snapshot!(serde_json::to_string_pretty(&whole()).expect("JSON"));
    });
}

/// The routes as they stand on the one page that has them all.
#[test]
fn it_tells_every_route() {
    let page = include_str!("../src/http.rs");
    let wanted: BTreeSet<(String, &str)> = page
        .split(".route(")
        .skip(1)
        .flat_map(|route| {
            let path = route.split('"').nth(1).expect("a path");
            let end = route.find("\n        .").unwrap_or(route.len());
            ["get", "post", "delete", "put", "patch"]
                .into_iter()
                .filter(move |method| {
                    let route = &route[..end];
                    route.contains(&format!(" {method}(")) || route.contains(&format!(".{method}("))
                })
                .map(move |method| (path.to_owned(), method))
        })
        .filter(|(path, _)| {
            !UNTOLD.iter().any(|untold| {
                path == untold || path.starts_with(&format!("{untold}/")) && *untold != "/"
            })
        })
        .collect();
    let document = whole();
    let told: BTreeSet<(String, &str)> = document["paths"]
        .as_object()
        .expect("paths")
        .iter()
        .flat_map(|(path, item)| {
            ["get", "post", "delete", "put", "patch"]
                .into_iter()
                .filter(move |method| item.get(*method).is_some())
                .map(move |method| (path.clone(), method))
        })
        .collect();
    assert!(wanted.len() > 15, "{wanted:?}");
    assert_eq!(
        told, wanted,
        "what src/http/openapi.rs lists against src/http.rs"
    );
}

#[test]
fn every_field_and_call_is_described() {
    let document = whole();
    let mut bare = Vec::new();
    let described = |value: &Value| {
        value["description"]
            .as_str()
            .is_some_and(|text| !text.is_empty())
    };
    for (name, schema) in document["components"]["schemas"]
        .as_object()
        .expect("schemas")
    {
        for (field, value) in schema["properties"].as_object().into_iter().flatten() {
            let parts = value["oneOf"].as_array().cloned().unwrap_or_default();
            if !described(value) && !parts.iter().any(described) {
                bare.push(format!("{name}.{field}"));
            }
        }
    }
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("methods") {
            if !described(operation) || operation["summary"].as_str().is_none() {
                bare.push(format!("{method} {path}"));
            }
            let id = operation["operationId"].as_str().expect("an id").to_owned();
            assert!(ids.insert(id.clone()), "{id} is there twice");
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                if !described(parameter) {
                    bare.push(format!("{method} {path} {}", parameter["name"]));
                }
            }
        }
    }
    assert_eq!(bare, Vec::<String>::new());
}

#[tokio::test]
async fn it_is_served_with_a_page_that_needs_nothing_else() {
    let server = Server::empty().await;
    assert_eq!(server.get("/openapi.json").await.json(), whole());
    let page = server.get("/docs").await;
    assert!(page.content_type.starts_with("text/html"));
    for path in ["/page/docs.js", "/page/docs.css"] {
        assert!(page.text.contains(path));
        let part = server.get(path).await;
        assert_eq!(part.status.as_u16(), 200, "{path}");
        assert!(
            !part.text.contains("http://") && !part.text.contains("https://"),
            "{path}"
        );
    }
    assert!(!page.text.contains("http://") && !page.text.contains("https://"));
    assert_eq!(whole()["openapi"], json!("3.1.0"));
}
