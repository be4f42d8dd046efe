//! The collection for agents, by the Model Context Protocol: tools and resources
//! over HTTP at `/mcp`, or over standard input and output.
//!
//! Each tool is a call of the HTTP API, in this process or on a server, so that an
//! agent finds what every other client finds.

mod tools;

use std::sync::Arc;

use axum::http::{header, request::Parts};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ErrorData,
    Implementation, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult,
    PaginatedRequestParams, ProgressNotificationParam, ReadResourceRequestParams,
    ReadResourceResponse, ReadResourceResult, Resource, ResourceContents, ResourceTemplate,
    ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
};
use rmcp::{RoleServer, ServerHandler, ServiceExt};
use serde_json::{Value, json};

use url::Url;

use crate::client::{Client, ClientError, segment};
use tools::{Call, Told, ToolError};

/// How the address of an article as a resource begins.
const ARTICLES: &str = "dragoman://articles/";
/// Articles that a page of resources lists.
const PAGE: usize = 50;

const INSTRUCTIONS: &str = "News articles, mostly Chinese, with English briefs. `ask` answers a question \
    and cites the sentence that each claim rests on; pass the conversation so far as `history` for a \
    follow-up. `search` finds passages, `fetch` reads an article, `brief` gives its English summary, \
    `list_articles` shows the newest. Cite what you use by its url.";

/// The collection as an MCP server.
#[derive(Clone)]
pub struct Mcp {
    client: Arc<Client>,
    public_url: Option<Url>,
}

/// Why the server on standard input ended early.
#[derive(Debug, thiserror::Error)]
pub enum McpError {
    /// The client did not begin as the protocol says.
    #[error("starting MCP on standard input: {0}; is it an MCP client that speaks there?")]
    Start(String),
    /// The server's task failed.
    #[error("serving MCP on standard input: {0}")]
    Serve(#[from] tokio::task::JoinError),
}

/// What answers at `/mcp`. It keeps no sessions, so that any replica may answer.
/// `Host`, `Origin` and keys are for those to check who let the request through.
pub fn over_http(
    client: Client,
    public_url: &Option<Url>,
) -> StreamableHttpService<Mcp, NeverSessionManager> {
    let mcp = Mcp {
        client: Arc::new(client),
        public_url: public_url.clone(),
    };
    StreamableHttpService::new(
        move || Ok(mcp.clone()),
        Arc::new(NeverSessionManager::default()),
        StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_json_response(true)
            .disable_allowed_hosts(),
    )
}

/// Serves a client on standard input and output until it goes away.
///
/// # Errors
/// When the client does not begin as the protocol says, or the task fails.
pub async fn over_stdio(client: Client) -> Result<(), McpError> {
    let mcp = Mcp {
        client: Arc::new(client),
        public_url: None,
    };
    let service = mcp
        .serve(rmcp::transport::stdio())
        .await
        .map_err(|error| McpError::Start(error.to_string()))?;
    service.waiting().await?;
    Ok(())
}

impl ServerHandler for Mcp {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_resources()
            .build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("dragoman", env!("CARGO_PKG_VERSION")))
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools::all()))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        tools::all().into_iter().find(|tool| tool.name == name)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(call) = Call::named(&request.name) else {
            let message = format!("calling {}: there is no such tool", request.name);
            return Err(ErrorData::invalid_params(message, None));
        };
        let arguments = Value::Object(request.arguments.unwrap_or_default());
        let links = self.links(&context);
        let mut told = Progress::new(&context);
        let result = tokio::select! {
            result = call.run(&self.client, &links, arguments, &mut told) => result,
            () = context.ct.cancelled() => Err(ToolError::Cancelled),
        };
        Ok(match result {
            Ok((text, value)) => {
                let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
                result.structured_content = Some(value);
                result
            }
            // An agent reads the words of a failed tool, and of no other failure.
            Err(error) => CallToolResult::error(vec![ContentBlock::text(error.to_string())]),
        }
        .into())
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let cursor = request.and_then(|request| request.cursor);
        let after = cursor.map_or(String::new(), |cursor| {
            format!("&cursor={}", segment(&cursor))
        });
        let page: Value = self
            .client
            .get(&format!("/v1/articles?limit={PAGE}{after}"))
            .await
            .map_err(failed)?;
        let resources = page["articles"].as_array().into_iter().flatten();
        let mut result = ListResourcesResult::with_all_items(resources.map(resource).collect());
        result.next_cursor = page["next_cursor"].as_str().map(str::to_owned);
        Ok(result)
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let template = ResourceTemplate::new(format!("{ARTICLES}{{id}}"), "article")
            .with_title("Article")
            .with_description("An article's text in numbered paragraphs, by its id")
            .with_mime_type("text/markdown");
        Ok(ListResourceTemplatesResult::with_all_items(vec![template]))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let Some(id) = request.uri.strip_prefix(ARTICLES) else {
            let message = format!("reading {}: resources begin with {ARTICLES}", request.uri);
            return Err(ErrorData::resource_not_found(message, None));
        };
        // The id stands in the address as it does in a path.
        let article: Value = self
            .client
            .get(&format!("/v1/articles/{id}"))
            .await
            .map_err(failed)?;
        let contents = ResourceContents::text(tools::markdown(&article), &*request.uri)
            .with_mime_type("text/markdown");
        Ok(ReadResourceResult::new(vec![contents]).into())
    }
}

