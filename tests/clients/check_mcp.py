"""The Python SDK of the Model Context Protocol, over HTTP and over a pipe."""

import asyncio
import json

from mcp import Client, MCPError, StdioServerParameters

import model

TOOLS = ["ask", "brief", "fetch", "list_articles", "search"]


async def use(server):
    async with Client(server) as client:
        assert client.server_info.name == "dragoman"
        tools = (await client.list_tools()).tools
        assert sorted(tool.name for tool in tools) == TOOLS
        assert all(tool.annotations.read_only_hint and tool.description for tool in tools)

        async def call(name, arguments, **more):
            result = await client.call_tool(name, arguments, **more)
            assert not result.is_error, result
            return result.structured_content, result.content[0].text

        # As ChatGPT's connectors read it: the same as text and as a structure.
        found, text = await call("search", {"query": "葫芦种植面积"})
        assert json.loads(text) == found
        first = found["results"][0]
        assert sorted(first) == ["id", "text", "title", "url"] and first["id"] == "sample-gourd", first
        article, text = await call("fetch", {"id": first["id"]})
        assert json.loads(text) == article
        assert sorted(article) == ["id", "metadata", "text", "title", "url"]
        assert "3万余亩" in article["text"] and article["metadata"]["source"]

        told = []

        async def progress(progress, total, message):
            told.append(message)

        answer, text = await call("ask", {"question": "葫芦种植面积有多大？"}, progress_callback=progress)
        assert not answer["abstained"] and "[1]" in answer["answer"]
        assert answer["citations"][0]["article_id"] == "sample-gourd" and answer["citations"][0]["url"]
        assert answer["answer"] in text and "contradicted" in text
        assert "".join(told) == answer["answer"], told

        history = [{"role": "user", "content": "东昌府区有什么产业？"}, {"role": "assistant", "content": "葫芦产业。"}]
        answer, _ = await call("ask", {"question": "那种植面积呢？", "history": history})
        assert model.REWRITTEN in str(model.Model.seen[-1]) and answer["citations"]

        brief, _ = await call("brief", {"id": "sample-gourd"})
        assert brief["article_id"] == "sample-gourd" and brief["citations"]

        seen, cursor = [], None
        while True:
            page, _ = await call("list_articles", {"limit": 5, **({"cursor": cursor} if cursor else {})})
            seen += [entry["id"] for entry in page["articles"]]
            cursor = page["next_cursor"]
            if not cursor:
                break
        assert len(seen) == len(set(seen)) == 12, seen

        resources = (await client.list_resources()).resources
        assert len(resources) == 12
        templates = (await client.list_resource_templates()).resource_templates
        assert templates[0].uri_template == "dragoman://articles/{id}"
        read = await client.read_resource("dragoman://articles/sample-gourd")
        assert "[2] " in read.contents[0].text and "3万余亩" in read.contents[0].text

        for name, arguments, says in (
            ("fetch", {"id": "nowhere"}, "nowhere"),
            ("search", {"query": " "}, "query is empty"),
            ("ask", {"question": "x", "colour": "red"}, "colour"),
        ):
            failed = await client.call_tool(name, arguments)
            assert failed.is_error and says in failed.content[0].text, failed
        for wrong in (client.call_tool("sing", {}), client.read_resource("dragoman://articles/nowhere")):
            try:
                await wrong
            except MCPError:
                continue
            raise AssertionError("an error was expected")


def over_http(base):
    asyncio.run(use(f"{base.removesuffix('/v1')}/mcp"))


def over_stdio(program, base):
    server = base.removesuffix("/v1")
    asyncio.run(use(StdioServerParameters(command=program, args=["mcp", "--server", server])))
