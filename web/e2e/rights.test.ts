import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { enter, launch, open, server } from './browser'
import { charge, join, type Member } from './member'
import { sidebarAddresses } from './routes'
import { hire } from './staff'

const PHONE = '13800138021'
const MASKED = '138****8021'
const CLERK = ['order.charge.view', 'user.member.view', 'ds.members.phone', 'ds.members.plate']
const CASHIER = [
  'order.charge.view',
  'order.charge.refund',
  'order.refund.view',
  'ds.orders.member_phone',
  'ds.orders.member_phone.plain',
  'ds.orders.amount',
  'ds.orders.final_amount',
  'ds.orders.refund_fen',
  'ds.orders.bill',
]

let browser: Browser
let member: Member
let order: { order_no: string; fen: number }
beforeAll(async () => {
  browser = await launch()
  member = await join(PHONE)
  order = await charge(member)
  await hire('e2e-clerk', CLERK)
  await hire('e2e-cashier', CASHIER)
})
afterAll(() => browser.close())

const headings = (page: Page) =>
  page.$$eval('#page th .cell', (cells) => cells.map(({ textContent }) => textContent?.trim()))

/** Calls as the person of the page could by hand. */
const direct = (page: Page, method: string, path: string, body?: unknown) =>
  page.evaluate(
    async ([method, path, body]) => {
      const { token } = JSON.parse(localStorage.getItem('openpile.session') ?? '{}')
      const answer = await fetch(`/api/v1/admin${path}`, {
        method: String(method),
        headers: { authorization: `Bearer ${token}` },
        body: body === undefined ? undefined : JSON.stringify(body),
      })
      return { status: answer.status, data: (await answer.json()).data }
    },
    [method, path, body] as const,
  )

test('a clerk sees members and orders, no money, and can do nothing', async () => {
  const { page, context, complaints } = await enter(browser, { username: 'e2e-clerk' })
  expect((await sidebarAddresses(page)).sort()).toEqual(['/order/charge', '/user/member'])

  await open(page, '/user/member')
  await page.getByText(MASKED).waitFor()
  expect(await headings(page)).not.toContain('操作')
  expect(await page.content()).not.toContain(PHONE)
  // Their wallet is not shown, neither in the list nor in the choice of columns.
  for (const hidden of ['现金余额', '本金', '赠金'])
    expect(await headings(page)).not.toContain(hidden)

  await open(page, `/order/charge/${order.order_no}`)
  await page.locator('article header').getByText('已完成').waitFor()
  expect(await page.getByRole('button', { name: '退款' }).count()).toBe(0)
  const seen = await page.innerText('article')
  expect(seen).not.toContain(`¥${(order.fen / 100).toFixed(2)}`)
  expect(seen).not.toMatch(/NaN|undefined/)

  await open(page, '/device/device')
  await page.getByText('您没有查看这个页面的权限').waitFor()
  expect(complaints).toEqual([])
  await context.close()
})

test('the server keeps a clerk to that as well', async () => {
  const { page, context } = await enter(browser, { username: 'e2e-clerk' })
  const shown = await direct(page, 'GET', `/orders/${order.order_no}`)
  expect(shown.status).toBe(200)
  for (const hidden of ['final_amount_fen', 'amount', 'member_phone', 'bill']) {
    expect(shown.data).not.toHaveProperty(hidden)
  }
  const people = await direct(page, 'GET', '/members')
  for (const each of people.data.items) {
    expect(each.phone).toContain('****')
    expect(each).not.toHaveProperty('cash_fen')
  }
  const wanted = { amount_fen: 1, reason: 'e2e' }
  const refund = await direct(page, 'POST', `/orders/${order.order_no}/refund`, wanted)
  expect(refund).toMatchObject({ status: 403, data: { required: 'order.charge.refund' } })
  expect((await direct(page, 'GET', '/devices')).status).toBe(403)
  expect((await direct(page, 'GET', `/orders?phone=${PHONE}`)).status).toBe(403)
  expect((await direct(page, 'GET', '/orders?sort=-final_amount_fen')).status).not.toBe(200)
  const freeze = await direct(page, 'POST', `/members/${member.id}/freeze`, { reason: 'e2e' })
  expect(freeze.status).toBe(403)
  await context.close()
})

test('a cashier sees the money and may ask for a refund, and knows no members', async () => {
  const { page, context } = await enter(browser, { username: 'e2e-cashier' })
  expect((await sidebarAddresses(page)).sort()).toEqual(['/order/charge', '/order/refund'])
  await open(page, '/order/charge')
  await page.getByText(PHONE).first().waitFor()
  expect(await headings(page)).toContain('应付金额')
  await open(page, `/order/charge/${order.order_no}`)
  await page
    .getByText(`¥${(order.fen / 100).toFixed(2)}`)
    .first()
    .waitFor()
  const buttons = page.locator('article').getByRole('button')
  await buttons.filter({ hasText: '退款' }).first().waitFor()
  expect(await buttons.filter({ hasText: /停止|强制/ }).count()).toBe(0)
  await open(page, '/user/member')
  await page.getByText('您没有查看这个页面的权限').waitFor()
  expect((await direct(page, 'GET', '/members')).status).toBe(403)
  // A refund that a colleague asked for is not theirs to confirm.
  const decide = await direct(page, 'POST', '/refunds/none/decide', { agree: true })
  expect(decide).toMatchObject({ status: 403, data: { required: 'order.refund.audit' } })
  await context.close()
})

test('whoever has not logged in gets nothing', async () => {
  for (const path of ['orders', 'members', 'devices', 'session', 'screen', 'audit-logs']) {
    expect((await fetch(`${server()}/api/v1/admin/${path}`)).status).toBe(401)
  }
})
