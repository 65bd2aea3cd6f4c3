import { reason } from '@/parts/form/fields'
import { defineList } from '@/parts/list/listPage'
import { money } from '@/parts/value/format'

export const reservations = defineList({
  page: 'order.reserve',
  list: '/reservations',
  key: 'reservation_no',
  live: ['orders'],
  filters: ['state', 'member_id', 'device_phy_id'],
  columns: [
    { field: 'reservation_no', kind: 'code' },
    'state',
    'member_id',
    { field: 'device_phy_id', kind: 'code' },
    'port_no',
    'start_at',
    'end_at',
    'fee_fen',
    { field: 'no_show', kind: 'tag' },
    'order_no',
  ],
  more: ['created_at', 'note'],
  empty: [
    '没有预约。会员可以在小程序里预约端口，规则在“规则”页签里',
    'No reservations. Members reserve ports in their app; the rules stand under “Rules”',
  ],
  actions: [
    {
      operation: 'POST /reservations/{reservation_no}/cancel',
      label: ['取消预约', 'Cancel'],
      danger: true,
      when: ({ state }) => state === 'reserved',
      consequence: ({ fee_fen, port_no }) => [
        `${port_no} 号口立即放开${fee_fen ? `，冻结的 ${money(fee_fen)} 退回会员` : ''}`,
        `Port ${port_no} is free at once${fee_fen ? `; ${money(fee_fen)} goes back to the member` : ''}`,
      ],
      fields: [reason],
    },
  ],
})
