// verify.mjs FILE: each line {"id", "timestamp", "body", "secrets", "signature"} is verified by standardwebhooks.
import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";

const lines = readFileSync(process.argv[2], "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
let verified = 0;
for (const { id, timestamp, body, secrets, signature } of lines) {
  const headers = { "webhook-id": id, "webhook-timestamp": String(timestamp), "webhook-signature": signature };
  for (const secret of secrets) {
    new Webhook(secret).verify(body, headers);
    ++verified;
  }
  const refused = [[body + " ", headers], [body, { ...headers, "webhook-id": id + "x" }]];
  for (const [other, of] of refused) {
    let taken = true;
    try {
      new Webhook(secrets[0]).verify(other, of);
    } catch {
      taken = false;
    }
    if (taken) throw new Error(`${id}: what was changed is taken`);
  }
}
if (verified < 250) throw new Error(`${verified} signatures only`);
console.log(`${verified} signatures of ${lines.length} messages`);
