import { defineList } from '@/parts/list/listPage'
import { alarmText } from '@/words/alarms'
import { valueLabel } from '@/words/labels'
import { alarmActions, titleOf } from '../alarm.actions'

export const alarms = defineList({
  page: 'device.alarm',
  list: '/alarms',
  key: 'id',
  detail: true,
  live: ['alarms'],
  columns: [
    'last_at',
    'level',
    { field: 'title', label: ['告警', 'Alarm'], width: 140, text: titleOf },
    {
      field: 'message',
      label: ['说明', 'What it says'],
      width: 250,
      text: ({ message }) => alarmText(message),
    },
    'state',
    { field: 'object_id', kind: 'code', text: ({ object_id }) => valueLabel('kpi', object_id) },
    'port_no',
    'station_id',
    'count',
    'acked_by',
  ],
  more: ['code', 'object_type', 'order_no', 'first_at', 'ticket_id', 'silenced_by', 'noticed_at'],
  filters: ['open', 'level', 'state', 'station_id', 'phy_id', 'code', 'order_no'],
  actions: alarmActions,
  mark: ({ level, state }) =>
    state !== 'open' ? undefined : level === 'C' ? 'danger' : level === 'W' ? 'warning' : undefined,
  empty: ['没有告警', 'No alarms'],
})

export const notices = defineList({
  page: 'device.alarm',
  list: '/alarm-notices',
  key: 'notice_id',
  live: ['alarms'],
  columns: ['due_at', 'alarm_id', 'kind', 'channel', 'state', 'attempts', 'done_at', 'error'],
  filters: ['state', 'alarm_id'],
  mark: ({ state }) => (state === 'dead' ? 'danger' : undefined),
  empty: ['还没有通知过任何人', 'Nobody has been told of anything yet'],
})

export const cutOffs = defineList({
  page: 'device.alarm',
  list: '/fire/cut-offs',
  key: 'cut_off_id',
  live: ['alarms'],
  columns: [
    'at',
    'phy_id',
    'port_no',
    { field: 'rule', text: ({ rule, rule_name }) => rule_name ?? rule },
    {
      field: 'value',
      label: ['读数 / 阈值', 'Reading / limit'],
      text: ({ value, threshold, unit }) => `${value} / ${threshold} ${unit}`,
      kind: 'text',
      width: 140,
    },
    'state',
    'lock_state',
    'order_no',
    'station_id',
  ],
  more: ['off_at', 'released_at', 'released_by', 'note'],
  actions: [
    {
      operation: 'POST /fire/cut-offs/{cut_off_id}/release',
      label: ['解锁', 'Release'],
      when: ({ lock_state }) => lock_state === 'locked',
      danger: true,
      consequence: ({ phy_id, port_no, rule_name, rule }) => [
        `设备 ${phy_id}${port_no ? ` 端口 ${port_no}` : ''}因“${rule_name ?? rule}”断电并锁定。解锁后可以再次充电，请先到现场确认安全`,
        `${phy_id}${port_no ? ` port ${port_no}` : ''} was cut off for ${rule_name ?? rule}. It may charge again after this: look at it on the spot first`,
      ],
      fields: [
        {
          name: 'note',
          as: 'long',
          required: true,
          label: ['现场检查结果', 'What was found on the spot'],
        },
      ],
      initial: () => ({}),
    },
  ],
  mark: ({ state, lock_state }) =>
    state === 'failed' ? 'danger' : lock_state === 'locked' ? 'warning' : undefined,
  empty: ['没有因消防安全断电', 'No power was cut off for fire safety'],
})
