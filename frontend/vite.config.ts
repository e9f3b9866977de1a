import { defineConfig } from 'vitest/config'

const server = process.env.PARALLAX_URL ?? 'http://127.0.0.1:8000'

/** The workspace: index.html and its hashed assets. The widget has a build of its own. */
export default defineConfig({
  build: { target: 'es2022', outDir: 'dist', emptyOutDir: true, assetsDir: 'assets', modulePreload: { polyfill: false } },
  server: { proxy: { '/api': server, '/readyz': server, '/v1': server } },
  test: { environment: 'happy-dom', include: ['tests/**/*.test.ts'] },
})
