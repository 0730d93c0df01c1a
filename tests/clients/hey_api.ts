// The package that hey-api's generator makes of the document that the gateway serves, under Node. Argument: port.
import { client } from './hey/client.gen';
import { echoServiceEcho, echoServiceGetEcho, healthz } from './hey/index';

declare const process: { argv: string[]; exitCode: number };
client.setConfig({ baseUrl: `http://127.0.0.1:${process.argv[2]}`, auth: () => 'manager' });
function expect<T>(what: string, is: T, wanted: T): void {
  if (is !== wanted) throw new Error(`${what}: ${JSON.stringify(is)} instead of ${JSON.stringify(wanted)}`);
}

async function call(): Promise<void> {
  const read = await echoServiceGetEcho({ query: { text: '黑鐵' } });
  expect('a read', read.data?.text, '黑鐵');
  const changed = await echoServiceEcho({ body: { text: 'a' }, headers: { 'Idempotency-Key': 'hey' } });
  expect('a change', changed.data?.text, 'a');
  const missing = await echoServiceEcho({ body: { text: 'missing' } });
  expect('what is missing', missing.error?.error.status, 'NOT_FOUND');
  // @ts-expect-error a number is no text
  expect('a bad body', (await echoServiceEcho({ body: { text: 5 } })).response.status, 400);
  expect('what is open to everybody', (await healthz()).data?.status, 'SERVING');
  console.log('hey-api: good');
}
call().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
