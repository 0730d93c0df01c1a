// http2.mjs: clients over HTTP/2 for rehearse.py. Each kind has a connection, kept until the server says that it ends. They never ask twice but
// for what no server has seen (REFUSED_STREAM, RFC 9113, 8.7: Node gives it also to a request that was still to be sent when the server said
// that it goes), which goes to another connection once, as all clients of HTTP/2 do below their callers.
//   get    JSON, `lanes` requests at a time, each lane `pause` ms after its last answer
//   grpc   lists over gRPC
//   write  makes one category of materials after the other
//   watch  the stream of events, which goes on elsewhere where it ended; every category that was acknowledged has to be in it, and nothing twice
// The configuration is the first line of the standard input: {hosts, name, ca, reader, writer, lanes, pause, paths, methods, watched}, where hosts is
// a file that has the addresses of `name` as they are at the moment. "begun" is printed once the stream of events is there; when the input ends, what
// was answered and what failed as JSON.
import {readFileSync} from 'node:fs';
import http2 from 'node:http2';
import readline from 'node:readline';

const PATIENCE = 60000;  // ms
const input = readline.createInterface({input: process.stdin});
const config = JSON.parse(await new Promise(resolve => input.once('line', resolve)));
const outcome = {answers: {get: 0, grpc: 0, write: 0, watch: 0}, refused: 0, connections: 0, failures: []};
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));
let stopping = false;
input.on('close', () => { stopping = true; });

// A port of the gateway: the session that takes requests, of any replica.
class Door {
  #port;
  #session = null;
  constructor(port) { this.#port = port; }

  #open() {
    const found = readFileSync(config.hosts, 'utf8').split('\n').map(line => line.split(' ')).filter(fields => fields[2] === config.name);
    const address = found[Math.floor(Math.random() * found.length)][0];
    const opened = http2.connect(`https://${address}:${this.#port}`, {ca: readFileSync(config.ca), servername: config.name});
    const leave = () => { if (this.#session === opened) this.#session = null; };
    opened.on('goaway', () => { leave(); opened.close(); }).on('close', leave).on('error', leave);
    outcome.connections += 1;
    return opened;
  }

  // `onText` takes what comes as it comes.
  async ask(headers, body, onText = () => {}) {
    this.#session ??= this.#open();
    const request = this.#session.request(headers);
    const answer = {text: ''};
    request.setTimeout(PATIENCE, () => request.destroy(new Error('no answer')));
    request.on('response', got => Object.assign(answer, got)).on('trailers', got => Object.assign(answer, got));
    request.setEncoding('utf8').on('data', text => { answer.text += text; onText(answer); });
    await new Promise((resolve, reject) => {
      let why = null;
      request.on('error', error => { why = error; });
      request.on('close', () => (why || !answer[':status'] ? reject(why ?? new Error('the stream ended without an answer')) : resolve()));
      request.end(body);
    });
    return answer;
  }
}

function fail(what, code, why) {
  outcome.failures.push([what, code, String(why).slice(0, 2000)]);
}

// `ask` gives what failed, with which code, and why, or nothing.
async function keepAsking(kind, first, pause, ask, hasEnded = () => stopping) {
  for (let number = first; !hasEnded(); ++number) {
    try {
      const failure = await ask(number);
      outcome.answers[kind] += 1;
      if (failure) fail(...failure);
    } catch (error) {
      fail(kind, error.code ?? 'error', error.message);
    }
    await sleep(pause);
  }
}

const unlessUnseen = ask => ask().catch(error => {
  if (!error.message.endsWith('NGHTTP2_REFUSED_STREAM')) throw error;
  outcome.refused += 1;
  return ask();
});

const http = token => ({authorization: `Bearer ${token}`});
const json = new Door(8080), grpc = new Door(9090), writing = new Door(8080);
const acknowledged = new Set(), seen = new Set();
const begun = Math.random().toString(36).slice(2, 10);

async function get(number) {
  const path = config.paths[number % config.paths.length];
  const answer = await unlessUnseen(() => json.ask({':path': path, ...http(config.reader)}));
  return answer[':status'] < 400 ? null : [path, answer[':status'], answer.text];
}

async function call(number) {
  const method = config.methods[number % config.methods.length];
  const pageOfOne = Buffer.from([0, 0, 0, 0, 2, 8, 1]);
  const headers = {':method': 'POST', ':path': method, 'content-type': 'application/grpc', te: 'trailers', ...http(config.reader)};
  const answer = await unlessUnseen(() => grpc.ask(headers, pageOfOne));
  const status = answer['grpc-status'];
  return status === '0' ? null : [method, {14: 503, 4: 504}[status] ?? `gRPC ${status}`, answer['grpc-message']];
}

async function write(number) {
  const id = `h${begun}-${number}`;
  const headers = {':method': 'POST', ':path': `/v1/itemCategories?itemCategoryId=${id}&requestId=${id}`, 'content-type': 'application/json', ...http(config.writer)};
  const answer = await unlessUnseen(() => writing.ask(headers, '{"displayName":"Gifts"}'));
  if (answer[':status'] >= 400) return [id, answer[':status'], answer.text];
  acknowledged.add(`itemCategories/${id}`);
  return null;
}

let cursor = '';
const ids = new Set();
function take(line) {
  if (!line.trim()) return null;
  const {result, error} = JSON.parse(line);
  if (error) return error;
  for (const event of result.events ?? []) {
    if (ids.has(event.eventId)) fail('watch', 'twice', event.subject);
    ids.add(event.eventId);
    seen.add(event.subject);
  }
  cursor = result.cursor ?? cursor;
  return null;
}

// A stream ends when its process goes away, and says so.
async function watch() {
  const query = `subjectTypes=resource.heitie/ItemCategory${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
  let error = null;
  const answer = await new Door(8080).ask({':path': `/v1/events:watch?${query}`, ...http(config.reader)}, undefined, heard => {
    const lines = heard.text.split('\n');
    heard.text = lines.pop();
    for (const line of lines) error = take(line) ?? error;
  });
  if (answer[':status'] >= 400) return ['watch', answer[':status'], answer.text];
  return error?.status === 'UNAVAILABLE' ? null : ['watch', error?.status ?? 'end', 'the stream ended in another way than by going elsewhere'];
}

if (config.watched) {
  keepAsking('watch', 0, 0, watch, () => false);
  for (const until = Date.now() + PATIENCE; !cursor && Date.now() < until;) await sleep(20);
  if (!cursor) fail('watch', 'none', 'the stream did not begin');
}
console.log('begun');
const lanes = Array.from({length: config.lanes}, (_, lane) => [keepAsking('get', lane, config.pause, get), keepAsking('grpc', lane, config.pause, call)]);
await Promise.all([...lanes.flat(), keepAsking('write', 0, 250, write)]);
const missing = () => [...acknowledged].filter(name => config.watched && !seen.has(name));
for (const until = Date.now() + PATIENCE; missing().length && Date.now() < until;) await sleep(50);
if (missing().length) fail('watch', 'missing', `${missing().length} of ${acknowledged.size} acknowledged changes, ${missing()[0]} the first`);
console.log(JSON.stringify({...outcome, written: acknowledged.size}));
process.exit(0);
