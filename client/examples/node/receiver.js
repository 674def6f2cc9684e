// What a marketplace verifies, in JavaScript: webhooks with the library
// "standardwebhooks", release tokens with "jose". Both are on npm; the exact
// versions are in package-lock.json ("npm ci").
//
// It is plain JavaScript whose types tsc checks ("npm run check"), so that it
// runs as it stands on Node 20 and newer, and can be imported from TypeScript.

import { createRemoteJWKSet, jwtVerify } from 'jose';
import { Webhook } from 'standardwebhooks';

/**
 * What a webhook says happened. It never holds bank data.
 * @typedef {object} Event
 * @property {string} type "action.approved", "seller.locked", …
 * @property {string} timestamp
 * @property {{id?: string, object: string, seller: string, state?: string, digest?: string, sequence?: number}} data
 */

/**
 * Verifies a webhook and returns its event, or throws: answer that with 400.
 *
 * The event is a pointer. It may come twice, late, or in another order; ask
 * GET /v1/actions/{id} where the action stands, and let the claim decide.
 *
 * @param {string} secret "whsec_…", as the gateway showed it
 * @param {import('node:http').IncomingHttpHeaders} headers
 * @param {string} body exactly as it arrived; JSON that was parsed and written again does not verify
 * @returns {Event}
 */
export function readWebhook(secret, headers, body) {
  /** @type {Record<string, string>} */
  const signed = {};
  for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) {
    const value = headers[name];
    if (typeof value !== 'string') throw new Error(`${name} is missing`);
    signed[name] = value;
  }
  return /** @type {Event} */ (new Webhook(secret).verify(body, signed));
}

/**
 * The action that is about to be carried out, from your own records and not
 * from the webhook or from the token.
 * @typedef {object} Expected
 * @property {string} action
 * @property {string} kind
 * @property {string} seller
 * @property {string} digest as the answer to POST /v1/actions gave it
 */

/**
 * Returns a function that verifies release tokens of one gateway to one
 * marketplace. It resolves to the release id, under which the action is carried
 * out at most once, and rejects everything that is not a genuine, living release
 * of the expected action: then carry nothing out.
 *
 * @param {string} gateway base URL without a last slash, such as "https://approve.market.example"
 * @param {string} marketplace the id that the gateway knows you by
 */
export function releaseVerifier(gateway, marketplace) {
  const keys = createRemoteJWKSet(new URL(`${gateway}/.well-known/jwks.json`), { cacheMaxAge: 15 * 60_000 });

  /**
   * @param {string} token
   * @param {Expected} want
   * @returns {Promise<string>}
   */
  return async function verifyRelease(token, want) {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ['EdDSA'], // never what the token's header says
      typ: 'release+jwt',
      issuer: gateway,
      audience: marketplace,
      requiredClaims: ['exp', 'iat', 'release_id'],
      maxTokenAge: '5 minutes',
      clockTolerance: '10 seconds', // for a gateway whose clock is ahead
    });
    if (Number(payload.exp) * 1000 <= Date.now()) throw new Error('the release token has expired'); // no tolerance at the end
    for (const [name, wanted] of Object.entries({ ...want, marketplace, aud: marketplace })) {
      if (payload[name] !== wanted) throw new Error(`the release token has another ${name}`);
    }
    if (typeof payload.release_id !== 'string' || payload.release_id === '') throw new Error('the release token has no release_id');
    return payload.release_id;
  };
}
