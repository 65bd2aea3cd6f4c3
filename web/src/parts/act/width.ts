import type { AnyRow } from '@/api/types'
import { textWidth } from '@/parts/value/kinds'
import { say } from '@/words/words'
import type { Action } from './action'
import { possible } from './running'

/** How many actions stand in a row of a list, by what room there is; the others are in a menu. */
export const MOST_IN_ROWS = matchMedia('(max-width: 1100px)').matches ? 2 : 3

const PADDING_PX = 24
const GAP_PX = 12
const MENU_PX = 16

function widthIn(row: AnyRow, actions: readonly Action[]): number {
  const all = possible(actions, row)
  const shown = all.length <= MOST_IN_ROWS ? all : all.slice(0, MOST_IN_ROWS - 1)
  const widths = shown.map(({ label }) => textWidth(say(label)))
  if (shown.length < all.length) widths.push(MENU_PX)
  return widths.reduce((sum, width) => sum + width + GAP_PX, PADDING_PX)
}

/** How wide the column of actions has to be so that none of them is cut, px; 0: nobody can do anything. */
export function actionsWidth(
  rows: readonly AnyRow[] | undefined,
  actions: readonly Action[] | undefined,
): number {
  if (!rows || !actions) return 0
  const able = rows.filter((row) => possible(actions, row).length > 0)
  return Math.ceil(Math.max(0, ...able.map((row) => widthIn(row, actions))))
}
