import type { AnyRow } from '@/api/types'
import type { Action } from '@/parts/act/action'
import * as field from '@/parts/form/fields'
import type { Words } from '@/words/words'
import { general, nameOf, phyIdOf, portsOf, progressOf, refusalOf, told, WAIT_S } from './commands'
import { startTest } from './charge.actions'
import { setParams, setVoice } from './device/params.actions'

const byPhyId = (row: AnyRow) => ({ phy_id: phyIdOf(row) })
const isKnown = (row: AnyRow) => phyIdOf(row) !== ''
const runningOf = (row: AnyRow): number => {
  const orders = row.active_orders as unknown[] | undefined
  return orders?.length ?? 0
}
const stillRuns = (row: AnyRow): Words => {
  const running = runningOf(row)
  return running > 0
    ? [`现有 ${running} 个进行中的订单`, `${running} orders run there now`]
    : ['目前没有进行中的订单', 'Nothing charges there now']
}

export const portOrAll = (row: AnyRow): field.Field =>
  field.choice('port_no', portsOf(row), {
    hint: ['不选表示整台设备', 'None means the whole device'],
  })

export const edit: Action = {
  operation: 'PATCH /devices/{phy_id}',
  label: ['编辑', 'Edit'],
  when: isKnown,
  load: 'GET /devices/{phy_id}',
  params: byPhyId,
  fields: [
    field.text('name'),
    field.station(),
    field.number('rated_power_w', {
      min: 0,
      label: ['额定功率（W）', 'Rated power (W)'],
      hint: ['0 表示未知', '0 is unknown'],
    }),
    field.number('offline_after_s', {
      min: 10,
      label: ['离线判定（秒）', 'Offline after (s)'],
      hint: ['留空则按协议默认值', 'Empty: as its protocol says'],
    }),
    field.words('allow_networks', {
      hint: ['IP 或网段，如 10.0.0.0/8；留空则不限', 'Addresses or networks; none: from anywhere'],
    }),
    field.long('remark'),
  ],
  // What was emptied is taken away, where the server knows such.
  body: (values) => ({ station_id: null, offline_after_s: null, allow_networks: [], ...values }),
}

export const pin: Action = {
  operation: 'PATCH /devices/{phy_id}',
  label: ['固定协议特征', 'Pin traits'],
  when: isKnown,
  load: 'GET /devices/{phy_id}',
  params: byPhyId,
  fields: [
    field.json('pinned', {
      label: ['固定特性', 'Pinned traits'],
      hint: [
        '固定的特征优先于设备自报的；值为 null 表示取消固定',
        'Pinned traits win over what the device says; null unpins one',
      ],
    }),
  ],
}

const turned = (
  status: string,
  label: Words,
  from: readonly string[],
  consequence?: (row: AnyRow) => Words,
): Action => ({
  operation: 'PATCH /devices/{phy_id}',
  label,
  when: (row) => isKnown(row) && from.includes(String(row.status)),
  params: byPhyId,
  body: () => ({ status }),
  consequence,
  danger: consequence !== undefined,
})

export const activate = turned(
  'active',
  ['启用', 'Put into service'],
  ['registered', 'disabled', 'maintenance'],
)
const maintain = turned('maintenance', ['转维护', 'Maintain'], ['registered', 'active'], (row) => [
  `${nameOf(row)} 将不再接受新订单，期间不告警；${stillRuns(row)[0]}，会正常结束`,
  `${nameOf(row)} takes no new orders and raises no alarms; ${stillRuns(row)[1]} and end as usual`,
])
const disable = turned(
  'disabled',
  ['停用', 'Take out of service'],
  ['registered', 'active', 'maintenance'],
  (row) => [
    `${nameOf(row)} 将拒绝所有新订单；${stillRuns(row)[0]}，会正常结束`,
    `${nameOf(row)} refuses all new orders; ${stillRuns(row)[1]} and end as usual`,
  ],
)
const retire = turned(
  'retired',
  ['报废', 'Retire'],
  ['registered', 'active', 'disabled', 'maintenance'],
  (row) => [
    `${nameOf(row)} 将永久退出运营，不再参与统计`,
    `${nameOf(row)} leaves for good and counts nowhere any more`,
  ],
)

export const bind: Action = {
  operation: 'POST /stations/{station_id}/devices',
  label: ['绑定站点', 'Put into a station'],
  when: isKnown,
  fields: [field.station({ required: true })],
  params: (_, { station_id }) => ({ station_id: Number(station_id) }),
  body: (_, row) => ({ phy_ids: [phyIdOf(row)] }),
}

