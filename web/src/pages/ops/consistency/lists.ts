import type { Row } from '@/api/types'
import type { Action } from '@/parts/act/action'
import { defineList } from '@/parts/list/listPage'
import { findingText } from '@/words/findings'
import type { Words } from '@/words/words'

type Finding = Row<'/ops/consistency/findings'>

/** What mending means, by what was found. */
const MENDING: Record<string, Words> = {
  order_port_mismatch: [
    '向设备查询该端口的真实状态，按设备的回答更正',
    'The device is asked for the port’s real state, which then counts',
  ],
  orphaned_charging_order: [
    '补上缺失的端口或向设备查询，订单不会被直接结束',
    'A missing port is added, or the device is asked; the order itself is not ended',
  ],
  lonely_charging_port: [
    '设备离线 15 分钟以上时把端口置为空闲；在线则先向设备查询',
    'The port is set free if its device has been away for 15 minutes; otherwise the device is asked',
  ],
  forgotten_order: ['把遗漏的订单重新接管', 'The forgotten order is taken up again'],
}

const fix: Action<Finding> = {
  operation: 'POST /ops/consistency/findings/{finding_id}/fix',
  label: ['处理', 'Fix'],
  when: ({ resolved_at }) => !resolved_at,
  consequence: ({ issue_type }) =>
    MENDING[issue_type] ?? [
      '只做安全的修正：查询设备、补端口、释放长期离线的端口',
      'Only what is safe is done: the device is asked, a port added or set free',
    ],
  done: (answer) => {
    const did = (answer as Finding).action
    return did ? [`已处理：${findingText(did)}`, `Done: ${did}`] : ['已处理', 'Done']
  },
}

export const findings = defineList({
  page: 'ops.consistency',
  list: '/ops/consistency/findings',
  key: 'finding_id',
  live: ['findings'],
  columns: [
    'severity',
    { field: 'issue_type', kind: 'tag', width: 190 },
    'order_no',
    'phy_id',
    'port_no',
    { field: 'details', text: ({ details }) => findingText(details) },
    'first_seen',
    'seen',
    { field: 'action', text: ({ action }) => findingText(action ?? '') },
    'resolved_at',
  ],
  more: ['last_seen'],
  filters: ['open', 'severity', 'order_no', 'phy_id'],
  actions: [fix],
  mark: ({ severity, resolved_at }) =>
    resolved_at ? undefined : severity === 'error' ? 'danger' : 'warning',
  empty: ['没有发现不一致', 'Everything hangs together'],
})

export const runs = defineList({
  page: 'ops.consistency',
  list: '/ops/consistency/runs',
  key: 'at',
  live: ['findings'],
  columns: [
    { field: 'at', kind: 'time' },
    'source',
    'checked',
    'inconsistent',
    'findings',
    'took_ms',
  ],
  mark: ({ inconsistent }) => (inconsistent > 0 ? 'warning' : undefined),
  empty: ['还没有检查过，每分钟自动检查一次', 'No look yet: there is one every minute'],
})
