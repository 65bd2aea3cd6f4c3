import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { api, launch, logIn, open, visit } from './browser'
import { addressesOfPages } from './routes'

/** Pictures of every page, for somebody to look at. */
const PICTURES = fileURLToPath(new URL('../../target/pictures/', import.meta.url))
/** What a page may need until nothing moves any more. */
const SETTLED_MS = 15_000
/** A pixel more is rounding. */
const OVERFLOW_PX = 1

let browser: Browser
beforeAll(async () => {
  browser = await launch()
  mkdirSync(PICTURES, { recursive: true })
})
afterAll(() => browser.close())

async function settle(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle', { timeout: SETTLED_MS }).catch(() => undefined)
  await page
    .waitForFunction(() => !document.querySelector('.el-skeleton.is-animated'), undefined, {
      timeout: SETTLED_MS,
    })
    .catch(() => undefined)
}

/** What stands out of the page to the right, or has no words for a person. */
function flaws(most: number) {
  const found: string[] = []
  const root = document.documentElement
  if (root.scrollWidth > root.clientWidth + most) found.push('the page scrolls sideways')
  for (const element of document.querySelectorAll<HTMLElement>('button, [role=button]')) {
    const isSeen = element.offsetParent !== null
    const name = element.textContent?.trim() || element.getAttribute('aria-label')
    if (isSeen && !name) found.push(`a button without a name: ${element.className}`)
  }
  for (const element of document.querySelectorAll<HTMLElement>('th .cell, label, h1, h2')) {
    const text = element.innerText.trim()
    if (/^[a-z]+(_[a-z]+)+$/.test(text)) found.push(`a field without words: ${text}`)
  }
  return found
}

for (const locale of ['zh-CN', 'en-US']) {
  test(`every page stands as it should: ${locale}`, { timeout: 600_000 }, async () => {
    const { page, context, complaints } = await visit(browser, { locale })
    await logIn(page)
    const wrong: Record<string, string[]> = {}
    const addresses = await addressesOfPages(page, (path) => api('GET', path))
    expect(addresses.length).toBeGreaterThan(50)
    for (const address of addresses) {
      complaints.length = 0
      await open(page, address)
      await settle(page)
      const name = `${locale}${address.replace(/[^\w-]+/g, '_')}`
      await page.screenshot({ path: `${PICTURES}${name}.png` })
      const found = [...(await page.evaluate(flaws, OVERFLOW_PX)), ...complaints]
      if (found.length > 0) wrong[address] = found
    }
    expect(wrong).toEqual({})
    await context.close()
  })
}
