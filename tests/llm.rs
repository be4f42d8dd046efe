//! The OpenAI protocol as servers really speak it, over HTTP on loopback.

mod failures;
mod protocol;
mod replies;

use dragoman::llm::{
    Ending, Format, LanguageModel, LlmError, Message, Piece, Request,
    openai::{OpenAiModel, OpenAiOptions},
};
use futures::StreamExt;
use serde_json::{Value, json};

fn request() -> Request {
    Request {
        messages: vec![Message::system("Rules."), Message::user("葫芦产值是多少？")],
        max_tokens: 64,
        format: None,
    }
}

fn json_request() -> Request {
    Request {
        format: Some(Format {
            name: "answer".into(),
            schema: json!({"type": "object", "properties": {"a": {"type": "string", "maxLength": 9}}}),
        }),
        ..request()
    }
}

fn client(url: &str) -> OpenAiModel {
    OpenAiModel::new(OpenAiOptions::for_testing(url)).expect("the address is one")
}

async fn streamed(model: &OpenAiModel, request: &Request) -> Result<(String, Ending), LlmError> {
    let mut pieces = model.stream(request).await?;
    let mut text = String::new();
    while let Some(piece) = pieces.next().await {
        match piece? {
            Piece::Text(more) => text.push_str(&more),
            Piece::End(ending) => return Ok((text, ending)),
        }
    }
    panic!("a stream ends with an end or an error");
}

fn event(choice: Value) -> String {
    json!({"choices": [choice]}).to_string()
}
