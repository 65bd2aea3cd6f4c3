import type { Row } from '@/api/types'
import { number } from '@/parts/value/format'
import { NOTHING } from '@/parts/value/shown'
import { defineList } from '@/parts/list/listPage'

export type Quality = Row<'/ops/protocol-quality'>

/** Below that a score is bad, or deserves a look. */
const BAD = 80
const FAIR = 95

const scoreOf = ({ score }: Quality) =>
  score == null ? NOTHING : number(Math.round(score * 10) / 10)

export const quality = defineList({
  page: 'analytics.quality',
  list: '/ops/protocol-quality',
  key: 'phy_id',
  columns: [
    { field: 'score', label: ['得分', 'Score'], text: scoreOf, width: 90 },
    { field: 'phy_id', width: 170 },
    'model',
    'firmware',
    { field: 'protocol', width: 110 },
    'devices',
    { field: 'sessions', label: ['充电', 'Charges'] },
    { field: 'compliant', label: ['合规', 'Compliant'] },
    'frames',
    'bad_frames',
    { field: 'violations', label: ['违规', 'Violations'] },
  ],
  filters: ['group', 'from', 'protocol', 'model', 'firmware', 'station_id'],
  mark: ({ score }) =>
    score == null ? undefined : score < BAD ? 'danger' : score < FAIR ? 'warning' : undefined,
  empty: ['这段时间没有设备上报', 'No device has said anything in this time'],
})

export const examples = defineList({
  page: 'analytics.quality',
  list: '/ops/protocol-quality/examples',
  key: 'last_at',
  columns: [
    'last_at',
    { field: 'rule', kind: 'tag', width: 180 },
    'count',
    'phy_id',
    'model',
    'firmware',
    'order_no',
    'port_no',
  ],
  filters: ['from', 'phy_id', 'model', 'firmware', 'protocol', 'station_id'],
  empty: ['没有违反协议规则的报文', 'No rule was broken'],
})
