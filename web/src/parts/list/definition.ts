import type { Query } from '@/api/call'
import type { AnyRow, ListPath, Row } from '@/api/types'
import type { Action } from '@/parts/act/action'
import type { Kind } from '@/parts/value/kinds'
import type { Words } from '@/words/words'

/** A column; its label, form and link follow from the field where nothing else is said. */
export interface Column<R = AnyRow> {
  field: keyof R & string
  label?: Words
  kind?: Kind
  width?: number
  text?: (row: R) => string
  link?: (row: R) => string | undefined
}

/** A list of the server as a page. */
export interface ListDefinition<P extends ListPath = ListPath, R = Row<P>> {
  list: P
  /** The page whose permissions count, `order.charge`; what fills it leads to `…/{key}`. */
  page: string
  key: keyof R & string
  columns: readonly ((keyof R & string) | Column<R>)[]
  /** Columns that one may choose to see. */
  more?: readonly ((keyof R & string) | Column<R>)[]
  /** Filters in their order; all that the server knows, when absent. */
  filters?: readonly string[]
  /** What is always asked for. */
  fixed?: Query
  /** What can be done to a row. */
  actions?: readonly Action<R>[]
  /** What can be done without one. */
  create?: readonly Action<AnyRow>[]
  /** Whether a row leads to a page of its own; or where it leads to. */
  detail?: boolean | ((row: R) => string | undefined)
  /** What the list is told of; see `useLive`. */
  live?: readonly string[]
  /** What to do when there is nothing yet. */
  empty?: Words
  /** Rows that deserve a look. */
  mark?: (row: R) => 'danger' | 'warning' | undefined
}
