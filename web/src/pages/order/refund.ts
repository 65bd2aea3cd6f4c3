import { choice, reason } from '@/parts/form/fields'
import { money } from '@/parts/value/format'
import { listPage } from '@/parts/list/listPage'

export default listPage({
  page: 'order.refund',
  list: '/refunds',
  key: 'refund_no',
  columns: ['refund_no', 'biz_no', 'member_id', 'amount_fen', 'state', 'created_at'],
  actions: [
    {
      operation: 'POST /refunds/{refund_no}/decide',
      label: ['复核', 'Decide'],
      when: ({ state }) => state === 'applied',
      consequence: ({ amount_fen }) => [
        `同意后 ${money(amount_fen)} 将退给会员`,
        `${money(amount_fen)} goes back to the member if you agree`,
      ],
      fields: [choice('decision', ['approve', 'reject'], { required: true }), reason],
    },
  ],
})