impl Mcp {
    /// The address of this server's pages as the client reaches it, `""` if it does not.
    fn links(&self, context: &RequestContext<RoleServer>) -> String {
        let base = match &*self.client {
            Client::Remote { base, .. } => Some(base),
            Client::Local(_) => self.public_url.as_ref(),
        };
        if let Some(base) = base {
            return base.as_str().trim_end_matches('/').to_owned();
        }
        context
            .extensions
            .get::<Parts>()
            .and_then(|parts| parts.headers.get(header::HOST)?.to_str().ok())
            .map_or(String::new(), |host| format!("http://{host}"))
    }
}

/// Tells a client that asked for it how an answer grows.
struct Progress<'a> {
    context: &'a RequestContext<RoleServer>,
    characters: usize,
}

impl<'a> Progress<'a> {
    fn new(context: &'a RequestContext<RoleServer>) -> Progress<'a> {
        Progress {
            context,
            characters: 0,
        }
    }
}

impl Told for Progress<'_> {
    async fn words(&mut self, text: &str) {
        let Some(token) = self.context.meta.get_progress_token() else {
            return;
        };
        self.characters += text.chars().count();
        let progress = ProgressNotificationParam::new(token, self.characters as f64)
            .with_message(text.to_owned());
        // A client that has gone is noticed by the call itself.
        let _ = self.context.peer.notify_progress(progress).await;
    }
}

fn resource(article: &Value) -> Resource {
    let text = |field: &str| article[field].as_str().unwrap_or_default();
    let title = if text("title").is_empty() {
        text("id")
    } else {
        text("title")
    };
    let from = [text("source"), text("published_at"), text("title_en")];
    let from: Vec<&str> = from.into_iter().filter(|part| !part.is_empty()).collect();
    Resource::new(format!("{ARTICLES}{}", segment(text("id"))), text("id"))
        .with_title(title)
        .with_description(from.join(" · "))
        .with_mime_type("text/markdown")
}

fn failed(error: ClientError) -> ErrorData {
    match &error {
        ClientError::Problem(problem) if problem.status == 404 => {
            ErrorData::resource_not_found(error.to_string(), None)
        }
        ClientError::Problem(problem) if problem.status < 500 => {
            ErrorData::invalid_params(error.to_string(), None)
        }
        _ => ErrorData::internal_error(error.to_string(), Some(json!(null))),
    }
}
