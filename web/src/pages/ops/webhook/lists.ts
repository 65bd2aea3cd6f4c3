import type { Row } from '@/api/types'
import type { Action } from '@/parts/act/action'
import { defineList } from '@/parts/list/listPage'

const replayed = (answer: unknown) => (answer as { replayed: number }).replayed

const replay: Action<Row<'/webhooks/dead-letters'>> = {
  operation: 'POST /webhooks/dead-letters/{id}/replay',
  label: ['重新推送', 'Send again'],
  done: () => ['已重新排队推送', 'It is on its way again'],
}

const replayAll: Action = {
  operation: 'POST /webhooks/dead-letters/replay',
  label: ['全部重推', 'Send all again'],
  consequence: () => [
    '最早的死信（最多 1000 条）会按原顺序重新推给接收方；接收方按事件编号去重',
    'The oldest dead letters, at most 1,000, go out again; receivers tell repeats by the event’s id',
  ],
  done: (answer) => [`已重推 ${replayed(answer)} 条`, `${replayed(answer)} are on their way again`],
}

export const events = defineList({
  page: 'ops.webhook',
  list: '/webhooks/events',
  key: 'event_id',
  live: ['webhooks'],
  columns: [
    'occurred_at',
    { field: 'event_type', kind: 'tag', width: 180 },
    'order_no',
    'device_phy_id',
    'port_no',
    'sequence_no',
  ],
  more: ['event_id'],
  filters: ['order_no', 'phy_id', 'type'],
  empty: [
    '还没有事件。充电开始、结束等会在这里列出，并推送给开放平台的接收方',
    'No events yet: what happens to charges is listed here and told to third parties',
  ],
})

export const deadLetters = defineList({
  page: 'ops.webhook',
  list: '/webhooks/dead-letters',
  key: 'id',
  live: ['webhooks'],
  columns: [
    'created_at',
    { field: 'event_type', kind: 'tag', width: 180 },
    { field: 'url', width: 240 },
    'failures',
    { field: 'http_status', kind: 'text' },
    'error',
    'order_no',
    'device_phy_id',
  ],
  more: ['event_id'],
  actions: [replay],
  create: [replayAll],
  empty: ['没有死信：推送都已送达', 'No dead letters: everything was delivered'],
})
