import { valueLabel } from '@/words/labels'
import { share } from '@/parts/value/format'
import { say } from '@/words/words'
import type { Values } from '@/parts/form/fields'

/** What an activity does to the service fee. */
export type Cut =
  | { type: 'service_discount_bp' | 'first_order'; off_bp: number }
  | { type: 'time_window'; off_bp: number; windows: Window[] }
  | { type: 'fixed_service_p5'; price: number }

interface Window {
  from: string
  to: string
}

export const CUTS = [
  'service_discount_bp',
  'fixed_service_p5',
  'time_window',
  'first_order',
] as const satisfies readonly Cut['type'][]

/** Prices are kept in 0.00001 yuan. */
const P5_PER_YUAN = 100_000

/** What the form's fields hold of a cut. */
export function cutValues(cut: Cut): Values {
  const { type } = cut
  if (type === 'fixed_service_p5') return { cut_type: type, price_yuan: cut.price / P5_PER_YUAN }
  const windows = type === 'time_window' ? cut.windows : []
  return { cut_type: type, off_bp: cut.off_bp, windows }
}

/** The cut that the form's fields describe. */
export function cutOf({ cut_type, price_yuan, off_bp, windows }: Values): unknown {
  if (cut_type === 'fixed_service_p5') {
    return { type: cut_type, price: Math.round(Number(price_yuan ?? 0) * P5_PER_YUAN) }
  }
  return { type: cut_type, off_bp, ...(cut_type === 'time_window' && { windows }) }
}

/** The cut in a few words: `时段折扣 −50 % 22:00–06:00`. */
export function cutText(cut: Cut): string {
  const name = valueLabel('cut', cut.type)
  if (cut.type === 'fixed_service_p5') {
    const yuan = cut.price / P5_PER_YUAN
    return `${name} ${say([`${yuan} 元/度`, `${yuan} yuan/kWh`])}`
  }
  const windows = cut.type === 'time_window' ? ` ${windowsText(cut.windows)}` : ''
  return `${name} −${share(cut.off_bp)}${windows}`
}

export const windowsText = (windows: readonly Window[]): string =>
  windows.map(({ from, to }) => `${from}–${to}`).join(', ')
