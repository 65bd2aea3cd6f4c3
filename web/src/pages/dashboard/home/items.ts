import type { Words } from '@/words/words'
import { pathOf } from '@/shell/routes'

/** What the first page tells of, by the server's names; urgent things are red. */
export const ITEMS: Record<string, { label: Words; kind: 'urgent' | 'waiting' | 'state' }> = {
  devices_online: { label: ['在线设备', 'Devices online'], kind: 'state' },
  devices_offline: { label: ['离线设备', 'Devices offline'], kind: 'state' },
  alarms_critical: { label: ['严重告警', 'Critical alarms'], kind: 'urgent' },
  alarms_warning: { label: ['一般告警', 'Warnings'], kind: 'waiting' },
  alarms_info: { label: ['提示类告警', 'Informational alarms'], kind: 'waiting' },
  tickets_overdue: { label: ['超时工单', 'Tickets overdue'], kind: 'urgent' },
  orders_abnormal: { label: ['异常订单', 'Abnormal orders'], kind: 'waiting' },
  orders_stuck: { label: ['卡住的订单', 'Stuck orders'], kind: 'urgent' },
  operations_waiting: { label: ['待复核操作', 'Waiting for a second person'], kind: 'waiting' },
  findings_open: { label: ['不一致', 'Inconsistencies'], kind: 'urgent' },
  commands_dead: { label: ['指令死信', 'Commands given up'], kind: 'waiting' },
  webhooks_dead: { label: ['推送死信', 'Webhooks given up'], kind: 'waiting' },
}

/** What narrows the page to the very things that were counted. */
const NARROWED: Record<string, string> = {
  alarms_critical: '?open=true&level=C',
  alarms_warning: '?open=true&level=W',
  alarms_info: '?open=true&level=I',
  devices_online: '?online=true',
  devices_offline: '?online=false',
  tickets_overdue: '?overdue=true',
  operations_waiting: '?state=pending',
  findings_open: '?open=true',
  commands_dead: '#dead',
  webhooks_dead: '#dead',
}

export const addressOf = (item: string, page: string): string =>
  `${pathOf(page)}${NARROWED[item] ?? ''}`

const DAY_S = 86_400
/** Shanghai is eight hours ahead, all year. */
const AHEAD_S = 8 * 3600
/** The last midnight of the platform's days, Unix seconds. */
export function today(now = Date.now() / 1000): number {
  return Math.floor((now + AHEAD_S) / DAY_S) * DAY_S - AHEAD_S
}
