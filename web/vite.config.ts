import { defineConfig } from 'vitest/config';

/** What is left of line breaks in minified code is the indentation of templates, of which HTML keeps one blank. */
const oneBlank = {
  name: 'one-blank',
  enforce: 'post' as const,
  generateBundle(_: unknown, bundle: Record<string, { type: string; code?: string }>) {
    for (const f of Object.values(bundle)) if (f.code) f.code = f.code.replace(/\n\s+/g, '\n');
  },
};

// A build each, a bundle each: a shop embeds widget.js alone, so it may not share a chunk with the pages; nor do they with each other.
// No hashes and no timestamps: the same sources give the same bytes, and dist is committed.
export default defineConfig(({ mode }) => ({
  publicDir: false,
  plugins: [oneBlank],
  build: {
    target: 'es2023',
    outDir: 'dist',
    emptyOutDir: mode === 'widget',
    modulePreload: false,
    reportCompressedSize: false,
    cssMinify: true,
    ...(mode.startsWith('widget')
      ? {
          rolldownOptions: {
            input: `src/${mode.replace('-', '/')}/main.ts`, // the second script is asked for by name, see widget/photos.ts
            preserveEntrySignatures: 'strict' as const,
            output: { format: 'es' as const, entryFileNames: `${mode}.js`, codeSplitting: false },
          },
        }
      : {
          rolldownOptions: {
            input: mode === 'storefront' ? 'index.html' : `${mode}.html`,
            output: {
              entryFileNames: `${mode}.js`,
              chunkFileNames: '[name].js',
              assetFileNames: `${mode}[extname]`,
            },
          },
        }),
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
}));
