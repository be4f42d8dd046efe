// Questions whose answers are streamed, one after the other on the same page.
import { element, events, localise } from "./events.js";

const talk = document.getElementById("talk");
const form = document.getElementById("followup");
const said = { contradicted: "Differs from the source", unsupported: "Not found in the source", uncited: "Not checked" };
const conversation = [];
let asking = null;

const place = (one) => `/articles/${encodeURIComponent(one.article_id)}`;

function address(citation, claim) {
  const query = new URLSearchParams({ start: citation.start, end: citation.end, paragraph: citation.paragraph });
  if (claim) query.set("claim", claim);
  return `${place(citation)}?${query}#p${citation.paragraph}`;
}

// A claim with its citations, which are links once it is known what they stand for.
function claimed(claim, citations) {
  const cites = claim.citations.map((n) => {
    const citation = citations?.find((one) => one.n === n);
    return citation
      ? element("a", { class: "cite", href: address(citation, claim.text), "aria-label": `source ${n}` }, `[${n}]`)
      : element("span", { class: "cite" }, `[${n}]`);
  });
  const finding = said[claim.verdict] && element("span", { class: `finding ${claim.verdict}` }, element("b", {}, said[claim.verdict]), ...claim.findings.map((one) => ` ${one.detail}`));
  return element("div", { class: `claimed ${claim.verdict}` }, element("span", { class: "claim" }, claim.text), ...cites, finding);
}

function listed(title, list, numbered) {
  if (!list.length) return [];
  const items = list.map((one) => {
    const time = one.published_at && element("time", { datetime: one.published_at, "data-day": /T00:00:00/.test(one.published_at) ? "" : undefined }, one.published_at.slice(0, 16).replace("T", " "));
    const link = numbered ? address(one) : `${place(one)}#p${one.paragraph}`;
    return element("li", { value: numbered ? one.n : undefined },
      element("a", { href: link }, one.title || "untitled"), " ",
      element("span", { class: "byline" }, one.source || "source unknown", " · ", time || "undated"),
      element("blockquote", { lang: /\p{Script=Han}/u.test(one.quote ?? one.text) ? "zh" : undefined }, one.quote ?? one.text));
  });
  return [element("h3", { class: "label" }, title), element("ol", { class: "sources" }, ...items)];
}

function plain(answer) {
  const sources = answer.citations.map((one) => `[${one.n}] ${[one.title, one.source, one.published_at?.slice(0, 10), one.url].filter(Boolean).join(", ")}\n    ${one.quote}`);
  return [answer.answer, ...sources].join("\n");
}

function finish(turn, question, answer) {
  const words = turn.querySelector(".answer");
  words.lang = answer.language;
  if (answer.abstained) words.replaceChildren(element("p", { class: "abstained" }, answer.answer));
  else words.replaceChildren(...answer.claims.map((claim) => claimed(claim, answer.citations)));
  const by = { llm: `written by ${answer.model ?? "a language model"}`, extractive: "sentences quoted from the sources; no model" }[answer.engine] ?? answer.engine;
  const copy = element("button", { class: "quiet", type: "button" }, "Copy with sources");
  copy.addEventListener("click", () => told(copy, plain(answer)));
  const share = element("button", { class: "quiet", type: "button" }, "Copy link");
  share.addEventListener("click", () => told(share, new URL(`/ask?q=${encodeURIComponent(question)}`, location.href).href));
  turn.querySelector(".doing").replaceWith(
    ...listed("Sources", answer.citations, true),
    ...(answer.abstained ? listed("Nearest to the question", answer.hits.slice(0, 3), false) : []),
    element("p", { class: "made" }, [by, `${(answer.timings_ms.total / 1000).toFixed(1)} s`, ...answer.notes.filter((note) => !note.startsWith("no model"))].join(" · ")),
    element("p", { class: "doing" }, copy, share));
  localise(turn);
  conversation.push({ role: "user", content: question }, { role: "assistant", content: answer.answer });
}

async function told(button, text) {
  const name = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "The browser does not allow it";
  }
  setTimeout(() => (button.textContent = name), 2000);
}

async function ask(question) {
  asking?.abort();
  const mine = (asking = new AbortController());
  const words = element("div", { class: "answer", "aria-live": "polite" }, element("p", { class: "pending" }, "Looking for passages…"));
  const stop = element("button", { class: "quiet", type: "button" }, "Stop");
  stop.addEventListener("click", () => mine.abort());
  const turn = element("section", { class: "turn" }, element("h2", { class: "question" }, question), words, element("p", { class: "doing" }, stop));
  talk.append(turn);
  turn.scrollIntoView({ block: "nearest" });
  const pending = words.firstChild;
  const fail = (text) => {
    pending.remove();
    words.append(element("p", { class: "finding" }, text));
    turn.querySelector(".doing")?.remove();
  };
  try {
    const response = await fetch("/v1/ask", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ question, stream: true, history: conversation }),
      signal: mine.signal,
    });
    if (!response.ok) return fail((await response.json()).detail);
    let text = "";
    for await (const { name, value } of events(response)) {
      if (name === "hits") pending.textContent = value.hits.length ? `Reading ${value.hits.length} passages…` : "Nothing was found…";
      if (name === "delta") pending.textContent = text += value.text;
      if (name === "claim") {
        words.insertBefore(claimed(value), pending);
        pending.textContent = text = "";
      }
      if (name === "error") return fail(value.detail);
      if (name === "done") finish(turn, question, value);
    }
  } catch (error) {
    fail(error.name === "AbortError" ? "Stopped." : "The server could not be reached.");
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const question = form.q.value.trim();
  if (!question) return;
  form.q.value = "";
  form.querySelector("label").textContent = "Ask on";
  if (!conversation.length) history.replaceState(null, "", `/ask?q=${encodeURIComponent(question)}`);
  ask(question);
});

if (talk.dataset.question) ask(talk.dataset.question);
