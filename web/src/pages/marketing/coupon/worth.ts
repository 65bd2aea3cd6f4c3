import { kwh, money, share } from '@/parts/value/format'
import type { Row } from '@/api/types'
import type { Values } from '@/parts/form/fields'
import { say } from '@/words/words'

type Terms = Row<'/coupons'>['terms']

export const KINDS = ['full_reduction', 'discount', 'service_free', 'kwh', 'cash'] as const

/** Energy is sent in 0.0001 kWh. */
const E4_PER_KWH = 10_000

/** What a coupon is worth, out of the fields of the form. */
export function worthOf({ type, value_fen, off_bp, max_fen, free_kwh }: Values): unknown {
  const energy = free_kwh === undefined ? undefined : Math.round(Number(free_kwh) * E4_PER_KWH)
  if (type === 'discount') return { type, off_bp, ...(max_fen !== undefined && { max: max_fen }) }
  if (type === 'service_free') return { type, ...(energy && { max: energy }) }
  return type === 'kwh' ? { type, energy } : { type, value: value_fen }
}

/** The same in a few words: `满 ¥20.00 减 ¥5.00`. */
export function worthText({ type, value_fen, off_bp, max_fen, kwh: free, threshold_fen }: Terms) {
  const from = threshold_fen > 0 ? money(threshold_fen) : ''
  const most = max_fen ? say([`，最多 ${money(max_fen)}`, `, at most ${money(max_fen)}`]) : ''
  const over = from ? say([`满 ${from} `, ` from ${from}`]) : ''
  const joined = (zh: string, en: string) => say([`${over}${zh}`, `${en}${over}`])
  if (type === 'discount') {
    const off = share(off_bp ?? 0)
    return joined(`减 ${off}${most}`, `${off} off${most}`)
  }
  if (type === 'service_free') {
    const energy = free ? kwh(free) : say(['全部', 'all'])
    return joined(`${energy} 免服务费`, `${energy} free of service`)
  }
  if (type === 'kwh') return joined(`送 ${kwh(free ?? 0)}`, `${kwh(free ?? 0)} free`)
  return joined(`减 ${money(value_fen ?? 0)}`, `${money(value_fen ?? 0)} off`)
}
