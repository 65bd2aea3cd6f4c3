import type { Row } from '@/api/types'
import { defineList } from '@/parts/list/listPage'
import { bizLink } from './party/lines'
import { totalColumns } from './party/totals'

export const memberLines = defineList({
  page: 'finance.member',
  list: '/member-ledger',
  key: 'biz_no',
  filters: ['member_id', 'purse', 'from', 'event_type', 'biz_no'],
  columns: [
    'at',
    'phone',
    'type',
    {
      field: 'biz_no',
      kind: 'code',
      link: ({ biz_no, type }: Row<'/member-ledger'>) =>
        bizLink(type === 'consume' ? 'settle' : type, biz_no),
    },
    { field: 'purse', kind: 'tag' },
    'cash_fen',
    'gift_fen',
    'balance_fen',
  ],
  more: ['memo', 'member_id'],
  empty: ['还没有会员流水，充值后产生', 'No lines yet: top-ups bring them'],
})

export const memberTotals = defineList({
  page: 'finance.member',
  list: '/member-ledger/totals',
  key: 'owner_id',
  columns: totalColumns('/finance/member', 'member_id'),
  empty: ['还没有会员入账', 'No member has money yet'],
})
