// connect-es under Node, without generated code: Connect, gRPC-Web and gRPC, in both codecs, over HTTP/1.1 where the protocol allows it and
// over HTTP/2. Arguments: port, descriptor set.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node';

const [port, descriptors] = process.argv.slice(2);
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptors)));
const echoService = registry.getService('heitie.test.v1.EchoService');
const talkService = registry.getService('heitie.test.v1.TalkService');
const baseUrl = `http://127.0.0.1:${port}`;
const headers = { authorization: 'Bearer manager', 'accept-language': 'zh-TW' };

const transports = [];
for (const useBinaryFormat of [true, false]) {
  const codec = useBinaryFormat ? 'proto' : 'json';
  for (const httpVersion of ['1.1', '2']) {
    const options = { baseUrl, httpVersion, useBinaryFormat };
    transports.push([`connect ${codec} HTTP/${httpVersion}`, createConnectTransport(options), httpVersion]);
    transports.push([`connect by GET ${codec} HTTP/${httpVersion}`, createConnectTransport({ ...options, useHttpGet: true }), httpVersion]);
    transports.push([`gRPC-Web ${codec} HTTP/${httpVersion}`, createGrpcWebTransport(options), httpVersion]);
  }
  transports.push([`gRPC ${codec}`, createGrpcTransport({ baseUrl, useBinaryFormat }), '2']);
}

async function* texts(...all) {
  for (const text of all) yield { text };
}
const failure = async (promise) => {
  try {
    await promise;
  } catch (error) {
    return ConnectError.from(error);
  }
  assert.fail('it was to fail');
};

for (const [name, transport, version] of transports) {
  const echo = createClient(echoService, transport);
  const talk = createClient(talkService, transport);
  try {
    assert.equal((await echo.echo({ text: '黑鐵' }, { headers })).text, '黑鐵');
    assert.equal((await echo.getEcho({ text: 'read' }, { headers })).text, 'read');
    let trace;
    await echo.getEcho({ text: 'a' }, { headers, onHeader: (h) => (trace ??= h.get('x-trace-id')), onTrailer: (t) => (trace ??= t.get('x-trace-id')) });
    assert.match(trace, /^[0-9a-f]{32}$/);

    const numbers = [];
    for await (const tick of echo.tick({ count: 5 }, { headers })) numbers.push(tick.number);
    assert.deepEqual(numbers, [1, 2, 3, 4, 5]);

    assert.equal((await talk.count(texts('a', 'b', 'c'), { headers })).count, 3n);
    // Both ways at once only HTTP/2 of these clients can.
    if (version === '2') {
      const heard = [];
      for await (const answer of talk.talk(texts('one', 'two'), { headers })) heard.push(answer.outcome.value);
      assert.deepEqual(heard, ['one', 'two']);
    }

    const missing = await failure(echo.echo({ text: 'missing' }, { headers }));
    assert.equal(missing.code, Code.NotFound);
    assert.equal(missing.rawMessage, 'echoes/missing does not exist.');
    assert.ok(missing.details.some((detail) => detail.type === 'google.rpc.ErrorInfo'), 'it has details');
    assert.equal((await failure(echo.echo({ text: 'a' }))).code, Code.Unauthenticated);
    assert.equal((await failure(echo.echo({ text: 'a' }, { headers: { authorization: 'Bearer analyst' } }))).code, Code.PermissionDenied);
    assert.equal((await failure(echo.echo({ text: '' }, { headers }))).code, Code.InvalidArgument);
    assert.equal((await failure(echo.echo({ text: 'busy' }, { headers }))).code, Code.Unavailable);
    const refused = await failure((async () => {
      for await (const tick of echo.tick({ count: 5 }, { headers: { authorization: 'Bearer analyst' } })) assert.fail(`${tick.number}`);
    })());
    assert.equal(refused.code, Code.PermissionDenied);
    console.log(`connect-es ${name}: good`);
  } catch (error) {
    console.error(`connect-es ${name}`);
    throw error;
  }
}
process.exit(0);
