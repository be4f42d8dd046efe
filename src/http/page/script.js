// Asks without leaving the page. Text from articles and models is only ever set as text.
const form = document.getElementById("ask");
const box = document.getElementById("answer");
let asking = null;

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  asking?.abort();
  asking = new AbortController();
  box.hidden = false;
  box.textContent = "Searching…";
  try {
    const response = await fetch("/v1/ask", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ question: form.question.value, stream: true }),
      signal: asking.signal,
    });
    if (!response.ok) {
      box.textContent = (await response.json()).detail;
      return;
    }
    await show(response.body.pipeThrough(new TextDecoderStream()));
  } catch (error) {
    if (error.name !== "AbortError") box.textContent = "The server could not be reached.";
  }
});

async function show(stream) {
  let buffer = "";
  let text = "";
  for await (const chunk of stream) {
    buffer += chunk;
    const events = buffer.split("\n\n");
    buffer = events.pop();
    for (const event of events) {
      const name = /^event: ?(.*)$/m.exec(event)?.[1];
      const data = /^data: ?(.*)$/m.exec(event)?.[1];
      if (!name || !data) continue;
      const value = JSON.parse(data);
      if (name === "delta") box.textContent = text += value.text;
      if (name === "error") box.textContent = value.detail;
      if (name === "done") finish(value);
    }
  }
}

function finish(answer) {
  box.textContent = answer.answer;
  const marks = answer.claims.filter((claim) => claim.verdict !== "supported");
  for (const claim of marks) {
    const mark = document.createElement("span");
    mark.className = "mark";
    mark.textContent = `⚠ ${claim.verdict}: ${claim.text} ${claim.findings.map((f) => f.detail).join(" ")}`;
    box.append(mark);
  }
  const list = document.createElement("ol");
  for (const citation of answer.citations) {
    const item = document.createElement("li");
    item.value = citation.n;
    const link = document.createElement("a");
    link.href = `/articles/${encodeURIComponent(citation.article_id)}#p${citation.paragraph}`;
    link.textContent = citation.title || citation.article_id;
    item.append(link, ` ¶${citation.paragraph}: ${citation.quote}`);
    list.append(item);
  }
  box.append(list);
}
