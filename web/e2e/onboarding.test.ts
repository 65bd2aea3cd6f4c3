import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { api, confirm, enter, launch, open } from './browser'
import { KEYS, THIRD_PARTY_KEY, startDevices, startServer, type Running } from './program'

const DEVICE = '82290000000001'

let browser: Browser
let server: Running
let unplug: () => void
beforeAll(async () => {
  ;[browser, server] = await Promise.all([launch(), startServer()])
  unplug = startDevices(server.tcp, DEVICE)
})
afterAll(async () => {
  unplug()
  await browser.close()
  await server.stop()
})

const fill = (page: Page, label: string, text: string) =>
  page.getByRole('dialog').getByLabel(label, { exact: true }).fill(text)
const next = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, exact: true }).click()

test('a stranger on the line becomes a device that charges and is paid for', async () => {
  const at = { at: server.server }
  const { page, context, complaints } = await enter(browser, at)
  await open(page, '/ops/commlog?type=noise')
  await page.getByText(DEVICE).first().waitFor({ timeout: 30_000 })

  await open(page, '/device/device')
  await next(page, '接入设备')
  const stranger = page.locator('li', { hasText: DEVICE })
  await stranger.getByRole('button', { name: '就是它' }).click()

  // A station is made on the way.
  await page.getByLabel('名称').fill('A 区 1 号桩')
  await next(page, /新建一个/)
  await fill(page, '站点编号', 'E2E-01')
  await fill(page, '名称', '滨江一号站')
  await next(page, '保存')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  await page.getByText('滨江一号站').first().waitFor()
  await next(page, '保存并继续')

  await next(page, '2 个端口都对，继续')

  // Prices need a second person before anything is billed by them.
  await next(page, '新建一口价计费模型')
  await fill(page, '名称', '滨江一口价')
  await fill(page, '电费（元/kWh）', '0.8')
  await fill(page, '服务费（元/kWh）', '0.4')
  await confirm(page, '新建一口价计费模型')
  await page.getByText('等待第二人审核').waitFor()
  const { items } = await api('GET', '/api/v1/admin/tariffs', undefined, at)
  const approve = `/api/v1/admin/tariffs/${items[0].id}/versions/1`
  await api('POST', approve, { action: 'approve' }, { ...at, key: KEYS[1] })
  await page.getByText('已适用：滨江一口价').waitFor({ timeout: 30_000 })
  await next(page, '继续')

  for (const port of [1, 2]) await page.getByText(`${DEVICE}-${port}`).first().waitFor()
  await next(page, '已贴好，继续')

  await next(page, '启用')
  await page.getByText('启用后才正式投运').waitFor({ state: 'hidden' })
  await api(
    'POST',
    `/api/v1/third/devices/${DEVICE}/charge`,
    { port_no: 1, charge_mode: 1, duration: 300, amount: 5000 },
    { ...at, key: THIRD_PARTY_KEY },
  )
  await page.getByText('试充完成，设备可以营业了').waitFor({ timeout: 60_000 })
  const [order] = (await api('GET', `/api/v1/admin/orders?phy_id=${DEVICE}`, undefined, at)).items
  expect(order.final_amount_fen).toBeGreaterThan(0)
  const bill = `¥${(order.final_amount_fen / 100).toFixed(2)}`
  await page.locator('.onboarding').getByText(bill).first().waitFor()
  // What has no prices yet is told so by a refusal.
  expect(complaints.filter((text) => !text.includes('404'))).toEqual([])
  await context.close()
})
