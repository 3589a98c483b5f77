#pragma once
// The page at /docs: our own reader of /openapi.json, without outside parts. Its script and its style are files of
// their own, because the policy allows nothing inline.

#include <string_view>

namespace dealog::api {

inline constexpr std::string_view docs_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

inline constexpr std::string_view docs_page = R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Dealog API</title>
<link rel="stylesheet" href="/docs/docs.css">
<script src="/docs/docs.js" defer></script>
</head>
<body>
<header><h1>Dealog API</h1><p id="about"></p>
<input id="search" type="search" placeholder="Find an operation" aria-label="Find an operation"></header>
<main><nav id="index" aria-label="Operations"></nav><div id="operations" aria-live="polite">Loading /openapi.json</div></main>
<noscript>This page needs JavaScript; the document itself is at <a href="/openapi.json">/openapi.json</a>.</noscript>
</body>
</html>
)html";

inline constexpr std::string_view docs_style = R"css(
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --get: #2a7; --post: #27c; --put: #a60; --delete: #c33; }
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; }
header { padding: 1rem 1.5rem; border-bottom: 1px solid var(--line); }
h1 { margin: 0; font-size: 1.3rem; }
header p { margin: .2rem 0 .6rem; opacity: .75; }
input { font: inherit; width: min(30rem, 100%); padding: .35rem .6rem; border: 1px solid var(--line); border-radius: 6px; background: transparent; color: inherit; }
main { display: grid; grid-template-columns: 15rem 1fr; gap: 1.5rem; padding: 1rem 1.5rem; }
nav { position: sticky; top: 1rem; align-self: start; max-height: 95vh; overflow: auto; font-size: .9rem; }
nav a { display: block; padding: .1rem 0; color: inherit; }
h2 { margin: 1.5rem 0 .5rem; font-size: 1.1rem; text-transform: capitalize; }
details { border: 1px solid var(--line); border-radius: 8px; margin: .4rem 0; }
summary { cursor: pointer; padding: .45rem .7rem; display: flex; gap: .7rem; flex-wrap: wrap; align-items: baseline; }
details > div { padding: .2rem .9rem .9rem; border-top: 1px solid var(--line); overflow-x: auto; }
code, pre { font: 13px/1.5 ui-monospace, monospace; }
pre { background: var(--soft); padding: .6rem; border-radius: 6px; overflow-x: auto; margin: .3rem 0; }
.method { font-weight: 700; min-width: 4.2rem; }
.get { color: var(--get); } .post { color: var(--post); } .put, .patch { color: var(--put); } .delete { color: var(--delete); }
.soft { opacity: .7; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line); }
h3 { margin: .9rem 0 .2rem; font-size: .95rem; }
@media (max-width: 50rem) { main { grid-template-columns: 1fr; } nav { display: none; } }
)css";

inline constexpr std::string_view docs_script = R"js('use strict';
const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  for (const child of children) if (child != null) element.append(child);
  return element;
};
let doc;
const resolve = (it) => {
  if (!it || !it.$ref) return it || {};
  return it.$ref.slice(2).split('/').reduce((at, key) => at[key], doc);
};
// A schema as an example-like outline: types in place of values. A type inside itself is only named.
const outline = (schema, seen = []) => {
  if (schema && schema.$ref) {
    const name = schema.$ref.split('/').pop();
    return seen.includes(name) ? name : outline(resolve(schema), [...seen, name]);
  }
  if (!schema) return 'any';
  const either = schema.anyOf || schema.oneOf;
  if (either) return either.filter((one) => one.type !== 'null').map((one) => outline(one, seen))[0];
  if (schema.enum) return schema.enum.filter((word) => word !== null).join(' | ');
  const type = [].concat(schema.type || 'any');
  const nullable = type.includes('null') ? ' or null' : '';
  const main = type.find((one) => one !== 'null');
  if (main === 'object' && schema.properties) {
    const made = {};
    for (const [key, inner] of Object.entries(schema.properties)) {
      made[key + ((schema.required || []).includes(key) ? ' *' : '')] = outline(inner, seen);
    }
    return made;
  }
  if (main === 'array') return [outline(schema.items, seen)];
  return (schema.format || main) + nullable;
};
const content = (part) => Object.entries(resolve(part).content || {}).map(([type, media]) => make('div', {},
  make('span', { class: 'soft' }, type),
  media.schema && Object.keys(media.schema).length ? make('pre', {}, JSON.stringify(outline(media.schema), null, 2)) : null,
  media.example ? make('pre', {}, JSON.stringify(media.example, null, 2)) : null));
