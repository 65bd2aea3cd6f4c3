import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { api, confirm, enter, launch, open } from './browser'
import { KEYS, startDevices, startServer, type Running } from './program'

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
const next = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).click()

test('a stranger on the line becomes a device that charges and is paid for', async () => {
  const { page, context, complaints } = await enter(browser, { at: server.server })
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
  const { items } = await api('GET', '/api/v1/admin/tariffs', undefined, { at: server.server })
  const approve = `/api/v1/admin/tariffs/${items[0].id}/versions/1`
  const second = { key: KEYS[1], at: server.server }
  await api('POST', approve, { action: 'approve' }, second)
  await page.getByText('已适用：滨江一口价').waitFor({ timeout: 30_000 })
  await next(page, '继续')

  expect(await page.locator('figure, .code, svg').count()).toBeGreaterThan(1)
  await next(page, '已贴好，继续')

  await next(page, '启用')
  await confirm(page, '启用')
  await next(page, '启动试充')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('端口').click()
  await page.getByRole('option', { name: '1', exact: true }).click()
  await confirm(page, '启动试充')
  await page.getByText('试充完成，设备可以营业了').waitFor({ timeout: 60_000 })
  expect(complaints).toEqual([])
  await context.close()
})
