// Headless Chromium on pages of other origins: https://portal.example, which the server of these tests allows, and https://elsewhere.example,
// which it does not. Both are served here, by TLS of a certificate that the browser is told to take, and tell what happened to them.
// Arguments: port, certificate, its key.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';

const [port, cert, key] = process.argv.slice(2);

// Runs in the page: what each request came to.
async function ask(url) {
  const token = { Authorization: 'Bearer manager' };
  const json = { ...token, 'Content-Type': 'application/json' };
  const requests = {
    get: () => fetch(`${url}/v1/testing/echo?text=a`, { headers: token }),
    post: () => fetch(`${url}/v1/testing:echo`, { method: 'POST', headers: { ...json, 'Idempotency-Key': 'k' }, body: '{"text":"黑鐵"}' }),
    refused: () => fetch(`${url}/v1/testing:echo`, { method: 'POST', headers: json, body: '{"text":"missing"}' }),
    noToken: () => fetch(`${url}/v1/testing/echo?text=a`),
    connect: () => fetch(`${url}/heitie.test.v1.EchoService/Echo`, { method: 'POST', headers: { ...json, 'Connect-Protocol-Version': '1' }, body: '{"text":"a"}' }),
    // The text of "a" as a message of gRPC-Web.
    grpcWeb: () => fetch(`${url}/heitie.test.v1.EchoService/Echo`, { method: 'POST', body: new Uint8Array([0, 0, 0, 0, 3, 10, 1, 97]),
      headers: { ...token, 'Content-Type': 'application/grpc-web+proto', 'X-Grpc-Web': '1' } }),
    lines: () => fetch(`${url}/v1/testing:tick?count=3`, { headers: token }),
    events: () => fetch(`${url}/v1/testing:tick?count=3`, { headers: { ...token, Accept: 'text/event-stream' } }),
    // A preflight allows neither this method here nor that header.
    method: () => fetch(`${url}/v1/testing/echo?text=a`, { method: 'DELETE', headers: token }),
    header: () => fetch(`${url}/v1/testing/echo?text=a`, { headers: { ...token, 'X-Unheard-Of': '1' } }),
  };
  const told = {};
  for (const [name, request] of Object.entries(requests)) {
    try {
      const response = await request();
      let body = '';
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) body += piece.value;
      told[name] = { status: response.status, body, trace: response.headers.get('x-trace-id') };
    } catch (error) {
      told[name] = { thrown: error.name };
    }
  }
  await fetch('/told', { method: 'POST', body: JSON.stringify(told) });
}

const waiting = new Map();
const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, async (request, response) => {
  if (request.url !== '/told') {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(request.url === '/' ? `<!doctype html><title>page</title><script>(${ask})("http://127.0.0.1:${port}")</script>` : '');
    return;
  }
  let body = '';
  for await (const piece of request.setEncoding('utf8')) body += piece;
  response.end();
  waiting.get(request.headers.origin)(JSON.parse(body));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

const profile = mkdtempSync(`${tmpdir()}/heitie-browser-`);
async function visit(origin) {
  const told = new Promise((resolve) => waiting.set(origin, resolve));
  const browser = spawn('chromium-headless-shell', ['--no-sandbox', '--disable-gpu', '--ignore-certificate-errors', `--user-data-dir=${profile}`,
    '--remote-debugging-port=0', `--host-resolver-rules=MAP *.example 127.0.0.1:${server.address().port}`, `${origin}/`],
    { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  let log = '';
  browser.stderr.on('data', (data) => (log += data));
  const ended = new Promise((resolve) => browser.once('exit', resolve));
  const failed = new Promise((_, reject) => browser.once('error', reject));
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error(`${origin} told nothing:\n${log}`)), 60_000).unref());
  try {
    return await Promise.race([told, failed, late]);
  } finally {
    if (browser.pid) {
      process.kill(-browser.pid, 'SIGKILL');  // and what it has started
      await ended;
    }
  }
}

try {
  const portal = await visit('https://portal.example');
  assert.equal(JSON.parse(portal.get.body).text, 'a');
  assert.match(portal.get.trace, /^[0-9a-f]{32}$/, 'the page may read the trace');
  assert.equal(JSON.parse(portal.post.body).text, '黑鐵');
  assert.equal(portal.refused.status, 404);
  assert.match(portal.refused.body, /"NOT_FOUND"/);
  assert.equal(portal.noToken.status, 401);
  assert.match(portal.noToken.body, /"UNAUTHENTICATED"/, 'the page may read why');
  assert.equal(JSON.parse(portal.connect.body).text, 'a');
  assert.equal(portal.grpcWeb.status, 200);
  assert.match(portal.grpcWeb.body, /grpc-status: ?0/);
  assert.equal(portal.lines.body, '{"result":{"number":1}}\n{"result":{"number":2}}\n{"result":{"number":3}}\n');
  assert.match(portal.events.body, /^retry: 3000\n\ndata: \{"number":1\}\n\n/);
  for (const name of ['method', 'header']) assert.equal(portal[name].thrown, 'TypeError', `preflight of ${name}`);

  const elsewhere = await visit('https://elsewhere.example');
  for (const [name, outcome] of Object.entries(elsewhere)) assert.deepEqual(outcome, { thrown: 'TypeError' }, name);
  console.log('Chromium from other origins: good');
} finally {
  server.close();
  rmSync(profile, { recursive: true, force: true });
}
process.exit(0);
