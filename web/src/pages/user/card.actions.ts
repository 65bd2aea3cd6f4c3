import type { Row } from '@/api/types'
import type { Action } from '@/parts/act/action'
import {
  choice,
  COMPANIES,
  flag,
  long,
  MEMBERS,
  money as yuan,
  number,
  pick,
  secret,
  STATIONS,
  text,
  time,
  type Field,
} from '@/parts/form/fields'
import { money } from '@/parts/value/format'

export type Card = Row<'/cards'>

const WRITTEN: readonly Field[] = [
  choice('kind', ['listed', 'account', 'stored', 'monthly'], {
    required: true,
    initial: 'account',
    hint: [
      '登记卡：不扣钱；账户卡：会员钱包或公司付；储值卡：卡内余额；月卡：有效期内免费',
      'Listed: costs nobody here; account: wallet or company; stored: its own money; monthly: free while valid',
    ],
  }),
  text('physical_no', { hint: ['读卡器读出的十六进制号', 'As a reader sends it'] }),
  pick('member_id', MEMBERS, { when: ({ kind }) => kind === 'account' }),
  pick('company_id', COMPANIES, { when: ({ kind }) => kind === 'account' }),
  yuan('limit_fen', { required: true, min: 0, label: ['单次限额', 'Limit of one charge'] }),
  yuan('daily_limit_fen', { min: 0 }),
  number('daily_times', { min: 0 }),
  pick('station_id', STATIONS, { hint: ['留空：所有站点', 'Empty: everywhere'] }),
  time('valid_until'),
  text('holder', { label: ['持卡人', 'Holder'] }),
  text('phone'),
  secret('password', { hint: ['留空不改', 'Empty: it stays'] }),
  flag('offline', { label: ['可存入设备离线使用', 'May be stored in devices'] }),
  long('remark'),
]

export const newCard: Action = {
  operation: 'POST /cards',
  label: ['登记卡片', 'Add a card'],
  wide: true,
  initial: () => ({ kind: 'account' }),
  fields: [text('card_no', { required: true }), ...WRITTEN],
}

const counter = (direction: 'recharge' | 'refund', label: Action['label']): Action<Card> => ({
  operation: `POST /cards/{card_no}/${direction}`,
  label,
  when: ({ kind, status }) => kind === 'stored' && status !== 'cancelled',
  consequence: ({ card_no, holder }) =>
    direction === 'recharge'
      ? [`收取现金，存入卡 ${card_no}${holder ? `（${holder}）` : ''}`, `Cash goes onto ${card_no}`]
      : [`从卡 ${card_no} 退出现金，需当面交付`, `Cash is paid back from ${card_no}, by hand`],
  initial: () => ({}),
  fields: [
    yuan('amount_fen', { required: true, min: 1 }),
    text('key', {
      required: true,
      label: ['收据号', 'Receipt'],
      hint: ['重复提交不会重复记账', 'The same again changes nothing'],
    }),
  ],
  done: (answer) => {
    const { balance_fen } = answer as { balance_fen: number }
    return [`卡内余额 ${money(balance_fen)}`, `It holds ${money(balance_fen)} now`]
  },
})

/** What can be done about a card. */
export const cardActions: readonly Action<Card>[] = [
  {
    operation: 'PUT /cards/{card_no}',
    load: 'GET /cards/{card_no}',
    label: ['编辑', 'Edit'],
    wide: true,
    fields: WRITTEN,
    // What has no field here stays what it was.
    body: (values, { charge_mode, duration, energy, status }) => ({
      charge_mode,
      ...(duration && { duration }),
      ...(energy && { energy }),
      status,
      ...values,
    }),
  },
  counter('recharge', ['充值', 'Top up']),
  counter('refund', ['退款', 'Pay back']),
  {
    operation: 'POST /cards/{card_no}/bind',
    label: ['绑定会员', 'Bind'],
    when: ({ holder_member_id }) => !holder_member_id,
    consequence: ({ kind }) =>
      kind === 'stored'
        ? ['卡内的钱仍归这张卡', 'It keeps its own money']
        : ['之后刷卡由会员钱包付款', 'The member’s wallet pays from then on'],
    initial: () => ({}),
    fields: [pick('member_id', MEMBERS, { required: true })],
  },
  {
    operation: 'POST /cards/{card_no}/unbind',
    label: ['解绑', 'Unbind'],
    danger: true,
    when: ({ holder_member_id }) => Boolean(holder_member_id),
    consequence: ({ kind }) =>
      kind === 'stored'
        ? ['卡内余额保留', 'What it holds stays on it']
        : ['由会员钱包付款的卡解绑后停用', 'A card that a wallet paid for is out of use then'],
  },
  {
    operation: 'POST /cards/{card_no}/loss',
    label: ['挂失', 'Lost'],
    when: ({ status }) => status === 'active',
    consequence: () => ['所有设备立即不再受理', 'No device serves it from now on'],
    undo: { operation: 'POST /cards/{card_no}/unloss', label: ['解挂', 'Found'] },
  },
  {
    operation: 'POST /cards/{card_no}/unloss',
    label: ['解挂', 'Into use again'],
    when: ({ status }) => status === 'lost' || status === 'blocked',
  },
  {
    operation: 'POST /cards/{card_no}/block',
    label: ['锁卡', 'Block'],
    danger: true,
    when: ({ status }) => status === 'active' || status === 'lost',
    consequence: () => [
      '设备不受理，持卡人自己不能解除',
      'No device serves it; its holder cannot lift that',
    ],
  },
  {
    operation: 'DELETE /cards/{card_no}',
    label: ['删除', 'Delete'],
    danger: true,
    consequence: ({ card_no }) => [
      `卡 ${card_no} 从名单中去掉；正在进行的充电继续`,
      `${card_no} is taken off the list; a charge that runs goes on`,
    ],
  },
]
