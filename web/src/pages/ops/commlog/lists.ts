import type { Row } from '@/api/types'
import type { Action } from '@/parts/act/action'
import { defineList } from '@/parts/list/listPage'
import { noiseText } from '@/words/noise'

const adopt: Action<Row<'/noise'>> = {
  operation: 'POST /devices/{phy_id}/adopt',
  label: ['收编为设备', 'Adopt'],
  when: ({ device_phy_id }) => Boolean(device_phy_id),
  params: ({ device_phy_id }) => ({ phy_id: String(device_phy_id) }),
  consequence: ({ device_phy_id, ip }) => [
    `${String(device_phy_id)}（来自 ${String(ip)}）将成为本平台的设备；若仍在线会立即接入`,
    `${String(device_phy_id)} (from ${String(ip)}) becomes a device of ours; if it is still connected it is served at once`,
  ],
  done: (_, { device_phy_id }) => [
    `已收编 ${String(device_phy_id)}，请到设备页完善名称、站点与计费`,
    `${String(device_phy_id)} is ours now: give it a name, a station and prices on its page`,
  ],
}

export const log = defineList({
  page: 'ops.commlog',
  list: '/comm-logs',
  key: 'id',
  columns: [
    'at_ms',
    'device_phy_id',
    'direction',
    'type',
    { field: 'cmd', kind: 'code', width: 80 },
    { field: 'raw_hex', kind: 'code', width: 260 },
    { field: 'result', text: ({ result }) => noiseText(result ?? '') },
  ],
  more: ['ip', 'msg_id'],
  filters: ['phy_id', 'order_no', 'direction', 'type', 'from', 'ip'],
  mark: ({ type }) => (type === 'noise' ? 'warning' : undefined),
  empty: ['还没有通讯记录，设备连上后这里会实时出现', 'No frames yet: they appear as devices talk'],
})

export const noise = defineList({
  page: 'ops.commlog',
  list: '/noise',
  key: 'id',
  columns: [
    'at_ms',
    'ip',
    'device_phy_id',
    { field: 'cmd', kind: 'code', width: 80 },
    { field: 'raw_hex', kind: 'code', width: 300 },
    { field: 'result', text: ({ result }) => noiseText(result ?? '') },
  ],
  filters: ['ip', 'phy_id', 'from'],
  actions: [adopt],
  empty: [
    '没有陌生设备来连。把新设备的服务器地址指向本平台，它会出现在这里',
    'No stranger has called. Point a new device at this server and it appears here',
  ],
})
