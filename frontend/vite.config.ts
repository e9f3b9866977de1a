import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const server = process.env.PARALLAX_URL ?? 'http://127.0.0.1:8000'

/** What the service's /docs page loads, from its own origin instead of somebody's CDN. */
function docsAssets(): Plugin {
  const from = createRequire(import.meta.url)
  return {
    name: 'docs-assets',
    apply: 'build',
    generateBundle() {
      for (const file of ['swagger-ui-bundle.js', 'swagger-ui.css', 'LICENSE', 'NOTICE']) {
        const source = readFileSync(from.resolve(`swagger-ui-dist/${file}`), 'utf8').replace(/\n?\/[/*]# sourceMappingURL=.*/g, '')
        this.emitFile({ type: 'asset', fileName: `docs-assets/${file}`, source })
      }
    },
  }
}

/** The workspace: index.html and its hashed assets. The widget has a build of its own. */
export default defineConfig({
  plugins: [docsAssets()],
  build: { target: 'es2022', outDir: 'dist', emptyOutDir: true, assetsDir: 'assets', modulePreload: { polyfill: false } },
  server: { proxy: { '/api': server, '/readyz': server, '/v1': server } },
  test: { environment: 'node', include: ['tests/**/*.test.ts'] },
})
