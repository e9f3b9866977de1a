import { defineConfig, type Plugin } from 'vite'

/** Host pages come in every encoding, and a script without a charset is read in the page's: so ASCII only. */
function ascii(): Plugin {
  const escaped = (code: string): string => code.replace(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return {
    name: 'ascii',
    enforce: 'post',
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) if (file.type === 'chunk') file.code = escaped(file.code)
    },
  }
}

/** The widget: one classic script. `document.currentScript` is null in modules, so it is an IIFE. */
export default defineConfig({
  publicDir: false,
  plugins: [ascii()],
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: false,
    lib: { entry: 'src/widget/main.ts', formats: ['iife'], name: 'ParallaxWidget', fileName: () => 'widget.js' },
  },
})
