import vue from '@vitejs/plugin-vue'
import { fileURLToPath } from 'node:url'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import components from 'unplugin-vue-components/vite'
import { defineConfig } from 'vitest/config'

/** Where `npm run dev` finds the server. */
const SERVER = process.env.OPENPILE ?? 'http://127.0.0.1:7055'

export default defineConfig({
  base: '/console/',
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  plugins: [vue(), components({ dts: false, dirs: [], resolvers: [ElementPlusResolver()] })],
  server: { proxy: { '/api': { target: SERVER, ws: true } } },
  build: {
    target: 'es2022',
    // The server compresses what it serves; it tells sizes where they matter.
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        // The first pages come in few files: each file costs a slow machine more than its bytes.
        codeSplitting: {
          groups: [
            { name: 'login', test: /src\/(main\.ts|App\.vue)/, priority: 2 },
            { name: 'shell', test: /src\/(shell\/Shell|pages\/dashboard\/home)\.vue/, priority: 1 },
          ],
        },
      },
    },
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts'],
    server: { deps: { inline: ['element-plus'] } },
  },
})
