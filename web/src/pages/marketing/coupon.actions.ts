import type { Row } from '@/api/types'
import type { Action } from '@/parts/act/action'
import {
  choice,
  flag,
  money,
  number,
  pick,
  share,
  STATIONS,
  text,
  time,
  windows,
  type Field,
  type Values,
} from '@/parts/form/fields'
import { KINDS, worthOf } from './coupon/worth'

export type Coupon = Row<'/coupons'>

const isOf =
  (...kinds: string[]) =>
  ({ type }: Values) =>
    kinds.includes(String(type))

const fields: readonly Field[] = [
  text('name', { required: true }),
  choice('type', KINDS, { required: true, initial: 'full_reduction' }),
  money('value_fen', { required: true, min: 1, when: isOf('full_reduction', 'cash') }),
  share('off_bp', { required: true, min: 1, max: 10_000, when: isOf('discount') }),
  money('max_fen', { min: 1, label: ['最多减', 'At most'], when: isOf('discount') }),
  number('free_kwh', {
    min: 0,
    step: 0.1,
    label: ['免费电量（度）', 'Free energy (kWh)'],
    hint: ['免服务费券留空则不限电量', 'Of free service: none means all of it'],
    when: isOf('kwh', 'service_free'),
  }),
  money('threshold_fen', { min: 0, initial: 0 }),
  choice('alloc', ['service_first', 'proportional'], { initial: 'service_first' }),
  choice('term', ['days', 'between'], {
    required: true,
    initial: 'days',
    label: ['有效期', 'Valid'],
  }),
  number('days', { required: true, min: 1, initial: 30, when: ({ term }) => term === 'days' }),
  time('from', { required: true, when: ({ term }) => term === 'between' }),
  time('until', { required: true, when: ({ term }) => term === 'between' }),
  pick('stations', STATIONS, { many: true, hint: ['不选则所有站点', 'None: at all stations'] }),
  windows('windows', { label: ['可用时段', 'Windows of the day'] }),
  flag('new_users_only'),
  number('stock', { min: 1, hint: ['留空则不限量', 'None: as many as are wanted'] }),
  number('per_user', { min: 1, initial: 1 }),
  flag('claimable'),
  choice('funded_by', ['platform', 'merchant'], { required: true, initial: 'platform' }),
]

function bodyOf(values: Values): Values {
  const { term, days, from, until, stations, windows: of } = values
  const sent = { ...values }
  for (const name of ['type', 'value_fen', 'off_bp', 'max_fen', 'free_kwh', 'term']) {
    delete sent[name]
  }
  for (const name of ['days', 'from', 'until', 'stations', 'windows']) delete sent[name]
  return {
    ...sent,
    kind: worthOf(values),
    valid: term === 'days' ? { days } : { from, until },
    ...((stations as unknown[] | undefined)?.length && { stations }),
    ...((of as unknown[] | undefined)?.length && { windows: of }),
  }
}

const isGranted = ({ disabled_at }: Coupon) => !disabled_at

export const create: Action = {
  operation: 'POST /coupons',
  label: ['新建优惠券', 'New coupon'],
  fields,
  body: bodyOf,
  wide: true,
}

export const actions: readonly Action<Coupon>[] = [
  {
    operation: 'PUT /coupons/{coupon_id}',
    label: ['编辑', 'Edit'],
    when: isGranted,
    fields: [
      text('name', { required: true }),
      number('add_stock', {
        hint: [
          '正数增加，负数减少；会员同时领取的不受影响',
          'Below zero: fewer; what members take meanwhile stays taken',
        ],
      }),
      number('per_user', { min: 1 }),
      flag('claimable'),
    ],
    initial: ({ terms, per_user, claimable }) => ({ name: terms.name, per_user, claimable }),
  },
  {
    operation: 'POST /coupons/{coupon_id}/codes',
    label: ['生成兑换码', 'Make codes'],
    when: isGranted,
    fields: [
      number('count', {
        required: true,
        min: 1,
        initial: 100,
        hint: ['从库存中扣除', 'Taken out of the stock'],
      }),
      time('expires_at', { required: true }),
      text('note', { hint: ['发给谁、用于什么', 'For whom they are'] }),
    ],
    done: () => ['已生成，可在批次中导出', 'Made: export them from their batch'],
  },
  {
    operation: 'POST /coupons/{coupon_id}/disable',
    label: ['停发', 'Stop'],
    when: isGranted,
    danger: true,
    consequence: ({ granted, used }) => [
      `不再发放；会员手里的 ${granted - used} 张仍可使用，不能恢复发放`,
      `No more are granted; the ${granted - used} in members’ hands stay good. It cannot be taken back`,
    ],
  },
]
