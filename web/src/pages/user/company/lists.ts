import { defineList } from '@/parts/list/listPage'
import { moved } from '../../finance/party/lines'

/** What a company was charged and paid. */
export const statementLines = defineList({
  page: 'user.company',
  list: '/companies/{org_id}/statement',
  key: 'biz_no',
  filters: ['from'],
  columns: [
    'at',
    'type',
    { field: 'biz_no', kind: 'code' },
    moved('in_fen'),
    moved('out_fen'),
    'balance_fen',
    'receipt',
  ],
  empty: ['还没有往来', 'Nothing was charged or paid yet'],
})
