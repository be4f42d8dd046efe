// What a browser test needs: dragoman over the sample, a scripted model, Chromium.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join, resolve as absolute } from "node:path";
import { chromium } from "playwright-core";

export const PLANTED = `<script>window.planted = 1</script><img src=x onerror="window.planted = 2"><svg onload="window.planted = 3">`;
const QUOTE = "东昌府区葫芦种植面积3万余亩，占全国市场份额的75%，年综合效益达16亿元。";

// Plays a model server: it answers about gourds, rewrites follow-ups, writes a brief
// and a digest, and never ends a reply to a question that says "slowly".
export async function model() {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    if (!request.url.endsWith("/chat/completions")) return response.writeHead(404).end("{}");
    const asked = JSON.parse(body);
    const prompt = asked.messages.map((message) => message.content).join("\n");
    const question = prompt.match(/^Question: (.*)$/m)?.[1] ?? "";
    const claims = [
      { cited: 1, evidence: QUOTE, statement: "Gourds are planted on more than 30,000 acres in Dongchangfu District." },
      { cited: 1, evidence: QUOTE, statement: "Gourds are planted on more than 30,000 mu in Dongchangfu District." },
    ];
    let reply = JSON.stringify({ claims });
    if (prompt.includes("Follow-up question:")) reply = JSON.stringify({ question: "What share of the national market do the gourds of Dongchangfu District have?" });
    if (prompt.includes("English brief")) {
      const point = { text: "The district plants over 30,000 mu of gourds.", paragraph: 2 };
      reply = JSON.stringify({ headline: "Gourds again", lead: point, sections: [{ heading: "Area", points: [{ text: "The gourds have 75% of the national market.", paragraph: 2 }] }] });
    }
    if (prompt.includes("English digests")) {
      const paragraph = Number(prompt.match(/Paragraph (\d+): .*葫芦种植面积/)?.[1]);
      const lead = { text: "Dongchangfu District plants over 30,000 mu of gourds.", paragraph };
      reply = JSON.stringify({ lead, sections: [{ heading: "Market", points: [{ text: "The gourds have 75% of the national market.", paragraph }] }] });
    }
    if (prompt.includes("Write in English what stands there")) reply = JSON.stringify({ english: "Gourds are planted on more than 30,000 mu in Dongchangfu District, which has 57% of the national market and comprehensive benefits of 1.6 billion yuan a year." });
    if (!asked.stream) {
      response.setHeader("content-type", "application/json");
      return response.end(JSON.stringify({ id: "1", object: "chat.completion", model: asked.model, choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: reply } }], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } }));
    }
    response.setHeader("content-type", "text/event-stream");
    const send = (delta, finish_reason = null) => response.write(`data: ${JSON.stringify({ id: "1", object: "chat.completion.chunk", model: asked.model, choices: [{ index: 0, delta, finish_reason }] })}\n\n`);
    const pieces = reply.match(/[\s\S]{1,40}/gu);
    const slowly = /slowly/.test(question) && !prompt.includes("Follow-up question:");
    for (const piece of slowly ? pieces.slice(0, Math.ceil(pieces.length / 2) + 1) : pieces) send({ content: piece });
    if (slowly) return;
    send({}, "stop");
    response.end("data: [DONE]\n\n");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${server.address().port}/v1`, close: () => (server.closeAllConnections(), server.close()) };
}

// Starts dragoman's demo on a free port in a folder of its own.
export async function dragoman(binary, modelUrl) {
  const folder = mkdtempSync(join(tmpdir(), "dragoman-browser-"));
  const env = { PATH: process.env.PATH, HOME: folder, RUST_LOG: "dragoman=info,warn" };
  if (modelUrl) Object.assign(env, { OPENAI_BASE_URL: modelUrl, OPENAI_MODEL: "scripted" });
  const child = spawn(absolute(binary), ["--data-dir", join(folder, "data"), "--embed-model", "off", "demo", "--addr", "127.0.0.1:0"], { env, cwd: folder, stdio: ["ignore", "inherit", "pipe"] });
  let log = "";
  const address = await new Promise((resolve, reject) => {
    child.stderr.on("data", (data) => {
      log += data;
      const found = /listening on (http:\/\/[0-9.:]+)/.exec(log);
      if (found) resolve(found[1]);
    });
    child.on("error", reject);
    child.on("exit", () => reject(new Error(`dragoman ended:\n${log}`)));
  });
  return {
    address,
    post: async (path, value) => {
      const response = await fetch(address + path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(value) });
      if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
      return response.json();
    },
    close: async () => {
      child.removeAllListeners("exit");
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function executable() {
  const found = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => path && existsSync(path));
  if (!found) throw new Error("no Chromium: install it, or name it by CHROMIUM");
  return found;
}

export async function browser(port) {
  const args = ["--no-sandbox", "--disable-dev-shm-usage"];
  if (port) args.push(`--remote-debugging-port=${port}`);
  return chromium.launch({ executablePath: executable(), args });
}
