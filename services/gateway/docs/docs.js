// The documentation of the API, made in the browser of the documents that the gateway serves: /openapi.json and /reasons.json. It asks
// nobody else for anything. What comes from the documents becomes text, never markup.
"use strict";

const byId = (id) => document.getElementById(id);
let api, reasons, entries;

// element("td", {class: "quiet"}, "text", child…)
function element(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) node.setAttribute(key, value);
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}
const code = (text) => element("code", {}, text);
const link = (to, text) => element("a", { href: "#" + to }, text ?? to);
const found = (reference) => reference.slice(2).split("/").reduce((at, key) => at[key], api);
// What stands beside a reference says more than what it leads to.
const resolve = (value) => (value?.$ref ? { ...found(value.$ref), ...(value.description ? { description: value.description } : {}) } : value);
const schemaName = (schema) => (schema?.$ref?.startsWith("#/components/schemas/") ? schema.$ref.slice("#/components/schemas/".length) : null);
const shortName = (name) => name.replace(/^heitie\./, "").replace(/\.v1\./, ".");

// Comments as they are written: paragraphs, lists, `code`.
function prose(text) {
  return (text ?? "").split(/\n\n/).map((paragraph) => {
    const inline = (line) => line.split(/(`[^`]*`)/).map((part) => (part.startsWith("`") && part.length > 1 ? code(part.slice(1, -1)) : part));
    const lines = paragraph.split("\n");
    const at = lines.findIndex((line) => line.startsWith("- "));
    if (at < 0) return element("p", {}, inline(paragraph));
    return [at > 0 ? element("p", {}, inline(lines.slice(0, at).join(" "))) : null,
      element("ul", {}, lines.slice(at).map((line) => element("li", {}, inline(line.replace(/^- /, "")))))];
  });
}

function typeOf(schema) {
  const name = schemaName(schema);
  if (name) return link("schema/" + name, shortName(name));
  if (schema?.type === "array") return element("span", {}, "list of ", typeOf(schema.items));
  if (schema?.additionalProperties) return element("span", {}, "map of ", typeOf(schema.additionalProperties));
  if (schema?.anyOf) return element("span", {}, schema.anyOf.map((each, i) => [i ? " or " : "", typeOf(each)]));
  return [schema?.type ?? "any"].flat().join(" or ") + (schema?.format ? ` (${schema.format})` : "");
}

function limits(schema) {
  const said = [];
  for (const name of ["minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "minItems", "maxItems", "pattern", "enum"]) {
    if (schema?.[name] !== undefined) said.push(`${name} ${Array.isArray(schema[name]) ? schema[name].join(", ") : schema[name]}`);
  }
  return said.length ? element("div", { class: "quiet" }, code(said.join(" · "))) : null;
}

function properties(schema) {
  const object = resolve(schema);
  if (!object?.properties) return element("p", {}, typeOf(schema));
  return element("table", {}, Object.entries(object.properties).map(([name, property]) => element("tr", {},
    element("td", {}, code(name), object.required?.includes(name) ? " *" : ""),
    element("td", {}, typeOf(property)),
    element("td", {}, prose(property.description), limits(property)))));
}

function contentOf(holder) {
  return Object.entries(holder?.content ?? {});
}

// ---- Pages

function operationPage(entry) {
  const { path, method, operation } = entry;
  const parameters = (operation.parameters ?? []).map(resolve);
  const body = contentOf(operation.requestBody)[0];
  return [
    element("h2", {}, entry.title),
    element("p", { class: "path" }, element("span", { class: "verb" }, method.toUpperCase()), path),
    prose(operation.description),
    element("h3", {}, "Parameters"),
    element("table", {}, parameters.map((parameter) => element("tr", {},
      element("td", {}, code(parameter.name), parameter.required ? " *" : ""), element("td", {}, parameter.in),
      element("td", {}, typeOf(parameter.schema)), element("td", {}, prose(parameter.description), limits(parameter.schema))))),
    body ? [element("h3", {}, "Body ", element("small", {}, body[0])), properties(body[1].schema)] : null,
    element("h3", {}, "Answers"),
    element("table", {}, Object.entries(operation.responses).map(([status, response]) => {
      const answer = resolve(response);
      return element("tr", {}, element("td", {}, code(status)), element("td", {}, prose(answer.description)),
        element("td", {}, contentOf(answer).map(([type, content]) => element("div", {}, typeOf(content.schema), " ", element("span", { class: "quiet" }, type)))));
    })),
    exampleOf(operation.responses["200"]),
    operation["x-reasons"]?.length ? [element("h3", {}, "Reasons"), reasonTable(operation["x-reasons"])] : null,
    tryIt(entry, parameters, body),
  ];
}

function exampleOf(response) {
  const example = contentOf(resolve(response)).map(([, content]) => resolve(content.examples?.story)).find(Boolean);
  return example ? [element("h3", {}, "Such as"), element("pre", {}, JSON.stringify(example.value, null, 2))] : null;
}

function reasonTable(ids) {
  const language = { en: "en", "zh-TW": "zhTw", "zh-CN": "zhCn" }[byId("language").value];
  return element("table", {}, ids.map((id) => reasons.get(id)).filter(Boolean).map((reason) => element("tr", {},
    element("td", {}, link("reason/" + reason.id, code(reason.id))), element("td", {}, reason[language]), element("td", { class: "quiet" }, reason.todo))));
}

function schemaPage(name) {
  const schema = api.components.schemas[name];
  if (!schema) return element("p", {}, "There is no schema ", code(name), ".");
  return [element("h2", {}, shortName(name)), prose(schema.description),
    schema.properties ? properties(schema) : [element("p", {}, typeOf(schema)), limits(schema)]];
}

function reasonPage(id) {
  const reason = reasons.get(id);
  if (!reason) return element("p", {}, "There is no reason ", code(id), ".");
  const methods = entries.filter((entry) => entry.operation?.["x-reasons"]?.includes(id));
  return [element("h2", {}, code(id)), element("p", {}, code(reason.code), reason.service ? ` of ${reason.service}` : ""),
    element("p", {}, reason.en), element("p", { lang: "zh-TW" }, reason.zhTw), element("p", { lang: "zh-CN" }, reason.zhCn),
    element("p", {}, element("strong", {}, "What to do: "), reason.todo),
    methods.length ? [element("h3", {}, "Methods"), element("ul", {}, methods.map((entry) => element("li", {}, link(entry.at, entry.title))))] : null];
}

function reasonsPage() {
  return [element("h2", {}, "All reasons"), element("p", {}, `${reasons.size} reasons; /reasons.json has them for programs.`), reasonTable([...reasons.keys()])];
}

function frontPage() {
  return [element("h2", {}, api.info.title), prose(api.info.description),
    element("p", {}, link("reasons", "All reasons"), " · ", element("a", { href: "/openapi.json" }, "openapi.json"), " · ",
      element("a", { href: "/reasons.json" }, "reasons.json")),
    element("table", {}, api.tags.map((tag) => element("tr", {}, element("td", {}, code(tag.name)), element("td", {}, prose(tag.description)))))];
}

// ---- Try it

function tryIt(entry, parameters, body) {
  const inputs = parameters.map((parameter) => {
    const input = element("input", { "aria-label": parameter.name, value: parameter.in === "path" ? parameter.example ?? "" : "" });
    if (parameter.in === "query" && parameter.example !== undefined) input.placeholder = String(parameter.example);
    return [parameter, input];
  });
  const text = body ? element("textarea", { spellcheck: "false", "aria-label": "Body" }) : null;
  if (text && body[1].example !== undefined) text.value = JSON.stringify(body[1].example, null, 2);
  const answer = element("pre", { hidden: "" });
  const send = element("button", { type: "button" }, "Send");
  const request = () => {
    let path = entry.path;
    const query = new URLSearchParams(), headers = { "Accept-Language": byId("language").value };
    for (const [parameter, input] of inputs) {
      if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
      else if (input.value && parameter.in === "query") query.append(parameter.name, input.value);
      else if (input.value) headers[parameter.name] = input.value;
    }
    if (byId("token").value) headers.Authorization = "Bearer " + byId("token").value;
    if (text) headers["Content-Type"] = body[0];
    return { url: path + (query.size ? "?" + query : ""), headers };
  };
  send.addEventListener("click", async () => {
    const { url, headers } = request();
    answer.hidden = false;
    answer.textContent = "…";
    try {
      const response = await fetch(url, { method: entry.method.toUpperCase(), headers, body: text ? text.value : undefined });
      const received = await response.text();
      let shown = received;
      try { shown = JSON.stringify(JSON.parse(received), null, 2); } catch { /* lines of a stream, or no JSON */ }
      const kept = ["etag", "x-trace-id", "retry-after"].filter((name) => response.headers.has(name));
      answer.textContent = `${response.status}\n${kept.map((name) => `${name}: ${response.headers.get(name)}\n`).join("")}\n${shown}`;
    } catch (error) {
      answer.textContent = String(error);
    }
  });
  const quoted = (value) => "'" + value.replaceAll("'", "'\\''") + "'";
  const copy = element("button", { type: "button" }, "As curl");
  copy.addEventListener("click", () => {
    const { url, headers } = request();
    delete headers.Authorization;
    const parts = ["curl", "-X", entry.method.toUpperCase(), quoted(location.origin + url), "-H", '"Authorization: Bearer $token"'];
    for (const [name, value] of Object.entries(headers)) parts.push("-H", quoted(`${name}: ${value}`));
    if (text) parts.push("-d", quoted(text.value));
    answer.hidden = false;
    answer.textContent = parts.join(" ");
  });
  return [element("h3", {}, "Try it"),
    element("table", { class: "try" }, inputs.map(([parameter, input]) => element("tr", {},
      element("td", {}, code(parameter.name)), element("td", {}, input)))),
    text, element("p", {}, send, " ", copy), answer];
}

// ---- Contents and search

function list(words) {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const found = entries.filter((entry) => wanted.every((word) => entry.text.includes(word)));
  const groups = new Map();
  for (const entry of found) {
    // Without a search the contents are the methods.
    if (!wanted.length && entry.kind !== "method") continue;
    if (!groups.has(entry.group)) groups.set(entry.group, []);
    groups.get(entry.group).push(entry);
  }
  const here = decodeURIComponent(location.hash.slice(1));
  byId("list").replaceChildren(...[...groups].flatMap(([group, members]) => [element("h2", {}, group),
    ...members.slice(0, 200).map((entry) => element("a", { href: "#" + entry.at, title: entry.hint, ...(entry.at === here ? { class: "here" } : {}) },
      entry.method ? element("span", { class: "verb" }, entry.method.toUpperCase()) : "", entry.title))]));
  if (!found.length) byId("list").append(element("p", {}, "Nothing has all of these words."));
}

function show() {
  const at = decodeURIComponent(location.hash.slice(1));
  const [kind, ...rest] = at.split("/");
  const name = rest.join("/");
  const entry = entries.find((each) => each.at === at);
  const page = kind === "schema" ? schemaPage(name) : kind === "reason" ? reasonPage(name) : kind === "reasons" ? reasonsPage()
    : entry ? operationPage(entry) : frontPage();
  byId("page").replaceChildren(...[page].flat(Infinity).filter(Boolean));
  byId("page").scrollTop = 0;
  list(byId("search").value);
}

async function start() {
  const [document_, all] = await Promise.all(["/openapi.json", "/reasons.json"].map(async (path) => (await fetch(path)).json()));
  api = document_;
  reasons = new Map(all.map((reason) => [reason.id, reason]));
  entries = [];
  for (const [path, item] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const title = operation.operationId.replace(/^.*Service_/, "");
      entries.push({ kind: "method", at: "method/" + operation.operationId, group: operation.tags[0], title, hint: `${method} ${path}`, path, method, operation,
        text: [operation.operationId, path, operation.description].join(" ").toLowerCase() });
    }
  }
  for (const [name, schema] of Object.entries(api.components.schemas)) {
    entries.push({ kind: "schema", at: "schema/" + name, group: "Schemas", title: shortName(name), hint: name,
      text: [name, ...Object.keys(schema.properties ?? {}), ...(schema.enum ?? [])].join(" ").toLowerCase() });
  }
  for (const reason of all) {
    entries.push({ kind: "reason", at: "reason/" + reason.id, group: "Reasons", title: reason.id, hint: reason.en,
      text: [reason.id, reason.en, reason.zhTw, reason.zhCn].join(" ").toLowerCase() });
  }
  byId("search").addEventListener("input", () => list(byId("search").value));
  byId("language").addEventListener("change", show);
  addEventListener("hashchange", show);
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !["INPUT", "TEXTAREA", "SELECT"].includes(document.activeElement.tagName)) {
      event.preventDefault();
      byId("search").focus();
    }
  });
  show();
}

start().catch((error) => byId("page").replaceChildren(element("p", {}, "The documentation cannot be loaded: " + error)));
