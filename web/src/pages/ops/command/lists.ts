import type { Row } from '@/api/types'
import type { Action } from '@/parts/act/action'
import { defineList } from '@/parts/list/listPage'
import { commandTrouble } from '@/words/commands'
import { valueLabel } from '@/words/labels'

type DeadLetter = Row<'/commands/dead-letters'>

const id = ({ command_id }: DeadLetter) => ({ id: command_id })
const named = ({ command, device_phy_id }: DeadLetter) =>
  `${device_phy_id} · ${valueLabel('command', command)}`

const retry: Action<DeadLetter> = {
  operation: 'POST /commands/dead-letters/{id}/retry',
  label: ['重新下发', 'Send again'],
  params: id,
  consequence: (letter) => [
    `${named(letter)}：生成一条新指令，设备在线时立即下发`,
    `${named(letter)}: a new command is made and sent as soon as the device can be reached`,
  ],
  done: () => ['已重新下发，可在“全部指令”中跟踪', 'Sent again: follow it among all commands'],
}

const throwAway: Action<DeadLetter> = {
  operation: 'DELETE /commands/dead-letters/{id}',
  label: ['删除', 'Delete'],
  danger: true,
  params: id,
  consequence: (letter) => [
    `${named(letter)} 不再作为死信保留，指令记录仍可查`,
    `${named(letter)} is no dead letter any more; it stays in the list of commands`,
  ],
}

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
    { field: 'error', text: ({ error }) => commandTrouble(error ?? '') },
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
    { field: 'error', text: ({ error }) => commandTrouble(error ?? '') },
    'order_no',
    { field: 'payload_hex', kind: 'code', width: 220 },
  ],
  actions: [retry, throwAway],
  empty: ['没有死信：指令都送达了', 'No dead letters: every command got through'],
})
