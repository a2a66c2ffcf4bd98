// Get a browser token for one of your shoppers, from your shop's server. Node 18 or newer, no packages.
//
//   by app key:        SHOP_URL=http://127.0.0.1:8080 SHOP_KEY=demo-app node mint-token.mjs SHOPPER
//   by your own token: SHOP_URL=… SHOP_TENANT=acme SHOP_SIGNING_KEY=private.pem [SHOP_KEY_ID=k1] node mint-token.mjs SHOPPER
//
// The signing key is Ed25519; its public half stands in the tenant's configuration. The key never leaves your server; only what
// this prints goes to the browser.
import { createPrivateKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A token of your own that says who the shopper is. It opens one session and lives for five minutes. */
function shopToken(tenant, shopper, key, kid = 'k1', now = Math.floor(Date.now() / 1000)) {
  const part = (v) => Buffer.from(JSON.stringify(v)).toString('base64url');
  const signed = `${part({ alg: 'EdDSA', typ: 'JWT', kid })}.${part({ iss: tenant, sub: shopper, aud: 'shopkeeper', iat: now, exp: now + 300 })}`;
  return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`;
}

async function browserToken(url, bearer, body) {
  const r = await fetch(`${url}/api/session`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${bearer}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = await r.json();
  if (!r.ok) throw new Error(`${answer.detail} (request ${answer.request_id})`);
  return answer.token;
}

const { SHOP_URL, SHOP_KEY, SHOP_TENANT, SHOP_SIGNING_KEY, SHOP_KEY_ID } = process.env;
const shopper = process.argv[2];
if (!SHOP_URL || !shopper || !(SHOP_KEY || (SHOP_TENANT && SHOP_SIGNING_KEY))) {
  console.error('usage: SHOP_URL=… SHOP_KEY=… node mint-token.mjs SHOPPER');
  process.exit(2);
}
try {
  const token = SHOP_SIGNING_KEY
    ? await browserToken(SHOP_URL, shopToken(SHOP_TENANT, shopper, createPrivateKey(readFileSync(SHOP_SIGNING_KEY)), SHOP_KEY_ID), {})
    : await browserToken(SHOP_URL, SHOP_KEY, { user: shopper });
  console.log(token);
} catch (e) {
  console.error(e.message);
  process.exit(1);
}
