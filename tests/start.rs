//! What is not there when dragoman starts, and what joins later.

use crate::support::model::{ModelServer, nobody};
use dragoman::app::{App, Writer};
use dragoman::config::Config;
use serde_json::json;
use tempfile::TempDir;

#[tokio::test]
async fn a_model_server_that_starts_later_joins_by_itself() {
    let folder = TempDir::new().expect("a temporary folder");
    let url = nobody().await;
    let mut config = Config::for_testing(folder.path());
    config.model.base_url = Some(url.parse().expect("an address"));
    let app = App::open(config).await.expect("it opens without a model");
    let Writer::Extractive(why) = app.writer() else {
        panic!("nobody listens at {url}");
    };
    assert_eq!(
        why,
        format!("{url} names no model; set OPENAI_MODEL to one that it serves")
    );

    let models = json!({"data": [{"id": "nomic-embed-text"}, {"id": "qwen3:4b"}]});
    let _server = ModelServer::informing_at(&url, vec![("/v1/models", models)]).await;
    let mut changes = app.writer_changes();
    let found = changes
        .wait_for(|writer| matches!(writer, Writer::Model(_)))
        .await
        .expect("the application lives")
        .clone();
    let Writer::Model(model) = found else {
        unreachable!("it was waited for")
    };
    assert_eq!(model.name(), "qwen3:4b");
    app.close().await.expect("it closes");
}
