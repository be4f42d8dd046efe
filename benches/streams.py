"""What dragoman adds to a streamed answer, and how many streams it holds.

    python3 benches/streams.py PROGRAM [--streams 1000]

Starts `PROGRAM demo` with a scripted model that writes a token every few milliseconds,
in this process and on its clock, and asks through the OpenAI dialect: first one after
the other, for the delays, then many at once, for memory and for what gets lost. Needs
nothing but Python.
"""

import argparse
import asyncio
import json
import os
import re
import resource
import statistics
import subprocess
import tempfile
import time

QUESTION = "葫芦种植面积有多大？"
EVIDENCE = "东昌府区葫芦种植面积3万余亩，占全国市场份额的75%，年综合效益达16亿元。"
STATEMENTS = ["东昌府区葫芦种植面积超过3万亩。", "东昌府区葫芦占全国市场份额的75%。", "东昌府区葫芦年综合效益达16亿元。"]


def pieces(texts):
    return [text[at : at + 12] for text in texts for at in range(0, len(text), 12)]


def evidence():
    """A reply as the prompt asks for it; no piece goes beyond the end of a claim."""
    claims = [json.dumps({"cited": 1, "evidence": EVIDENCE, "statement": one}, ensure_ascii=False) for one in STATEMENTS]
    return pieces(['{"claims": [', claims[0], *(", " + claim for claim in claims[1:]), "]}"])


def prose():
    """The same as sentences with markers, which some models write whatever they are asked."""
    return pieces(one + "[1]" for one in STATEMENTS)


class Model:
    """A model server whose times are known: `first` to the first token, `gap` between tokens."""

    def __init__(self, first, gap):
        self.first, self.gap = first, gap
        self.reply = evidence()
        self.asked, self.told = [], []

    async def serve(self, reader, writer):
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = re.search(r"content-length: (\d+)", head, re.I)
                asked = (await reader.readexactly(int(length[1]) if length else 0)).decode()
                if head.startswith("GET"):
                    writer.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
                    continue
                self.asked.append(time.perf_counter())
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
                await asyncio.sleep(self.first)
                told = []
                for token in self.tokens(asked):
                    told.append((token, time.perf_counter()))
                    await self.event(writer, {"choices": [{"index": 0, "delta": {"content": token}}]})
                    await asyncio.sleep(self.gap)
                self.told.append(told)
                await self.event(writer, {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
                writer.write(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            writer.close()

    def tokens(self, asked):
        return self.reply

    async def event(self, writer, value):
        data = f"data: {json.dumps(value)}\n\n".encode()
        writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        await writer.drain()


async def ask(port, model="dragoman"):
    """One streamed answer: when it was asked, when each delta came, and how it ended."""
    body = json.dumps({"model": model, "stream": True, "messages": [{"role": "user", "content": QUESTION}]}).encode()
    asked = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    writer.write(head.encode() + body)
    deltas, text, end = [], "", None  # of each delta: characters so far, time
    async for line in reader:
        if not line.startswith(b"data: "):
            continue
        now = time.perf_counter()
        if line.strip() == b"data: [DONE]":
            break
        chunk = json.loads(line[6:])
        delta = chunk["choices"][0]["delta"].get("content") if chunk.get("choices") else None
        if delta:
            text += delta
            deltas.append((len(text), now))
        end = chunk.get("dragoman") or end
    else:
        end = None
    writer.close()
    return asked, deltas, text, end


def memory(process):
    with open(f"/proc/{process.pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1])


def row(name, values):
    values = sorted(values)
    at = lambda share: values[min(len(values) - 1, int(share * len(values)))]
    print(f"{name}: median {statistics.median(values):.2f} ms, 90 % {at(0.9):.2f} ms, most {values[-1]:.2f} ms ({len(values)})")


async def delays(port, model, asks):
    before, held = [], []
    for _ in range(asks):
        asked, deltas, _, end = await ask(port)
        # Words that come as JSON are shown once their claim has ended and is checked.
        ends = [at for token, at in model.told[-1] if token.endswith("}")]
        assert len(deltas) >= len(STATEMENTS), deltas
        retrieval = end["timings_ms"]["retrieve"] / 1000
        waited = (model.asked[-1] - asked) - retrieval
        before.append(1000 * (waited + deltas[0][1] - ends[0]))
        held += [1000 * (came - told) for told, (_, came) in zip(ends[1:], deltas[1:])]
    row("to the first words, beyond retrieval and the model's own time for them", before)
    row("each later claim, from the token that ends it", held)


async def words(port, model, asks):
    """Of prose, each token is shown as it comes."""
    held = []
    for _ in range(asks):
        _, deltas, text, _ = await ask(port)
        assert text == "".join(model.reply), text
        written = 0
        for token, at in model.told[-1]:
            written += len(token)
            held.append(1000 * (next(came for length, came in deltas if length >= written) - at))
    row("each token of prose", held)


async def many(port, process, count):
    await asyncio.gather(*(ask(port) for _ in range(20)))
    rest = memory(process)
    peak = rest
    tasks = [asyncio.create_task(ask(port)) for _ in range(count)]
    while not all(task.done() for task in tasks):
        await asyncio.sleep(0.2)
        peak = max(peak, memory(process))
    answers = [task.result() for task in tasks]
    texts = {text for _, _, text, _ in answers}
    whole = sum(1 for _, _, _, end in answers if end and not end["abstained"])
    print(f"streams at once: {count}, whole {whole}, different texts {len(texts)}")
    print(f"memory: {rest} KiB before, {peak} KiB at most, {(peak - rest) / count:.0f} KiB for each stream")


async def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("--streams", type=int, default=1000)
    arguments.add_argument("--asks", type=int, default=50)
    arguments = arguments.parse_args()
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    model = Model(first=0.05, gap=0.01)
    server = await asyncio.start_server(model.serve, "127.0.0.1", 0, backlog=4096)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    with tempfile.TemporaryDirectory() as folder:
        own = {"DRAGOMAN_ADDR": "127.0.0.1:0", "DRAGOMAN_DATA_DIR": folder, "DRAGOMAN_EMBED_MODEL": "off", "OPENAI_BASE_URL": address, "OPENAI_MODEL": "scripted", "DRAGOMAN_CONTEXT_TOKENS": "8192", "RUST_LOG": "dragoman=info"}
        log = open(f"{folder}/log", "w+")
        process = subprocess.Popen([arguments.program, "demo"], env={**os.environ, **own}, stderr=log)
        try:
            port = None
            while port is None:
                await asyncio.sleep(0.1)
                found = re.search(r"listening on http://127.0.0.1:(\d+)", open(log.name).read())
                port = int(found[1]) if found else None
            await ask(port)
            await delays(port, model, arguments.asks)
            model.reply = prose()
            await words(port, model, arguments.asks)
            model.reply = evidence()
            # Long answers, so that all streams are open at the same time.
            model.gap = 0.5
            await many(port, process, arguments.streams)
        finally:
            process.terminate()
            process.wait(60)


if __name__ == "__main__":
    asyncio.run(main())
