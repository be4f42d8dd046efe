"""Real clients against a running server: python3 clients.py PROGRAM

Starts `PROGRAM demo` over a folder of its own with a scripted model, and has each
client use it as its users do. Says what passed; ends with 1 at the first failure.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import check_mcp
import check_openai
import model

HERE = pathlib.Path(__file__).parent


def serve(program, folder):
    """The demo as a process, and its address."""
    own = {
        "DRAGOMAN_ADDR": "127.0.0.1:0",
        "DRAGOMAN_DATA_DIR": folder,
        "DRAGOMAN_EMBED_MODEL": "off",
        "OPENAI_BASE_URL": model.start(),
        "OPENAI_MODEL": "scripted",
        "RUST_LOG": "dragoman=info,warn",
    }
    others = {name: value for name, value in os.environ.items() if not name.startswith(("DRAGOMAN_", "OPENAI_", "QDRANT_"))}
    log = open(os.path.join(folder, "log"), "w+")
    server = subprocess.Popen([program, "demo"], env={**others, **own}, stderr=log)
    for _ in range(600):
        found = re.search(r"listening on (http://[0-9.:]+)", pathlib.Path(log.name).read_text())
        if found or server.poll() is not None:
            break
        time.sleep(0.1)
    if not found:
        sys.exit(f"the server does not listen:\n{pathlib.Path(log.name).read_text()}")
    return server, found[1]


def node(script, base):
    subprocess.run(["node", str(HERE / script), base], check=True, timeout=120)


def main(program):
    with tempfile.TemporaryDirectory() as folder:
        server, address = serve(program, folder)
        base = f"{address}/v1"
        checks = {
            "openai (Python)": lambda: check_openai.python(base),
            "langchain-openai": lambda: check_openai.langchain(base),
            "llama-index": lambda: check_openai.llama_index(base),
            "mcp (Python), HTTP": lambda: check_mcp.over_http(base),
            "mcp (Python), stdio": lambda: check_mcp.over_stdio(program, base),
        }
        try:
            for name, check in checks.items():
                check()
                print(f"clients: {name}: passed", flush=True)
        finally:
            server.terminate()
            server.wait(30)
            print(pathlib.Path(folder, "log").read_text() if sys.exc_info()[0] else "", end="")


main(*sys.argv[1:])
