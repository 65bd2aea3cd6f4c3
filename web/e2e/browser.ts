import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { inject } from 'vitest'
import { KEYS, PASSWORD } from './program'

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

export const server = (): string => inject('demo').server
export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS })

export interface Visitor {
  context: BrowserContext
  page: Page
  /** What the browser complained about. */
  complaints: string[]
}
type Session = Awaited<ReturnType<BrowserContext['storageState']>>
interface Visit {
  locale?: string
  width?: number
  height?: number
  zone?: string
  /** Another server than the demo. */
  at?: string
  /** What the browser remembers. */
  session?: Session
}

/** A browser of somebody who has not logged in. */
export async function visit(
  browser: Browser,
  {
    locale = 'zh-CN',
    width = 1440,
    height = 900,
    zone = 'Asia/Shanghai',
    at = server(),
    session,
  }: Visit = {},
): Promise<Visitor> {
  const context = await browser.newContext({
    baseURL: at,
    locale,
    viewport: { width, height },
    timezoneId: zone,
    storageState: session,
  })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`)
  })
  return { context, page, complaints }
}

export async function logIn(page: Page, username = 'admin', password = PASSWORD): Promise<void> {
  await page.goto('/console/')
  await page.fill('input[name=username]', username)
  await page.fill('input[name=password]', password)
  await page.click('main form button')
  await page.waitForSelector('nav.sidebar')
}

const sessions = new Map<string, Session>()

/** Somebody who has logged in; their browser remembers that for the next time. */
export async function enter(
  browser: Browser,
  { username = 'admin', ...how }: Visit & { username?: string } = {},
): Promise<Visitor> {
  const who = `${username} at ${how.at}`
  const session = sessions.get(who)
  const visitor = await visit(browser, { ...how, session })
  if (session) {
    await visitor.page.goto('/console/')
    await visitor.page.waitForSelector('nav.sidebar')
  } else {
    await logIn(visitor.page, username)
    sessions.set(who, await visitor.context.storageState())
  }
  return visitor
}

export const open = (page: Page, path: string) => page.goto(`/console${path}`)

/** What is done in the dialog that is open, by the button of that name. */
export async function confirm(page: Page, name: string): Promise<void> {
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name, exact: true }).click()
  await dialog.waitFor({ state: 'hidden' })
}

/** Calls the API beside the browser, with an operator's key: what the world does meanwhile. */
export async function api(
  method: string,
  path: string,
  body?: unknown,
  { key = KEYS[0] as string, at = server() } = {},
) {
  const answer = await fetch(`${at}${path}`, {
    method,
    headers: { 'x-api-key': key },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const told = await answer.json()
  if (!answer.ok) throw new Error(`${method} ${path}: ${JSON.stringify(told)}`)
  return told.data
}
