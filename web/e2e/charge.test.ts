import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { api, launch, logIn, open, visit } from './browser'
import { THIRD_PARTY_KEY } from './program'

const DEVICE = '82210225000520'

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

test('a charge is watched from its start to its bill, and stopped on the way', async () => {
  const { page, context, complaints } = await visit(browser)
  await logIn(page)
  const { order_no } = await api(
    'POST',
    `/api/v1/third/devices/${DEVICE}/charge`,
    { port_no: 1, charge_mode: 1, duration: 7200, amount: 5000, price_per_kwh: 150 },
    { key: THIRD_PARTY_KEY },
  )
  await open(page, `/order/charge/${order_no}`)
  const head = page.locator('article header')
  await head.getByText('充电中').waitFor()

  // What is pushed arrives without anybody asking for it.
  const energy = async () =>
    Number.parseFloat((await page.innerText('article')).match(/([\d.]+) kWh/)?.[1] ?? '0')
  const before = await energy()
  await expect.poll(energy, { timeout: 30_000 }).toBeGreaterThan(before)

  await head.getByRole('button', { name: '停止充电' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('余款退回').waitFor()
  await dialog.locator('textarea').fill('A user called')
  await dialog.getByRole('button', { name: '停止充电' }).click()
  await head.getByText('已完成').waitFor({ timeout: 60_000 })

  const order = await api('GET', `/api/v1/admin/orders/${order_no}`)
  const bill = `¥${(order.final_amount_fen / 100).toFixed(2)}`
  await page.locator('article').getByText(bill).first().waitFor()
  expect(complaints).toEqual([])
  await context.close()
})

test('a test charge begins at the device and nobody pays for it', async () => {
  const { page, context } = await visit(browser)
  await logIn(page)
  await open(page, `/device/device/${DEVICE}`)
  const row = page.locator('.el-table__row').nth(2)
  await row.getByRole('button', { name: '启动试充' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '启动试充' }).click()
  await row.getByText('充电中').waitFor({ timeout: 60_000 })
  const { items } = await api('GET', `/api/v1/admin/orders?phy_id=${DEVICE}&source=test`)
  expect(items[0].port_no).toBe(3)
  await api('POST', `/api/v1/admin/orders/${items[0].order_no}/stop`, { reason: 'over' })
  await row.getByText('空闲').waitFor({ timeout: 60_000 })
  const order = await api('GET', `/api/v1/admin/orders/${items[0].order_no}`)
  expect(order.final_amount_fen).toBe(0)
  await context.close()
})
