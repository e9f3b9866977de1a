import { defineConfig } from 'vite'

/** The widget: one classic script. `document.currentScript` is null in modules, so it is an IIFE. */
export default defineConfig({
  publicDir: false,
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: false,
    lib: { entry: 'src/widget/main.ts', formats: ['iife'], name: 'ParallaxWidget', fileName: () => 'widget.js' },
  },
})