export const query = told({
  operation: 'POST /devices/{phy_id}/query',
  label: ['召测', 'Query'],
  when: isKnown,
  fields: (row) => [portOrAll(row)],
})
export const syncTime = told({
  operation: 'POST /devices/{phy_id}/sync-time',
  label: ['校时', 'Set the clock'],
  when: isKnown,
})
export const pushTariff = told({
  operation: 'POST /devices/{phy_id}/tariff',
  label: ['下发计费', 'Push prices'],
  when: isKnown,
})
export const restart = told({
  operation: 'POST /devices/{phy_id}/restart',
  label: ['远程重启', 'Restart'],
  when: isKnown,
  fields: [
    field.flag('when_idle', {
      initial: true,
      label: ['仅在空闲时重启', 'Only while nothing charges'],
      hint: [
        '关闭后立即重启，正在充电的订单会中断',
        'Switched off, it restarts at once and interrupts what charges',
      ],
    }),
  ],
  consequence: (row) => [
    `${nameOf(row)} 重启期间离线约一分钟；${stillRuns(row)[0]}`,
    `${nameOf(row)} is offline for about a minute; ${stillRuns(row)[1]}`,
  ],
  danger: true,
})
export const queryParams = told({
  operation: 'POST /devices/{phy_id}/params/query',
  label: ['读取参数', 'Read parameters'],
  when: isKnown,
  fields: [
    field.number('socket_no', {
      min: 0,
      hint: ['网关下的插座号，设备本身留空', 'The socket behind a gateway; empty: the device'],
    }),
  ],
})

const service = (inService: boolean): Action =>
  general('set_service', {
    label: inService ? ['启用端口', 'Enable a port'] : ['停用端口', 'Disable a port'],
    when: isKnown,
    fields: (row) => [portOrAll(row)],
    body: (values) => ({ ...values, in_service: inService }),
    ...(!inService && {
      danger: true,
      consequence: (row: AnyRow): Words => [
        `${nameOf(row)} 的该端口不能再充电，直到再次启用`,
        `That port of ${nameOf(row)} does not charge until it is enabled again`,
      ],
    }),
  })
export const limitPower = general('set_power_limit', {
  label: ['限功率', 'Limit power'],
  when: isKnown,
  fields: (row) => [
    portOrAll(row),
    field.number('percent', {
      min: 1,
      max: 100,
      label: ['额定功率的百分比', 'Per cent of its rating'],
      hint: ['与瓦数二选一', 'This or watts'],
    }),
    field.number('watts', { min: 1, label: ['功率上限（W）', 'Limit (W)'] }),
  ],
})

export const fetchFirmware = told({
  operation: 'POST /devices/{phy_id}/firmware',
  label: ['FTP 升级', 'Update by FTP'],
  when: isKnown,
  fields: [
    field.choice('target', ['main', 'socket', 'radio'], { required: true, initial: 'main' }),
    field.text('host', { required: true, label: ['FTP 服务器地址', 'FTP server'] }),
    field.number('port', { min: 1, max: 65535, initial: 21, label: ['端口号', 'Port'] }),
    field.text('file', { required: true, label: ['文件名', 'File name'] }),
    field.flag('when_idle', {
      initial: true,
      label: ['仅在空闲时升级', 'Only while nothing charges'],
    }),
  ],
  consequence: (row) => [
    `${nameOf(row)} 升级期间不能充电，失败可能无法上线；${stillRuns(row)[0]}`,
    `${nameOf(row)} does not charge meanwhile and may not come back if it fails; ${stillRuns(row)[1]}`,
  ],
  danger: true,
})
export const pushFirmware: Action = {
  operation: 'POST /devices/{phy_id}/firmware/image',
  label: ['上传固件升级', 'Push an image'],
  when: isKnown,
  fields: [
    field.choice('target', ['main', 'socket', 'radio'], { required: true, initial: 'main' }),
    field.file('image', { required: true, label: ['固件文件', 'Image'] }),
  ],
  params: byPhyId,
  query: ({ target }) => ({ target: String(target), wait: WAIT_S }),
  body: ({ image }) => image,
  done: progressOf,
  refusal: refusalOf,
  consequence: fetchFirmware.consequence,
  danger: true,
}

/** All that can be done to a device, the usual first. */
export const deviceActions: readonly Action[] = [
  activate,
  startTest,
  query,
  edit,
  bind,
  pushTariff,
  syncTime,
  queryParams,
  setParams,
  setVoice,
  limitPower,
  service(true),
  service(false),
  restart,
  fetchFirmware,
  pushFirmware,
  pin,
  maintain,
  disable,
  retire,
]
