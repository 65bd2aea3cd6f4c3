import { defineList } from '@/parts/list/listPage'
import { detailOf } from '@/parts/value/links'

export const cardOrders = defineList({
  page: 'order.card',
  list: '/card-orders',
  key: 'order_no',
  live: ['orders'],
  detail: ({ order_no }) => detailOf('order.charge', order_no),
  filters: ['card_no', 'station_id', 'status', 'from'],
  columns: [
    'order_no',
    'status',
    'card_no',
    'holder',
    'station',
    { field: 'kwh', kind: 'kwh' },
    'final_amount_fen',
    'payable_fen',
    'balance_before_fen',
    'balance_after_fen',
    { field: 'pay_mode', kind: 'tag' },
    'created_at',
    'ended_at',
  ],
  empty: [
    '没有刷卡充电。先在“充电卡”里登记卡片',
    'Nobody has charged with a card. Enter cards under “Cards” first',
  ],
})
