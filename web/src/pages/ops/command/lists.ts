import { defineList } from '@/parts/list/listPage'

export const commands = defineList({
  page: 'ops.command',
  list: '/commands',
  key: 'id',
  detail: true,
  live: ['commands'],
  columns: [
    { field: 'id', label: ['编号', 'No.'] },
    'created_at',
    'device_phy_id',
    'port_no',
    'command',
    'state',
    'retries',
    'order_no',
    'ended_at',
    'error',
  ],
  more: ['cmd', 'msg_id', 'priority', 'sent_at', 'expire_at'],
  filters: ['phy_id', 'state', 'order_no', 'command'],
  mark: ({ state }) =>
    state === 'dead' ? 'danger' : state === 'nacked' || state === 'expired' ? 'warning' : undefined,
  empty: ['还没有下发过指令', 'No command has been given yet'],
})

export const deadLetters = defineList({
  page: 'ops.command',
  list: '/commands/dead-letters',
  key: 'command_id',
  detail: ({ command_id }) => `/ops/command/${command_id}`,
  live: ['commands'],
  columns: [
    { field: 'command_id', label: ['编号', 'No.'] },
    'failed_at',
    'device_phy_id',
    'command',
    'retries',
    'error',
    'order_no',
    { field: 'payload_hex', kind: 'code', width: 220 },
  ],
  empty: ['没有死信：指令都送达了', 'No dead letters: every command got through'],
})
