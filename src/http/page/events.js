// Server-sent events of a response, one by one: { name, value }.
export async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (buffer + value).split(/\r?\n\r?\n/);
    buffer = parts.pop();
    for (const part of parts) {
      const name = /^event: ?(.*)$/m.exec(part)?.[1];
      const data = part.split(/\r?\n/).filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trimStart()).join("\n");
      if (name && data) yield { name, value: JSON.parse(data) };
    }
  }
}

// An element with attributes and children. Text is only ever set as text.
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined && value !== null) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== undefined && child !== null));
  return made;
}

// What of another page of this server matches a selector.
export async function fetched(address, selector, options = {}) {
  const response = await fetch(address, options);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (!response.ok) throw new Error(page.querySelector("main p")?.textContent ?? `The server answered ${response.status}.`);
  const part = page.querySelector(selector);
  return part && document.adoptNode(part);
}

// Times in the reader's own zone; what has no hour is a day anywhere.
export function localise(root) {
  const format = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" });
  for (const time of root.querySelectorAll("time[datetime]:not([data-day])")) {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.getTime())) {
      time.title = `${time.textContent} where it was published`;
      time.textContent = format.format(at).replace(" at ", ", ");
    }
  }
}
