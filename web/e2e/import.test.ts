import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { api, enter, launch, open } from './browser'

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

async function choose(
  page: Page,
  lines: readonly string[],
  [address, button] = ['/device/device', '批量导入'],
): Promise<void> {
  await open(page, address)
  await page.getByRole('button', { name: button }).click()
  const buffer = Buffer.from(`\uFEFF${lines.join('\r\n')}\r\n`)
  const file = { name: 'table.csv', mimeType: 'text/csv', buffer }
  await page.locator('input[type=file]').setInputFiles(file)
}

const HEAD = '设备编号,名称,站点编号,端口数'

test('wrong rows of a spreadsheet are named, the others are written', async () => {
  const station = { station_no: 'IMP-1', name: '导入站', owner_org_id: 1 }
  const { station_id } = await api('POST', '/api/v1/admin/stations', station)
  const { page, context, complaints } = await enter(browser)
  await choose(page, [
    HEAD,
    '70000000000001,一号,IMP-1,2',
    '7.00000000001E+13,二号,IMP-1,2',
    '70000000000003,三号,NOWHERE,2',
    '70000000000004,四号,IMP-1,二',
    '70000000000001,又是一号,IMP-1,2',
    '82210225000520,早就有了,,',
  ])
  const drawer = page.getByRole('dialog')
  await drawer.getByText('共 6 行，2 行可导入，4 行有误').waitFor()
  const wrong = { 3: '科学计数法', 4: '没有这个站点', 5: '的整数', 6: '与第 2 行重复' }
  for (const [line, why] of Object.entries(wrong)) {
    const row = drawer
      .getByRole('row')
      .filter({ has: page.getByRole('cell', { name: line, exact: true }) })
    await row.filter({ hasText: why }).first().waitFor()
  }
  await drawer.getByRole('button', { name: '导入 2 行（跳过 4 行有误的）' }).click()
  // What the server alone knows is named as well.
  await drawer.getByText('成功 1 台，失败 1 台，共 2 台').waitFor()
  await drawer.getByRole('row').filter({ hasText: '82210225000520' }).waitFor()
  await drawer.getByRole('button', { name: '完成' }).click()
  const device = await api('GET', '/api/v1/admin/devices/70000000000001')
  expect(device).toMatchObject({ name: '一号', station_id })
  await page.getByRole('row').filter({ hasText: '70000000000001' }).first().waitFor()
  // The browser tells of the one that was refused.
  expect(complaints.filter((text) => !text.includes('409'))).toEqual([])
  await context.close()
})

test('cards come out of a spreadsheet with their limits to the fen', async () => {
  const { page, context } = await enter(browser)
  const lines = [
    '卡号,类型,单次限额（元）,持卡人,有效期至',
    '8800000001,储值卡,12.34,Zhang,2099-12-31',
    '8800000002,月卡,12.345,,2099-02-30',
    '8800000001,储值卡,5,,',
  ]
  await choose(page, lines, ['/user/card', '导入卡片'])
  const drawer = page.getByRole('dialog')
  await drawer.getByText('共 3 行，1 行可导入，2 行有误').waitFor()
  await drawer.getByRole('button', { name: /^导入 1 行/ }).click()
  await drawer.getByRole('button', { name: '完成' }).click()
  await page.getByRole('row').filter({ hasText: '8800000001' }).first().waitFor()
  const card = await api('GET', '/api/v1/admin/cards/8800000001')
  const valid_until = Date.parse('2099-12-31T23:59:59+08:00') / 1000
  expect(card).toMatchObject({ kind: 'stored', limit_fen: 1234, holder: 'Zhang', valid_until })
  await context.close()
})

test('five thousand rows of which most are wrong stay legible', async () => {
  const rows = Array.from({ length: 5000 }, (_, at) =>
    at % 250 === 0
      ? `71${String(at).padStart(8, '0')},第 ${at} 台,,2`
      : `坏 ${at},第 ${at} 台,,许多`,
  )
  const { page, context } = await enter(browser)
  await choose(page, [HEAD, ...rows])
  const drawer = page.getByRole('dialog')
  await drawer.getByText('共 5000 行，20 行可导入，4980 行有误').waitFor()
  await drawer.getByText('只看有误的').click()
  expect(await drawer.locator('tbody tr').count()).toBe(50)
  await drawer.locator('.el-pager .number').last().click()
  await drawer.getByRole('cell', { name: '5001', exact: true }).waitFor()
  await drawer.getByRole('button', { name: /^导入 20 行/ }).click()
  await drawer.getByText('成功 20 台，失败 0 台，共 20 台').waitFor({ timeout: 60_000 })
  await api('GET', '/api/v1/admin/devices/7100004750')
  await context.close()
})

test('a file of more rows than are taken is told so', async () => {
  const { page, context } = await enter(browser)
  await choose(page, [HEAD, ...Array.from({ length: 5001 }, (_, at) => `72${at},,,`)])
  await page.getByRole('dialog').getByText('一次最多 5000 行').waitFor()
  await context.close()
})
