import type { TestProject } from 'vitest/node'
import { startDemo, type Where } from './program'

declare module 'vitest' {
  interface ProvidedContext {
    demo: Where
  }
}

/** One demo for all tests that need not break their server. */
export default async function setup(project: TestProject) {
  const { server, tcp, log, stop } = await startDemo()
  project.provide('demo', { server, tcp, log })
  return stop
}
