import { code, short, stationNumber, whole } from '@/parts/import/checks'
import { defineImport } from '@/parts/import/definition'
import { stationByNumber } from '@/parts/import/lookups'
import { PROTOCOL, type Column } from './device'
import { write } from './write'

const PORTS_MAX = 512
const POWER_MAX_W = 100_000_000

const isAddress = (text: string) => /^(\d{1,3}\.){3}\d{1,3}$/.test(text) || text.includes(':')

export const deviceImport = defineImport<Column>({
  title: ['批量导入设备', 'Import devices'],
  hint: [
    '设备编号列请设为文本格式，避免长编号被改写。已存在的设备不会被覆盖。',
    'Make the column of device numbers text, so that long ones are kept. Devices that exist are left as they are.',
  ],
  counter: '台',
  file: 'devices',
  operation: 'POST /devices',
  key: 'phy_id',
  columns: {
    phy_id: {
      label: ['设备编号', 'Device'],
      also: ['桩编号', '设备号', '编号', 'device_phy_id'],
      example: '82210225000520',
      check: code(/^[A-Za-z0-9_-]{1,32}$/, [
        '只能是 1 至 32 位字母、数字、- 或 _',
        '1 to 32 letters, digits, - or _',
      ]),
      once: (text) => text,
    },
    ip: {
      label: ['来源IP', 'Address'],
      also: ['ip地址'],
      check: (text) => (isAddress(text) ? undefined : ['不是 IP 地址', 'is no address']),
    },
    name: { also: ['设备名称'], example: '1 号桩', check: short },
    station_no: {
      also: ['station'],
      check: stationNumber,
      finds: stationByNumber,
    },
    protocol: { example: 'bkv', check: PROTOCOL.check },
    dialect: { label: ['方言', 'Dialect'], also: ['协议方言', '协议版本'], check: short },
    model: { check: short },
    port_count: { also: ['枪数'], example: '4', check: whole(0, PORTS_MAX) },
    rated_power_w: {
      label: ['额定功率(W)', 'Rated power (W)'],
      also: ['额定功率', '功率(w)'],
      check: whole(0, POWER_MAX_W),
    },
    remark: { check: short },
  },
  check: ({ phy_id, ip }) =>
    phy_id || ip
      ? {}
      : { phy_id: ['设备编号或来源 IP 至少填一个', 'the device or its address is needed'] },
  write,
})
