"use strict";

/** An element with attributes and children; text is only ever text. */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

let schemas = {};

function resolved(schema) {
  if (!schema) return {};
  if (schema.$ref) return schemas[schema.$ref.split("/").pop()] || {};
  return schema;
}

function named(schema) {
  if (!schema) return "any";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.oneOf || schema.anyOf) return (schema.oneOf || schema.anyOf).map(named).join(" or ");
  if (schema.allOf) return schema.allOf.map(named).join(" and ");
  if (schema.type === "array") return `list of ${named(schema.items)}`;
  const type = [schema.type || "any"].flat().join(" or ");
  const limits = ["minimum", "maximum", "minLength", "maxLength", "format"].filter((key) => schema[key] !== undefined);
  const values = schema.enum ? `: ${schema.enum.join(", ")}` : "";
  return type + values + (limits.length ? ` (${limits.map((key) => `${key} ${schema[key]}`).join(", ")})` : "");
}

/** The fields of a schema, those of its parts folded in, until one holds itself. */
function fields(schema, seen = []) {
  const whole = resolved(schema);
  const parts = whole.oneOf || whole.anyOf || whole.allOf;
  if (parts) return make("div", {}, ...parts.filter((part) => part.type !== "null").map((part) => fields(part, seen)));
  if (whole.type === "array" || (Array.isArray(whole.type) && whole.type.includes("array"))) return fields(whole.items, seen);
  if (!whole.properties) return make("div");
  const table = make("table");
  for (const [name, field] of Object.entries(whole.properties)) {
    const needed = (whole.required || []).includes(name) ? "" : ", optional";
    const part = (field.oneOf || []).find((part) => part.description);
    const about = make("td", {}, field.description || (part && part.description) || resolved(field).description || "");
    const inner = [field, ...(field.oneOf || field.anyOf || []), field.items].find((part) => part && (part.$ref || (part.items && part.items.$ref)));
    const target = inner && (inner.$ref ? inner : inner.items);
    if (field.examples) about.append(" Such as ", make("code", {}, short(JSON.stringify(field.examples[0]))), ".");
    if (target && (resolved(target).properties || resolved(target).allOf) && !seen.includes(target.$ref)) {
      about.append(make("details", {}, make("summary", {}, named(target)), fields(target, [...seen, target.$ref])));
    }
    table.append(make("tr", {}, make("td", {}, make("code", {}, name)), make("td", {}, named(field) + needed), about));
  }
  return table;
}

function short(text) {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** What a field may be; of an object, the fields that it needs, or its first. */
function example(schema, depth = 0) {
  const whole = resolved(schema);
  if (whole.examples) return whole.examples[0];
  if (whole.properties && depth < 3) {
    const names = whole.required || Object.keys(whole.properties).slice(0, 3);
    return Object.fromEntries(names.map((name) => [name, example(whole.properties[name], depth + 1)]));
  }
  if (whole.oneOf) return example(whole.oneOf[0], depth);
  const type = [whole.type].flat()[0];
  return { string: "", integer: 1, number: 1, boolean: false, array: whole.items ? [example(whole.items, depth + 1)] : [] }[type] ?? {};
}

/** A form that sends the call to this server and shows what comes back, as it comes. */
function trial(path, method, operation) {
  const body = operation.requestBody && operation.requestBody.content["application/json"];
  const form = make("form");
  const inputs = (operation.parameters || []).map((parameter) => {
    const input = make("input", { name: parameter.name, "aria-label": parameter.name, placeholder: `${parameter.name}, such as ${parameter.example}` });
    if (parameter.in === "path") input.value = parameter.example || "";
    form.append(input, " ");
    return [parameter, input];
  });
  const text = make("textarea", { rows: 8, "aria-label": "Body", spellcheck: "false" });
  if (body) {
    text.value = JSON.stringify(example(body.schema), null, 2);
    form.append(text);
  }
  const output = make("pre", { hidden: "", "aria-live": "polite" });
  form.append(make("p", {}, make("button", {}, "Send")), output);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const query = new URLSearchParams();
    let address = path;
    for (const [parameter, input] of inputs) {
      if (parameter.in === "path") address = address.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
      else if (input.value) query.set(parameter.name, input.value);
    }
    output.hidden = false;
    output.textContent = "…";
    try {
      const options = { method: method.toUpperCase(), headers: body ? { "content-type": "application/json" } : {} };
      if (body) options.body = text.value;
      const response = await fetch(address + (String(query) ? `?${query}` : ""), options);
      output.textContent = `${response.status}\n`;
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read()) output.textContent += part.value;
    } catch (error) {
      output.textContent = String(error);
    }
  });
  return make("details", {}, make("summary", {}, "Try it"), form);
}

function shown(path, method, operation, id) {
  const section = make("section", { id }, make("h2", {}, make("span", { class: "method" }, method.toUpperCase()), make("code", {}, path)));
  section.append(make("p", {}, operation.description || operation.summary || ""));
  if (operation.parameters && operation.parameters.length) {
    const table = make("table");
    for (const parameter of operation.parameters) {
      table.append(make("tr", {}, make("td", {}, make("code", {}, parameter.name)), make("td", {}, named(parameter.schema)), make("td", {}, parameter.description || "")));
    }
    section.append(make("h3", {}, "Parameters"), table);
  }
  if (operation.requestBody) {
    for (const [type, content] of Object.entries(operation.requestBody.content)) {
      section.append(make("h3", {}, `Body, ${type}`), fields(content.schema));
    }
  }
  for (const [status, response] of Object.entries(operation.responses)) {
    const types = Object.entries(response.content || {});
    const parts = types.map(([type, content]) => make("div", {}, make("code", {}, type), fields(content.schema)));
    section.append(make("details", {}, make("summary", {}, `${status}: ${response.description}`), ...parts));
  }
  section.append(trial(path, method, operation));
  return section;
}

async function show() {
  const page = await (await fetch("/openapi.json")).json();
  schemas = page.components.schemas;
  const index = document.getElementById("index");
  const calls = document.getElementById("calls");
  calls.append(make("p", {}, page.info.description));
  for (const tag of page.tags) {
    index.append(make("h2", {}, tag.description));
    for (const [path, item] of Object.entries(page.paths)) {
      for (const [method, operation] of Object.entries(item)) {
        if (!(operation.tags || []).includes(tag.name)) continue;
        const id = `${method}${path.replaceAll(/[^a-z0-9]+/gi, "-")}`;
        index.append(make("a", { href: `#${id}` }, operation.summary));
        calls.append(shown(path, method, operation, id));
      }
    }
  }
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

show();
