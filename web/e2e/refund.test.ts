import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { api, confirm, enter, launch, open } from './browser'
import { charge, join, type Member } from './member'
import { hire } from './staff'

const MAY = [
  'order.charge.view',
  'order.charge.refund',
  'order.refund.view',
  'order.refund.audit',
  'finance.platform.view',
  'ds.orders.amount',
  'ds.orders.final_amount',
  'ds.orders.refund_fen',
  'ds.orders.bill',
]
const REASON = '充电太慢'
const BACK_FEN = 7

let browser: Browser
let member: Member
beforeAll(async () => {
  browser = await launch()
  member = await join('13800138031')
  await hire('e2e-first', MAY)
  await hire('e2e-second', MAY)
})
afterAll(() => browser.close())

test('one person asks for a refund, another agrees, and the money is back', async () => {
  const { order_no } = await charge(member)
  const wallet = async () => Number((await member.call('GET', 'wallet')).cash_fen)
  const before = await wallet()

  const first = await enter(browser, { username: 'e2e-first' })
  await open(first.page, `/order/charge/${order_no}`)
  await first.page.locator('article header').getByRole('button', { name: '退款' }).click()
  const dialog = first.page.getByRole('dialog')
  await dialog.getByText('由第二人复核').waitFor()
  await dialog.getByRole('spinbutton').fill((BACK_FEN / 100).toFixed(2))
  await dialog.locator('textarea').fill(REASON)
  await confirm(first.page, '退款')
  await first.page.getByText('等待第二人复核').waitFor()
  expect(await wallet()).toBe(before)

  // Who asked does not agree.
  await open(first.page, `/order/refund?biz_no=${order_no}`)
  const row = (page: typeof first.page) => page.getByRole('row').filter({ hasText: REASON })
  await row(first.page).getByRole('button', { name: '同意退款' }).click()
  await dialog.getByRole('button', { name: '同意退款' }).click()
  await dialog.getByRole('alert').filter({ hasText: '本人' }).last().waitFor()
  await dialog.getByRole('button', { name: '取消' }).click()
  expect(await wallet()).toBe(before)

  const second = await enter(browser, { username: 'e2e-second' })
  await open(second.page, `/order/refund?biz_no=${order_no}`)
  await row(second.page).getByRole('button', { name: '同意退款' }).click()
  await second.page.getByRole('dialog').getByText('e2e-first').waitFor()
  await confirm(second.page, '同意退款')
  await row(second.page).getByText('e2e-second').waitFor()
  await expect.poll(wallet, { timeout: 30_000 }).toBe(before + BACK_FEN)

  // The first sees it without asking, and the journal lines of it.
  await row(first.page).getByText('e2e-second').waitFor({ timeout: 30_000 })
  await open(first.page, `/order/charge/${order_no}`)
  const back = first.page.locator('dt', { hasText: '结算后退款' }).locator('+ dd a')
  expect(await back.innerText()).toBe(`¥${(BACK_FEN / 100).toFixed(2)}`)
  await back.click()
  await first.page.waitForURL(/finance\/platform/)
  await first.page.locator('.el-table__row').first().waitFor()
  expect(await first.page.innerText('#page')).toContain(`¥${(BACK_FEN / 100).toFixed(2)}`)
  expect((await api('GET', '/api/v1/admin/ledger/verify')).clean).toBe(true)
  await Promise.all([first.context.close(), second.context.close()])
})

test('a refund that is rejected moves no money, and no more than the bill is asked for', async () => {
  const { order_no, fen } = await charge(member, 2)
  const cash = Number((await member.call('GET', 'wallet')).cash_fen)
  const first = await enter(browser, { username: 'e2e-first' })
  await open(first.page, `/order/charge/${order_no}`)
  await first.page.locator('article header').getByRole('button', { name: '退款' }).click()
  const dialog = first.page.getByRole('dialog')
  const amount = dialog.getByRole('spinbutton')
  await amount.fill('99999')
  await amount.blur()
  expect(await amount.inputValue()).toBe((fen / 100).toFixed(2))
  // In letters that every language has: other tests read the pages where this will stand.
  await dialog.locator('textarea').fill('wants all of it')
  await confirm(first.page, '退款')

  const second = await enter(browser, { username: 'e2e-second' })
  await open(second.page, `/order/refund?biz_no=${order_no}`)
  const row = second.page.getByRole('row').filter({ hasText: 'wants all of it' })
  await row.getByRole('button', { name: '驳回' }).click()
  await second.page.getByRole('dialog').getByText('不退，申请作废').waitFor()
  await confirm(second.page, '驳回')
  await row.getByText('e2e-second').waitFor()
  expect(await row.getByRole('button', { name: '同意退款' }).count()).toBe(0)
  expect(Number((await member.call('GET', 'wallet')).cash_fen)).toBe(cash)
  await Promise.all([first.context.close(), second.context.close()])
})
