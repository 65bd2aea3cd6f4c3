import type { Action } from '@/parts/act/action'
import type { Row } from '@/api/types'
import * as field from '@/parts/form/fields'
import { money } from '@/parts/value/format'
import { defineList } from '@/parts/list/listPage'
import { say } from '@/words/words'

type ParkingRule = Row<'/parking-rules'>
interface Terms {
  vendor?: string
  lot_id?: string
  relief?: { type: string; minutes?: number; fen?: number; percent?: number }
  plate?: string
}

/** What a charge is worth at the barrier, in words. */
function reliefOf({ terms }: ParkingRule): string {
  const { relief } = terms as Terms
  if (relief?.type === 'free_minutes') {
    return say([`免费停车 ${relief.minutes} 分钟`, `${relief.minutes} minutes free`])
  }
  if (relief?.type === 'free_fen') {
    return say([`减免 ${money(relief.fen ?? 0)}`, `${money(relief.fen ?? 0)} off`])
  }
  return say([`减免 ${relief?.percent ?? 0}%`, `${relief?.percent ?? 0} % off`])
}

const write: Action = {
  operation: 'POST /parking-rules',
  label: ['设置停车减免', 'Set the relief'],
  initial: () => ({}),
  fields: [
    field.text('vendor', { required: true, label: ['停车系统', 'Barrier system'] }),
    field.text('lot_id', { required: true, label: ['停车场编号', 'Car park there'] }),
    field.choice('relief_type', ['free_minutes', 'free_fen', 'percent'], {
      required: true,
      initial: 'free_minutes',
      label: ['减免方式', 'Relief'],
    }),
    field.number('minutes', {
      min: 1,
      max: 1440,
      initial: 120,
      label: ['免费分钟', 'Minutes'],
      when: ({ relief_type }) => relief_type === 'free_minutes',
    }),
    field.money('fen', {
      min: 1,
      label: ['减免金额', 'Amount off'],
      when: ({ relief_type }) => relief_type === 'free_fen',
    }),
    field.number('percent', {
      min: 1,
      max: 100,
      label: ['减免比例（%）', 'Per cent off'],
      when: ({ relief_type }) => relief_type === 'percent',
    }),
    field.number('min_kwh', { min: 0, label: ['最低充电量（kWh）', 'Least energy (kWh)'] }),
    field.money('min_fen', { min: 0, label: ['最低消费', 'Least price'] }),
    field.number('min_minutes', { min: 0, label: ['最短充电（分钟）', 'Least minutes'] }),
    field.number('cap_per_day', {
      min: 1,
      label: ['每车每日次数上限', 'Reliefs of a car per day'],
    }),
    field.flag('needs_plate', { initial: true, label: ['需要车牌', 'Needs a plate'] }),
  ],
  body: (
    { vendor, lot_id, relief_type, minutes, fen, percent, min_kwh, needs_plate, ...least },
    row,
  ) => ({
    station_id: Number(row.station_id),
    terms: {
      vendor,
      lot_id,
      relief: { type: relief_type, minutes, fen, percent },
      min_energy: Math.round(Number(min_kwh ?? 0) * 10_000),
      plate: needs_plate ? 'required' : 'optional',
      ...least,
    },
  }),
  consequence: () => [
    '新规则立即取代该站现有规则，已结束的充电不受影响',
    'It takes the place of the rule that this station has; charges that ended keep theirs',
  ],
}

const takeAway: Action<ParkingRule> = {
  operation: 'DELETE /parking-rules/{parking_rule_id}',
  label: ['取消', 'Take away'],
  danger: true,
  when: ({ ended_at }) => !ended_at,
  params: ({ id }) => ({ parking_rule_id: id }),
  consequence: () => ['之后的充电不再有停车减免', 'Charges get no relief for parking from then on'],
}

export const parkingRules = defineList({
  page: 'device.station',
  list: '/parking-rules',
  key: 'id',
  filters: [],
  columns: [
    { field: 'terms', label: ['减免', 'Relief'], text: reliefOf, width: 200 },
    'created_at',
    'created_by',
    'ended_at',
  ],
  create: [write],
  actions: [takeAway],
  empty: ['没有停车减免', 'No relief for parking'],
})

export const splitRules = defineList({
  page: 'finance.split',
  list: '/split-rules',
  key: 'id',
  filters: [],
  fixed: { scope: 'station' },
  columns: [
    'id',
    'scope_id',
    {
      field: 'terms',
      width: 360,
      text: ({ terms }) => JSON.stringify(terms),
    },
    'effective_at',
    'ended_at',
    'created_by',
  ],
  empty: [
    '没有站点自己的分账规则，按商户或默认规则分账',
    'No rule of its own: the merchant’s, or the default, applies',
  ],
})
