import { defineConfig } from 'vitest/config';

// Two builds, two bundles: a shop embeds widget.js alone, so it may not share a chunk with the storefront.
// No hashes and no timestamps: the same sources give the same bytes, and dist is committed.
export default defineConfig(({ mode }) => ({
  publicDir: false,
  build: {
    target: 'es2023',
    outDir: 'dist',
    emptyOutDir: mode === 'widget',
    modulePreload: false,
    reportCompressedSize: false,
    cssMinify: true,
    ...(mode === 'widget'
      ? {
          rolldownOptions: {
            input: 'src/widget/main.ts',
            output: { format: 'es' as const, entryFileNames: 'widget.js', codeSplitting: false },
          },
        }
      : {
          rolldownOptions: {
            input: 'index.html',
            output: {
              entryFileNames: 'storefront.js',
              chunkFileNames: '[name].js',
              assetFileNames: 'storefront[extname]',
            },
          },
        }),
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
}));
