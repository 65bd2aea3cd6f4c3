import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { api, confirm, enter, launch, open, server, visit } from './browser'
import { charge, join, PILE } from './member'

const SIZES = [
  { width: 1920, height: 1080 },
  { width: 2560, height: 1440 },
] as const
/** No other test has stations there, so that no screen remembers what was there before. */
const AREA = '330702'
/** What the screen of the demo is filled with; a widget that has nothing says so. */
const WIDGETS = [
  '充电桩类型',
  '充电口状态',
  '充电金额',
  '会员',
  '负荷曲线',
  '分时电量',
  '充值金额',
  '运行指标',
  '场站 TOP10',
  '实时订单',
]

let browser: Browser
beforeAll(async () => {
  browser = await launch()
  const { station_id } = await api('POST', '/api/v1/admin/stations', {
    station_no: 'SCREEN-1',
    name: '大屏测试站',
    owner_org_id: 1,
    area_code: AREA,
    lng: 120.15,
    lat: 30.27,
  })
  await api('PATCH', `/api/v1/admin/devices/${PILE}`, { station_id })
  await charge(await join('13800138041'))
})
afterAll(() => browser.close())

/** Boxes that stand out of the screen, or hold more than they show. */
function flaws() {
  const found: string[] = []
  const { scrollWidth, scrollHeight } = document.documentElement
  if (scrollWidth > innerWidth || scrollHeight > innerHeight) found.push('the screen scrolls')
  for (const box of document.querySelectorAll('main section')) {
    const { left, top, right, bottom } = box.getBoundingClientRect()
    const isInside = left >= 0 && top >= 0 && right <= innerWidth + 1 && bottom <= innerHeight + 1
    const name = box.querySelector('h2')?.textContent ?? ''
    if (!isInside || right - left < 100 || bottom - top < 60) found.push(`stands out: ${name}`)
    for (const canvas of box.querySelectorAll('canvas')) {
      if (canvas.width === 0 || canvas.height === 0) found.push(`an empty chart: ${name}`)
    }
    if (/NaN|undefined|Infinity/.test(box.textContent ?? '')) found.push(`no number: ${name}`)
  }
  return found
}

async function makeToken(page: Page, name: string): Promise<string> {
  await open(page, '/screen/token')
  await page.getByRole('button', { name: '新建令牌' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('名称').fill(name)
  await dialog.getByLabel('行政区划').fill(AREA)
  await dialog.getByRole('button', { name: '新建令牌' }).click()
  const address = await dialog.locator('dd').innerText()
  await dialog.getByRole('button', { name: '我已保存' }).click()
  return address
}

test('a screen on a wall shows everything without a login, until its token is revoked', async () => {
  const admin = await enter(browser)
  const address = await makeToken(admin.page, '大厅左侧')
  const token = new URL(address).searchParams.get('token') ?? ''
  expect(token.length).toBeGreaterThan(20)

  for (const size of SIZES) {
    const { page, context, complaints } = await visit(browser, size)
    const hosts = new Set<string>()
    context.on('request', (request) => hosts.add(new URL(request.url()).host))
    const sockets: string[] = []
    page.on('websocket', (socket) => sockets.push(socket.url()))
    await page.goto(address)
    await page.getByRole('heading', { name: '实时订单' }).waitFor()
    for (const name of WIDGETS) await page.locator('h2', { hasText: name }).first().waitFor()
    await page.waitForFunction(() => document.querySelectorAll('main canvas').length >= 5)
    // Every widget has had its answer.
    await page.waitForFunction(() =>
      [...document.querySelectorAll('main section .body')].every(
        (body) => body.childElementCount > 0,
      ),
    )
    await page.getByText('大屏测试站').first().waitFor()
    expect(await page.evaluate(flaws)).toEqual([])
    expect([...hosts]).toEqual([new URL(server()).host])
    expect(sockets).toEqual([])
    // Nobody reads the token over a shoulder.
    expect(page.url()).not.toContain(token)
    expect(complaints).toEqual([])

    if (size === SIZES.at(-1)) {
      const row = admin.page.getByRole('row').filter({ hasText: '大厅左侧' })
      await row.getByRole('button', { name: '撤销' }).click()
      await confirm(admin.page, '撤销')
      await page.getByText('大屏令牌无效、已过期或已撤销').waitFor({ timeout: 30_000 })
    }
    await context.close()
  }
  await admin.context.close()
})

test('the token of a screen opens the screen and nothing else', async () => {
  const { token } = await api('POST', '/api/v1/admin/screen-tokens', { name: '大厅右侧' })
  const headers = { authorization: `Bearer ${token}` }
  const status = async (path: string, method = 'GET') =>
    (await fetch(`${server()}/api/v1/${path}`, { method, headers })).status
  expect(await status('admin/screen/counters')).toBe(200)
  const closed = ['orders', 'members', 'devices', 'stations', 'session', 'screen-tokens', 'admins']
  for (const path of closed) expect([401, 403]).toContain(await status(`admin/${path}`))
  for (const path of ['third/devices', 'member/me', 'member/wallet']) {
    expect(await status(path)).toBe(401)
  }
  expect([401, 403]).toContain(await status('admin/stations', 'POST'))

  const { page, context } = await visit(browser)
  await page.goto(`/console/screen/show?token=${token}`)
  await page.locator('main.screen').waitFor()
  await open(page, '/order/charge')
  await page.waitForSelector('input[name=password]')
  await context.close()
})
