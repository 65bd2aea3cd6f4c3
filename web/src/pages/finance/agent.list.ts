import { defineList } from '@/parts/list/listPage'
import { partyColumns } from './party/lines'
import { totalColumns } from './party/totals'

export const agentLines = defineList({
  page: 'finance.agent',
  list: '/agent-ledger',
  key: 'biz_no',
  filters: ['org_id', 'purse', 'from', 'event_type', 'biz_no'],
  ...partyColumns('user.agent'),
  empty: ['还没有代理商流水，订单结算分账后产生', 'No lines yet: shares of bills bring them'],
})

export const agentTotals = defineList({
  page: 'finance.agent',
  list: '/agent-ledger/totals',
  key: 'owner_id',
  columns: totalColumns('/finance/agent', 'org_id'),
  empty: ['还没有代理商入账', 'No agent has earned anything yet'],
})
