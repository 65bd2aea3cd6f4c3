import { defineList } from '@/parts/list/listPage'
import { partyColumns, partyLink } from './party/lines'

export const merchantLines = defineList({
  page: 'finance.merchant',
  list: '/merchant-ledger',
  key: 'biz_no',
  filters: ['org_id', 'purse', 'from', 'event_type', 'biz_no'],
  ...partyColumns('user.merchant'),
})

/** Who earned what by each charge. */
export const earnings = defineList({
  page: 'finance.merchant',
  list: '/earnings',
  key: 'order_no',
  filters: ['org_id', 'order_no', 'state'],
  columns: [
    'order_no',
    { field: 'fee_type', kind: 'tag' },
    { field: 'payee_type', kind: 'tag' },
    { field: 'payee_org_id', link: partyLink },
    'base_fen',
    'rate_bp',
    'amount_fen',
    'state',
    'mature_at',
    'created_at',
  ],
  more: ['level'],
  empty: ['还没有分润，订单结算后产生', 'Nothing has been earned yet: bills bring it'],
})
