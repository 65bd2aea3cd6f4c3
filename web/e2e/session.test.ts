import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, logIn, open, visit } from './browser'

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

test('a wrong password is told, a right one opens the console', async () => {
  const { page, context } = await visit(browser)
  await page.goto('/')
  await page.fill('input[name=username]', 'admin')
  await page.fill('input[name=password]', 'wrong')
  await page.click('main form button')
  await page.waitForSelector('[role=alert]')
  expect(await page.textContent('[role=alert]')).toContain('不正确')
  await logIn(page)
  expect(page.url()).toContain('/console/')
  await context.close()
})

test('a session that ends in the middle of a form loses nothing that was typed', async () => {
  const { page, context } = await visit(browser)
  await logIn(page)
  await open(page, '/system/notice')
  await page.click('button:has-text("新建")')
  const title = page.locator('.el-dialog input').first()
  await title.fill('停电检修通知')
  // Somebody ends the session elsewhere.
  await page.evaluate(async () => {
    const { token } = JSON.parse(localStorage.getItem('openpile.session') ?? '{}')
    await fetch('/api/v1/admin/session', {
      method: 'DELETE',
      headers: { authorization: `Bearer ${token}` },
    })
  })
  await page.locator('.el-dialog textarea').first().fill('今晚 22 点至 24 点')
  await page.click('.el-dialog__footer button.el-button--primary')
  const again = page.locator('.el-dialog:has(input[name=password])')
  await again.waitFor()
  await again.locator('input[name=username]').fill('admin')
  await again.locator('input[name=password]').fill('Openpile-e2e-1')
  await again.locator('form button').click()
  await page.waitForSelector('.el-message--success')
  await page.waitForSelector('text=停电检修通知')
  await context.close()
})
