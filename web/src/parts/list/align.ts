import type { AnyRow } from '@/api/types'
import { isOnTheRight, kindOf, textWidth, widthOf, type Kind } from '@/parts/value/kinds'
import { NOTHING, shown } from '@/parts/value/shown'
import { hasWords } from '@/words/labels'
import type { Column } from './definition'

/** `¥8.26`, `20 %`, `1,234.5 kWh`. */
const AMOUNT = /^-?¥?\d[\d,]*(\.\d+)?( ?(%|kWh|kW|W|V|A|ms|s))?$/

/** How a column is shown, judged by the first row that has a value. */
export const kindIn = ({ field, kind, text }: Column, rows: readonly AnyRow[]): Kind =>
  kind ??
  (text ? 'text' : undefined) ??
  kindOf(field, rows.find((row) => row[field] != null)?.[field])

/** Whether values of a column are compared by their length, and stand on the right. */
export function isRight(column: Column, rows: readonly AnyRow[]): boolean {
  const { kind, text } = column
  if (kind && kind !== 'text') return isOnTheRight(kind)
  if (!text) {
    const value = rows.find((row) => row[column.field] != null)?.[column.field]
    if (typeof value === 'number' && hasWords(column.field, value)) return false
    return isOnTheRight(kindIn(column, rows))
  }
  const first = rows.map(text).find((shown) => shown !== '' && shown !== NOTHING)
  return first !== undefined && AMOUNT.test(first)
}

/** A tag has smaller letters than a heading, and room around them. */
const TAG_LETTERS = 0.88
const TAG_PX = 48

/** A letter of a number or an address, and room around all of them. */
const CODE_LETTER_PX = 7.9
const CODE_PX = 26
/** Longer ones are cut: bytes, signatures. */
const CODE_MOST_PX = 230

/** How wide a column has to be, px: no tag is cut, and no document's number. */
export function minWidthOf(column: Column, rows: readonly AnyRow[], heading: string): number {
  const kind = kindIn(column, rows)
  const least = column.width ?? widthOf(kind, heading)
  if (kind === 'code' && !column.width) {
    const letters = rows.map((row) => shown(column.field, row[column.field], 'code').length)
    const wanted = Math.ceil(Math.max(0, ...letters) * CODE_LETTER_PX) + CODE_PX
    return Math.max(least, Math.min(wanted, CODE_MOST_PX))
  }
  if (kind !== 'tag') return least
  const tags = rows.map((row) => textWidth(shown(column.field, row[column.field], 'tag')))
  return Math.max(least, Math.ceil(Math.max(0, ...tags) * TAG_LETTERS) + TAG_PX)
}
