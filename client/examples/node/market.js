// A small marketplace that puts Countersign in front of its payout accounts:
// create, webhook, claim, verify, carry out once, report. It keeps everything in
// memory and has one seller, so it is a sandbox: "countersign conformance" is
// run against it.
//
//   GATEWAY=… API_KEY=… WEBHOOK_SECRET=… MARKETPLACE=… PORT=8081 node market.js

import { setTimeout as sleep } from 'node:timers/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';

import { readWebhook, releaseVerifier } from './receiver.js';

const { GATEWAY = '', API_KEY = '', WEBHOOK_SECRET = '', MARKETPLACE = '', PORT = '0' } = process.env;
const verifyRelease = releaseVerifier(GATEWAY, MARKETPLACE);
const kind = 'payout_account.change';
const seller = { id: 'S-2201', email: 'giulia@ferri.example' };

/** @typedef {{to: {iban: string, holder: string}}} Details */
/** @typedef {{id: string, digest: string, details: Details, refusals: number, released?: string, reported: boolean}} Change */

// What a database would keep. The account and the release id that changed it
// belong in one transaction.
const books = {
  account: 'DE89370400440532013000',
  releases: new Set(),
  /** @type {Map<string, Change>} */
  changes: new Map(),
};

/** A refusal of the gateway (RFC 9457), which a program tells apart by its code. A passing one asks to wait. */
class Refused extends Error {
  /** @param {number} status @param {{code?: string}} problem */
  constructor(status, problem) {
    super(`${status} ${problem.code}`);
    this.passing = [429, 502, 503, 504].includes(status) || problem.code === 'request_in_progress';
  }
}

/**
 * Calls the gateway. A POST is repeated with the same key and the same bytes
 * when there is no answer or a passing one: the gateway answers the same call
 * the same way, however often it is sent.
 *
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {string} [key] the Idempotency-Key
 * @returns {Promise<any>}
 */
async function call(method, path, body, key) {
  /** @type {Record<string, string>} */
  const headers = { Authorization: `Bearer ${API_KEY}`, Accept: 'application/json, application/problem+json' };
  if (key) Object.assign(headers, { 'Content-Type': 'application/json', 'Idempotency-Key': `"${key}"` });
  const sent = body === undefined ? undefined : JSON.stringify(body);
  for (let attempt = 1; ; attempt++) {
    try {
      const res = await fetch(GATEWAY + path, { method, headers, body: sent, redirect: 'error', signal: AbortSignal.timeout(20_000) });
      const answer = await res.json();
      if (res.ok) return answer;
      throw new Refused(res.status, answer);
    } catch (err) {
      if ((err instanceof Refused && !err.passing) || attempt === 4) throw err;
    }
    await sleep(200 * 2 ** attempt);
  }
}

/**
 * The form that used to save an account asks for an action instead.
 * @param {Details} details
 */
async function startChange(details) {
  const action = await call('POST', '/v1/actions', { kind, seller, details, return_url: `${address()}/bank` }, randomUUID());
  books.changes.set(action.id, { id: action.id, digest: action.digest, details, refusals: 0, reported: false });
  return action.next.url ?? '/bank';
}

/**
 * Looks where an action stands and does what follows. Called too often, too
 * early or after a crash it does no harm.
 * @param {string} id
 */
async function settle(id) {
  const change = books.changes.get(id);
  if (!change) return; // not of this shop
  const { state } = await call('GET', `/v1/actions/${encodeURIComponent(id)}`);
  if (!change.released && ['approved', 'releasing', 'execution_failed'].includes(state)) await carryOut(change);
  if (change.released && !change.reported) {
    await call('POST', `/v1/actions/${id}/result`, { outcome: 'executed' }, `executed-${change.released}`);
    change.reported = true;
  }
}

/**
 * The key stays the same until the claim is answered, so that a lost answer comes
 * again; a refusal is an answer, and the next claim has another key.
 * @param {Change} change
 */
async function carryOut(change) {
  const key = `claim-${change.id}-${change.refusals}`;
  const { release_token: token } = await call('POST', `/v1/actions/${change.id}/claim`, { details: change.details }, key).catch((err) => {
    if (err instanceof Refused && !err.passing) change.refusals++;
    throw err;
  });
  const release = await verifyRelease(token, { action: change.id, kind, seller: seller.id, digest: change.digest });
  if (books.releases.has(release)) return;
  books.releases.add(release);
  books.account = change.details.to.iban;
  change.released = release;
}

// One at a time: two webhooks at once must not both carry the same change out.
let queue = Promise.resolve();

/** @param {() => Promise<void>} work */
function inTurn(work) {
  const done = queue.then(work);
  queue = done.catch(() => {});
  return done;
}

/**
 * @param {import('node:http').IncomingMessage} req
 * @param {string} body
 * @returns {Promise<{status: number, location?: string, json?: unknown}>}
 */
async function route(req, body) {
  switch (`${req.method} ${new URL(req.url ?? '/', 'http://shop').pathname}`) {
    case 'POST /webhooks/countersign': {
      let event;
      try {
        event = readWebhook(WEBHOOK_SECRET, req.headers, body);
      } catch {
        return { status: 400 };
      }
      const { id } = event.data;
      if (event.type.startsWith('action.') && id) {
        await inTurn(() => settle(id)).catch((err) => {
          if (!(err instanceof Refused) || err.passing) throw err; // answered with 503, so it comes again
        });
      }
      return { status: 204 };
    }
    case 'POST /sandbox/start': // the two hooks of the conformance kit
      return { status: 303, location: await startChange({ to: JSON.parse(body).account }) };
    case 'GET /sandbox/account':
      return { status: 200, json: { account: books.account, changes: books.releases.size } };
    case 'GET /bank': // return_url: it says nothing, so nothing is read from it
      return { status: 200, json: { account: books.account } };
  }
  return { status: 404 };
}

const server = createServer(async (req, res) => {
  try {
    let body = '';
    for await (const chunk of req.setEncoding('utf8')) body += chunk;
    const { status, location, json } = await route(req, body);
    res.writeHead(status, { ...(location && { Location: location }), ...(json !== undefined && { 'Content-Type': 'application/json' }) });
    res.end(json === undefined ? undefined : JSON.stringify(json));
  } catch (err) {
    console.error(String(err));
    res.writeHead(err instanceof Refused && !err.passing ? 409 : 503).end();
  }
});

function address() {
  const at = server.address();
  return `http://127.0.0.1:${at && typeof at === 'object' ? at.port : PORT}`;
}

server.listen(Number(PORT), '127.0.0.1');
await once(server, 'listening');
console.log(address());
