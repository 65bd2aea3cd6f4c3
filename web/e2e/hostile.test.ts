import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { api, enter, launch, open } from './browser'
import { charge, join, PILE, type Member } from './member'

/** What runs as soon as somebody takes it for markup. */
const MARKUP = '<img src=x onerror=hit=1><script>hit=1</script>'
/** No other test has stations there, so that no screen remembers what was there before. */
const AREA = '330602'
const LONG = '很长的名字没有任何空格'.repeat(4)

let browser: Browser
let member: Member
let station: { station_id: number }
beforeAll(async () => {
  browser = await launch()
  station = await api('POST', '/api/v1/admin/stations', {
    station_no: 'HOSTILE-1',
    name: MARKUP,
    owner_org_id: 1,
    address: LONG,
    remark: MARKUP + LONG,
    area_code: AREA,
    lng: 120.2,
    lat: 30.2,
  })
  await api('PATCH', `/api/v1/admin/devices/${PILE}`, {
    name: MARKUP,
    remark: MARKUP + LONG,
    station_id: station.station_id,
  })
  member = await join('13800138051')
  await api('PUT', `/api/v1/admin/members/${member.id}`, { remark: MARKUP + LONG })
  await charge(member)
})
afterAll(() => browser.close())

async function isHarmless(page: Page): Promise<void> {
  expect(await page.evaluate(() => 'hit' in window)).toBe(false)
  expect(await page.locator('img[src="x"]').count()).toBe(0)
  const beyond = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    return scrollWidth - clientWidth
  })
  expect(beyond).toBeLessThanOrEqual(1)
}

test('markup in names and remarks is text wherever it is shown', async () => {
  const { page, context, complaints } = await enter(browser, { width: 1024 })
  const places = [
    '/device/station',
    `/device/station/${station.station_id}#facts`,
    '/device/device',
    `/device/device/${PILE}`,
    `/user/member/${member.id}`,
    '/order/charge',
  ]
  const without: string[] = []
  for (const place of places) {
    await open(page, place)
    const text = page.getByText('onerror').locator('visible=true').first()
    await text.waitFor({ timeout: 15_000 }).catch(() => without.push(place))
    await isHarmless(page)
  }
  expect(without).toEqual([])
  await open(page, '/device/device')
  await page.getByLabel('全局搜索').fill(PILE)
  await page.locator('#found').getByText('onerror').first().waitFor()
  await isHarmless(page)

  const wall = { name: 'wall', area_code: AREA }
  const { token } = await api('POST', '/api/v1/admin/screen-tokens', wall)
  await page.goto(`/console/screen/show?token=${token}`)
  await page.getByText('onerror').first().waitFor({ state: 'attached' })
  await isHarmless(page)
  expect(complaints).toEqual([])
  await context.close()
})

test('long names stay within their places, and are shown in full on the thing itself', async () => {
  const { station_id } = await api('POST', '/api/v1/admin/stations', {
    station_no: 'LONG-1',
    name: LONG,
    owner_org_id: 1,
  })
  const { page, context } = await enter(browser, { width: 1024 })
  for (const place of ['/device/station', `/device/station/${station_id}`]) {
    await open(page, place)
    await page.getByText(LONG).first().waitFor()
    await isHarmless(page)
  }
  expect(await page.locator('article h1').innerText()).toBe(LONG)
  await context.close()
})
