import type { Row } from '@/api/types'
import { proposed } from '@/parts/act/proposed'
import {
  choice,
  date,
  long,
  MEMBERS,
  money as yuan,
  number,
  pick,
  reason,
  text,
} from '@/parts/form/fields'
import { defineList } from '@/parts/list/listPage'
import { money } from '@/parts/value/format'

const CHANNELS = ['wechat', 'alipay', 'mock']
type Day = Row<'/reconciliations'>
const differencesOf = ({ channel, day }: Day) =>
  `/finance/reconcile?channel=${channel}&day=${day}#differences`

export const days = defineList({
  page: 'finance.reconcile',
  list: '/reconciliations',
  key: 'day',
  live: ['findings'],
  detail: differencesOf,
  filters: ['channel', 'state', 'from'],
  columns: [
    'day',
    { field: 'channel', kind: 'tag' },
    'state',
    'our_count',
    'our_in_fen',
    'our_out_fen',
    'our_fee_fen',
    'their_count',
    'their_in_fen',
    'their_out_fen',
    'their_fee_fen',
    { field: 'diff_fen', link: differencesOf, text: ({ diff_fen }: Day) => money(diff_fen) },
  ],
  more: ['runs', 'run_at', 'run_by'],
  mark: ({ state }) => (state === 'differs' ? 'danger' : undefined),
  empty: [
    '还没有对过账。每天自动与渠道账单核对，也可手工重跑',
    'No day has been compared yet. It happens daily, or by hand',
  ],
  create: [
    {
      operation: 'POST /reconciliations',
      label: ['对账', 'Compare a day'],
      consequence: () => [
        '下载渠道账单逐笔核对：能确定的自动补记，其余列为差异',
        'Fetches the channel’s bill: what is certain is repaired, the rest is written down',
      ],
      fields: [choice('channel', CHANNELS, { required: true }), date('day', { required: true })],
    },
    {
      operation: 'POST /channel-payouts',
      label: ['登记渠道出款', 'Channel has paid out'],
      consequence: () => [
        '渠道已把钱结算到银行账户：账上从渠道转到银行',
        'The channel has paid to the bank: the books move it from the one to the other',
      ],
      fields: [
        choice('channel', CHANNELS, { required: true }),
        yuan('amount_fen', { required: true, min: 1 }),
        text('reference', {
          required: true,
          hint: [
            '银行或渠道流水号，重复提交不会重复记账',
            'Its number: the same again changes nothing',
          ],
        }),
      ],
      done: (answer) => {
        const { bank_fen, channel_fen } = answer as { bank_fen: number; channel_fen: number }
        return [
          `已记账：银行 ${money(bank_fen)}，渠道余 ${money(channel_fen)}`,
          `Noted: bank ${money(bank_fen)}, channel ${money(channel_fen)}`,
        ]
      },
    },
  ],
  actions: [
    {
      operation: 'POST /reconciliations',
      label: ['重跑', 'Again'],
      consequence: ({ channel, day }) => [
        `重新下载 ${day} 的账单（${channel}）并核对`,
        `The bill of ${day} (${channel}) is fetched and compared anew`,
      ],
      body: (_, { channel, day }) => ({ channel, day }),
    },
  ],
})

export const differences = defineList({
  page: 'finance.reconcile',
  list: '/reconciliation-differences',
  key: 'id',
  filters: ['state', 'channel', 'day', 'flaw', 'document_no'],
  columns: [
    'day',
    { field: 'channel', kind: 'tag' },
    'state',
    'flaw',
    { field: 'kind', kind: 'tag' },
    { field: 'document_no', kind: 'code', width: 226 },
    'our_fen',
    'their_fen',
    { field: 'note', width: 200 },
  ],
  more: [{ field: 'channel_no', kind: 'code' }, 'created_at', 'decided_by', 'decided_at'],
  mark: ({ state }) => (state === 'open' ? 'danger' : undefined),
  empty: ['没有差异', 'Nothing differs'],
  actions: [
    {
      operation: 'POST /reconciliation-differences/{difference_id}/resolve',
      label: ['了结', 'Resolve'],
      when: ({ state }) => state === 'open',
      params: ({ id }) => ({ difference_id: id }),
      consequence: ({ our_fen, their_fen }) => [
        `我方 ${money(our_fen)}，渠道 ${money(their_fen)}。说明原因后了结，不会改账。`,
        `Books ${money(our_fen)}, channel ${money(their_fen)}. Say why; the books do not change.`,
      ],
      fields: [long('note', { required: true })],
    },
  ],
})

export const unmatched = defineList({
  page: 'finance.reconcile',
  list: '/unmatched',
  key: 'reference',
  columns: [{ field: 'reference', kind: 'code', width: 260 }, 'amount_fen', 'since'],
  empty: ['没有来历不明的钱', 'All money has its reason'],
  mark: () => 'warning',
  actions: [
    {
      operation: 'POST /unmatched/resolve',
      label: ['认领', 'Say where it goes'],
      consequence: ({ amount_fen }) => [
        `${money(amount_fen)} 原路退回，或记入会员钱包。需第二人复核。`,
        `${money(amount_fen)} goes back as it came, or to a member. A second person has to confirm.`,
      ],
      fields: [
        choice('way', ['refund', 'wallet'], { required: true, initial: 'refund' }),
        pick('member_id', MEMBERS, { required: true, when: ({ way }) => way === 'wallet' }),
        reason,
      ],
      body: (values, { reference }) => ({ ...values, reference }),
      done: proposed,
    },
  ],
})

/** What a partner and we have paid each other. */
export const settlement = [
  number('amount_yuan', {
    required: true,
    step: 0.01,
    label: ['到账金额（元，付出填负数）', 'Came in (yuan; below nothing: paid out)'],
  }),
  text('key', {
    required: true,
    label: ['对账单号', 'Number of the statement'],
    hint: ['重复提交不会重复记账', 'The same again changes nothing'],
  }),
]
