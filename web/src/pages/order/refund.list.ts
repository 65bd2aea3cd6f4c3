import type { Row } from '@/api/types'
import { proposed } from '@/parts/act/proposed'
import { text } from '@/parts/form/fields'
import { defineList } from '@/parts/list/listPage'
import { money } from '@/parts/value/format'
import { detailOf } from '@/parts/value/links'

const isForWallet = (biz_no: string) => biz_no.startsWith('wallet:')

export const refunds = defineList({
  page: 'order.refund',
  list: '/refunds',
  key: 'refund_no',
  live: ['orders'],
  filters: ['state', 'biz_no', 'member_id'],
  columns: [
    'refund_no',
    'state',
    {
      field: 'biz_no',
      kind: 'code',
      link: ({ biz_no }: Row<'/refunds'>) =>
        isForWallet(biz_no) ? undefined : detailOf('order.charge', biz_no),
    },
    'member_id',
    'amount_fen',
    'kind',
    { field: 'route', kind: 'tag' },
    'reason',
    'applicant',
    'auditor',
    'created_at',
  ],
  more: ['finished_at', 'payment_no', 'channel_refund_no'],
  empty: ['没有退款。在订单详情里可以申请退款', 'No refunds. One is asked for on an order’s page'],
  mark: ({ state }) =>
    state === 'abnormal' || state === 'failed'
      ? 'danger'
      : state === 'requested'
        ? 'warning'
        : undefined,
  actions: [
    {
      operation: 'POST /refunds/{refund_no}/decide',
      label: ['同意退款', 'Agree'],
      when: ({ state }) => state === 'requested',
      consequence: ({ amount_fen, applicant, reason, route }) => [
        `${applicant} 申请，原因“${reason}”。同意后 ${money(amount_fen)} 立即${route === 'wallet' ? '退到会员钱包' : '原路退回'}，不可撤销；申请人本人不能复核。`,
        `Asked for by ${applicant}: “${reason}”. ${money(amount_fen)} goes ${route === 'wallet' ? 'into the member’s wallet' : 'back the way it came'} at once; who asked cannot agree.`,
      ],
      body: () => ({ agree: true }),
    },
    {
      operation: 'POST /refunds/{refund_no}/decide',
      label: ['驳回', 'Reject'],
      danger: true,
      when: ({ state }) => state === 'requested',
      consequence: ({ amount_fen }) => [
        `${money(amount_fen)} 不退，申请作废`,
        `${money(amount_fen)} is not given back; the request is over`,
      ],
      body: () => ({ agree: false }),
    },
    {
      operation: 'POST /refunds/{refund_no}/retry',
      label: ['重新申请', 'Ask again'],
      when: ({ state }) => state === 'failed',
      consequence: ({ amount_fen }) => [
        `渠道拒绝过这笔 ${money(amount_fen)}；将以新单号再申请一次，需第二人复核`,
        `The channel refused ${money(amount_fen)}; it is asked for anew under another number, and a second person has to agree`,
      ],
      done: proposed,
    },
    {
      operation: 'POST /refunds/{refund_no}/to-wallet',
      label: ['改退钱包', 'Into the wallet'],
      when: ({ state }) => state === 'abnormal',
      consequence: ({ amount_fen }) => [
        `渠道无法送达，${money(amount_fen)} 改为退到会员钱包`,
        `The channel cannot deliver it: ${money(amount_fen)} goes into the member’s wallet`,
      ],
    },
    {
      operation: 'POST /refunds/{refund_no}/paid-by-bank',
      label: ['登记银行转账', 'Paid by bank'],
      when: ({ state }) => state === 'abnormal',
      consequence: ({ amount_fen }) => [
        `确认已由银行付出 ${money(amount_fen)}，账上从银行科目扣减`,
        `The bank has paid ${money(amount_fen)}; the books take it from the bank’s account`,
      ],
      fields: [text('voucher', { required: true })],
    },
  ],
})
