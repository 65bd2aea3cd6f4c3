import type { Page, Request } from 'playwright-core'

/** So long nothing is asked when a page has all that it needs. */
const QUIET_MS = 150
const SETTLED_MS = 15_000

/** Watches what a page asks the server, and waits until it has the answers and shows them. */
export function watchCalls(page: Page): () => Promise<void> {
  const asked = new Set<Request>()
  let quietSince = Date.now()
  const over = (request: Request) => {
    asked.delete(request)
    quietSince = Date.now()
  }
  page.on('request', (request) => asked.add(request))
  page.on('requestfinished', over)
  page.on('requestfailed', over)
  return async () => {
    quietSince = Date.now()
    for (const until = Date.now() + SETTLED_MS; Date.now() < until;) {
      const left = QUIET_MS - (Date.now() - quietSince)
      if (asked.size === 0 && left <= 0) break
      await new Promise((resume) => setTimeout(resume, Math.max(left, 20)))
    }
    await page.waitForSelector('.el-skeleton.is-animated', { state: 'detached' })
  }
}
