import { defineList } from '@/parts/list/listPage'
import { partyColumns, partyLink } from './party/lines'
import { totalColumns } from './party/totals'

export const merchantLines = defineList({
  page: 'finance.merchant',
  list: '/merchant-ledger',
  key: 'biz_no',
  filters: ['org_id', 'purse', 'from', 'event_type', 'biz_no'],
  ...partyColumns('user.merchant'),
  empty: ['还没有商户流水，订单结算分账后产生', 'No lines yet: shares of bills bring them'],
})

export const merchantTotals = defineList({
  page: 'finance.merchant',
  list: '/merchant-ledger/totals',
  key: 'owner_id',
  columns: totalColumns('/finance/merchant', 'org_id'),
  empty: ['还没有商户入账', 'No merchant has earned anything yet'],
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
