import type { Action } from '@/parts/act/action'
import { DEVICES, pick, reason, station, text, time } from '@/parts/form/fields'
import { defineList } from '@/parts/list/listPage'

const nowS = () => Math.floor(Date.now() / 1000)

const create: Action = {
  operation: 'POST /alarm-mutes',
  label: ['新建静音', 'New mute'],
  consequence: () => [
    '静音期间符合条件的告警仍会产生，但不会通知任何人；最长 30 天。条件越少，静音范围越大',
    'Alarms that match are raised, but nobody is told; at most 30 days. The fewer conditions, the more is silenced',
  ],
  fields: [
    text('code', { label: ['告警代码（可空）', 'Only this cause'] }),
    pick('phy_id', DEVICES, { label: ['设备（可空）', 'Only this device'] }),
    station({ label: ['站点（可空）', 'Only this station'] }),
    time('starts_at', { hint: ['不填则立即开始', 'From now when left empty'] }),
    time('ends_at', { required: true }),
    reason,
  ],
  initial: () => ({ ends_at: nowS() + 4 * 3600 }),
}

export const mutes = defineList({
  page: 'device.alarm',
  list: '/alarm-mutes',
  key: 'mute_id',
  columns: [
    'starts_at',
    'ends_at',
    'alarm_id',
    'code',
    'device_id',
    'station_id',
    'reason',
    'created_by',
    'lifted_at',
  ],
  create: [create],
  actions: [
    {
      operation: 'DELETE /alarm-mutes/{mute_id}',
      label: ['提前结束', 'End now'],
      when: ({ lifted_at, ends_at }) => !lifted_at && ends_at > nowS(),
      consequence: () => [
        '结束后，仍未恢复的告警会重新通知',
        'Alarms that still stand are told again afterwards',
      ],
    },
  ],
  empty: [
    '没有静音。检修时可以先静音，免得打扰值班的人',
    'No mutes: silence alarms while you do maintenance',
  ],
})
