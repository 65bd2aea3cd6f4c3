import { long, money as yuan, reason } from '@/parts/form/fields'
import { defineList } from '@/parts/list/listPage'
import { money } from '@/parts/value/format'

export const occupancies = defineList({
  page: 'order.occupancy',
  list: '/occupancies',
  key: 'occ_no',
  live: ['orders'],
  filters: ['state', 'device_phy_id', 'order_no'],
  columns: [
    { field: 'occ_no', kind: 'code' },
    'state',
    'order_no',
    { field: 'device_phy_id', kind: 'code' },
    'port_no',
    'started_at',
    'ended_at',
    { field: 'free_seconds', kind: 'duration' },
    { field: 'charge_seconds', kind: 'duration' },
    'units',
    'fee_fen',
    'paused',
  ],
  more: ['member_ref', 'note'],
  empty: [
    '没有占位。占位费规则生效后，充完不拔枪会出现在这里',
    'No plug was left in. Once an occupancy rule applies, those that stay appear here',
  ],
  mark: ({ state }) => (state === 'to_pay' ? 'warning' : undefined),
  actions: [
    {
      operation: 'POST /occupancies/{occ_no}/reduce',
      label: ['减收', 'Take less'],
      when: ({ state, fee_fen }) => (state === 'to_pay' || state === 'paid') && fee_fen > 1,
      consequence: ({ fee_fen, state }) => [
        `现为 ${money(fee_fen)}${state === 'paid' ? '，已付，多付的部分退回' : ''}`,
        `It is ${money(fee_fen)} now${state === 'paid' ? '; it was paid, and what is too much goes back' : ''}`,
      ],
      initial: () => ({}),
      fields: ({ fee_fen }) => [
        yuan('fee_fen', {
          required: true,
          min: 1,
          max: fee_fen - 1,
          label: ['减到', 'Down to'],
        }),
        reason,
      ],
    },
    {
      operation: 'POST /occupancies/{occ_no}/waive',
      label: ['免收', 'Waive'],
      danger: true,
      when: ({ state }) => state !== 'waived',
      consequence: ({ fee_fen, state }) => [
        `${money(fee_fen)} 不再收取${state === 'paid' ? '，已付的退回' : ''}`,
        `${money(fee_fen)} is not taken${state === 'paid' ? '; what was paid goes back' : ''}`,
      ],
      initial: () => ({}),
      fields: [long('reason', { required: true })],
    },
  ],
})
