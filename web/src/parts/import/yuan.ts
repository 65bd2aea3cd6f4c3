import type { Check } from './definition'

/** `12.34`, `12.3`, `¥1,234.50`. */
const YUAN = /^[¥￥]?\s*(\d+|\d{1,3}(?:,\d{3})+)(?:\.(\d{1,2})0*)?\s*元?$/

/** An amount typed in yuan, in fen; put together out of its digits, so that none is lost. */
export function fenOf(text = ''): number | undefined {
  const [, yuan, cents = ''] = YUAN.exec(text) ?? []
  return yuan === undefined
    ? undefined
    : Number(`${yuan.replaceAll(',', '')}${cents.padEnd(2, '0')}`)
}

/** Amounts of a fen and more, up to so many fen. */
export const yuan =
  (most_fen = Number.MAX_SAFE_INTEGER): Check =>
  (text) => {
    const fen = fenOf(text) ?? 0
    if (fen > most_fen) return [`最多 ${most_fen / 100} 元`, `at most ${most_fen / 100} yuan`]
    return fen >= 1 ? undefined : ['须为金额，如 12.34', 'must be an amount like 12.34']
  }
