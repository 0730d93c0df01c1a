// grpc-js, by the descriptors of the contracts. Arguments: port, descriptor set.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import grpc from '@grpc/grpc-js';
import { loadFileDescriptorSetFromBuffer } from '@grpc/proto-loader';

const [port, descriptors] = process.argv.slice(2);
const { EchoService, TalkService } = grpc.loadPackageDefinition(loadFileDescriptorSetFromBuffer(readFileSync(descriptors), { longs: Number })).heitie.test.v1;
const address = `127.0.0.1:${port}`;
const echo = new EchoService(address, grpc.credentials.createInsecure());
const talk = new TalkService(address, grpc.credentials.createInsecure());
const metadata = (token) => {
  const all = new grpc.Metadata();
  if (token) all.set('authorization', `Bearer ${token}`);
  return all;
};
const soon = () => ({ deadline: Date.now() + 10_000 });
const call = (method, request, token = 'manager') =>
  new Promise((resolve) => method(request, metadata(token), soon(), (error, answer) => resolve({ error, answer })));

assert.equal((await call(echo.Echo.bind(echo), { text: '黑鐵' })).answer.text, '黑鐵');
const large = Buffer.from(Array.from({ length: 40_000 }, (_, i) => String(i * 7919)).join(','));
assert.equal((await call(echo.Echo.bind(echo), { text: 'large', payload: large })).error, null);
const { error } = await call(echo.Echo.bind(echo), { text: 'missing' });
assert.equal(error.code, grpc.status.NOT_FOUND);
assert.equal(error.details, 'echoes/missing does not exist.');
assert.ok(error.metadata.get('grpc-status-details-bin')[0].length > 20, 'it has details');
assert.match(error.metadata.get('x-trace-id')[0], /^[0-9a-f]{32}$/);
assert.equal((await call(echo.Echo.bind(echo), { text: 'a' }, '')).error.code, grpc.status.UNAUTHENTICATED);
assert.equal((await call(echo.Echo.bind(echo), { text: 'a' }, 'analyst')).error.code, grpc.status.PERMISSION_DENIED);
const many = await Promise.all(Array.from({ length: 200 }, (_, i) => call(echo.Echo.bind(echo), { text: `${i}` })));
assert.ok(many.every(({ answer }, i) => answer?.text === `${i}`), 'two hundred at once');

const numbers = [];
for await (const tick of echo.Tick({ count: 50 }, metadata('manager'), soon())) numbers.push(tick.number);
assert.equal(numbers.length, 50);
assert.equal(numbers[49], 50);

const counted = await new Promise((resolve, reject) => {
  const stream = talk.Count(metadata('manager'), soon(), (failure, answer) => (failure ? reject(failure) : resolve(answer)));
  for (const text of ['a', 'b', 'c']) stream.write({ text });
  stream.end();
});
assert.equal(Number(counted.count), 3);

// Each message is answered before the next is said.
const conversation = talk.Talk(metadata('manager'), soon());
const heard = conversation[Symbol.asyncIterator]();
for (const text of ['one', 'two', 'three']) {
  conversation.write({ text });
  assert.equal((await heard.next()).value.text, text);
}
conversation.end();
assert.ok((await heard.next()).done);

// Compressed by the client.
const compressing = new EchoService(address, grpc.credentials.createInsecure(), { 'grpc.default_compression_algorithm': 2 });
assert.equal((await call(compressing.Echo.bind(compressing), { text: 'gzip', payload: large })).answer.text, 'gzip');
console.log('grpc-js: good');
process.exit(0);
