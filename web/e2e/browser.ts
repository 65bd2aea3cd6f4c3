import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { inject } from 'vitest'
import { KEYS, PASSWORD } from './server'

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
/** It runs as whoever runs the tests, and speaks with nobody but the server. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export const server = (): string => inject('server')
export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS })

export interface Visitor {
  context: BrowserContext
  page: Page
  /** What the browser complained about. */
  complaints: string[]
}

/** A browser of somebody who has not logged in. */
export async function visit(
  browser: Browser,
  { locale = 'zh-CN', width = 1440, height = 900 } = {},
): Promise<Visitor> {
  const context = await browser.newContext({
    locale,
    viewport: { width, height },
    timezoneId: 'Asia/Shanghai',
  })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  return { context, page, complaints }
}

export async function logIn(page: Page, username = 'admin', password = PASSWORD): Promise<void> {
  await page.goto(`${server()}/console/`)
  await page.fill('input[name=username]', username)
  await page.fill('input[name=password]', password)
  await page.click('main form button')
  await page.waitForSelector('nav.sidebar')
}

export const open = (page: Page, path: string) => page.goto(`${server()}/console${path}`)

/** Calls the API beside the browser, with an operator's key: what the world does meanwhile. */
export async function api(method: string, path: string, body?: unknown, key: string = KEYS[0]) {
  const answer = await fetch(`${server()}${path}`, {
    method,
    headers: { 'x-api-key': key },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const told = await answer.json()
  if (!answer.ok) throw new Error(`${method} ${path}: ${JSON.stringify(told)}`)
  return told.data
}
