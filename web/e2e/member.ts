import { readFile } from 'node:fs/promises'
import { inject, vi } from 'vitest'
import { server } from './browser'

/** The demo's pile with approved prices. */
export const PILE = '32010600013534'
const RICH_FEN = 10_000
const PATIENCE = { timeout: 60_000, interval: 200 }

export interface Member {
  phone: string
  id: number
  call: (method: string, path: string, body?: unknown) => Promise<Record<string, unknown>>
}

async function send(method: string, path: string, body?: unknown, token?: string) {
  const answer = await fetch(`${server()}/api/${path}`, {
    method,
    headers: token ? { authorization: `Bearer ${token}` } : {},
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const told = await answer.json()
  if (!answer.ok) throw new Error(`${method} ${path}: ${JSON.stringify(told)}`)
  return told.data
}

/** The demo prints what it sends to telephones. */
async function codeFor(phone: string): Promise<string> {
  const find = async () =>
    [...(await readFile(inject('demo').log, 'utf8')).matchAll(/SMS.* to (\d+): code (\d+)/g)]
      .filter(([, to]) => to === phone)
      .at(-1)?.[2] ?? ''
  return vi.waitUntil(find, { timeout: 10_000, interval: 100 })
}

/** A member who has logged in and paid a hundred yuan in. */
export async function join(phone: string): Promise<Member> {
  await send('POST', 'v1/member/codes', { phone, purpose: 'login' })
  const code = await codeFor(phone)
  const { token } = await send('POST', 'v1/member/sessions', { phone, code })
  const call: Member['call'] = (method, path, body) =>
    send(method, `v1/member/${path}`, body, token)
  const { recharge } = await send(
    'POST',
    'v1/member/recharges',
    { amount_fen: RICH_FEN, method: 'mock' },
    token,
  )
  await send('POST', `pay/mock/${recharge.payment_no}`, {})
  const cash = async () => (await send('GET', 'v1/member/wallet', undefined, token)).cash_fen
  await vi.waitUntil(async () => (await cash()) === RICH_FEN, PATIENCE)
  const me = await send('GET', 'v1/member/me', undefined, token)
  return { phone, id: me.member_id ?? me.id, call }
}

/** A charge of a member that is over and paid; gives its number and its bill. */
export async function charge(member: Member, port_no = 1) {
  const start = { device: PILE, port_no, charge_mode: 4 }
  const { order_no } = await member.call('POST', 'charges', start)
  const order = () => member.call('GET', `charges/${order_no}`)
  await vi.waitUntil(async () => Number((await order()).total_kwh) > 0.1, PATIENCE)
  await member.call('POST', `charges/${order_no}/stop`, {})
  await vi.waitUntil(async () => (await order()).settle_status === 'settled', PATIENCE)
  const { final_amount_fen } = await order()
  return { order_no: String(order_no), fen: Number(final_amount_fen) }
}
