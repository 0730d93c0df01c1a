// openapi-fetch under Node, typed by what openapi-typescript makes of the document that the gateway serves beside its routes. What has no
// such type does not compile. Argument: port.
import createClient from 'openapi-fetch';
import type { paths } from './api.js';

declare const process: { argv: string[] };
const client = createClient<paths>({ baseUrl: `http://127.0.0.1:${process.argv[2]}` });
let token: string | undefined = 'manager';
client.use({
  onRequest: ({ request }) => {
    if (token) request.headers.set('authorization', `Bearer ${token}`);
    return request;
  },
});
function expect<T>(what: string, is: T, wanted: T): void {
  if (is !== wanted) throw new Error(`${what}: ${JSON.stringify(is)} instead of ${JSON.stringify(wanted)}`);
}

const read = await client.GET('/v1/testing/echo', { params: { query: { text: '黑鐵' } } });
expect('a read', read.data?.text, '黑鐵');
expect('its trace', /^[0-9a-f]{32}$/.test(read.response.headers.get('x-trace-id') ?? ''), true);
const changed = await client.POST('/v1/testing:echo', { body: { text: 'a' }, params: { header: { 'Idempotency-Key': 'once' } } });
expect('a change', changed.data?.text, 'a');

const missing = await client.POST('/v1/testing:echo', { body: { text: 'missing' } });
expect('what is missing', missing.response.status, 404);
expect('its code', missing.error?.error.status, 'NOT_FOUND');
let reason: string | undefined;
for (const detail of missing.error?.error.details ?? []) {
  if (detail['@type'] === 'type.googleapis.com/google.rpc.ErrorInfo') reason = detail.reason;
}
expect('its reason', reason, 'NOT_FOUND');
const bad = await client.POST('/v1/testing:echo', { body: { text: '' } });
expect('a bad field', bad.response.status, 400);
token = undefined;
expect('nobody', (await client.POST('/v1/testing:echo', { body: { text: 'a' } })).response.status, 401);
token = 'manager';

const ticks = await client.GET('/v1/testing:tick', { params: { query: { count: 3 } }, parseAs: 'text' });
expect('a stream', ticks.data, '{"result":{"number":1}}\n{"result":{"number":2}}\n{"result":{"number":3}}\n');

export const wrong = [
  // @ts-expect-error a number is no text
  () => client.POST('/v1/testing:echo', { body: { text: 5 } }),
  // @ts-expect-error there is no such path
  () => client.GET('/v1/nothing'),
];
console.log('openapi-fetch: good');
