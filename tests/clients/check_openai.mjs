// OpenAI's own client for Node.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [base, folder] = process.argv.slice(2);
const { default: OpenAI } = await import(pathToFileURL(createRequire(`${folder}/`).resolve("openai")));

const client = new OpenAI({ baseURL: base, apiKey: "none", maxRetries: 0 });
const question = { model: "dragoman", messages: [{ role: "user", content: "葫芦种植面积有多大？" }] };

function cites(content, annotations) {
  assert.ok(annotations.length > 0, content);
  // Indices count Unicode scalars, JavaScript's strings UTF-16 units.
  const scalars = Array.from(content);
  for (const { type, url_citation: cited, dragoman } of annotations) {
    assert.equal(type, "url_citation");
    assert.equal(scalars.slice(cited.start_index, cited.end_index).join(""), `[${dragoman.n}]`);
    assert.ok(cited.url && cited.title && dragoman.quote);
  }
}

const models = [];
for await (const model of client.models.list()) models.push(model.id);
assert.deepEqual(models, ["dragoman", "dragoman-strict"]);

const whole = await client.chat.completions.create(question);
cites(whole.choices[0].message.content, whole.choices[0].message.annotations);

let content = "";
let annotations = [];
let usage = null;
const stream = await client.chat.completions.create({ ...question, stream: true, stream_options: { include_usage: true } });
for await (const chunk of stream) {
  usage = chunk.usage ?? usage;
  for (const { delta } of chunk.choices) {
    content += delta.content ?? "";
    annotations = delta.annotations ?? annotations;
  }
}
cites(content, annotations);
assert.ok(usage.total_tokens > 100);

const talk = [
  { role: "user", content: "东昌府区有什么产业？" },
  { role: "assistant", content: "葫芦产业。 [1]" },
  { role: "user", content: "那种植面积呢？" },
];
const followUp = await client.chat.completions.create({ model: "dragoman-strict", messages: talk });
cites(followUp.choices[0].message.content, followUp.choices[0].message.annotations);

await assert.rejects(client.chat.completions.create({ ...question, model: "gpt-5" }), OpenAI.NotFoundError);
await assert.rejects(client.chat.completions.create({ ...question, n: 2 }), OpenAI.BadRequestError);
