"""Real clients against a running server: python3 clients.py PROGRAM [NODE_FOLDER]

Starts `PROGRAM demo` over a folder of its own with a scripted model, and has each
client use it as its users do; those for Node where a folder has them installed. Ends
with 1 at the first failure. The embedding model is `DRAGOMAN_TEST_EMBED_MODEL`, if set.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.request

import check_inspector
import check_mcp
import check_openai
import model

HERE = pathlib.Path(__file__).parent


def serve(program, folder, **settings):
    """The demo as a process, and its address."""
    own = {
        "DRAGOMAN_ADDR": "127.0.0.1:0",
        "DRAGOMAN_DATA_DIR": folder,
        "DRAGOMAN_EMBED_MODEL": os.environ.get("DRAGOMAN_TEST_EMBED_MODEL", "off"),
        "OPENAI_BASE_URL": model.start(),
        "OPENAI_MODEL": "scripted",
        "RUST_LOG": "dragoman=info,warn",
        **settings,
    }
    others = {name: value for name, value in os.environ.items() if not name.startswith(("DRAGOMAN_", "OPENAI_", "QDRANT_"))}
    log = open(os.path.join(folder, "log"), "w", buffering=1)
    server = subprocess.Popen([program, "demo"], env={**others, **own}, stderr=subprocess.PIPE, text=True)
    found = None
    for line in server.stderr:
        log.write(line)
        found = re.search(r"listening on (http://[0-9.:]+)", line)
        if found:
            break
    if not found:
        sys.exit(f"the server does not listen:\n{pathlib.Path(log.name).read_text()}")
    # A full pipe would stop the server.
    threading.Thread(target=log.writelines, args=(server.stderr,), daemon=True).start()
    return server, found[1]


def retries(program):
    with tempfile.TemporaryDirectory() as folder:
        server, address = serve(program, folder, DRAGOMAN_RATE_LIMIT="12")
        try:
            check_openai.retries(f"{address}/v1")
        finally:
            server.terminate()
            server.wait(30)


def run(*line, folder=None, timeout=240):
    done = subprocess.run(line, capture_output=True, text=True, timeout=timeout, cwd=folder)
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"


def schemathesis(address):
    """Requests made from the OpenAPI document, right ones and wrong ones, with all checks."""
    program = pathlib.Path(sys.executable).parent / "schemathesis"
    config = ["--config-file", HERE.resolve() / "schemathesis.toml"]
    examples = ["--max-examples", os.environ.get("SCHEMATHESIS_EXAMPLES", "15"), "--seed", "1"]
    # It keeps what it found in the folder that it is started in.
    with tempfile.TemporaryDirectory() as folder:
        run(program, *config, "run", f"{address}/openapi.json", "--checks", "all", *examples, folder=folder, timeout=1800)


def metrics(address):
    """What Prometheus reads, by its own tool where it is installed."""
    with urllib.request.urlopen(f"{address}/metrics") as answer:
        text = answer.read()
    assert b"dragoman_answers_total" in text and b"process_resident_memory_bytes" in text
    if shutil.which("promtool"):
        done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True)
        assert done.returncode == 0, done.stdout + done.stderr


def main(program, folder_of_node=None):
    with tempfile.TemporaryDirectory() as folder:
        server, address = serve(program, folder)
        base = f"{address}/v1"
        checks = {
            "openai (Python)": lambda: check_openai.python(base),
            "openai (Python), retries": lambda: retries(program),
            "langchain-openai": lambda: check_openai.langchain(base),
            "llama-index": lambda: check_openai.llama_index(base),
            "mcp (Python), HTTP": lambda: check_mcp.over_http(base),
            "mcp (Python), stdio": lambda: check_mcp.over_stdio(program, base),
        }
        if folder_of_node:
            checks["openai (Node)"] = lambda: run("node", HERE / "check_openai.mjs", base, folder_of_node)
            checks["MCP Inspector"] = lambda: check_inspector.inspector(folder_of_node, base)
            redocly = f"{folder_of_node}/node_modules/.bin/redocly"
            checks["redocly lint"] = lambda: run(redocly, "lint", f"{address}/openapi.json")
        checks["metrics"] = lambda: metrics(address)
        # The last one, since it writes what it likes.
        checks["schemathesis"] = lambda: schemathesis(address)
        try:
            for name, check in checks.items():
                check()
                print(f"clients: {name}: passed", flush=True)
        finally:
            server.terminate()
            server.wait(30)
            print(pathlib.Path(folder, "log").read_text() if sys.exc_info()[0] else "", end="")


main(*sys.argv[1:])
