import {
  choice,
  energy,
  flag,
  money,
  number,
  price,
  table,
  text,
  time,
  type Field,
  type Values,
} from '@/parts/form/fields'

const is =
  (...modes: string[]) =>
  ({ mode }: Values) =>
    modes.includes(String(mode))

/** The terms of an e-bike plan; those that its mode does not use are not asked for. */
export const TERMS: readonly Field[] = [
  choice('mode', ['time', 'energy', 'tier', 'full', 'elec_service'], {
    required: true,
    label: ['计费方式', 'Bills by'],
    hint: [
      '新规要求电费、服务费分开：选“电费 + 服务费”',
      'The price authority wants electricity and service apart: elec_service',
    ],
  }),
  money('unit_price_fen', {
    min: 0,
    when: is('time', 'energy', 'full'),
    label: ['单价', 'Price'],
    hint: ['按时长：每个计时单位；按电量、充满自停：每 kWh', 'Per unit of time, or per kWh'],
  }),
  number('unit_minutes', {
    min: 1,
    when: is('time'),
    label: ['计时单位（分钟）', 'Unit, minutes'],
  }),
  choice('billing_unit_min', [1, 30], {
    when: is('time'),
    label: ['进位（分钟）', 'Rounded up to, minutes'],
    hint: [
      '1：不足 1 分钟按 1 分钟；30：不足半小时按半小时',
      'Started minutes, or started half hours, count',
    ],
  }),
  table(
    'tiers',
    [
      number('max_w', { min: 1, label: ['功率上限 W', 'Up to, W'] }),
      money('fen', { min: 0, label: ['价格', 'Price'] }),
      number('minutes', { min: 1, initial: 60, label: ['可充分钟', 'Buys, minutes'] }),
    ],
    {
      when: is('tier'),
      most: 5,
      label: ['功率档（由低到高，最多 5 档）', 'Tiers, rising, at most 5'],
    },
  ),
  choice('tier_rule', ['accumulate', 'max_power'], {
    when: is('tier'),
    label: ['档位算法', 'How tiers count'],
  }),
  choice('over_top_tier', ['stop', 'top_tier_price'], {
    when: is('tier'),
    label: ['超过最高档', 'Above the last tier'],
  }),
  price('elec_p5', {
    min: 0,
    label: ['电价（元/kWh）', 'Electricity, ¥/kWh'],
    hint: [
      '其他计费方式下，用于从账单里拆出电费',
      'In other modes: what of the bill is electricity',
    ],
  }),
  choice('service_mode', ['per_kwh', 'per_minute'], {
    when: is('elec_service'),
    label: ['服务费按', 'Service fee by'],
  }),
  price('service_price', {
    min: 0,
    when: is('elec_service'),
    label: ['服务费（元/kWh 或 元/小时）', 'Service, ¥ per kWh or hour'],
  }),
  table(
    'service_periods',
    [
      text('from', { label: ['从', 'From'], initial: '22:00' }),
      text('to', { label: ['到', 'To'], initial: '24:00' }),
      price('service_price', { min: 0, label: ['服务费', 'Service'] }),
    ],
    { when: is('elec_service'), most: 24, label: ['分时服务费', 'Another service price at'] },
  ),
  table(
    'packages',
    [
      money('fen', { min: 1, label: ['预付', 'Prepaid'] }),
      number('minutes', { min: 1, label: ['时长（分钟）', 'For minutes'] }),
      energy('e4', { min: 1, label: ['或电量', 'or energy'] }),
    ],
    { most: 20, label: ['用户可选套餐', 'Choices shown to users'] },
  ),
  money('min_fen', { min: 0, label: ['最低收费', 'At least'] }),
  money('max_fen', { min: 0, label: ['封顶', 'At most'], hint: ['0 不封顶', '0: no cap'] }),
  number('free_seconds', {
    min: 0,
    label: ['免费时长（秒）', 'Free for, seconds'],
    hint: ['时长和电量都不超过才免费', 'Both bounds must hold'],
  }),
  energy('free_e4', { min: 0, label: ['免费电量', 'Free energy'] }),
  number('max_minutes', {
    min: 1,
    label: ['最长充电（分钟，安全限制）', 'Longest charge, minutes'],
  }),
  flag('refund_unused', {
    label: ['未用完的退回', 'Unused prepayment goes back'],
    hint: ['关闭时必须在支付前告知用户', 'If not, users must be told before they pay'],
  }),
  flag('post_pay', { label: ['可超过预付金额', 'The bill may exceed what was prepaid'] }),
  time('effective_at', {
    label: ['生效时间', 'In force from'],
    hint: ['不填则审核通过后立即', 'At once when empty'],
  }),
]

/** What is usual. */
export const USUAL: Values = {
  mode: 'elec_service',
  unit_minutes: 60,
  billing_unit_min: 1,
  tier_rule: 'accumulate',
  over_top_tier: 'stop',
  service_mode: 'per_kwh',
  free_seconds: 60,
  free_e4: 100,
  min_fen: 0,
  max_fen: 0,
  max_minutes: 600,
  refund_unused: true,
}

/** The body that the server takes: terms apart from when they begin. */
export function bodyOf({ name, effective_at, ...plan }: Values): Values {
  const filled = Object.fromEntries(
    Object.entries(plan).filter(([, value]) => !Array.isArray(value) || value.length > 0),
  )
  return { ...(name !== undefined && { name }), effective_at, plan: filled }
}
