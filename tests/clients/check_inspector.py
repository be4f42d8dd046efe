"""The MCP Inspector's command line, as a person uses it."""

import json
import subprocess


def inspector(folder, base):
    address = f"{base.removesuffix('/v1')}/mcp"

    def run(*words, fails=False):
        program = f"{folder}/node_modules/.bin/mcp-inspector"
        line = [program, "--cli", address, "--transport", "http", *words]
        done = subprocess.run(line, capture_output=True, text=True, timeout=120)
        assert (done.returncode != 0) == fails, f"{line}\n{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout)

    tools = [tool["name"] for tool in run("--method", "tools/list")["tools"]]
    assert sorted(tools) == ["ask", "brief", "fetch", "list_articles", "search"], tools
    found = run("--method", "tools/call", "--tool-name", "search", "--tool-arg", "query=葫芦种植面积")
    assert found["structuredContent"]["results"][0]["id"] == "sample-gourd"
    history = json.dumps([{"role": "user", "content": "东昌府区有什么产业？"}], ensure_ascii=False)
    answer = run("--method", "tools/call", "--tool-name", "ask", "--tool-arg", "question=那种植面积呢？", "--tool-arg", f"history={history}")
    assert answer["structuredContent"]["citations"], answer
    failed = run("--method", "tools/call", "--tool-name", "fetch", "--tool-arg", "id=nowhere", fails=True)
    assert failed["isError"] and "nowhere" in failed["content"][0]["text"], failed
    assert len(run("--method", "resources/list")["resources"]) == 12
