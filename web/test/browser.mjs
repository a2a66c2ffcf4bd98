// The browser tests. SHOPKEEPER_URL says where a demo shop is served (.ci/with-server starts one); without it, on a developer's
// machine, the stand-in takes its place. Pictures go to test/out; README_PICTURE=FILE also takes the
// README's; VARIANT=360-dark keeps to those pictures, PICTURES=off to none; ONLY=admin to the operator's page, ONLY=console to the
// support console, ONLY=knowledge to its documents and macros, ONLY=quality to its
// figures, reviews and look-ups.
import { admin } from './admin.mjs';
import { behaviour } from './behaviour.mjs';
import { console_ } from './console.mjs';
import { finish, real } from './harness.mjs';
import { knowledge } from './knowledge.mjs';
import { photos } from './photos.mjs';
import { pictures } from './pictures.mjs';
import { quality } from './quality.mjs';
import { readme } from './readme.mjs';
import { tray } from './tray.mjs';

if (!real && process.env.CI === 'true') {
  console.error('browser tests: SHOPKEEPER_URL is not set; run them by .ci/with-server');
  process.exit(1);
}
console.log(`against ${real ?? 'the stand-in only: set SHOPKEEPER_URL for the real shop'}`);
if (process.env.README_PICTURE) await readme(process.env.README_PICTURE);
const only = process.env.ONLY;
if (!only) await behaviour();
if (!only && process.env.PICTURES !== 'off') await pictures();
if (!only || only === 'admin') await admin();
if (!only || only === 'console') await console_();
if (real && (!only || only === 'console' || only === 'knowledge')) await knowledge();
if (real && (!only || only === 'console' || only === 'tray')) await tray();
if (real && (!only || only === 'console' || only === 'quality')) await quality();
if (real && (!only || only === 'console' || only === 'photos')) await photos();
await finish();
