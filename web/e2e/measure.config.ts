import { defineConfig } from 'vitest/config'

/** How fast the console is in a browser: figures to read, nothing that fails for being slow. */
export default defineConfig({
  test: {
    include: ['e2e/**/*.measure.ts'],
    environment: 'node',
    globalSetup: ['e2e/server.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
})
