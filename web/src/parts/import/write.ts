import { explain } from '@/parts/explain'
import type { ImportRow, Write } from './definition'
import { spread } from './spread'

/** Writes every row by a call of its own; those that are refused do not stop the others. */
export const oneByOne =
  <C extends string>(write: (row: ImportRow<C>) => Promise<unknown>): Write<C> =>
  (rows, tell) =>
    spread(rows, async (row) => {
      try {
        await write(row)
        tell({ row })
      } catch (error) {
        tell({ row, trouble: explain(error) })
      }
    })
