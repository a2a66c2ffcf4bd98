// All bundles into one folder: node build.mjs [--outDir DIR]. The first empties it.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'vite';

const { values } = parseArgs({
  options: { outDir: { type: 'string', default: 'dist' }, emptyOutDir: { type: 'boolean' } },
});
const outDir = resolve(values.outDir);
for (const mode of ['widget', 'widget-more', 'storefront', 'admin', 'console']) {
  await build({ mode, logLevel: 'warn', build: { outDir, emptyOutDir: mode === 'widget' } });
}
