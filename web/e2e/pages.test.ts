import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { api, enter, launch, open } from './browser'
import { detailAddresses, sidebarAddresses } from './routes'
import { watchCalls } from './settled'

/** Pictures of every page, for somebody to look at. */
const PICTURES = fileURLToPath(new URL('../../target/pictures/', import.meta.url))
/** A pixel more is rounding. */
const OVERFLOW_PX = 1
const LANGUAGES = ['zh', 'en'] as const

let browser: Browser
beforeAll(async () => {
  browser = await launch()
  mkdirSync(PICTURES, { recursive: true })
})
afterAll(() => browser.close())

/** What stands out of the page to the right, or has no words for a person. */
function flaws({ most, english }: { most: number; english: boolean }) {
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
  const spoken = '#page th .cell, #page label, #page button, nav li, .topbar > .title'
  for (const element of english ? document.querySelectorAll<HTMLElement>(spoken) : []) {
    const text = element.innerText.trim()
    if (/[\u4e00-\u9fff]/.test(text)) found.push(`not English: ${text}`)
  }
  return [...new Set(found)]
}

/** Goes there as somebody does who clicks, which is also much faster than loading all anew. */
async function go(page: Page, address: string): Promise<void> {
  const entry = page.locator(`nav [data-path="${address}"]`)
  if ((await entry.count()) === 0) await open(page, address)
  else await entry.evaluate((element: HTMLElement) => element.click())
}

test('every page stands as it should in both languages', { timeout: 400_000 }, async () => {
  const { page, context, complaints } = await enter(browser)
  const settled = watchCalls(page)
  const wrong: Record<string, string[]> = {}
  const details = await detailAddresses((path) => api('GET', path))
  const addresses = [...(await sidebarAddresses(page)), ...details]
  expect(addresses.length).toBeGreaterThan(50)
  const language = page.locator('.topbar').getByRole('button', { name: /^(中|EN)$/ })
  for (const address of addresses) {
    complaints.length = 0
    await go(page, address)
    for (const each of LANGUAGES) {
      if ((await page.locator('html').getAttribute('lang'))?.startsWith(each) !== true) {
        await language.click()
      }
      await settled()
      const name = `${each}${address.replace(/[^\w-]+/g, '_')}`
      await page.screenshot({ path: `${PICTURES}${name}.png` })
      const seen = { most: OVERFLOW_PX, english: each === 'en' }
      const found = [...(await page.evaluate(flaws, seen)), ...complaints.splice(0)]
      if (found.length > 0) wrong[`${each} ${address}`] = found
    }
  }
  expect(wrong).toEqual({})
  await context.close()
})
