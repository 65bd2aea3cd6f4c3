import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { api, enter, launch, open } from './browser'
import { charge, join, PILE, type Member } from './member'

const PHONE = '13800138061'
const PLATE = '川A12E66'
const VIN = 'LSVAA4182E2123456'

let browser: Browser
let member: Member
let order: { order_no: string }
beforeAll(async () => {
  browser = await launch()
  member = await join(PHONE)
  order = await charge(member)
  await api('POST', '/api/v1/admin/vehicles', { vin: VIN, plate: PLATE, limit_fen: 10_000 })
})
afterAll(() => browser.close())

async function search(page: Page, text: string): Promise<void> {
  await page.keyboard.press('/')
  await page.keyboard.type(text)
  await page.locator('#found [role=option]').first().waitFor()
}

test('orders, devices, members and plates are found by keys alone', async () => {
  const { page, context } = await enter(browser)
  await open(page, '/order/charge')
  await page.locator('#page tr').first().waitFor()

  // A device is reached before its orders, which are above it.
  await search(page, PILE)
  const reached = page.locator('#found [aria-selected=true]')
  const name = await reached.innerText()
  await page.keyboard.press('ArrowUp')
  expect(await reached.innerText()).not.toBe(name)
  await page.keyboard.press('ArrowDown')
  expect(await reached.innerText()).toBe(name)
  await page.keyboard.press('Enter')
  await page.waitForURL(`**/device/device/${PILE}`)

  // Who is faster than the server is waited for.
  await page.keyboard.press('/')
  await page.keyboard.type(order.order_no)
  await page.keyboard.press('Enter')
  await page.waitForURL(`**/order/charge/${order.order_no}`)

  await search(page, PHONE)
  await page.keyboard.press('Enter')
  await page.waitForURL(`**/user/member/${member.id}`)

  await search(page, PLATE)
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/user\/vehicle\?(plate|vin)=/)
  await page.getByRole('row').filter({ hasText: PLATE }).first().waitFor()
  await context.close()
})

test('rows are walked with j and k, and opened with Enter', async () => {
  const { page, context } = await enter(browser)
  await open(page, '/device/device')
  await page.locator('.el-table__row').nth(1).waitFor()
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.keyboard.press('k')
  await page.keyboard.press('j')
  const second = page.locator('.el-table__row').nth(1)
  expect(await second.evaluate((row) => row === document.activeElement)).toBe(true)
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/device\/device\/[^/?]+$/)
  await context.close()
})
