import type { Row } from '@/api/types'
import type { Action } from '@/parts/act/action'
import {
  choice,
  number,
  pick,
  share,
  STATIONS,
  text,
  time,
  windows,
  type Field,
} from '@/parts/form/fields'
import { cutOf, CUTS, cutText, cutValues, type Cut } from './activity/cut'

export type Activity = Row<'/activities'>

const fields: readonly Field[] = [
  text('name', { required: true }),
  choice('cut_type', CUTS, {
    required: true,
    initial: 'service_discount_bp',
    label: ['优惠方式', 'What it does'],
  }),
  share('off_bp', {
    min: 1,
    max: 10_000,
    required: true,
    when: ({ cut_type }) => cut_type !== 'fixed_service_p5',
    hint: ['减免的是服务费；100 % 即免服务费', 'Of the service fee; 100 % makes it free'],
  }),
  number('price_yuan', {
    min: 0,
    step: 0.01,
    required: true,
    label: ['服务费（元/度）', 'Service fee (yuan per kWh)'],
    when: ({ cut_type }) => cut_type === 'fixed_service_p5',
  }),
  windows('windows', {
    required: true,
    label: ['每天的时段', 'Windows of the day'],
    when: ({ cut_type }) => cut_type === 'time_window',
  }),
  time('valid_from', { required: true }),
  time('valid_until', { required: true }),
  pick('stations', STATIONS, {
    many: true,
    hint: ['不选则所有站点', 'None: at all stations'],
  }),
  choice('funded_by', ['platform', 'merchant'], { required: true, initial: 'platform' }),
  number('priority', {
    initial: 0,
    hint: ['优惠相同时，优先级高的生效', 'Of two that reduce equally the higher one applies'],
  }),
]

function bodyOf({ cut_type, price_yuan, off_bp, windows: of, stations, ...rest }: Values) {
  const chosen = stations as unknown[] | undefined
  const cut = cutOf({ cut_type, price_yuan, off_bp, windows: of })
  return { ...rest, cut, ...(chosen?.length && { stations: chosen }) }
}
type Values = Record<string, unknown>

const isDraft = ({ state }: Activity) => state === 'draft'
const cutIn = ({ cut }: Activity) => cutText(cut as unknown as Cut)

export const create: Action = {
  operation: 'POST /activities',
  label: ['新建活动', 'New activity'],
  fields,
  body: bodyOf,
  wide: true,
  done: () => ['已存为草稿，发布后生效', 'Kept as a draft: it applies when it is published'],
}

export const actions: readonly Action<Activity>[] = [
  {
    operation: 'PUT /activities/{activity_id}',
    label: ['编辑', 'Edit'],
    when: isDraft,
    load: 'GET /activities/{activity_id}',
    fields,
    initial: (activity) => ({ ...activity, ...cutValues(activity.cut as unknown as Cut) }),
    body: bodyOf,
    wide: true,
  },
  {
    operation: 'POST /activities/{activity_id}/publish',
    label: ['发布', 'Publish'],
    when: isDraft,
    consequence: (activity) => [
      `从现在起开始的充电享受“${cutIn(activity)}”；发布后不能再修改`,
      `Charges that begin from now on get “${cutIn(activity)}”; it cannot be changed afterwards`,
    ],
  },
  {
    operation: 'POST /activities/{activity_id}/close',
    label: ['提前结束', 'Close'],
    when: ({ state }) => state === 'published',
    danger: true,
    consequence: () => [
      '此后开始的充电不再优惠，已开始的不受影响；结束后不能恢复',
      'Charges that begin from now on get nothing; those that run keep it. It cannot be reopened',
    ],
  },
]