const parameters = (list) => make('table', {}, ...list.map(resolve).map((one) => make('tr', {},
  make('td', {}, make('code', {}, one.name + (one.required ? ' *' : ''))),
  make('td', { class: 'soft' }, one.in),
  make('td', {}, String(outline(one.schema))),
  make('td', {}, one.description || ''))));
const responses = (all) => make('table', {}, ...Object.entries(all).map(([status, one]) => make('tr', {},
  make('td', {}, make('code', {}, status)),
  make('td', {}, resolve(one).description || '', ...(status < '300' ? content(one) : [])))));
const show = (method, path, operation) => {
  const body = make('div');
  const details = make('details', { id: operation.operationId },
    make('summary', {}, make('span', { class: 'method ' + method }, method.toUpperCase()), make('code', {}, path),
      make('span', { class: 'soft' }, operation.summary || '')), body);
  details.addEventListener('toggle', () => {
    if (body.childNodes.length) return;
    body.append(make('p', {}, operation.description || operation.summary || ''));
    if (operation['x-roles']) body.append(make('p', { class: 'soft' }, 'For: ' + operation['x-roles'].join(', ')));
    if (operation.security && !operation.security.length) body.append(make('p', { class: 'soft' }, 'Needs no token.'));
    if (operation.parameters) body.append(make('h3', {}, 'Parameters'), parameters(operation.parameters));
    if (operation.requestBody) body.append(make('h3', {}, 'Body'), ...content(operation.requestBody));
    body.append(make('h3', {}, 'Answers'), responses(operation.responses));
  });
  details.dataset.words = (method + ' ' + path + ' ' + operation.operationId + ' ' + (operation.summary || '')).toLowerCase();
  return details;
};
const open = () => {
  const wanted = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (wanted && wanted.tagName === 'DETAILS') { wanted.open = true; wanted.scrollIntoView(); }
};
const start = async () => {
  doc = await (await fetch('/openapi.json')).json();
  document.getElementById('about').textContent = doc.info.version + '. ' + (doc.info.description || '');
  const tags = new Map(doc.tags.map((tag) => [tag.name, []]));
  for (const [path, methods] of Object.entries(doc.paths))
    for (const [method, operation] of Object.entries(methods)) {
      const tag = (operation.tags || ['other'])[0];
      if (!tags.has(tag)) tags.set(tag, []);
      tags.get(tag).push(show(method, path, operation));
    }
  const all = document.getElementById('operations'), index = document.getElementById('index');
  all.replaceChildren();
  for (const [tag, operations] of tags) {
    all.append(make('section', {}, make('h2', { id: 'tag-' + tag }, tag), ...operations));
    index.append(make('a', { href: '#tag-' + tag }, tag + ' (' + operations.length + ')'));
  }
  document.getElementById('search').addEventListener('input', (event) => {
    const wanted = event.target.value.toLowerCase();
    for (const one of all.querySelectorAll('details')) one.hidden = !one.dataset.words.includes(wanted);
    for (const one of all.querySelectorAll('section')) one.hidden = !one.querySelector('details:not([hidden])');
  });
  addEventListener('hashchange', open);
  open();
};
start().catch((error) => { document.getElementById('operations').textContent = 'Cannot read /openapi.json: ' + error; });
)js";

}  // namespace dealog::api
