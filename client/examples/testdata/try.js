// Reads tries from standard input, one JSON text, and prints for each what
// receiver.js made of it.
import { text } from 'node:stream/consumers';

import { readWebhook, releaseVerifier } from './receiver.js';

const { secret, gateway, marketplace, webhooks, tokens, want } = JSON.parse(await text(process.stdin));
const verifyRelease = releaseVerifier(gateway, marketplace);
const verdicts = {};
for (const { name, headers, body } of webhooks) {
  try {
    verdicts[name] = `event ${readWebhook(secret, headers, body).data.id}`;
  } catch (err) {
    verdicts[name] = `refused: ${err}`;
  }
}
for (const { name, token } of tokens) {
  try {
    verdicts[name] = `release ${await verifyRelease(token, want)}`;
  } catch (err) {
    verdicts[name] = `refused: ${err}`;
  }
}
console.log(JSON.stringify(verdicts));
