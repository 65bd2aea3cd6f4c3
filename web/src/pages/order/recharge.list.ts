import { proposed } from '@/parts/act/proposed'
import { money as yuan, reason } from '@/parts/form/fields'
import { defineList } from '@/parts/list/listPage'
import { money } from '@/parts/value/format'

const left = ({ pay_fen, refunded_fen }: { pay_fen: number; refunded_fen: number }) =>
  pay_fen - refunded_fen

export const recharges = defineList({
  page: 'order.recharge',
  list: '/recharges',
  key: 'recharge_no',
  filters: ['member_id', 'state'],
  columns: [
    { field: 'recharge_no', kind: 'code' },
    'state',
    'member_id',
    'pay_fen',
    'gift_fen',
    'refunded_fen',
    'channel',
    { field: 'payment_no', kind: 'code' },
    'created_at',
    'paid_at',
  ],
  more: ['package_id'],
  empty: ['没有充值。会员在小程序里充值', 'No top-ups. Members top up in their app'],
  actions: [
    {
      operation: 'POST /recharges/{recharge_no}/query',
      label: ['查询渠道', 'Ask the channel'],
      when: ({ state }) => state === 'created',
    },
    {
      operation: 'POST /recharges/{recharge_no}/refund',
      label: ['退款', 'Refund'],
      when: (row) => row.state === 'paid' && left(row) > 0,
      consequence: (row) => [
        `未用完的本金最多 ${money(left(row))} 可原路退回，需第二人复核`,
        `Unused money, ${money(left(row))} at most, goes back the way it came; a second person has to agree`,
      ],
      initial: () => ({}),
      fields: (row) => [yuan('amount_fen', { required: true, min: 1, max: left(row) }), reason],
      done: proposed,
    },
  ],
})
