import { defineList } from '@/parts/list/listPage'
import { duration } from '@/parts/value/format'
import { NOTHING } from '@/parts/value/shown'
import { say } from '@/words/words'
import { createTicket, ticketActions, type Ticket } from '../fault.actions'

/** `剩 2 时 05 分`, `已超 10 分` */
export function timeLeft({ left_s }: Ticket): string {
  if (left_s === null || left_s === undefined) return NOTHING
  const span = duration(left_s)
  return left_s < 0 ? say([`已超 ${span}`, `${span} late`]) : say([`剩 ${span}`, `${span} left`])
}

export const tickets = defineList({
  page: 'device.fault',
  list: '/fault-tickets',
  key: 'ticket_id',
  detail: true,
  live: ['alarms'],
  columns: [
    { field: 'ticket_id', label: ['工单号', 'Ticket'], width: 90 },
    'level',
    'title',
    'state',
    'source',
    'phy_id',
    'port_no',
    'assignee',
    { field: 'left_s', label: ['时限', 'Time left'], text: timeLeft, kind: 'text', width: 130 },
    'created_at',
  ],
  more: ['station_id', 'due_at', 'created_by', 'alarm_id', 'fault_id', 'text'],
  filters: ['state', 'level', 'overdue', 'station_id', 'phy_id', 'assignee', 'source'],
  actions: ticketActions,
  create: [createTicket],
  mark: ({ left_s, level, state }) =>
    (left_s ?? 0) < 0
      ? 'danger'
      : level === 'critical' && state !== 'verified'
        ? 'warning'
        : undefined,
  empty: [
    '没有工单。告警可以一键转成工单，也可以直接新建',
    'No tickets: they are made of alarms, or written here',
  ],
})

export const risks = defineList({
  page: 'device.fault',
  list: '/failure-risks',
  key: 'phy_id',
  columns: [
    { field: 'score', label: ['风险分', 'Risk'], width: 90 },
    'level',
    'phy_id',
    'port_no',
    'station_id',
    'made_at',
  ],
  filters: ['level', 'kind', 'station_id', 'phy_id', 'min_score'],
  create: [
    {
      operation: 'POST /failure-risks',
      label: ['立即评估', 'Assess now'],
      done: (answer) => {
        const { places } = answer as { places: number }
        return [`评估完成：${places} 处有风险`, `${places} places have a risk`]
      },
    },
  ],
  mark: ({ level }) => (level === 'high' ? 'danger' : level === 'medium' ? 'warning' : undefined),
  empty: [
    '没有发现可能出故障的设备（每晚评估一次）',
    'Nothing is likely to fail; it is assessed every night',
  ],
})
