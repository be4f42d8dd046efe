//! The OpenAPI document: whole, true to the routes, and served.

use std::collections::BTreeSet;

use crate::support::server::Server;
use dragoman::http::openapi::document;
use serde_json::{Value, json};

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

/// What a number counts; every description of one names it.
const UNITS: &[&str] = &[
    "HTTP status",
    "Unicode scalars",
    "from 0",
    "from 1",
    "0 to 1",
    "-1 to 1",
    "bytes",
    "Bytes",
    "milliseconds",
    "Milliseconds",
    "seconds",
    "Seconds",
    "articles",
    "Articles",
    "Events",
    "Passages",
    "points",
    "Points",
    "Failures",
    "tokens",
    "Tokens",
    "Numbers into",
    "paragraph numbers",
];

fn described(value: &Value) -> bool {
    value["description"]
        .as_str()
        .is_some_and(|text| !text.is_empty() && !text.contains("[`"))
}

/// The objects that a schema is made of, by their fields.
fn fields(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let parts = schema["allOf"].as_array().into_iter().flatten();
    std::iter::once(schema)
        .chain(parts)
        .filter_map(|part| part["properties"].as_object())
        .flatten()
}

/// Whether a field has its example, or is of schemas that have theirs.
fn exemplified(field: &Value) -> bool {
    !field["examples"].is_null()
        || !field["$ref"].is_null()
        || !field["items"]["$ref"].is_null()
        || field["oneOf"].as_array().is_some_and(|choices| {
            choices
                .iter()
                .all(|choice| !choice["$ref"].is_null() || choice["type"] == "null")
        })
}

fn of_type(value: &Value, kind: &Value) -> bool {
    let is = |kind: &str| match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    };
    match kind {
        Value::String(kind) => is(kind),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).any(is),
        _ => true,
    }
}

#[test]
fn every_field_has_a_description_a_unit_and_an_example() {
    let document = whole();
    let mut bare = Vec::new();
    for (name, schema) in document["components"]["schemas"]
        .as_object()
        .expect("schemas")
    {
        if !described(schema) {
            bare.push(format!("{name}: description"));
        }
        let alone = schema["properties"].is_null()
            && schema["allOf"].is_null()
            && schema["oneOf"].is_null();
        if alone && !exemplified(schema) {
            bare.push(format!("{name}: example in src/http/openapi/examples.json"));
        }
        for (field, value) in fields(schema) {
            let parts = value["oneOf"].as_array().cloned().unwrap_or_default();
            if !described(value) && !parts.iter().any(described) {
                bare.push(format!("{name}.{field}: description"));
            }
            if !exemplified(value) {
                bare.push(format!(
                    "{name}.{field}: example in src/http/openapi/examples.json"
                ));
            }
            for example in value["examples"].as_array().into_iter().flatten() {
                if !of_type(example, &value["type"]) {
                    bare.push(format!("{name}.{field}: {example} is not of its type"));
                }
            }
            let number = [value, &value["items"]].iter().any(|value| {
                let kind = value["type"].to_string();
                kind.contains("integer") || kind.contains("number")
            });
            let description = value["description"].as_str().unwrap_or_default();
            if number && !UNITS.iter().any(|unit| description.contains(unit)) {
                bare.push(format!("{name}.{field}: unit in {description:?}"));
            }
        }
    }
    assert_eq!(bare, Vec::<String>::new());
}

#[test]
fn no_example_is_of_something_that_is_not_there() {
    let examples: Value =
        serde_json::from_str(include_str!("../src/http/openapi/examples.json")).expect("JSON");
    let document = whole();
    let mut stray = Vec::new();
    for (name, example) in examples.as_object().expect("an object") {
        if name == "parameters" {
            continue;
        }
        let schema = &document["components"]["schemas"][name];
        let known: BTreeSet<&String> = fields(schema).map(|(field, _)| field).collect();
        let given = example.as_object().into_iter().flatten();
        stray.extend(
            given
                .filter(|(field, _)| !known.contains(field))
                .map(|(field, _)| format!("{name}.{field}")),
        );
        if schema.is_null() {
            stray.push(name.clone());
        }
    }
    assert_eq!(stray, Vec::<String>::new());
}

/// A body with the fields that a schema needs, as its examples have them.
fn example(document: &Value, schema: &Value) -> Value {
    let name = schema["$ref"].as_str().unwrap_or_default();
    let whole = match name.rsplit('/').next() {
        Some(name) if !name.is_empty() => &document["components"]["schemas"][name],
        _ => schema,
    };
    if !whole["examples"].is_null() {
        return whole["examples"][0].clone();
    }
    if whole["type"] == "array" {
        return json!([example(document, &whole["items"])]);
    }
    let needed = whole["required"].as_array().into_iter().flatten();
    needed
        .filter_map(Value::as_str)
        .map(|name| (name, example(document, &whole["properties"][name])))
        .collect()
}

#[tokio::test]
async fn the_examples_are_taken() {
    let server = Server::with_sample().await;
    let document = whole();
    for (path, name) in [
        ("/v1/search", "SearchBody"),
        ("/v1/ask", "AskBody"),
        ("/v1/check", "CheckInput"),
        ("/v1/topics", "TopicBody"),
        ("/v1/chat/completions", "ChatBody"),
    ] {
        let schema = json!({ "$ref": format!("#/components/schemas/{name}") });
        let mut body = example(&document, &schema);
        let field = |name: &str, field: &str| {
            document["components"]["schemas"][name]["properties"][field]["examples"][0].clone()
        };
        // Neither need be there, but without them there is nothing to answer.
        match name {
            "CheckInput" => body["sources"] = field(name, "sources"),
            "ChatBody" => body["messages"][0]["content"] = field("ChatMessage", "content"),
            _ => {}
        }
        let answer = server.post(path, body.clone()).await;
        assert!(answer.status.is_success(), "{path} {body}: {}", answer.text);
    }
}

#[test]
fn every_call_and_parameter_is_described() {
    let document = whole();
    let mut bare = Vec::new();
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("methods") {
            if !described(operation) || operation["summary"].as_str().is_none() {
                bare.push(format!("{method} {path}"));
            }
            let id = operation["operationId"].as_str().expect("an id").to_owned();
            assert!(ids.insert(id.clone()), "{id} is there twice");
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                if !described(parameter) || parameter["example"].is_null() {
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
