import { defineList } from '@/parts/list/listPage'

/** Lists that stand within the detail of a station or a device. */
export const orders = defineList({
  page: 'order.charge',
  list: '/orders',
  key: 'order_no',
  detail: true,
  live: ['orders'],
  filters: ['status', 'from'],
  columns: [
    'order_no',
    'status',
    'source',
    'member_phone',
    'device_phy_id',
    'port_no',
    'total_kwh',
    'payable_fen',
    'pay_status',
    'end_reason',
    'created_at',
  ],
  mark: ({ abnormal }) => (abnormal ? 'warning' : undefined),
  empty: ['还没有订单', 'No orders yet'],
})

export const alarms = defineList({
  page: 'device.alarm',
  list: '/alarms',
  key: 'id',
  detail: true,
  live: ['alarms'],
  filters: ['open', 'level', 'state'],
  columns: ['title', 'level', 'state', 'message', 'port_no', 'count', 'last_at'],
  mark: ({ level, state }) => (level === 'C' && state === 'open' ? 'danger' : undefined),
  empty: ['没有告警', 'No alarms'],
})

export const tickets = defineList({
  page: 'device.fault',
  list: '/fault-tickets',
  key: 'ticket_id',
  detail: true,
  filters: ['state', 'level'],
  columns: ['ticket_id', 'title', 'level', 'state', 'assignee', 'due_at', 'left_s', 'created_at'],
  mark: ({ left_s }) => ((left_s ?? 0) < 0 ? 'danger' : undefined),
  empty: ['没有工单', 'No tickets'],
})

export const cameras = defineList({
  page: 'device.camera',
  list: '/cameras',
  key: 'camera_id',
  columns: ['name', 'state', 'vendor', 'snapshot_at', 'problem'],
  filters: [],
  empty: [
    '没有摄像头，可在“摄像头管理”中登记',
    'No cameras: they are registered on the page Cameras',
  ],
})

export const risks = defineList({
  page: 'device.fault',
  list: '/failure-risks',
  key: 'phy_id',
  filters: [],
  columns: [
    'phy_id',
    'port_no',
    'level',
    'score',
    {
      field: 'reasons',
      text: ({ reasons }) =>
        reasons.map(({ factor, now, unit }) => `${factor} ${now} ${unit}`).join('; '),
    },
    'made_at',
  ],
  empty: ['没有故障预警', 'No failures are expected'],
})

export const certifications = defineList({
  page: 'device.model',
  list: '/ops/certifications',
  key: 'certification_id',
  filters: [],
  detail: true,
  columns: [
    'certification_id',
    'device_model',
    'firmware_version',
    'state',
    'passed',
    'score',
    'created_at',
    'ended_at',
  ],
  empty: ['这台设备还没有做过认证', 'This device was never tried for certification'],
})

export const tariffPushes = defineList({
  page: 'device.tariff',
  list: '/devices/{phy_id}/tariff/pushes',
  key: 'at',
  columns: ['at', 'model_no', 'result', 'detail'],
  empty: ['还没有下发过计费', 'No prices were pushed yet'],
})

export const commands = defineList({
  page: 'ops.command',
  list: '/commands',
  key: 'id',
  live: ['commands'],
  filters: ['state', 'command', 'order_no'],
  columns: [
    'created_at',
    'command',
    'state',
    'port_no',
    'order_no',
    'cmd',
    'msg_id',
    'retries',
    'error',
    'ended_at',
  ],
  more: ['id', 'priority', 'sent_at', 'expire_at', 'payload_hex'],
  mark: ({ state }) => (['dead', 'nacked'].includes(state) ? 'danger' : undefined),
  empty: ['还没有下过指令', 'No commands yet'],
})
