import { defineList } from '@/parts/list/listPage'
import type { Row } from '@/api/types'
import { accountName } from './party/accounts'
import { bizLink, moved } from './party/lines'

type Line = Row<'/ledger/lines'>

const of = (account: string) => `/finance/platform?of=${encodeURIComponent(account)}`

export const platformLines = defineList({
  page: 'finance.platform',
  list: '/ledger/lines',
  key: 'journal_id',
  filters: ['of', 'from', 'event_type', 'biz_no', 'journal_id'],
  columns: [
    'at',
    {
      field: 'journal_id',
      width: 90,
      kind: 'text',
      link: ({ journal_id }: Line) => `/finance/platform?journal_id=${journal_id}`,
    },
    { field: 'event_type', kind: 'tag' },
    {
      field: 'biz_no',
      kind: 'code',
      link: ({ event_type, biz_no }: Line) => bizLink(event_type, biz_no),
    },
    {
      field: 'account',
      text: ({ account }: Line) => accountName(account),
      link: ({ account }: Line) => of(account),
      width: 220,
    },
    moved('in_fen'),
    moved('out_fen'),
    'balance_fen',
  ],
  more: ['memo'],
  empty: [
    '还没有分录。充值、结算、分账、提现都会在这里留下借贷两行',
    'No journals yet. Top-ups, bills, shares and withdrawals all leave lines here',
  ],
})
