import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { api, enter, launch, logIn, open, visit } from './browser'
import { KEYS } from './program'

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

const STATIONS = '/api/v1/admin/stations'
const newStation = (station_no: string, name: string) =>
  api('POST', STATIONS, { station_no, name, owner_org_id: 1 })

async function edit(page: Page, id: number) {
  await open(page, `/device/station/${id}`)
  await page.locator('article header').getByRole('button', { name: '编辑' }).click()
  const drawer = page.getByRole('dialog')
  await drawer.getByLabel('名称', { exact: true }).waitFor()
  return drawer
}

test('of two who edit a station the second is told, and nothing typed is lost', async () => {
  const { station_id } = await newStation('EDIT-1', '两人同改')
  const { page, context } = await enter(browser)
  const drawer = await edit(page, station_id)
  await drawer.getByLabel('地址').fill('滨江路 1 号')

  const other = { station_no: 'EDIT-1', name: '别人先改了', owner_org_id: 1 }
  await api('PUT', `${STATIONS}/${station_id}`, other, { key: KEYS[1] })

  await drawer.getByRole('button', { name: '保存' }).click()
  await drawer.getByText('别人刚刚修改过').waitFor()
  expect(await drawer.getByLabel('地址').inputValue()).toBe('滨江路 1 号')
  const kept = await api('GET', `${STATIONS}/${station_id}`)
  expect(kept).toMatchObject({ name: '别人先改了', address: null })

  // On the new state it goes through.
  const again = await edit(page, station_id)
  await again.getByLabel('地址').fill('滨江路 1 号')
  await again.getByRole('button', { name: '保存' }).click()
  await again.waitFor({ state: 'hidden' })
  const both = await api('GET', `${STATIONS}/${station_id}`)
  expect(both).toMatchObject({ name: '别人先改了', address: '滨江路 1 号' })
  await context.close()
})

test('on a slow link a list works, and a double click does one thing', async () => {
  const { page, context } = await enter(browser)
  await open(page, '/system/notice')
  await page.getByRole('button', { name: '新建公告' }).waitFor()
  const network = await context.newCDPSession(page)
  await network.send('Network.enable')
  await network.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 400,
    downloadThroughput: 50_000,
    uploadThroughput: 50_000,
  })
  await page.getByRole('button', { name: '新建公告' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.locator('input').first().fill('只此一份')
  await dialog.locator('textarea').first().fill('双击也只有一份')
  await dialog.getByRole('button', { name: '新建公告' }).dblclick()
  await dialog.waitFor({ state: 'hidden' })
  await page.getByRole('row').filter({ hasText: '只此一份' }).first().waitFor()
  const { items } = await api('GET', '/api/v1/admin/notices?size=100')
  const made = items.filter(({ title }: { title: string }) => title === '只此一份')
  expect(made).toHaveLength(1)

  await page.locator('nav [data-path="/device/device"]').evaluate((entry: HTMLElement) => {
    entry.click()
  })
  await page.getByText('82210225000520').first().waitFor({ timeout: 30_000 })
  await context.close()
})

test('times are the platform’s in a browser elsewhere, and named so', async () => {
  const { page, context } = await visit(browser, { zone: 'America/New_York' })
  await logIn(page)
  await open(page, '/device/device/82210225000520')
  await page.locator('.topbar').getByText('北京时间').waitFor()
  const { station_id } = await newStation('ZONE-1', '时区站')
  await open(page, `/device/station/${station_id}`)
  const { items } = await api('GET', '/api/v1/admin/audit-logs?size=1')
  await open(page, '/system/audit')
  const row = page.locator('.el-table__row').first()
  const shown = (await row.innerText()).match(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/)?.[0] ?? ''
  const meant = Date.parse(`${shown.replace(' ', 'T')}+08:00`) / 1000
  expect(Math.abs(meant - items[0].at)).toBeLessThan(600)
  await context.close()
})
