// What a shop's page has to load. `node test/size.mjs` prints the sizes and fails above the bars.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const bars = {
  'widget.js': 40,
  'widget-more.js': 10,
  'storefront.js': 40,
  'storefront.css': 10,
  'index.html': 2,
  'admin.js': 40,
  'admin.css': 10,
  'console.js': 40,
  'console.css': 10,
  'quality-page.js': 15,
  'knowledge-page.js': 15,
}; // KB, gzip
let over = false;
for (const [name, bar] of Object.entries(bars)) {
  const kb = gzipSync(readFileSync(new URL(`../dist/${name}`, import.meta.url)), { level: 9 }).length / 1024;
  over ||= kb > bar;
  console.log(`${name.padEnd(16)} ${kb.toFixed(1).padStart(5)} KB gzip, at most ${bar}`);
}
process.exit(over ? 1 : 0);
