import type { Browser, CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, inject, test } from 'vitest'
import { api, enter, launch, open, visit } from './browser'
import { startDevices, THIRD_PARTY_KEY } from './program'

/** A slow tablet beside a fast desk. */
const SLOWER = 4
const FRAMES_S = 20
const SCREEN_S = Number(process.env.SCREEN_S ?? 60)
/** A frame of a screen that shows sixty a second, with the jitter of its clock. */
const DROPPED_MS = 25
/** Vehicles that fill while one looks: every port that charges tells something new in seconds. */
const FLEET = ['--family', 'infypower', '--dialect', 'dc', '--speed', '20']
const DEVICES = 63
const PORTS = 16
const FIRST_DEVICE = 77_000_000_000_001

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

const tell = (what: string, figures: object) => console.log(what, JSON.stringify(figures))
const wait = (seconds: number) => new Promise((resume) => setTimeout(resume, seconds * 1000))
const round = (value: number, digits = 1) => Number(value.toFixed(digits))

/** Opens a page as for the first time, and says when `ready` is there and what came over the wire. */
async function coldStart(page: Page, path: string, ready: string) {
  const cdp = await page.context().newCDPSession(page)
  let bytes = 0
  cdp.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength))
  await cdp.send('Network.enable')
  await cdp.send('Network.setCacheDisabled', { cacheDisabled: true })
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: SLOWER })
  const began = performance.now()
  await page.goto(path, { waitUntil: 'commit' })
  await page.waitForSelector(ready)
  const ms = Math.round(performance.now() - began)
  const kilobytes = round(bytes / 1000)
  await page.waitForLoadState('networkidle')
  return { ms, kilobytes, with_all_that_follows: round(bytes / 1000) }
}

test('the first page', async () => {
  await (await visit(browser)).page.goto('/healthz')
  const { page: bare, context: one } = await visit(browser)
  tell('bare page', await coldStart(bare, '/healthz', 'body'))
  await one.close()
  const { page, context: two } = await visit(browser)
  tell('login', await coldStart(page, '/console/', 'input[name=username]'))
  await two.close()
  const { context: known } = await enter(browser)
  const session = await known.storageState()
  await known.close()
  const { page: first, context: three } = await visit(browser, { session })
  tell('first page', await coldStart(first, '/console/', 'main .el-card, main section, main h2'))
  await three.close()
})

/** Times between frames, milliseconds. */
const frames = (seconds: number) =>
  new Promise<number[]>((done) => {
    const times: number[] = []
    let last = performance.now()
    const end = last + seconds * 1000
    const frame = (now: number) => {
      times.push(now - last)
      last = now
      if (now < end) requestAnimationFrame(frame)
      else done(times.slice(1))
    }
    requestAnimationFrame(frame)
  })
function flow(times: number[]) {
  const sorted = [...times].sort((one, other) => one - other)
  return {
    frames_per_s: round(times.length / FRAMES_S),
    p99_ms: round(sorted[Math.floor(sorted.length * 0.99)] ?? 0),
    longest_ms: round(sorted.at(-1) ?? 0),
    dropped: times.filter((ms) => ms > DROPPED_MS).length,
  }
}

interface Counted {
  changes: number
}
/** Counts what changes in the page from now on. */
function countChanges(): void {
  const counted: Counted = Object.assign(window, { changes: 0 })
  new MutationObserver((all) => (counted.changes += all.length)).observe(document.body, {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
  })
}

test('a thousand live ports', async () => {
  const words = ['--devices', String(DEVICES), '--ports', String(PORTS)]
  const stop = startDevices(inject('demo').tcp, String(FIRST_DEVICE), ...FLEET, ...words)
  const total = async () => (await api('GET', '/api/v1/admin/ports?size=1')).total as number
  while ((await total()) < DEVICES * PORTS) await wait(1)
  let charging = 0
  for (let device = 0; device < DEVICES; device += 1) {
    for (let port_no = 1; port_no <= 4; port_no += 1) {
      const body = { port_no, charge_mode: 4, amount: 100_000, price_per_kwh: 150 }
      const path = `/api/v1/third/devices/${FIRST_DEVICE + device}/charge`
      const start = api('POST', path, body, { key: THIRD_PARTY_KEY })
      charging += await start.then(() => 1).catch(() => 0)
    }
  }
  const { page, context } = await enter(browser, { width: 1920, height: 1080 })
  const bare = await context.newPage()
  await bare.goto('/healthz')
  tell('bare frames', flow(await bare.evaluate(frames, FRAMES_S)))
  await bare.close()
  await page.bringToFront()
  for (const view of ['/device/port', '/device/port#table']) {
    await open(page, view)
    await page.waitForLoadState('networkidle').catch(() => undefined)
    await wait(3)
    await page.evaluate(countChanges)
    const flowing = flow(await page.evaluate(frames, FRAMES_S))
    const changes = await page.evaluate(() => (window as unknown as Counted).changes)
    tell(view, { ports: await total(), charging, changes, ...flowing })
  }
  await context.close()
  stop()
})

async function processorSeconds(cdp: CDPSession): Promise<number> {
  const { processInfo } = await cdp.send('SystemInfo.getProcessInfo')
  return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0)
}
async function heapMegabytes(cdp: CDPSession): Promise<number> {
  await cdp.send('HeapProfiler.collectGarbage')
  return round((await cdp.send('Runtime.getHeapUsage')).usedSize / 1e6, 2)
}

test('the big screen', async () => {
  const alone = await launch()
  const all = await alone.newBrowserCDPSession()
  const began = await processorSeconds(all)
  await wait(SCREEN_S / 4)
  const idle = ((await processorSeconds(all)) - began) / (SCREEN_S / 4)
  const { token } = await api('POST', '/api/v1/admin/screen-tokens', { name: 'measured' })
  const { page, context } = await visit(alone, { width: 1920, height: 1080 })
  await page.goto(`/console/screen/show?token=${token}`)
  await page.waitForSelector('main canvas')
  await wait(15)
  const cdp = await context.newCDPSession(page)
  const heap = [await heapMegabytes(cdp)]
  let used = 0
  for (let part = 0; part < 4; part += 1) {
    const before = await processorSeconds(all)
    await wait(SCREEN_S / 4)
    used += (await processorSeconds(all)) - before
    heap.push(await heapMegabytes(cdp))
  }
  tell('big screen', {
    idle_percent: round(idle * 100),
    percent_of_a_core: round((used / SCREEN_S) * 100),
    heap_megabytes: heap,
  })
  await alone.close()
})
