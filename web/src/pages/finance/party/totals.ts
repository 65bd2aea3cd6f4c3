import type { Row } from '@/api/types'
import type { Column } from '@/parts/list/definition'
import { money } from '@/parts/value/format'

export type Total = Row<'/merchant-ledger/totals'>

type Sum = 'opening_fen' | 'in_fen' | 'out_fen' | 'change_fen' | 'closing_fen'

/** Columns of what each party held, got and paid; each number leads to its lines. */
export function totalColumns(
  page: string,
  owner: 'org_id' | 'member_id',
): readonly Column<Total>[] {
  const lines = ({ owner_id }: Total) => `${page}?${owner}=${owner_id}#lines`
  const sum = (field: Sum): Column<Total> => ({
    field,
    link: lines,
    text: (row) => money(row[field]),
  })
  const name: Column<Total> = {
    field: 'party',
    link: lines,
    text: ({ party, phone, owner_id }) => party ?? phone ?? String(owner_id),
  }
  return [
    name,
    sum('opening_fen'),
    sum('in_fen'),
    sum('out_fen'),
    sum('change_fen'),
    sum('closing_fen'),
  ]
}
