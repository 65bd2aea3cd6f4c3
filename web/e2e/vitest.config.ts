import { defineConfig } from 'vitest/config'

/** What somebody does in a browser, against the real server with simulated devices. */
export default defineConfig({
  test: {
    include: ['e2e/**/*.test.ts'],
    environment: 'node',
    globalSetup: ['e2e/server.ts'],
    // One server, one story after the other: each finds what the one before has left.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
