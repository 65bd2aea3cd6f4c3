import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { api, enter, launch, open } from './browser'
import { startServer, type Running } from './program'

let browser: Browser
let server: Running
beforeAll(async () => {
  ;[browser, server] = await Promise.all([launch(), startServer()])
})
afterAll(async () => {
  await browser.close()
  await server.stop()
})

test('a page lives through the death of its server and catches up by itself', async () => {
  const at = { at: server.server }
  const make = (phy_id: string) => api('POST', '/api/v1/admin/devices', { phy_id }, at)
  await make('60000000000001')
  const { page, context } = await enter(browser, at)
  await open(page, '/device/device')
  await page.getByText('60000000000001').first().waitFor()
  const connection = page.locator('.topbar [role=status]')
  await page.locator('.topbar .live.on').waitFor()

  await server.kill()
  await connection.getByText('连接中断，正在重连').waitFor()
  // What was read stays legible.
  expect(await page.getByText('60000000000001').first().isVisible()).toBe(true)

  await server.again()
  await make('60000000000002')
  await page.getByText('60000000000002').first().waitFor({ timeout: 60_000 })
  await page.locator('.topbar .live.on').waitFor()
  expect(await connection.innerText()).toBe('')
  await context.close()
})
