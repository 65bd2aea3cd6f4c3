import type { Column } from '@/parts/list/definition'
import { money } from '@/parts/value/format'
import type { Kind, Org } from './actions'

type Columns = readonly ((keyof Org & string) | Column<Org>)[]

/** What was agreed with a company comes first: nobody has a list of companies for their addresses. */
const COMPANY: Columns = [
  'contract_no',
  'mode',
  'credit_fen',
  'balance_fen',
  'members',
  'vehicles',
  'bill_day',
]

/** The columns of organisations; their money leads to its lines. */
export function orgColumns(kind: Kind): { columns: Columns; more: Columns } {
  const ledger = ({ org_id }: Org) =>
    kind === 'company' ? undefined : `/finance/${kind}?org_id=${org_id}#lines`
  const sum = (field: 'month_income_fen' | 'balance_fen'): Column<Org> => ({
    field,
    link: ledger,
    text: (row) => (typeof row[field] === 'number' ? money(row[field]) : '–'),
  })
  const isCompany = kind === 'company'
  const places: Columns = ['stations', 'devices', sum('month_income_fen'), sum('balance_fen')]
  return {
    columns: [
      { field: 'name', width: 180 },
      ...(kind === 'agent' ? (['level'] as const) : []),
      'state',
      ...(isCompany ? COMPANY : []),
      'parent',
      'contact',
      { field: 'phone', width: 124 },
      'area_code',
      ...(isCompany ? [] : places),
      'created_at',
    ],
    more: ['licence', 'remark', { field: 'org_id', kind: 'text' }],
  }
}
export const ORG_FILTERS = ['name', 'phone', 'state', 'parent_id', 'area_code'] as const
